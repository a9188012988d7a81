"""The shipped revisions, on a branch named ``support_tickets``.

A released revision must never do anything else, so it does not import the models. Alter tables
with `batch_alter_table`, which on SQLite replaces them. Prefer new columns and indexes: in offline
mode, SQLite supports nothing else.
"""
