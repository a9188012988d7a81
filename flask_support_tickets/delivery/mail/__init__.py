"""Emails: their content, their headers, and their transport."""
