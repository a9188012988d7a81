"""The policy: what the tickets need to know about users."""

from __future__ import annotations

from typing import Any

from flask import url_for

from flask_support_tickets import Policy


class CommonsPolicy(Policy):
    """The defaults of `Policy` find the names, roles and email addresses."""

    def locale(self, user: Any) -> str | None:
        """Return the language that the user chose. Emails use it as well, without a request.

        The rest of the site is in English only. A site in several languages would use Flask-Babel,
        which the ticket pages follow automatically.
        """
        language: str | None = user.language
        return language

    def profile_url(self, user: Any) -> str:
        return url_for("people.show_person", username=user.username)

    def avatar_url(self, user: Any) -> str:
        return url_for("people.show_picture", username=user.username)
