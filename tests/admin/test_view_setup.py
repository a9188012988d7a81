"""Invalid `TicketView` classes raise errors, and no stock route that writes exists."""

from __future__ import annotations

import pytest
from flask_admin.contrib.sqla import ModelView
from flask_admin.contrib.sqla.filters import FilterEqual

from flask_support_tickets import Action, ConfigurationError, SupportTickets
from flask_support_tickets.admin import TicketView, row_action

from ..hosts.small import make_app, new_admin
from .desks import Desk, ShopColumns, declare_people

WRITING = ("can_create", "can_edit", "can_delete", "column_editable_list", "inline_models")
POSTS = {
    "/admin/tickets/bulk", "/admin/tickets/<ticket_id>/status",
    "/admin/tickets/<ticket_id>/comments", "/admin/tickets/<ticket_id>/seen",
    "/admin/tickets/<ticket_id>/edit",
    "/admin/tickets/<ticket_id>/action/<action_name>",
}  # fmt: skip


class Secure(ModelView):
    """A host's base class for all of its views."""

    can_create = False
    can_delete = False
    list_template = "admin/model/list.html"


class SecureDesk(Secure, TicketView):
    list_template = TicketView.list_template


class LateDesk(TicketView):
    pass


def of_view(**attributes):
    return type("Wrong", (TicketView,), attributes)


@pytest.mark.parametrize("view", [None, TicketView, SecureDesk, type("Sub", (SecureDesk,), {})])
def test_view_posts_only_to_our_routes(make_desk, view):
    desk = make_desk(view)
    rules = [
        rule for rule in desk.app.url_map.iter_rules() if str(rule).startswith("/admin/tickets")
    ]
    assert {str(rule) for rule in rules if "POST" in rule.methods} == POSTS
    assert {method for rule in rules for method in rule.methods} == {
        "GET", "HEAD", "OPTIONS", "POST"
    }  # fmt: skip
    assert {str(rule) for rule in rules} - POSTS == {
        "/admin/tickets/", "/admin/tickets/stats", "/admin/tickets/export.csv",
        "/admin/tickets/suggestions",
        "/admin/tickets/<ticket_id>", "/admin/tickets/<ticket_id>/news",
        "/admin/tickets/<ticket_id>/images/<image_key>",
    }  # fmt: skip
    gets = {str(rule) for rule in rules if "GET" in rule.methods}
    assert gets >= POSTS, "the way back from a sign-in"
    ticket = desk.open()
    for path in ("new/", "edit/?id=1", "delete/", "action/", "ajax/lookup/", "ajax/update/",
                 "details/?id=1", "export/csv/"):  # fmt: skip
        assert desk.get(path).status_code in (404, 405), path
        assert desk.post(path, id=ticket, action="delete", rowid=ticket).status_code in (404, 405)
    assert desk.stored(ticket, "version") == 1
    page = desk.get().text
    assert "Delete" not in page
    assert desk.bulk("delete", ticket).status_code == 303
    assert "Choose a bulk action first" in desk.messages()


@pytest.mark.parametrize("name", WRITING)
def test_attribute_that_writes_is_refused_wherever_it_is_set(make_desk, name):
    truthy = ["subject"] if name in WRITING[3:] else True
    with pytest.raises(ConfigurationError, match=rf"Wrong\.{name} "):
        of_view(**{name: truthy})
    with pytest.raises(ConfigurationError, match=rf"Mixed\.{name} "):
        type("Mixed", (type("Writing", (), {name: truthy}), TicketView), {})
    with pytest.raises(ConfigurationError, match=rf"Mixed\.{name} "):
        type("Mixed", (type("Writing", (ModelView,), {name: truthy}), TicketView), {})

    def set_before(self, *arguments):
        setattr(self, name, truthy)
        TicketView.__init__(self, *arguments)

    def set_after(self, *arguments):
        TicketView.__init__(self, *arguments)
        setattr(self, name, truthy)

    for start in (set_before, set_after):
        for attributes in ({}, {name: type(truthy)()}):
            view = of_view(__init__=start, **attributes)
            with pytest.raises(ConfigurationError, match=rf"Wrong\.{name} "):
                make_desk(view)
    view = of_view()
    setattr(view, name, truthy)
    with pytest.raises(ConfigurationError, match=rf"Wrong\.{name} "):
        make_desk(view)


