"""The contestants. Each module has `prepare`, which fills the database, and `create`."""
