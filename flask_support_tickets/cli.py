"""``flask support-tickets``: maintenance commands for operators."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import click
from flask.cli import AppGroup

from . import services
from .actor import Actor, actor_for, is_active
from .api.openapi import make_document
from .current import current_tickets
from .delivery.worker import Worker, sleep_until, stop_on_signals
from .errors import DomainError
from .inbound.command import receive_mail_command
from .models import Action, TicketStatus
from .models.counter import BLOCK_SIZE
from .models.user_key import UserId
from .services import TicketFilter
from .services.assignees import find_user
from .services.attachments.maintenance import Progress
from .services.database import find_missing_columns
from .services.notifications import claims
from .services.tickets.fields import visible_properties
from .services.tickets.tags import with_tags
from .transaction import unit_of_work

#: The actor for the read-only commands. It can see everything.
_OPERATOR = Actor(id=None, is_staff=True, name="operator")
#: How often a worker looks for due notifications.
_WATCH_SECONDS = 1.0
_STATUS = click.Choice([status.name for status in TicketStatus])


class _Commands(AppGroup):
    """A command group that reports a `DomainError` as a Click error."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise click.ClickException(" ".join(error.sentences)) from error


support_tickets_cli = _Commands("support-tickets", help="Manage support tickets.")
support_tickets_cli.add_command(receive_mail_command)


@support_tickets_cli.command("init-db")
def init_db() -> None:
    """Create missing tables and the search index. Existing tables are not changed."""
    if missing := find_missing_columns():
        raise click.ClickException(
            f"The database is older than this version of Support Tickets. It lacks the columns "
            f"{', '.join(missing)}. Migrate it with: flask db upgrade heads."
        )
    models = current_tickets.models
    engine = current_tickets.session.get_bind(models.Ticket.__mapper__)
    models.Ticket.metadata.create_all(engine, tables=models.tables)
    if services.check_counters():  # the tickets may be older than the counters
        unit_of_work(services.rebuild_counters)
    click.echo("The Support Tickets tables are ready.")
    if not services.create_search_index(progress=_progress("Indexing")):
        click.echo("This database cannot index text, so searches scan all tickets.")


@support_tickets_cli.command("rebuild-search")
def rebuild_search() -> None:
    """Rebuild the search index. Searches use the old index until this is done."""
    count = services.rebuild_search_index(progress=_progress("Indexing"))
    click.echo(f"Indexed {count} tickets.")


@support_tickets_cli.command("check-counters")
@click.option("--rebuild", is_flag=True, help="Recount all tickets and correct the counters.")
def check_counters(rebuild: bool) -> None:
    """Compare the ticket counters with the tickets. Exits with status 1 if they differ."""
    wrong = services.check_counters()
    for block, status, stored, actual in wrong:
        ids = f"#{block * BLOCK_SIZE} to #{(block + 1) * BLOCK_SIZE - 1}"
        click.echo(f"{ids}: {stored} are counted as {status.name}, {actual} are there.")
    if rebuild:
        click.echo(f"Counted {unit_of_work(services.rebuild_counters)} tickets.")
    elif wrong:
        raise click.ClickException("Run this command with --rebuild.")
    else:
        click.echo("The counters are correct.")


@support_tickets_cli.command("list")
@click.option("--status", multiple=True, type=_STATUS, help="Filter by status. Can be repeated.")
@click.option("--search", help="Filter by keywords or #id.")
@click.option("--page", type=click.IntRange(1, 1_000_000_000), default=1, show_default=True)
@click.option("--page-size", type=click.IntRange(1, 100), default=20, show_default=True)
def list_tickets(status: tuple[str, ...], search: str | None, page: int, page_size: int) -> None:
    """List tickets, newest first."""
    statuses = [TicketStatus[name] for name in status]
    criteria = TicketFilter(statuses=statuses, search=(search or "").strip() or None)
    found = services.list_tickets(
        actor=_OPERATOR, criteria=criteria, page=page, page_size=page_size
    )
    for ticket in found.items:
        click.echo(f"#{ticket.id}  {TicketStatus(ticket.status).name:<10}  {ticket.subject}")
    click.echo(f"{len(found.items)} of {found.total_count}{'+' if found.is_capped else ''}")


@support_tickets_cli.command("show")
@click.argument("ticket_id", type=click.IntRange(1, 2**63 - 1))
def show_ticket(ticket_id: int) -> None:
    """Show a ticket and its history."""
    found = services.get_ticket(actor=_OPERATOR, ticket_id=ticket_id)
    [ticket] = with_tags(_OPERATOR, [found])
    click.echo(f"#{ticket.id}  {ticket.subject}")
    click.echo(f"Status: {TicketStatus(ticket.status).name}")
    click.echo(f"Requester: {ticket.user_name}")
    click.echo(f"Assigned to: {ticket.assigned_to_name or '-'}")
    for field in visible_properties(is_staff=True):
        click.echo(f"{field.label}: {field.text(ticket.value(field.name)) or '-'}")
    click.echo(f"Comments: {ticket.comment_count}")
    click.echo(f"\n{ticket.description}\n")
    for event in services.list_history(actor=_OPERATOR, ticket=ticket):
        moment = event.created_at.isoformat(timespec="seconds")
        click.echo(f"{moment}  {event.action}  {event.user_name}")


