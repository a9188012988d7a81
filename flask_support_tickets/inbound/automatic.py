"""Recognize automatic emails, which are dropped to prevent loops (rule O6)."""

from __future__ import annotations

import re

from ..delivery.mail.compose import is_own_id
from ..delivery.mail.sender import find_sender
from .headers import Headers

_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
#: Headers that only programs write.
_OF_PROGRAMS = (
    "X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-Mail-Autoreply", "List-Id",
    "List-Post", "X-Failed-Recipients",
)  # fmt: skip
_SUPPRESSED = re.compile(r"\b(?:all|autoreply|oof)\b", re.IGNORECASE)
#: The envelope sender of automatic email. Postfix passes it as MAILER-DAEMON.
_NOBODY = re.compile(r"<?\s*(?:mailer-daemon(?:@[^>]*)?)?\s*>?", re.IGNORECASE)
#: Subjects of automatic replies, responses to invitations, and receipts. People's replies begin
#: with "Re:", so a ticket about an absence is not affected.
_SUBJECTS = re.compile(
    r"""\s*(?:
      (?:automatic|auto(?:mated)?)[ -]?(?:reply|response)\b | out\s+of\s+(?:the\s+)?office\b
    | vacation\s+(?:reply|response)\b | away\s+from\s+(?:the\s+)?office\b
    | (?:accepted|declined|tentative(?:ly\s+accepted)?|cancell?ed|read|not\s+read)\s*:
    | undeliver(?:able|ed)\b | delivery\s+status\s+notification\b | returned\s+mail\b
    | mail\s+delivery\s+(?:failed|failure)\b
    | automatische\s+antwort\b | abwesenheits(?:notiz|nachricht|meldung|assistent)
    | (?:ich\s+bin\s+)?nicht\s+im\s+büro\b | (?:zugesagt|abgesagt|mit\s+vorbehalt|gelesen)\s*:
    | unzustellbar\b
    | réponse\s+automatique\b | absen(?:ce|t)\s+du\s+bureau\b | message\s+d['’]absence\b
    | (?:accepté|refusé|provisoire|lu)\s*: | non\s+remis\b
    | respuesta\s+automática\b | fuera\s+de\s+(?:la\s+)?oficina\b
    | (?:aceptad[oa]|rechazad[oa]|provisional|leído)\s*: | no\s+se\s+puede\s+entregar\b
    | رد\s+تلقائي | الرد\s+التلقائي | خارج\s+المكتب | (?:مقبول|مرفوض|تمت\s+القراءة)\s*:
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_automatic(headers: Headers) -> bool:
    """Return whether a program wrote the email, such as an automatic reply or a receipt."""
    return (
        headers.first("Auto-Submitted").partition(";")[0].strip().lower() not in ("", "no")
        or headers.first("Precedence").lower() in _BULK
        or any(headers.message[name] is not None for name in _OF_PROGRAMS)
        or bool(_SUPPRESSED.search(headers.first("X-Auto-Response-Suppress")))
        or any(_NOBODY.fullmatch(value) for value in headers.all("Return-Path"))
        or is_report(headers)
        or _is_ours(headers)
        or _is_calendar_answer(headers)
        or bool(_SUBJECTS.match(headers.subject))
    )


def _is_ours(headers: Headers) -> bool:
    sender = find_sender()
    is_from_us = sender is not None and (headers.sender or "").lower() == sender.address.lower()
    return is_from_us or is_own_id(headers.message_id)


def is_report(headers: Headers) -> bool:
    """Return whether it is a report about an email: a bounce or a receipt."""
    return headers.message.get_content_type() == "multipart/report"


def _is_calendar_answer(headers: Headers) -> bool:
    is_calendar = headers.message.get_content_type() == "text/calendar"
    content_class = headers.first("Content-Class").lower()
    return is_calendar or content_class.startswith("urn:content-classes:calendarmessage")


def has_failed_authentication(headers: Headers) -> bool:
    """Return whether our mail server, which writes the first result, says that DMARC failed."""
    result = headers.first("Authentication-Results")
    return bool(re.search(r"(?:^|[\s;])dmarc\s*=\s*fail\b", result, re.IGNORECASE))
