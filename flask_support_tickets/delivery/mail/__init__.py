"""Emails: what they say, their headers, and how they are sent."""
