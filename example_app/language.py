"""The language of the tickets: chosen at the bottom of each page, stored with the user."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from .local_path import local_path
from .models import db

#: The languages' own names, by tag.
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
}

language = Blueprint("language", __name__)


def chosen_language() -> str | None:
    """Return the tag of the language that the signed-in user chose, or None."""
    chosen: str | None = current_user.language if current_user.is_authenticated else None
    return chosen


@language.post("/language")
@login_required
def choose_language() -> ResponseReturnValue:
    """Store the language and redirect to ``next``. An unknown language is ignored."""
    tag = request.form.get("language", "")
    if tag in LANGUAGES:
        current_user.language = tag
        db.session.commit()
    return redirect(local_path(request.form.get("next")) or url_for("feed.show_feed"), 303)


def offer_languages(app: Flask) -> None:
    """Add the languages and the chosen one to the template context."""
    app.register_blueprint(language)
    app.context_processor(
        lambda: {"languages": LANGUAGES, "chosen_language": chosen_language() or "en"}
    )
