"""Request handling shared by the API, the requester pages and the admin pages."""
