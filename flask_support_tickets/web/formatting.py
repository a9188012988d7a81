"""How things are said to who reads a page: times and numbers (rules V1 and V2)."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from markupsafe import Markup, escape

from ..i18n import (
    babel_locale,
    catalog,
    current_language,
    decimal_text,
    has_babel,
    is_right_to_left,
)
from ..models import utc_now
from .locale import current_time_zone
from .relative_time import age_text, span_text


class Reader:
    """Who reads, as far as words and numbers go. Made once for a page."""

    def __init__(self) -> None:
        self.language = current_language()
        self.direction = "rtl" if is_right_to_left(self.language) else "ltr"
        self.zone: tzinfo = current_time_zone()
        self._now, self._words = utc_now(), catalog()
        self._locale = _locale_for(self.language) if has_babel() else None

    @property
    def time_direction(self) -> str:
        """Which way a time runs: one in figures alone would come apart from right to left."""
        return "ltr" if self._locale is None else self.direction

    def time(self, moment: datetime) -> str:
        """Return a moment for people: by the language with Babel, else ``2026-11-24 16:40 CET``."""
        local = moment.astimezone(self.zone)
        if self._locale is not None:
            return _by_babel(local, self._locale)
        return f"{local:%Y-%m-%d %H:%M} {_zone_text(local)}"

    def exact_time(self, moment: datetime) -> str:
        """Return a moment to the second, with its zone."""
        local = moment.astimezone(self.zone)
        return f"{local.isoformat(' ', 'seconds')[:19]} {_zone_text(local)}"

    def iso_time(self, moment: datetime) -> str:
        """Return a moment for machines: UTC, ending in ``Z``."""
        return f"{moment.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"

    def when(self, moment: datetime) -> Markup:
        """Return a moment as ``<time>`` with the exact one in its title."""
        exact, text = escape(self.exact_time(moment)), escape(self.time(moment))
        return Markup(
            f'<time datetime="{self.iso_time(moment)}" dir="{self.time_direction}" '
            f'title="{exact}">{text}</time>'
        )

    def ago(self, moment: datetime) -> Markup:
        """Return how long ago a moment was, as ``<time>`` with the exact one in its title."""
        return self._as_html(moment, age_text(moment, self._now, self._words))

    def waiting(self, since: datetime | None) -> Markup | None:
        """Return how long somebody waits, as `ago` does; None for nobody."""
        return (
            None
            if since is None
            else self._as_html(since, span_text(self._now - since, self._words))
        )

    def _as_html(self, moment: datetime, text: str) -> Markup:
        exact = escape(self.exact_time(moment))
        return Markup(
            f'<time datetime="{self.iso_time(moment)}" title="{exact}">{escape(text)}</time>'
        )

    def number(self, number: int) -> str:
        """Return a whole number with its thousands apart."""
        if self._locale is not None:
            from babel.numbers import format_decimal

            return str(format_decimal(number, locale=self._locale))
        return decimal_text(number)


def _zone_text(local: datetime) -> str:
    name = local.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"


def _locale_for(language: str) -> Any:
    """Return Babel's locale: the host's own when it is of this language, else the language's."""
    hosts = babel_locale() or ""
    same = hosts.partition("_")[0] == language.partition("-")[0]
    return hosts if same else language.replace("-", "_")


def _by_babel(local: datetime, locale: str) -> str:
    from babel.dates import format_date, format_time, get_datetime_format

    both = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    time = format_time(local, "short", tzinfo=local.tzinfo, locale=locale)
    return both.replace("{0}", time).replace("{1}", format_date(local, "medium", locale=locale))
