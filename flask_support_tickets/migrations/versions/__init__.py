"""The shipped revisions: a branch of its own, named ``support_tickets``.

A released revision never changes: it spells its tables out. Only the search index is made in its
current form, so a revision that changes it drops and creates it. A revision alters a table with
`batch_alter_table`: plain ``ALTER TABLE`` where possible, a new table on SQLite. With ``--sql``,
SQLite can print only new columns and indexes, so a revision uses only these if it can.
"""
