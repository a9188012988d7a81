"""Support tickets for Flask: user pages, a Flask-Admin desk and a JSON API."""

__version__ = "0.1.0"
