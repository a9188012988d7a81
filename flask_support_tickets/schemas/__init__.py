"""marshmallow schemas of requests, query strings and responses."""
