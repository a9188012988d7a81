"""`Message`: what channels send, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..actor import Actor, email_of, locale_of, name_of, time_zone_of
from ..i18n import use_language
from ..models.notification import Kind, NotificationState, Relation
from ..policy import user_key_of
from ..services.notifications.claims import Claim, finish
from ..services.notifications.contents import (
    Contents,
    NotNotified,
    get_recipient,
    read_contents,
)
from ..services.notifications.preferences import get_choices, is_default
from ..services.read_models import CommentInfo, EventInfo, TicketInfo
from ..services.tickets.tags import with_tags
from ..transaction import unit_of_work
from ..web.locale import language_for


@dataclass(frozen=True)
class RecipientInfo:
    """The user that a message is for."""

    user_id: Any
    name: str
    is_staff: bool
    #: The address from `Policy.email`, or None.
    email: str | None
    #: The language and time zone from the policy, or None for the app's defaults.
    locale: str | None
    time_zone: str | None


@dataclass(frozen=True)
class Message:
    """One message to one recipient about one or more events of a ticket, oldest first."""

    #: The id of its first notification. It is the same in every attempt.
    id: int
    created_at: datetime
    relation: Relation
    #: The channel's target, or an empty string if the recipient is a user.
    target: str
    #: The user, or None if the message is for a target outside the app.
    recipient: RecipientInfo | None
    ticket: TicketInfo
    events: tuple[EventInfo, ...]
    #: The comments of the events, by id.
    comments: dict[int, CommentInfo]
    #: The kind of each event's notification, by the event's id; empty for targets.
    kinds: dict[int, Kind]

    @property
    def has_note(self) -> bool:
        """Whether it contains an internal note. A reply to it is then a note as well."""
        return any(event.is_internal for event in self.events)


#: Reads everything, for targets such as webhooks.
_SYSTEM = Actor(id=None, is_staff=True, name="Support Tickets")


def build_message(claim: Claim) -> Message:
    """Read what to send, as the recipient can see it now (O2).

    Notifications that the recipient does not want or can no longer see are skipped. Raises
    `NotNotified` if none is left.
    """
    first = claim.first
    relation = Relation(first.relation)
    if first.user_id is None:
        with use_language(language_for(None)):
            contents = read_contents(_SYSTEM, first.ticket_id, [first.event_id])
        [ticket] = with_tags(_SYSTEM, [contents.ticket])
        contents = replace(contents, ticket=ticket)
        return _message(claim, relation, None, contents, {})
    user, actor = get_recipient(relation, first.user_id)
    wanted = _wanted(claim)
    recipient = describe_recipient(user, actor)
    with use_language(language_for(recipient.locale)):  # of names such as "Deleted user"
        contents = read_contents(actor, first.ticket_id, [row.event_id for row in wanted])
    kinds = {row.event_id: Kind(row.kind) for row in wanted}
    return _message(claim, relation, recipient, contents, kinds)


def _message(
    claim: Claim,
    relation: Relation,
    recipient: RecipientInfo | None,
    contents: Contents,
    kinds: dict[int, Kind],
) -> Message:
    return Message(
        id=claim.first.id,
        created_at=claim.first.created_at,
        relation=relation,
        target=claim.first.target,
        recipient=recipient,
        ticket=contents.ticket,
        events=contents.events,
        comments=contents.comments,
        kinds={each.id: kinds[each.id] for each in contents.events if each.id in kinds},
    )


def describe_recipient(user: Any, actor: Actor) -> RecipientInfo:
    """Return the values about a user that channels need."""
    return RecipientInfo(
        user_id=user_key_of(user),
        name=name_of(user),
        is_staff=actor.is_staff,
        email=email_of(user),
        locale=locale_of(user),
        time_zone=time_zone_of(user),
    )


def _wanted(claim: Claim) -> list[Any]:
    """Return the notifications that the user wants, and skip the others."""
    choices = get_choices(claim.first.user_id)
    wanted: list[Any] = []
    unwanted: list[Any] = []
    for row in claim.rows:
        choice = choices.get((row.kind, row.channel), is_default(row.kind, row.channel))
        (wanted if choice else unwanted).append(row)
    reason = "The recipient turned it off."
    if not wanted:
        raise NotNotified(reason)
    if unwanted:
        ids = [row.id for row in unwanted]
        unit_of_work(finish, claim, NotificationState.Skipped, ids=ids, reason=reason)
    return wanted
