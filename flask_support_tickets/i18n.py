"""Translate messages into the user's language with Babel.

The message IDs are the English messages. The catalogs in ``translations/`` have their own gettext
domain. If the host has set up Flask-Babel, it only selects the locale.
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
#: The language of the message IDs.
SOURCE = "en"
#: With this value, ``SUPPORT_TICKETS_LOCALE`` follows the browser's ``Accept-Language`` header.
BY_BROWSER = "auto"
#: The key for the app's `Languages` in ``app.extensions``.
EXTENSION_KEY = "support_tickets_languages"

_SHIPPED = Path(__file__).parent / "translations"
_FAILURE_KEY = "flask_support_tickets.babel_fails"

_forced: ContextVar[str | None] = ContextVar("support_tickets_language", default=None)


class Languages:
    """The languages available in one app, and how to select one.

    ``folders`` contain the host's catalogs, which override the shipped ones; ``locale`` is the
    configured locale; ``user_locale`` returns the current user's locale, or None.
    """

    def __init__(
        self,
        folders: Iterable[str | Path] = (),
        locale: str | None = None,
        user_locale: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.locale = locale
        self._user_locale = user_locale
        self._files: dict[str, tuple[Path, ...]] = {SOURCE: ()}
        self._translations: dict[str, frozenset[str]] = {}
        for folder in (*map(Path, folders), _SHIPPED):
            for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"):
                key = _key(path.parts[-3])
                self._files[key] = (*self._files.get(key, ()), path)

    @property
    def tags(self) -> list[str]:
        """The tags of all available languages."""
        return sorted(key.replace("_", "-") for key in self._files)

    def find(self, tag: str) -> str | None:
        """Return the best language for ``tag``, such as ``de`` for ``de-AT``, if there is one."""
        key = _key(tag)
        if key in self._files:
            return key
        without_territory = key.rpartition("_")[0]
        found = negotiate_locale([key, without_territory], self._files)
        return found and found.lower()

    def requested(self) -> str:
        """Return the requested language tag, such as ``de_AT``, even if it has no catalog."""
        if (forced := _forced.get()) is not None:
            return forced
        tag = self._user_locale() if has_request_context() else None
        return tag or babel_locale() or self._by_config() or SOURCE

    def current(self) -> str:
        """Return the language to translate messages into."""
        return self.find(self.requested()) or SOURCE

    def catalog(self, language: str) -> NullTranslations:
        """Return the messages in a language that `find` returned."""
        return _load(self._files[language])

    def translations_of(self, message: str) -> frozenset[str]:
        """Return ``message`` in every language."""
        found = self._translations.get(message)
        if found is None:
            found = frozenset(self.catalog(each).gettext(message) for each in self._files)
            self._translations[message] = found
        return found

    def _by_config(self) -> str | None:
        if self.locale != BY_BROWSER:
            return self.locale
        accepted = request.accept_languages if has_request_context() else ()
        return next((tag for tag, quality in accepted if quality and self.find(tag)), None)


def _key(tag: str) -> str:
    return tag.replace("-", "_").lower()


@cache
def _load(paths: tuple[Path, ...]) -> NullTranslations:
    """Merge the catalogs. The first one that contains a message is used, with its plural rule."""
    catalog = NullTranslations()
    for path in reversed(paths):
        merged = Translations.load(path.parents[2], path.parts[-3], DOMAIN)
        merged.add_fallback(catalog)
        catalog = merged
    return catalog


def has_babel() -> bool:
    """Return whether the host has set up Flask-Babel."""
    is_set_up = has_app_context() and "babel" in current_app.extensions
    return is_set_up and "flask_babel" in sys.modules  # other extensions could use the key


def babel_locale() -> str | None:
    """Return the locale that Flask-Babel selects, such as ``de_AT``, or None.

    Errors in the selector are logged and ignored: even the host's error page needs messages.
    """
    if not has_babel():
        return None
    from flask_babel import get_locale

    environ = request.environ if has_request_context() else {}
    if environ.get(_FAILURE_KEY):  # log once, not for each message
        return None
    try:
        return str(get_locale())
    except Exception:  # for example, the selector needs a signed-in user
        level = logging.WARNING if has_request_context() else logging.DEBUG
        logger.log(level, "Flask-Babel could not select a locale.", exc_info=True)
        environ[_FAILURE_KEY] = True
        return None


_default_languages = Languages()


def _languages() -> Languages:
    found: Any = current_app.extensions.get(EXTENSION_KEY) if has_app_context() else None
    return found or _default_languages


def current_language() -> str:
    """Return the tag of the language to translate messages into, such as ``en`` or ``de``."""
    return _languages().current().replace("_", "-")


def requested_tag() -> str:
    """Return the requested language tag, such as ``de_AT``, even if it has no catalog."""
    return _languages().requested()


def current_locale() -> Locale:
    """Return the Babel locale for the current language, with the requested territory."""
    language, tag = current_language(), requested_tag()
    for name in (tag, language) if _languages().find(tag) else (language,):
        with suppress(ValueError, UnknownLocaleError):
            return Locale.parse(_key(name))
    return Locale.parse(SOURCE)  # the host's catalog is in a language that Babel does not know


def may_depend_on_browser() -> bool:
    """Return whether the language may depend on ``Accept-Language``."""
    return _languages().locale == BY_BROWSER or has_babel()


@contextmanager
def use_language(tag: str) -> Iterator[None]:
    """Use the language for ``tag`` within the block, or English if there is no catalog for it."""
    token = _forced.set(tag)
    try:
        yield
    finally:
        _forced.reset(token)


def catalog() -> NullTranslations:
    """Return the messages in the current language. Call it once to look up many messages."""
    languages = _languages()
    return languages.catalog(languages.current())


def gettext(message: str) -> str:
    """Return ``message`` in the current language."""
    return catalog().gettext(message)


def translations_of(message: str) -> frozenset[str]:
    """Return ``message`` in every language, to recognize it in text."""
    return _languages().translations_of(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the singular or plural form for ``number`` in the current language."""
    return catalog().ngettext(singular, plural, number)


def lazy_gettext(message: str) -> Any:
    """Return a proxy that translates ``message`` whenever it is rendered.

    Typed as `Any` because forms and schemas expect a ``str``.
    """
    return LazyProxy(gettext, message, enable_cache=False)
