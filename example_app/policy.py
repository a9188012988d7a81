"""What the tickets need to know about our people."""

from __future__ import annotations

from typing import Any

from flask import url_for

from flask_support_tickets import Policy


class CommonsPolicy(Policy):
    """Names, roles and email addresses are where the tickets look for them anyway."""

    def locale(self, user: Any) -> str | None:
        """Speak to everybody in the language they chose, also in emails, which have no request.

        The rest of the site is English only. A site in several languages would have Flask-Babel,
        which the ticket pages follow by themselves.
        """
        language: str | None = user.language
        return language

    def profile_url(self, user: Any) -> str:
        return url_for("people.show_person", username=user.username)

    def avatar_url(self, user: Any) -> str:
        return url_for("people.show_picture", username=user.username)
