"""The queries of `TicketView`: no formatter, sort or filter causes N+1 queries."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import declared_attr, relationship

from flask_support_tickets import Action, actor_for, unit_of_work
from flask_support_tickets.admin import TicketView
from flask_support_tickets.services import transition_ticket

from ..databases import every_database
from ..hosts.small import find_user
from .desks import cells, rows

FORMATTERS = {
    "requester": lambda ticket: ticket.user.username,
    "assignee": lambda ticket: ticket.assigned_to and ticket.assigned_to.email,
    "company": lambda ticket: ticket.user.company and ticket.user.company.name,
    "biography": lambda ticket: ticket.user.biography,
    "parcels": lambda ticket: ", ".join(each.carrier for each in ticket.parcels),
    "files": lambda ticket: len(ticket.attachments),
    "order": lambda ticket: (ticket.order_id, ticket.version, ticket.description),
    "price": lambda ticket: ticket.price,
}


def of_view(names, **attributes):
    def formatter(name):
        return lambda view, context, ticket, column: FORMATTERS[name](ticket)

    columns = {f"my_{name}": formatter(name) for name in names}
    return type(
        "Formatted", (TicketView,),
        {"column_list": ("id", *columns), "column_formatters": columns,
         "column_export_list": ("id", *columns), "column_formatters_export": columns,
         "page_size": 60, **attributes},
    )  # fmt: skip


def fill(desk, count):
    """Create tickets with assignees and parcels. Each requester has their own company."""
    users, session = desk.users, desk.users.db.session
    with desk.app.app_context():
        first = session.query(users.User).count()
        for number in range(first, first + count):
            company = users.Company(name=f"company {number}")
            session.add(users.User(username=f"u{number}", role="moderator", company=company,
                                   biography=f"biography {number}"))  # fmt: skip
        session.commit()
    for number in range(first, first + count):
        ticket = desk.open(f"u{number}", columns={"order_id": number})
        with desk.app.app_context():
            session.add_all(users.Parcel(ticket_id=ticket, carrier=f"c{ticket}") for _ in "ab")
            session.commit()
            actor = actor_for(find_user(users, f"u{number}"))
            step = {"actor": actor, "ticket_id": ticket, "action": Action.StartProgress}
            unit_of_work(transition_ticket, **step)
    return ticket


def count_both(desk):
    """Return the number of statements for the queue and for the file."""
    return [
        desk.count_statements(lambda: desk.get().get_data()),
        desk.count_statements(lambda: desk.get("export.csv").get_data()),
    ]


@pytest.mark.parametrize("names", [[name] for name in FORMATTERS] + [list(FORMATTERS)], ids=str)
def test_number_of_queries_is_independent_of_the_number_of_rows(make_desk, names):
    desk = make_desk(of_view(names))
    fill(desk, 5)
    desk.get()
    few = count_both(desk)
    last = fill(desk, 25)
    assert count_both(desk) == few
    page = rows(desk.get().text)
    assert len(page) == 30
    found = cells(page[last])
    expected = {
        "my_parcels": f"c{last}, c{last}", "my_company": f"company {last + 3}",
        "my_requester": f"u{last + 3}", "my_biography": f"biography {last + 3}",
    }  # fmt: skip
    assert {name: found[name] for name in expected if name in found} == {
        name: text for name, text in expected.items() if name in found
    }


@pytest.mark.parametrize(
    ("lazy", "kind"), [("dynamic", "AppenderQuery"), ("write_only", "WriteOnlyCollection")]
)
def test_column_with_a_relationship_that_is_a_query_is_formatted(make_desk, lazy, kind):
    class Columns:
        @declared_attr
        def parcels(cls):
            return relationship("Parcel", lazy=lazy)

    class Counting(TicketView):
        column_list = ("id", "parcels")
        column_formatters = {
            "parcels": lambda view, context, ticket, name: type(ticket.parcels).__name__
        }
        column_formatters_export = column_formatters

    desk = make_desk(Counting, mixin=Columns)
    number = desk.open()
    assert cells(rows(desk.get().text)[number])["parcels"] == kind
    assert kind in desk.get("export.csv").get_data(as_text=True)


def test_page_with_the_default_columns_has_no_queries_more_than_the_plain_view(make_desk):
    plain, mine = make_desk(), make_desk(type("Same", (TicketView,), {"can_set_page_size": True}))
    counted = []
    for desk in (plain, mine):
        desk.open()
        desk.get()
        counted.append(desk.count_statements(desk.get))
    assert counted[0] == counted[1]


@every_database
@pytest.mark.parametrize(("sort", "expected"), [
    ("order_id", [1, 2, 2, None]), (("order_id", True), [2, 2, 1, None]),
    ([("order_id", True)], [2, 2, 1, None]), (["order_id"], [1, 2, 2, None]),
])  # fmt: skip
def test_default_sort_has_three_spellings_and_puts_empty_values_last(
    make_desk, database_uri, sort, expected
):
    desk = make_desk(of_view(["order"], column_default_sort=sort, page_size=3), uri=database_uri)
    ids = [desk.open(columns={"order_id": number}) for number in (2, None, 1, 2)]
    listed = desk.listed() + desk.listed("page=2")
    orders = dict(zip(ids, (2, None, 1, 2), strict=True))
    assert [orders[number] for number in listed] == expected
    assert [number for number in listed if orders[number] == 2] == [ids[3], ids[0]]
    lines = desk.get("export.csv").get_data(as_text=True).splitlines()[1:]
    assert [int(line.split(",")[0]) for line in lines] == listed
    assert desk.listed("order=newest") == ids[:0:-1]


def test_sortable_columns_have_headings_that_turn_the_order_round(make_desk):
    view = of_view([], column_list=("id", "order_id", "note", "created_at"),
                   column_sortable_list=("order_id", "created_at"))  # fmt: skip
    desk = make_desk(view)
    ids = [desk.open(columns={"order_id": number}) for number in (2, 1, 3)]
    first, second, third = ids
    page = desk.get("?status=New").text
    assert 'href="/admin/tickets/?status=New&amp;order=order_id"' in page
    assert 'aria-sort="descending"' in page
    assert "order=note" not in page
    assert "order=id" not in page
    for query, found, direction, link in (
        ("order=order_id", [second, first, third], "ascending", "order=-order_id"),
        ("order=-order_id", [third, first, second], "descending", "order=order_id"),
    ):
        assert desk.listed(query) == found
        page = desk.get(f"?{query}").text
        assert f'aria-sort="{direction}"' in page
        assert f'href="/admin/tickets/?{link}"' in page
    for order in ("note", "-note", "nothing", "-", "--order_id", "description", "1"):
        answer = desk.get(f"?order={order}")
        assert (answer.status_code, rows(answer.text)) == (422, {}), order


def test_mapped_attributes_are_as_good_as_names(make_desk):
    class Mapped(TicketView):
        def __init__(self, model, *arguments):
            self.column_list = (model.id, model.order_id)
            self.column_filters = (model.order_id,)
            self.column_sortable_list = (model.order_id,)
            self.column_default_sort = (model.order_id, True)
            super().__init__(model, *arguments)

    desk = make_desk(Mapped)
    first, second = (desk.open(columns={"order_id": number}) for number in (2, 1))
    assert desk.listed() == desk.listed("order=-order_id") == [first, second]
    assert desk.listed("flt0_order_id_equal=1") == [second]
    assert list(cells(rows(desk.get().text)[first])) == ["id", "order_id"]
