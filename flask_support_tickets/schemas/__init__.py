"""The marshmallow schemas for requests, query strings and responses."""
