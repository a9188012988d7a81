"""`column_filters` of `TicketView`: every operation in Flask-Admin, on each database."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from urllib.parse import quote, urlencode

import pytest
from flask_admin.contrib.sqla import filters
from marshmallow import fields, validate

from flask_support_tickets import ConfigurationError, TicketField
from flask_support_tickets.admin import TicketView
from flask_support_tickets.i18n import lazy_gettext

from ..databases import every_database
from .desks import Plan, counts, rows

FIRST = {
    "order_id": 1, "note": "50% off'", "is_gift": True, "deliver_on": datetime.date(2026, 1, 1),
    "called_at": datetime.datetime(2026, 1, 1, 12), "weight": 1.5, "price": Decimal("2.50"),
    "plan": Plan.GOLD, "color": "red",
}  # fmt: skip
SECOND = {
    "order_id": 2, "note": "gift", "is_gift": False, "deliver_on": datetime.date(2026, 2, 1),
    "called_at": datetime.datetime(2026, 2, 1, 12), "weight": 2.5, "price": Decimal("3.50"),
    "plan": Plan.FREE, "color": "blue",
}  # fmt: skip
#: column -> its value in the first ticket, in the second, and a value between them
VALUES = {
    "order_id": ("1", "2", None), "weight": ("1.5", "2.5", "2"), "price": ("2.5", "3.5", "3"),
    "deliver_on": ("2026-01-01", "2026-02-01", "2026-01-15"),
    "called_at": ("2026-01-01 12:00:00", "2026-02-01 12:00:00", "2026-01-15 00:00:00"),
    "note": ("50% off'", "gift", None), "plan": ("GOLD", "FREE", None),
    "color": ("red", "blue", None), "is_gift": ("1", "0", None),
}  # fmt: skip
COLUMNS = (*VALUES, "updated_at", "user.username", "user.company.name", "assigned_to_user_id")
HOSTILE = (
    "\0", "1" + "0" * 30, "-1", "NaN", "1e400", "%", "'", "\\", "x" * 5000, "9" * 900, "😀",
    "2026-13-40", "9999-12-31", "0001-01-01 00:00:00 to 9999-12-31 23:59:59", "2026-01-01 to ",
    "1,,2", "GOLD,none", "٣",
)  # fmt: skip


def of_view(**attributes):
    return type("Filtered", (TicketView,), attributes)


@pytest.fixture
def shop(make_desk, database_uri):
    """Return a desk with all filters, and alice's and bob's tickets. A third has no values."""
    desk = make_desk(of_view(column_filters=COLUMNS), uri=database_uri)
    ids = desk.open("alice", columns=FIRST), desk.open("bob", columns=SECOND), desk.open("mona")
    return desk, ids


def offered(desk):
    """Return the names of the filters that the queue offers."""
    select = re.search(r'<select[^>]*name="addFilter">(.*?)</select>', desk.get().text, re.S)
    return [name for name in re.findall(r'<option value="([^"]*)"', select[1]) if name]


def good_values(column, operation):
    """Return a filter value that matches the first ticket but not the second."""
    one, two, between = VALUES[column]
    middle = between or two
    return {
        "equal": one, "in_list": f"{one},", "smaller": middle, "not_equal": two,
        "not_in_list": two, "like": one, "not_like": two,
        "between": f"{one} to {middle}" if between else one,
        "not_between": f"{middle} to {two}" if between else two, "empty": None, "greater": None,
    }[operation]  # fmt: skip


@every_database
def test_every_operation_finds_the_right_tickets(shop):
    desk, (first, second, third) = shop
    tried = set()
    for name in offered(desk):
        column = next((each for each in VALUES if name.startswith(f"{each}_")), None)
        if column is None:
            continue
        operation = name.removeprefix(f"{column}_")
        tried.add(operation)
        if operation == "empty":
            assert desk.listed(f"flt0_{name}=1") == [third], name
            assert desk.listed(f"flt0_{name}=0") == [second, first], name
            continue
        if operation == "greater":
            value = VALUES[column][2] or VALUES[column][0]
            assert desk.listed(f"flt0_{name}={quote(value)}") == [second], name
            continue
        value = good_values(column, operation)
        found = desk.listed(f"flt0_{name}={quote(value)}")
        assert first in found, name
        assert second not in found, name
        if operation in ("equal", "in_list", "smaller", "like", "between"):
            assert found == [first], name
    assert tried == {
        "equal", "not_equal", "in_list", "not_in_list", "like", "not_like", "empty", "greater",
        "smaller", "between", "not_between",
    }  # fmt: skip


@every_database
def test_filters_reach_columns_of_related_rows_and_times_of_ours(shop):
    desk, (first, second, third) = shop
    for query, ids in (
        ("user.username=bob", [second]), ("flt_user_username_like=^a", [first]),
        ("flt3_user_company_name_equal=Globex", [second]), ("user.company.name=Acme", [first]),
        ("flt0_user_company_name_empty=1", [third]),
        ("flt0_updated_at_greater=2020-01-01 00:00:00", [third, second, first]),
        ("flt0_updated_at_between=2020-01-01 00:00:00 to 2021-01-01 00:00:00", []),
        ("flt0_order_id_greater=0&flt1_user_username_equal=bob", [second]),
        ("flt0_note_like=%25 o", [first]),
        ("search=S&order_id=2", [second]), ("order=oldest&flt0_order_id_empty=0", [first, second]),
        ("status=New&order_id=2", [second]), ("status=Closed&order_id=2", []),
        ("order=waiting&order_id=2", [second]),
    ):  # fmt: skip
        assert desk.listed(query) == ids, query


@every_database
def test_hostile_values_are_422_or_find_nothing_wrong(shop):
    desk, (first, second, _) = shop
    desk.app.config["PROPAGATE_EXCEPTIONS"] = False
    names = offered(desk)
    assert len(names) > 70
    wrong = []
    for name in names:
        for value in HOSTILE:
            answer = desk.get(f"export.csv?{urlencode({f'flt0_{name}': value})}")
            if answer.status_code not in (200, 422) or b"INCOMPLETE" in answer.data:
                wrong.append((name, value[:20], answer.status_code))
    assert wrong == []
    for name, value in (
        ("order_id_equal", "1" + "0" * 30), ("weight_equal", "nan"), ("weight_in_list", "1,inf"),
        ("order_id_in_list", "1,x"), ("order_id_in_list", ","), ("note_equal", "\0"),
        ("note_like", "x" * 5000), ("is_gift_equal", "2"), ("deliver_on_equal", "2026-13-40"),
        ("called_at_between", "2026-01-01 12:00:00"), ("plan_equal", "gold"),
        ("plan_in_list", "GOLD,none"), ("color_equal", "green"), ("color_not_in_list", "red,x"),
        ("order_id_empty", "x"), ("updated_at_equal", "today"), ("nothing_equal", "1"),
    ):  # fmt: skip
        answer = desk.get(f"?{urlencode({f'flt0_{name}': value})}")
        assert (answer.status_code, rows(answer.text)) == (422, {}), name
        assert desk.get(f"export.csv?{urlencode({f'flt0_{name}': value})}").status_code == 422
    found = desk.listed(f"flt0_order_id_smaller={2**40}")
    assert found == [second, first]


def test_chip_shows_the_label_of_the_chosen_option(shop):
    desk, (first, _, _) = shop
    page = desk.get("?is_gift=1")
    assert list(rows(page.text)) == [first]
    assert re.search(r"Is Gift equals:?\s*(<[^>]+>\s*)*Yes", page.text)


@every_database
def test_filter_objects_of_flask_admin_compare_with_values_of_the_columns_type(
    make_desk, database_uri
):
    class Objects(TicketView):
        def __init__(self, model, *arguments):
            names = ("order_id", "weight", "is_gift", "deliver_on", "plan", "color", "called_at")
            self.column_filters = (
                *(filters.FilterEqual(getattr(model, name), name) for name in names),
                filters.FilterInList(model.order_id, "Orders"),
                filters.FilterLike("user.company.name", "Company"),
                filters.FilterEqual("user.id", "Person"),
                filters.FilterEqual(model.user.property.mapper.class_.role, "Role"),
                filters.FilterEqual(model.updated_at, "Changed"),
            )
            super().__init__(model, *arguments)

    desk = make_desk(Objects, uri=database_uri)
    desk.app.config["PROPAGATE_EXCEPTIONS"] = False
    first, second = desk.open("alice", columns=FIRST), desk.open("bob", columns=SECOND)
    with desk.app.app_context():
        desk.users.db.session.get(desk.users.User, 2).role = "buyer"
        desk.users.db.session.commit()
    assert "Company contains" in desk.get().text
    for query, ids in (
        ("order_id=1", [first]), ("weight=2.5", [second]), ("is_gift=1", [first]),
        ("deliver_on=2026-02-01", [second]), ("plan=GOLD", [first]), ("color=blue", [second]),
        ("called_at=2026-01-01 12:00:00", [first]), ("flt0_order_id_in_list=2,3", [second]),
        ("flt0_user_company_name_like=glo", [second]), ("updated_at=2020-01-01", []),
        ("user.role=buyer", [second]), ("user.role=user", [first]),
    ):  # fmt: skip
        assert desk.listed(query) == ids, query
    for name in ("order_id", "weight", "is_gift", "deliver_on", "plan", "color", "updated_at"):
        assert desk.get(f"?{name}=x").status_code == 422, name


def test_a_filter_class_of_the_host_narrows_the_list(make_desk):
    class FilterGift(filters.BaseSQLAFilter):
        def apply(self, query, value, alias=None):
            column = self.get_column(alias)
            conditions = {"yes": column.is_(True), "no": column.is_not(True)}
            return query.filter(conditions[value]) if value in conditions else query

        def operation(self):
            return "is"

        def get_options(self, view):
            return [("yes", "wrapped"), ("no", "plain"), ("any", "any")]

    class Gifts(TicketView):
        def __init__(self, model, *arguments):
            self.column_filters = ("status", FilterGift(model.is_gift, "Gift"))
            super().__init__(model, *arguments)

    desk = make_desk(Gifts)
    first, second = desk.open(columns=FIRST), desk.open(columns=SECOND)
    assert desk.listed("flt0_is_gift_gift=yes") == [first]
    assert desk.listed("flt0_is_gift_gift=no") == [second]
    assert desk.listed("flt0_is_gift_gift=any") == [second, first]
    page = desk.get("?addFilter=is_gift_gift").text
    assert "Gift is" in page
    assert '<option value="yes">wrapped</option>' in page


def test_unknown_and_repeated_filters_are_422(shop):
    desk, (first, *_) = shop
    for query in (
        "flt0_nothing=1", "flt0_order_id=1", "flt=1", "fltx=1", "flt1234_order_id_equal=1",
        "flt0_user_equal=1", "flt0_order_id_equal=1&flt0_order_id_equal=2", "flt0_0=1",
    ):  # fmt: skip
        answer = desk.get(f"?{query}")
        assert (answer.status_code, rows(answer.text)) == (422, {}), query
        assert desk.get(f"export.csv?{query}").status_code == 422, query
        assert 'rel="next"' not in desk.get(f"{first}?{query}").text
    assert len(desk.listed("flt0_order_id_equal=&other=1")) == 3


def test_filter_limits_list_counts_export_and_neighbors_alike(make_desk):
    desk = make_desk(of_view(column_filters=("status", "note", "user.username")))
    a, b, c, d = (
        desk.open(owner, status=status, columns={"note": note})
        for owner, note, status in (
            ("alice", "x", 0), ("alice", "y", 0), ("alice", "x", 1), ("bob", "x", 0)
        )
    )  # fmt: skip
    query = "flt0_note_equal=x&flt1_user_username_equal=alice"
    page = desk.get(f"?{query}").text
    assert list(rows(page)) == [c, a]
    assert counts(page) == {
        "Open": "2", "New": "1", "In progress": "1", "Resolved": "0", "Closed": "0", "All": "2"
    }  # fmt: skip
    assert desk.listed(f"{query}&status=New") == [a]
    lines = desk.get(f"export.csv?{query}").get_data(as_text=True).splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [str(c), str(a)]
    detail = desk.get(f"{c}?{query}").text
    assert f'rel="next" href="/admin/tickets/{a}?{query.replace("&", "&amp;")}"' in detail
    assert 'rel="prev"' not in detail
    assert {b, d}.isdisjoint(desk.listed(query))
    assert 'name="flt0_note_equal" type="text"' in page
    assert "Remove filter" in page


def test_addresses_of_filters_are_names_of_columns_or_numbers(make_desk):
    declared = [TicketField("order_id", fields.Integer(allow_none=True), label="Bestell-Nr. ß")]
    desk = make_desk(of_view(column_filters=("order_id",)), ticket_fields=declared)
    assert offered(desk)[:2] == ["order_id_equal", "order_id_not_equal"]
    desk = make_desk(of_view(column_filters=("order_id",), named_filter_urls=False))
    first, second = desk.open(columns=FIRST), desk.open(columns=SECOND)
    assert offered(desk) == ["0", "1", "2", "3", "4", "5", "6"]
    assert desk.listed("flt0_0=1") == desk.listed("order_id=1") == [first]
    assert desk.listed("flt0_2=1") == [second]
    assert desk.get("?flt0_order_id_equal=1").status_code == 422
    assert 'name="flt0_2"' in desk.get("?addFilter=2").text
    assert 'name="flt2_2"' in desk.get("?flt1_2=5&addFilter=2").text


def test_labels_of_filters_are_in_the_language_of_each_request(make_desk):
    field = fields.String(allow_none=True, validate=validate.OneOf(["red", "blue"]))
    labels = {"red": lazy_gettext("Closed"), "blue": "Blue"}
    declared = [TicketField("color", field, label=lazy_gettext("Requester"), choice_labels=labels)]
    desk = make_desk(
        of_view(column_filters=("color",)),
        ticket_fields=declared,
        config={"SUPPORT_TICKETS_LOCALE": "auto"},
    )
    for language, label, choice in (
        ("en", "Requester", "Closed"), ("de", "Gemeldet von", "Geschlossen"),
    ):  # fmt: skip
        headers = {"Accept-Language": language}
        page = desk.client().get("/admin/tickets/?addFilter=color_equal", headers=headers).text
        assert f'<optgroup label="{label}">' in page
        assert f'<option value="red">{choice}</option>' in page


@pytest.mark.parametrize(("removed", "mark"), [
    ("status", "st-tabs"), ("assigned_to", 'name="assignedTo"'), ("user", 'name="requester"'),
    ("department", 'name="department"'), ("created_at", 'name="createdFrom"'),
])  # fmt: skip
def test_built_in_filters_can_be_left_out(make_desk, removed, mark):
    left = [name for name in TicketView.column_filters if name != removed]
    config = {"SUPPORT_TICKETS_DEPARTMENTS": ["IT", "Sales"]}
    for names, is_offered in ((TicketView.column_filters, True), (left, False)):
        desk = make_desk(of_view(column_filters=names), config=config)
        desk.open(department="IT")
        assert (mark in desk.get().text) is is_offered


@pytest.mark.parametrize("name", ["user.company", "assigned_to.company", "parcels"])
def test_bare_relationship_is_refused_as_a_filter(make_desk, name):
    with pytest.raises(ConfigurationError, match=rf"Filtered.column_filters: .*'{name}'"):
        make_desk(
            of_view(
                column_filters=("status", name, "order_id") if name != "user" else ("user.company",)
            )
        )
