"""``flask support-tickets receive-mail``, for mail servers."""

from __future__ import annotations

import logging
import sys
from typing import BinaryIO

import click
from flask.cli import with_appcontext

from ..current import current_tickets
from ..errors import SupportTicketsError
from .receive import MESSAGE_MAX_BYTES, receive_mail

logger = logging.getLogger(__name__)

_CHUNK_BYTES = 1024 * 1024
#: The exit status that makes mail servers try again later. ``os`` has it only on Unix.
_EX_TEMPFAIL = 75


@click.command("receive-mail")
@click.option("--recipient", metavar="ADDRESS", help="The recipient from the envelope.")
@with_appcontext
def receive_mail_command(recipient: str | None) -> None:
    """Read one email from standard input and turn it into a comment.

    Exits with status 0 if the email was processed, even if it was refused or dropped, and with
    status 75 (EX_TEMPFAIL) if the mail server should try again later.
    """
    message = _read_all(sys.stdin.buffer)
    if not current_tickets.is_licensed:
        click.echo("Support Tickets are off, so no mail is received.", err=True)
        raise click.exceptions.Exit(_EX_TEMPFAIL)
    try:
        received = receive_mail(message, recipient=recipient)
    except SupportTicketsError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(_EX_TEMPFAIL) from error
    except Exception as error:
        logger.exception("An email could not be processed.")
        click.echo(f"The email could not be processed: {type(error).__name__}.", err=True)
        raise click.exceptions.Exit(_EX_TEMPFAIL) from error
    if received.reason is None:
        click.echo(f"The email became comment {received.comment_id}.")
    else:
        answered = " The sender got an answer." if received.is_answered else ""
        click.echo(f"The email did not become a comment: {received.reason}.{answered}")


def _read_all(stream: BinaryIO) -> bytes:
    """Read everything, because mail servers report unread input. Keep only what is needed."""
    data = bytearray()
    while chunk := stream.read(_CHUNK_BYTES):
        data += chunk[: MESSAGE_MAX_BYTES + 1 - len(data)]
    return bytes(data)
