"""The contestants of the benchmarks do the same work on the same rows."""

import json
import re
from contextlib import ExitStack

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from benchmarks import compare
from benchmarks.data import Scale
from benchmarks.measure import Effort
from benchmarks.run import format_table, measure_all, start_workers
from benchmarks.tasks import NEW_COMMENT, Task
from benchmarks.worker import ROOT

pytestmark = pytest.mark.slow  # five processes, and the migrations of django-helpdesk
SCALE = Scale(500)
COMMENTS = text("SELECT ticket_id, text FROM support_ticket_comment")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_benchmark_contestants_read_and_write_the_same_rows(database_uri):
    with ExitStack() as stack:
        workers = start_workers(database_uri, SCALE.tickets, stack)
        asked = [(each, task) for each in workers for task in each.tasks]
        bodies = {(each.contestant, task): each.ask(task, "body")["body"] for each, task in asked}
        engine = create_engine(database_uri)
        with engine.connect() as connection:
            comments = connection.execute(COMMENTS).all()
        engine.dispose()
        table = format_table(measure_all(workers[:2], Effort(rounds=5, seconds=0.01)))
    assert all(f"| {task} |" in table for task in Task)
    written = [ticket_id for ticket_id, content in comments if content == NEW_COMMENT]
    assert sorted(written) == [SCALE.target_id(number) for number in range(3)]
    thread = [content for ticket_id, content in comments if ticket_id == SCALE.thread_id]
    assert len(thread) == 267
    for (name, task), body in bodies.items():
        if task in (Task.DESK, Task.DESK_FILTER):
            assert "data-ticket-id" in body
            continue
        tickets = tickets_in(bodies["ours", task.replace("queue", "list")])
        if task == Task.THREAD:
            assert all(content in body for content in thread)
        elif task.startswith("queue"):
            assert len([row for row in tickets if row["subject"] in body]) == len(tickets) > 0
        elif name == "helpdesk":
            assert [row["id"] for row in json.loads(body)["data"]] == [row["id"] for row in tickets]
        elif task != Task.COMMENT:
            assert tickets_in(body) == tickets


#: What the other contestants do not have.
OURS_ALONE = {"priority", "priorityName", "tags", "allowedActions"}


def tickets_in(body):
    """Return the tickets of a JSON response, with times to the second; none for HTML."""
    body = re.sub(r'(T\d\d:\d\d:\d\d)[^"]*"', r'\1"', body)
    data = {"tickets": []} if body.startswith("<") else json.loads(body)["data"]
    found = data.get("tickets", [data])
    return [{key: row[key] for key in row.keys() - OURS_ALONE} for row in found]


def test_compare_measures_two_checkouts_in_turn():
    result = CliRunner().invoke(compare.main, [str(ROOT), "--tickets", "500", "--rounds", "5"])
    assert all(task in result.output for task in (Task.LIST, Task.QUEUE, Task.THREAD))
