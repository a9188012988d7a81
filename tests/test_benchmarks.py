"""The benchmarks work, and compare things that are the same; nothing is timed here."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from benchmarks import checks, ours, overhead
from benchmarks.arena import Arena
from benchmarks.databases import Database
from benchmarks.figures import EXACT, FIGURES, RACES
from benchmarks.generate import generate, is_made
from benchmarks.host import create_app, db, tickets
from benchmarks.id_kinds import snowflake, uuid7
from benchmarks.id_order import Watch
from benchmarks.measure import Effort, Ratio, Timing, measure, ratio_of
from benchmarks.population import Population
from benchmarks.report import write_report
from benchmarks.results import Results
from benchmarks.run import SMALL, Run
from benchmarks.scale import Scale

SCALE = Scale(200)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    found = Database("SQLite", f"sqlite:///{tmp_path_factory.mktemp('bench')}/tickets.db")
    generate(found.uri, SCALE, show=False)
    return found


@pytest.fixture(scope="module")
def arena(database):
    found = Arena(database)
    yield found
    found.close()


class TestGenerator:
    @pytest.fixture(autouse=True)
    def context(self, database):
        with create_app(database.uri).app_context():
            yield
            db.session.remove()
            db.engine.dispose()

    def test_special_tickets_have_their_comments(self):
        model = tickets.TicketComment

        def shape(ticket_id):
            query = select(model.depth == 0, func.count()).where(model.ticket_id == ticket_id)
            rows = db.session.execute(query.group_by(model.depth == 0))
            return {bool(row[0]): row[1] for row in rows}

        assert sum(shape(SCALE.busy_id).values()) == 5_000
        assert shape(SCALE.thread_id) == {True: 20, False: 247}
        assert shape(SCALE.plain_id) == {True: 20}

    def test_what_is_counted_is_there(self):
        ticket, comment = tickets.Ticket, tickets.TicketComment
        there = select(func.count()).where(comment.ticket_id == ticket.id).scalar_subquery()
        assert (
            db.session.scalars(select(ticket.id).where(ticket.comment_count != there)).all() == []
        )
        reply = comment.__table__.alias()
        replies = select(func.count()).where(reply.c.parent_comment_id == comment.id)
        wrong = select(comment.id).where(comment.reply_count != replies.scalar_subquery())
        assert db.session.scalars(wrong).all() == []

    def test_a_ticket_has_an_event_for_each_change(self):
        ticket, event = tickets.Ticket, tickets.TicketEvent
        changes = select(func.count()).where(event.ticket_id == ticket.id).scalar_subquery()
        assert db.session.scalars(select(ticket.id).where(ticket.version != changes)).all() == []

    def test_it_knows_what_it_made(self, database):
        assert is_made(database.uri, SCALE)
        assert not is_made(database.uri, Scale(201))


def test_the_same_seed_gives_the_same_rows():
    assert list(Population(SCALE).rows()) == list(Population(SCALE).rows())
    assert list(Population(SCALE).rows()) != list(Population(Scale(200, seed=6)).rows())


def test_shares_of_statuses_are_as_asked_for():
    counts = [0, 0, 0, 0]
    newest_half = 0
    for key, row in Population(Scale(20_000)).rows():
        if key == "ticket":
            counts[row["status"]] += 1
            newest_half += row["status"] == 0 and row["id"] > 10_000
    assert [round(count / 200) for count in counts] == [2, 3, 10, 85]
    assert newest_half > 0.99 * counts[0]


def test_floor_naive_build_and_ours_show_the_same_rows(arena):
    checks.compare_lists(arena)


def test_a_difference_is_seen(arena, monkeypatch):
    monkeypatch.setattr(
        arena.floor, "list_comments", lambda _: (200, b'{"data": {"comments": []}}')
    )
    with pytest.raises(checks.BrokenAnswerError, match="thread"):
        checks.compare_lists(arena)


def test_everybody_answers_and_the_report_is_written(arena, database):
    results = Results("SQLite", database.version(), SCALE.tickets)
    checks.check(arena, results)
    assert results.checks[EXACT]
    for label, group in ours.GROUPS.items():
        results.timings[label] = measure(group(arena), Effort(rounds=1), label)
    results.timings["host"] = overhead.host_requests(database, Effort(rounds=1))
    statements = results.timings["lists"]["naive list, page 1"].statements
    assert statements is not None
    assert statements > 20
    report = write_report([results], "the command", "little")
    for figure in (*FIGURES, RACES):
        assert f"| {figure.request} |" in report
    assert "| API list, page 1 |" in report
    assert "the command" in report


def test_a_missed_figure_is_told_with_the_amount():
    results = Results("PostgreSQL", "18", 1)
    results.timings["lists"] = {ours.PAGE_1: Timing([0.001]), ours.HUNDRED: Timing([0.004])}
    report = write_report([results], "", "")
    assert "| **missed:** 4 × (4–4) |" in report
    assert "* **100 rows, by 20 rows**, PostgreSQL: 4 × (4–4) instead of 2.5 ×, 1.5 off" in report


def test_a_quotient_pairs_the_rounds():
    slow, quick = Timing([4.0, 4.0, 8.0]), Timing([1.0, 1.0, 2.0, 99.0])
    assert ratio_of([slow], [quick]) == Ratio(4.0, 4.0, 4.0)


def test_a_part_that_fails_does_not_take_the_others_along(database, tmp_path, monkeypatch, capsys):
    run = Run(database, SMALL, tmp_path)
    monkeypatch.setattr(run, "host", lambda: 1 / 0)
    monkeypatch.setattr(run, "memory", lambda: run.results.memory.update(first=1, last=2))
    results = run.go(["host", "memory"])
    assert results.failed == {"host": "ZeroDivisionError: division by zero"}
    assert results.memory == {"first": 1, "last": 2}
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize("make", [snowflake, uuid7])
def test_ids_made_by_an_app_rise_with_its_clock_and_are_its_own(make):
    first, twin = make(1, lambda: 1_700_000_000_000), make(2, lambda: 1_700_000_000_000)
    ids = {maker() for maker in (first, twin) for _ in range(1_000)}
    assert len(ids) == 2_000
    assert max(ids) < make(0, lambda: 1_700_000_000_001)()
    assert {getattr(each, "version", 7) for each in ids} == {7}


def test_a_row_that_appears_behind_a_later_one_is_seen():
    watch = Watch()
    for there in ({1, 3}, {1, 3, 4}, {1, 2, 3, 4}):
        watch.look(there)
    assert len(watch.late_ms) == 1
