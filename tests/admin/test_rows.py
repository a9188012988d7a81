"""The rows of the queue, filled into what a template made once."""

from __future__ import annotations

from flask_support_tickets import TicketStatus, actor_for
from flask_support_tickets.admin.rows import QueueRows
from flask_support_tickets.services import list_tickets
from flask_support_tickets.web.pattern import slot
from flask_support_tickets.web.reader import Reader

PLAIN = dict.fromkeys(
    ["New", "InProgress", "StartProgress", "unread", "news", "comments", "department", "waiting"],
    "",
)


def rows_of(app, actor, **patterns):
    with app.test_request_context():
        tickets = list_tickets(actor=actor).items
        return QueueRows(actor, tickets, None).html(Reader(), {**PLAIN, **patterns})


def test_a_template_of_the_host_can_show_any_column(app, make_ticket, mona):
    ticket = make_ticket(department="<b>")
    row = f"#{slot('id')} {slot('version')} {slot('department')} [{slot('closed_at')}]"
    assert rows_of(app, actor_for(mona), row=row) == f"#{ticket.id} {ticket.version} &lt;b&gt; []"


def test_what_only_some_rows_have_stands_there_or_what_is_said_instead(app, make_ticket, mona):
    make_ticket()
    make_ticket(TicketStatus.InProgress, department="Sales")
    html = rows_of(
        app,
        actor_for(mona),
        row=f"{slot('department_part')}{slot('assignee_part')};",
        department=f"in {slot('department')} ",
        assignee=f"by {slot('assignee')}",
        no_assignee="nobody",
    )
    assert html == "in Sales by mona;nobody;"
