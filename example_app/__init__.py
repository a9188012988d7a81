"""Acme Commons: a small social app, and the smallest honest host of `flask_support_tickets`."""

from .application import create_app

__all__ = ["create_app"]
