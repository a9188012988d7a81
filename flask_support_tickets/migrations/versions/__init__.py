"""The shipped revisions: a branch of its own, named ``support_tickets``.

A revision never changes what it does once it was released: it spells its tables out. It alters a
table with `batch_alter_table`: plain ``ALTER TABLE`` where possible, a new table on SQLite. SQLite
can print as SQL only new columns and indexes, so a revision does with these if it can.
"""
