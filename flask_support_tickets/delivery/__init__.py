"""Deliver notifications: messages, channels and workers. Nothing here runs during a request."""
