"""The language of the tickets: chosen at the foot of each page, kept with the user."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from .local_path import local_path
from .models import db

#: What they are called in themselves, by their tags.
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
}

language = Blueprint("language", __name__)


def chosen_language() -> str | None:
    """Return the tag of the language that the signed-in user chose; None before that."""
    chosen: str | None = current_user.language if current_user.is_authenticated else None
    return chosen


@language.post("/language")
@login_required
def choose_language() -> ResponseReturnValue:
    """Remember a language and go back to ``next``; what is none of ours changes nothing."""
    tag = request.form.get("language", "")
    if tag in LANGUAGES:
        current_user.language = tag
        db.session.commit()
    return redirect(local_path(request.form.get("next")) or url_for("feed.show_feed"), 303)


def offer_languages(app: Flask) -> None:
    """Give the templates the languages and the one that was chosen."""
    app.register_blueprint(language)
    app.context_processor(
        lambda: {"languages": LANGUAGES, "chosen_language": chosen_language() or "en"}
    )
