"""Ways to make ids, on a reduced schema of tickets and comments, for `benchmarks.ids`."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg

WRITERS = 16
#: A reduced schema; ``{key}`` is the type of the ids.
TABLES = """
CREATE SCHEMA {schema}; SET search_path = {schema}; CREATE SEQUENCE ids CACHE {kept};
CREATE TABLE ticket (id {key} PRIMARY KEY, user_id bigint, status smallint, version int, line text);
CREATE INDEX ON ticket (status, id); CREATE INDEX ON ticket (user_id, status, id);
CREATE TABLE comment (id {key} PRIMARY KEY, ticket_id {key} REFERENCES ticket, root_id {key},
 body text, UNIQUE (ticket_id, id)); CREATE INDEX ON comment (ticket_id, root_id, id)"""
#: ``{id}`` is what stands for the next id.
TICKET = "INSERT INTO ticket VALUES ({id}, 7, 0, 1, 'It does not work') RETURNING id"
COMMENT = "INSERT INTO comment VALUES ({id}, %s, NULL, 'Nothing happens')"
BOTH = f"""WITH t AS ({TICKET}) INSERT INTO comment
 SELECT v.id, t.id, NULL, 'Nothing happens' FROM t, (VALUES ({{id}}), ({{id}}), ({{id}})) v (id)"""
Clock = Callable[[], int]


def snowflake(worker: int, clock: Clock) -> Callable[[], int]:
    """Return a maker of 64-bit ids: milliseconds, 10 bits for the worker, 12 bits that count."""
    numbers = count()
    return lambda: clock() << 22 | worker << 12 | next(numbers) & 4_095


def uuid7(_worker: int, clock: Clock) -> Callable[[], uuid.UUID]:
    """Return a maker of UUIDs of version 7: milliseconds, and 74 bits by chance."""
    bits = random.getrandbits
    return lambda: uuid.UUID(int=clock() << 80 | 7 << 76 | bits(12) << 64 | 2 << 62 | bits(62))


class Kind:
    """A way to make ids; ``kept`` of a sequence by each connection, or clocks that differ."""

    def __init__(self, name: str, maker: Any = None, *, kept: int = 1, behind_ms: int = 0) -> None:
        self.name, self.maker, self.kept, self.behind_ms = name, maker, kept, behind_ms
        self.schema = "ids_" + "".join(filter(str.isalnum, name.lower()))
        self.key = "uuid" if maker is uuid7 else "bigint"

    def make_tables(self, uri: str) -> None:
        """Make empty tables for its ids."""
        with self.connect(uri) as link:
            link.execute(f"DROP SCHEMA IF EXISTS {self.schema} CASCADE")
            link.execute(TABLES.format(schema=self.schema, key=self.key, kept=self.kept))

    def connect(self, uri: str, **settings: str) -> Any:
        """Return a connection to its tables that commits every statement."""
        settings["search_path"] = self.schema
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        return psycopg.connect(uri, autocommit=True, options=options)

    def statement(self, text: str, worker: int, clock: Clock | None = None) -> tuple[str, Any]:
        """Return SQL that makes ids, and a function that returns the ids to run it with."""
        if self.maker is None:
            return text.format(id="nextval('ids')"), tuple
        behind = self.behind_ms * (worker % 2)
        make = self.maker(worker, clock or (lambda: time.time_ns() // 1_000_000 - behind))
        return text.format(id="%s"), lambda: [make() for _ in range(text.count("{id}"))]


@contextmanager
def writers(kind: Kind, uri: str, seconds: float, work: Any, **settings: str) -> Iterator[Any]:
    """Let 16 connections do ``work(connection, worker)()`` over and over; yield their counts."""
    done, until = [0] * WRITERS, time.monotonic() + seconds

    def run(worker: int) -> None:
        with kind.connect(uri, **settings) as link:
            act = work(link, worker)
            while time.monotonic() < until:
                act()
                done[worker] += 1

    threads = [threading.Thread(target=run, args=(worker,)) for worker in range(WRITERS)]
    for thread in threads:
        thread.start()
    yield done
    for thread in threads:
        thread.join()
