"""The language of the ticket pages: chosen at the foot of each page, kept in a cookie."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue

from .local_path import local_path

#: What they are called in themselves, by their tags.
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
}
_COOKIE = "language"
_COOKIE_SECONDS = 365 * 86_400

language = Blueprint("language", __name__)


def chosen_language() -> str | None:
    """Return the tag of the language that was chosen; None before that."""
    tag = request.cookies.get(_COOKIE, "")
    return tag if tag in LANGUAGES else None


@language.post("/language")
def choose_language() -> ResponseReturnValue:
    """Remember a language and go back to ``next``; what is none of ours changes nothing."""
    target = local_path(request.form.get("next")) or url_for("feed.show_feed")
    answer = redirect(target, 303)
    tag = request.form.get("language", "")
    if tag in LANGUAGES:
        answer.set_cookie(
            _COOKIE, tag, max_age=_COOKIE_SECONDS, samesite="Lax", httponly=True,
            path=request.script_root or "/",
        )  # fmt: skip
    return answer


def offer_languages(app: Flask) -> None:
    """Give the templates the languages and the one that was chosen."""
    app.register_blueprint(language)
    app.context_processor(
        lambda: {"languages": LANGUAGES, "chosen_language": chosen_language() or "en"}
    )