@support_tickets_cli.command("move")
@click.argument("ticket_id", type=click.IntRange(1, 2**63 - 1))
@click.argument("action", type=click.Choice([action.value for action in Action]))
@click.option("--as", "user_id", required=True, metavar="USER_ID", help="The staff member's ID.")
@click.option("--assign-to", metavar="USER_ID", help="The assignee for StartProgress and Assign.")
def transition_ticket(ticket_id: int, action: str, user_id: str, assign_to: str | None) -> None:
    """Change a ticket's status or assignee on behalf of a staff member."""
    user = find_user(_user_key(user_id))
    if user is None:
        raise click.ClickException(f"There is no user {user_id}.")
    if not is_active(user):
        raise click.ClickException(f"User {user_id} is deactivated.")
    ticket = unit_of_work(
        services.transition_ticket,
        actor=actor_for(user),
        ticket_id=ticket_id,
        action=Action(action),
        assigned_to_user_id=_user_key(assign_to) if assign_to else None,
    )
    click.echo(f"#{ticket.id} is {TicketStatus(ticket.status).name}.")


@support_tickets_cli.command("sweep-keys")
def sweep_keys() -> None:
    """Remove old idempotency keys, records of received mail, and the presence of staff."""
    click.echo(f"Removed {unit_of_work(services.forget_old_keys)} old keys.")
    unit_of_work(services.forget_old_presence)
    unit_of_work(services.forget_old_mail)


@support_tickets_cli.command("deliver")
@click.option("--watch", is_flag=True, help="Keep running until SIGTERM or SIGINT.")
@click.option("--limit", type=click.IntRange(1), help="Stop after this many notifications.")
@click.option("--retry-failed", is_flag=True, help="Retry the failed notifications as well.")
def deliver(watch: bool, limit: int | None, retry_failed: bool) -> None:
    """Deliver the notifications that are due. Any number of these commands can run at once."""
    app = current_tickets.app
    if retry_failed:
        click.echo(f"{unit_of_work(claims.retry_failed)} failed notifications are due again.")
    if not current_tickets.is_licensed:
        click.echo("Support Tickets are off, so nothing is delivered.", err=True)
    with stop_on_signals() as should_stop:
        wait = sleep_until(should_stop)
        worker = Worker(lambda: app, should_stop=should_stop, wait=wait, limit=limit)
        if watch:
            worker.run(_WATCH_SECONDS)
        else:
            worker.do_chores()
            worker.deliver_all()
    click.echo(f"{worker.count} notifications were processed.")


@support_tickets_cli.command("openapi")
def print_document() -> None:
    """Print the OpenAPI document for the JSON API."""
    click.echo(json.dumps(make_document(), indent=2))


@support_tickets_cli.command("stats")
def show_statistics() -> None:
    """Show how many tickets have each status."""
    counts = services.count_by_status(actor=_OPERATOR)
    for status, count in counts.items():
        click.echo(f"{status.name:<10} {count:>8}")
    click.echo(f"{'Total':<10} {sum(counts.values()):>8}")


def _refuse_nan(_context: Any, _option: Any, value: float) -> float:
    if math.isnan(value):
        raise click.BadParameter("Not a number.")
    return value


@support_tickets_cli.command("sweep-attachments")
@click.option(
    "--older-than",
    "hours",
    type=click.FloatRange(0, 1_000_000),
    callback=_refuse_nan,
    default=24,
    show_default=True,
    metavar="HOURS",
    help="Keep anything newer than this.",
)
@click.option("--dry-run", is_flag=True, help="Report what would be removed without removing it.")
def sweep_attachments(hours: float, dry_run: bool) -> None:
    """Remove unused uploads, and files that no attachment refers to."""
    swept = services.sweep_attachments(
        older_than=timedelta(hours=hours), dry_run=dry_run, progress=_progress("Sweeping")
    )
    verb = "Would remove" if dry_run else "Removed"
    click.echo(f"{verb} {swept.uploads} unused uploads and {swept.files} files without a row.")


@support_tickets_cli.command("verify-attachments")
def verify_attachments() -> None:
    """Report attachments whose files are missing or altered. Exits with status 1 if any are."""
    verified = services.verify_attachments(progress=_progress("Reading"))
    for problem, ids in (("missing", verified.missing), ("altered", verified.altered)):
        for attachment_id in ids:
            click.echo(f"attachment {attachment_id}: {problem}")
    wrong = len(verified.missing) + len(verified.altered)
    click.echo(f"{verified.checked} files read, {wrong} of them wrong.")
    if wrong:
        raise click.exceptions.Exit(1)


def _progress(label: str) -> Progress:
    def show(items: Iterable[Any], length: int | None) -> Iterator[Any]:
        with click.progressbar(items, length=length, label=label) as bar:
            yield from bar

    return show


def _user_key(user_id: str) -> UserId:
    key = current_tickets.models.user_key.from_text(user_id)
    if key is None:
        raise click.ClickException(f"{user_id!r} cannot be a user ID.")
    return key
