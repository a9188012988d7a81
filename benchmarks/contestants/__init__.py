"""Who is compared. Each module has `prepare`, which fills the database, and `create`."""
