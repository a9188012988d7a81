"""The shipped revisions, on a branch named ``support_tickets``.

Once a revision is released, its effects must not change, so it does not import the models. Alter
tables with `batch_alter_table`, which replaces them on SQLite. Prefer adding columns and indexes:
in offline mode, SQLite supports nothing else.
"""