@pytest.mark.parametrize("name", WRITING)
def test_attribute_that_writes_may_be_set_to_false(make_desk, name):
    falsy = () if name in WRITING[3:] else False
    mixin = type("Reading", (), {name: falsy})
    desk = make_desk(type("Mixed", (mixin, of_view(**{name: falsy})), {}))
    assert desk.get().status_code == 200
    view = next(each for each in desk.admin._views if isinstance(each, TicketView))
    setattr(view, name, falsy)
    assert not getattr(view, name)


@pytest.mark.parametrize(("attribute", "value", "culprit"), [
    ("column_list", ("id", "nothing"), "nothing"),
    ("column_exclude_list", ("nothing",), "nothing"),
    ("column_details_list", ("nothing",), "nothing"),
    ("column_export_list", ("nothing",), "nothing"),
    ("column_export_exclude_list", ("nothing",), "nothing"),
    ("column_list", ("user.nothing",), "user.nothing"),
    ("column_filters", ("nothing",), "nothing"),
    ("column_filters", ("user.nothing",), "user.nothing"),
    ("column_filters", ("parcels",), "parcels"),
    ("column_filters", ("user.company",), "user.company"),
    ("column_sortable_list", ("note",), "note"),
    ("column_sortable_list", ("nothing",), "nothing"),
    ("column_sortable_list", (("user", "user.username"),), "user.username"),
    ("column_default_sort", "note", "note"),
    ("column_default_sort", ("subject", True), "subject"),
    ("column_default_sort", [("nothing", True)], "nothing"),
    ("column_default_sort", [("order_id", True), ("id", False)], "single column"),
    ("column_default_sort", [], None),
])  # fmt: skip
def test_wrong_names_are_refused_with_the_attribute_and_the_culprit(
    make_desk, attribute, value, culprit
):
    view = of_view(**{attribute: value})
    if culprit is None:
        assert make_desk(view).get().status_code == 200
        return
    with pytest.raises(ConfigurationError) as refusal:
        make_desk(view)
    assert f"Wrong.{attribute}: " in str(refusal.value)
    assert culprit in str(refusal.value)


@pytest.mark.parametrize("view", [
    ModelView, object, "TicketView", TicketView.__new__(TicketView), len,
])  # fmt: skip
def test_view_that_is_no_subclass_is_refused(make_desk, view):
    with pytest.raises(ConfigurationError, match="subclass of TicketView"):
        make_desk(view)


def test_two_row_actions_of_one_name_are_refused(make_desk):
    class Twice(TicketView):
        @row_action("escalate", "Escalate")
        def escalate(self, ticket):
            """Do nothing."""

        @row_action("escalate", "Again")
        def again(self, ticket):
            """Do nothing."""

    with pytest.raises(ConfigurationError, match="'escalate' already exists"):
        make_desk(Twice)


@pytest.mark.parametrize("name", [
    "", "a b", "a/b", "../x", "1a", "é" * 200, "x" * 200, "Comment", "Open", *Action,
])  # fmt: skip
def test_bad_names_of_row_actions_are_refused(make_desk, name):
    view = of_view(act=row_action(str(name), "Act")(lambda self, ticket: None))
    with pytest.raises(ConfigurationError, match=f"action '{name}'"):
        make_desk(view)


