"""Code that the API, the requester pages and the admin pages share for a request."""
