"""What an insert costs with the search index and without, and how large the index is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import Flask

from flask_support_tickets import TicketStatus, actor_for, services, unit_of_work

from .databases import Database
from .host import User, create_app, db
from .http_writes import ids_in
from .switches import drop_search_index, search_index_share, search_tables
from .vocabulary import Prose


@dataclass
class InsertCost:
    """Milliseconds an insert takes on average, with the index and without; sizes in MB."""

    ticket_with: float
    ticket_without: float
    comment_with: float
    comment_without: float
    index_size: float
    words_size: float
    table_size: float


def insert_cost(database: Database, rounds: int) -> InsertCost | None:
    """File and comment on two copies in turn, one of them without the index.

    Averages, not medians: an index may put its work off, and do it all at once now and then.
    None when this version has no search index.
    """
    if search_tables() is None:
        return None
    whole, bare = database.copy("insert_with"), database.copy("insert_without")
    drop_search_index(bare.uri)
    apps = [create_app(whole.uri), create_app(bare.uri)]
    targets = ids_in(apps[0], TicketStatus.InProgress, limit=rounds)
    prose, spent = Prose(9), [[0.0, 0.0], [0.0, 0.0]]
    for number in range(-5, rounds):
        texts = prose.text(3, 8), prose.text(10, 60), prose.text(5, 40)
        for app, sums in zip(apps, spent, strict=True):
            took = _insert(app, *texts, targets[number % len(targets)])
            if number >= 0:
                sums[0] += took[0]
                sums[1] += took[1]
    for app in apps:
        with app.app_context():
            db.engine.dispose()
    sizes = search_index_share(whole.uri)
    bare.remove()
    whole.remove()
    means = [second / rounds * 1000 for sums in spent for second in sums]
    return InsertCost(means[0], means[2], means[1], means[3], *sizes)


def _insert(app: Flask, subject: str, description: str, text: str, target: int) -> Any:
    with app.app_context():
        actor = actor_for(db.session.get(User, 1))
        start = time.perf_counter()
        unit_of_work(services.open_ticket, actor=actor, subject=subject, description=description)
        middle = time.perf_counter()
        unit_of_work(services.add_comment, actor=actor, ticket_id=target, text=text)
        return middle - start, time.perf_counter() - middle
