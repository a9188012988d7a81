"""The shipped revisions: a branch of its own, named ``support_tickets``.

A revision never changes what it does once it was released: it spells its tables out.
"""
