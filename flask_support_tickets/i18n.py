"""Messages for people, in the reader's language. Every sentence of the package passes here.

English is the source: a message is its own key. The catalogs are in ``translations/``, in a gettext
domain of our own, read by the standard library; Flask-Babel, where a host has it, only tells the
language.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

from flask import current_app, has_app_context, has_request_context, request

logger = logging.getLogger(__name__)

DOMAIN = "support_tickets"
#: The language that the messages are written in.
SOURCE = "en"
#: A locale of the config: the best for the browser's ``Accept-Language``.
BY_BROWSER = "auto"
#: Where an app keeps its `Languages`.
EXTENSION_KEY = "support_tickets_languages"

_SHIPPED = Path(__file__).parent / "translations"
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

#: Characters of a language tag that are looked at; no registered one is longer.
_TAG_MAX = 35
_CACHE_KEY = "flask_support_tickets.accepted_language"
_FAILURE_KEY = "flask_support_tickets.babel_fails"

_chosen: ContextVar[str | None] = ContextVar("support_tickets_language", default=None)


class Languages:
    """The languages one app can speak, and which of them it speaks to whom.

    ``folders`` hold catalogs of the host, which go before ours; ``locale`` is what the config
    says; ``of_reader`` returns what is known of who reads, or None.
    """

    def __init__(
        self,
        folders: Iterable[str | Path] = (),
        locale: str | None = None,
        of_reader: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.locale = locale
        self._of_reader = of_reader
        self._files: dict[str, list[Path]] = {}
        for folder in (*map(Path, folders), _SHIPPED):
            for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"):
                self._files.setdefault(_key(path.parts[-3]), []).append(path)
        self._catalogs: dict[str, NullTranslations] = {}

    @property
    def known(self) -> list[str]:
        """The tags of all languages there are catalogs for, and the source's."""
        return sorted({SOURCE, *(key.replace("_", "-") for key in self._files)})

    @property
    def depends_on_browser(self) -> bool:
        """Whether the ``Accept-Language`` of a request may decide."""
        return self.locale == BY_BROWSER or has_babel()

    def find(self, tag: str) -> str | None:
        """Return the language to speak for ``tag``, such as ``de`` for ``de-AT``; None for none."""
        if tag in self._catalogs:  # it was found before
            return tag
        parts = _key(tag[:_TAG_MAX]).split("_")
        for length in range(len(parts), 0, -1):
            key = "_".join(parts[:length])
            if key == SOURCE or key in self._files:
                return key
        return None

    def current(self) -> str:
        """Return the language to speak now."""
        if (chosen := _chosen.get()) is not None:
            return self.find(chosen) or SOURCE
        tag = self._of_reader() if has_request_context() else None
        return self.find(tag or babel_locale() or self._by_config() or SOURCE) or SOURCE

    def catalog(self, language: str) -> NullTranslations:
        """Return the messages of a language that `find` returned."""
        if language not in self._catalogs:
            self._catalogs[language] = _load(self._files.get(language, ()))
        return self._catalogs[language]

    def _by_config(self) -> str | None:
        if self.locale != BY_BROWSER:
            return self.locale
        if not has_request_context():
            return None
        # One environ can pass through several apps (a dispatcher), each with its own languages.
        found: dict[int, str | None] = request.environ.setdefault(_CACHE_KEY, {})
        if id(self) not in found:
            found[id(self)] = self._accepted()
        return found[id(self)]

    def _accepted(self) -> str | None:
        """Return the tag of the request's ``Accept-Language`` that comes first."""
        tags = request.accept_languages
        return next((tag for tag, quality in tags if quality and self.find(tag)), None)


def _key(tag: str) -> str:
    return tag.replace("-", "_").lower()


def _load(paths: Iterable[Path]) -> NullTranslations:
    catalog = NullTranslations()
    for path in reversed(list(paths)):
        with path.open("rb") as file:
            found = GNUTranslations(file)
        found.add_fallback(catalog)
        catalog = found
    return catalog


def has_babel() -> bool:
    """Whether the host has set Flask-Babel up; that it is installed says nothing."""
    is_set_up = has_app_context() and "babel" in current_app.extensions
    return is_set_up and "flask_babel" in sys.modules  # the key might be somebody else's


def babel_locale() -> str | None:
    """Return the locale of the host's Flask-Babel, such as ``de_AT``; None where it has none.

    A selector that fails is logged and counts as none: its error page would ask for messages too.
    """
    if not has_babel():
        return None
    from flask_babel import get_locale

    asked = request.environ if has_request_context() else {}
    if asked.get(_FAILURE_KEY):  # once is enough: each message would ask it again
        return None
    try:
        return str(get_locale())
    except Exception:  # of a selector: nobody has signed in, no request, an unknown locale
        level = logging.WARNING if has_request_context() else logging.DEBUG
        logger.log(level, "Flask-Babel could not tell the locale.", exc_info=True)
        asked[_FAILURE_KEY] = True
        return None


#: For messages outside of an app: English, unless `use_language` says more.
_anywhere = Languages()


def _languages() -> Languages:
    found: Any = current_app.extensions.get(EXTENSION_KEY) if has_app_context() else None
    return found or _anywhere


def current_language() -> str:
    """Return the tag of the language that messages are in now, such as ``en`` or ``de``."""
    return _languages().current().replace("_", "-")


def is_right_to_left(language: str) -> bool:
    """Whether a language is written from right to left."""
    return language.partition("-")[0] in _RIGHT_TO_LEFT


def may_depend_on_browser() -> bool:
    """Whether what is said now may depend on ``Accept-Language``."""
    return _languages().depends_on_browser


@contextmanager
def use_language(tag: str) -> Iterator[None]:
    """Speak ``tag`` within, whoever asks; English where there is no catalog for it."""
    token = _chosen.set(tag)
    try:
        yield
    finally:
        _chosen.reset(token)


def catalog() -> NullTranslations:
    """Return the messages of the current language; its ``gettext`` is the quicker one of many."""
    languages = _languages()
    return languages.catalog(languages.current())


def gettext(message: str) -> str:
    """Return ``message`` in the reader's language."""
    return catalog().gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the form for ``number``: of two in English, of up to six in other languages."""
    return catalog().ngettext(singular, plural, number)


#: What stands between thousands, and before tenths; elsewhere it is as in English.
_MARKS = {"de": (".", ","), "es": (".", ","), "fr": ("\u202f", ",")}


def decimal_text(number: float) -> str:
    """Return a number for people, with its thousands apart, and a tenth if there is one."""
    if 0 <= number < 1_000 and number == int(number):  # the same in every language
        return str(int(number))
    between, before = _MARKS.get(current_language().partition("-")[0], (",", "."))
    whole, _, tenth = f"{number:,.1f}".partition(".")
    return whole.replace(",", between) + (f"{before}{tenth}" if tenth != "0" else "")


class LazyText:
    """A message that is fixed early and looked up each time it is shown."""

    def __init__(self, message: str, values: dict[str, Any] | None = None) -> None:
        self._message = message
        self._values = values

    def __str__(self) -> str:
        text = gettext(self._message)
        return text % self._values if self._values else text

    def __repr__(self) -> str:
        return f"LazyText({self._message!r})"

    def format(self, *args: Any, **values: Any) -> str:
        """Do what ``str.format`` does, with the message of that moment."""
        return str(self).format(*args, **values)


def lazy_gettext(message: str, **values: Any) -> Any:
    """Return ``message`` to be looked up when it is shown: for labels, and whatever is made once.

    It is no ``str``, so it is told to be `Any`: forms and schemas ask for one.
    """
    return LazyText(message, values or None)