def test_override_of_a_row_action_is_the_one_that_runs_and_none_removes_it(make_desk):
    class Base(TicketView):
        @row_action("ping", "Ping")
        def ping(self, ticket):
            return "base"

        @row_action("pong", "Pong")
        def pong(self, ticket):
            return "pong"

    class Derived(Base):
        pong = None

        @row_action("ping", "Ping harder")
        def ping(self, ticket):
            return "derived"

    desk = make_desk(Derived)
    ticket = desk.open()
    desk.post(f"{ticket}/action/ping")
    assert "derived" in desk.messages()
    assert desk.post(f"{ticket}/action/pong").status_code == 404
    assert "Ping harder" in desk.get().text


def test_row_action_is_the_attribute_whatever_the_function_is_called(make_desk):
    mark = row_action("mark", "Mark")(lambda self, ticket: f"marked {ticket.id}")
    desk = make_desk(of_view(marking=mark))
    ticket = desk.open()
    assert desk.post(f"{ticket}/action/mark").status_code == 303
    assert f"marked {ticket}" in desk.messages()


def test_two_desks_for_one_admin_are_refused(make_desk):
    desk = make_desk(LateDesk)
    desk.tickets.attach_admin(desk.app, desk.admin)
    desk.tickets.attach_admin(desk.app, desk.admin, ticket_view=LateDesk)
    with pytest.raises(ConfigurationError, match=r"already has a ticket view \(LateDesk\)"):
        desk.tickets.attach_admin(desk.app, desk.admin, ticket_view=TicketView)
    users = declare_people()
    other = SupportTickets(db=users.db, user_model=users.User, ticket_view=LateDesk)
    with pytest.raises(ConfigurationError, match=r"already has a ticket view \(LateDesk\)"):
        other.init_app(make_app(users), admin=desk.admin)


@pytest.mark.parametrize("give", ["constructor", "init_app", "attach_admin"])
def test_view_is_given_in_three_places(give):
    users = declare_people()
    chosen = {name: LateDesk if name == give else None for name in ("constructor", "init_app")}
    tickets = SupportTickets(db=users.db, user_model=users.User, ticket_view=chosen["constructor"])
    app = make_app(users)
    admin = None if give == "attach_admin" else new_admin(app)
    tickets.init_app(app, ticket_view=chosen["init_app"])
    if admin is None:
        admin = new_admin(app)
        tickets.attach_admin(app, admin, ticket_view=LateDesk)
    assert [type(each) for each in admin._views if isinstance(each, TicketView)] == [LateDesk]


def test_model_of_the_host_may_be_imported_after_init_app():
    """The mappers cannot be configured earlier: a relationship names a class defined later."""
    users = declare_people()
    users.User.shop = users.db.relationship("Shop")
    users.User.shop_id = users.db.Column(users.db.ForeignKey("shop.id"))
    tickets = SupportTickets(
        db=users.db, user_model=users.User, model_mixins={"Ticket": ShopColumns},
        ticket_view=of_view(column_filters=("user.username", "order_id", "user.shop.name"),
                            column_list=("id", "parcels", "user.shop"),
                            column_default_sort="order_id"),
    )  # fmt: skip
    app = make_app(users)
    tickets.init_app(app, admin=new_admin(app))

    class Shop(users.db.Model):
        id = users.db.Column(users.db.Integer, primary_key=True)
        name = users.db.Column(users.db.String(20))

    with app.app_context():
        users.db.create_all()
        users.db.session.add(users.User(username="mona", role="moderator", shop=Shop(name="X")))
        users.db.session.add(users.User(username="adam", role="admin"))
        users.db.session.commit()
    desk = Desk(app, users, tickets, None)
    ticket = desk.open("mona")
    assert desk.listed("flt0_user_shop_name_equal=X&user.username=mona") == [ticket]


def test_filter_objects_are_no_names(make_desk):
    class Objects(TicketView):
        def __init__(self, model, *arguments):
            self.column_filters = (FilterEqual(model.note, "Note"), FilterEqual("user.email", "E"))
            super().__init__(model, *arguments)

    assert make_desk(Objects).get().status_code == 200
