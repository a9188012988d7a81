"""Translate messages into the user's language with Babel.

English is the source: a message is its own key. The catalogs are in ``translations/``, in their own
gettext domain. Flask-Babel, if the host has set it up, only selects the language.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.support import LazyProxy, NullTranslations, Translations
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
_FAILURE_KEY = "flask_support_tickets.babel_fails"

_chosen: ContextVar[str | None] = ContextVar("support_tickets_language", default=None)


class Languages:
    """The languages of one app, and the choice among them.

    ``folders`` hold catalogs of the host, which go before ours; ``locale`` is the one of the
    config; ``of_reader`` returns the locale of the current user, or None.
    """

    def __init__(
        self,
        folders: Iterable[str | Path] = (),
        locale: str | None = None,
        of_reader: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.locale = locale
        self._of_reader = of_reader
        self._files: dict[str, tuple[Path, ...]] = {SOURCE: ()}
        for folder in (*map(Path, folders), _SHIPPED):
            for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"):
                key = _key(path.parts[-3])
                self._files[key] = (*self._files.get(key, ()), path)

    @property
    def known(self) -> list[str]:
        """The tags of all languages that have catalogs, and of the source."""
        return sorted(key.replace("_", "-") for key in self._files)

    def find(self, tag: str) -> str | None:
        """Return the language of the messages for ``tag``: ``de`` for ``de-AT``; None if none."""
        key = _key(tag)
        if key in self._files:
            return key
        without_territory = key.rpartition("_")[0]
        found = negotiate_locale([key, without_territory], self._files)
        return found and found.lower()

    def requested(self) -> str:
        """Return the tag that is asked for now, such as ``de_AT``, with messages or not."""
        if (chosen := _chosen.get()) is not None:
            return chosen
        tag = self._of_reader() if has_request_context() else None
        return tag or babel_locale() or self._by_config() or SOURCE

    def current(self) -> str:
        """Return the language of messages now."""
        return self.find(self.requested()) or SOURCE

    def catalog(self, language: str) -> NullTranslations:
        """Return the messages of a language that `find` returned."""
        return _load(self._files[language])

    def _by_config(self) -> str | None:
        if self.locale != BY_BROWSER:
            return self.locale
        accepted = request.accept_languages if has_request_context() else ()
        return next((tag for tag, quality in accepted if quality and self.find(tag)), None)


def _key(tag: str) -> str:
    return tag.replace("-", "_").lower()


@cache
def _load(paths: tuple[Path, ...]) -> NullTranslations:
    """Return one catalog of several: the first that has a message, and its plural rule, counts."""
    catalog = NullTranslations()
    for path in reversed(paths):
        found = Translations.load(path.parents[2], path.parts[-3], DOMAIN)
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


def requested_tag() -> str:
    """Return the tag that is asked for now, such as ``de_AT``, with messages or not."""
    return _languages().requested()


def current_locale() -> Locale:
    """Return Babel's locale of the current language, with the territory that was asked for."""
    language, tag = current_language(), requested_tag()
    for name in (tag, language) if _languages().find(tag) else (language,):
        with suppress(ValueError, UnknownLocaleError):
            return Locale.parse(_key(name))
    return Locale.parse(SOURCE)  # a language that only the host knows


def may_depend_on_browser() -> bool:
    """Whether what is said now may depend on ``Accept-Language``."""
    return _languages().locale == BY_BROWSER or has_babel()


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


def lazy_gettext(message: str) -> Any:
    """Return ``message`` to be looked up when it is shown: for labels, and whatever is made once.

    It is not a ``str``, so its type is `Any`: forms and schemas ask for one.
    """
    return LazyProxy(gettext, message, enable_cache=False)
