"""The demo's mail: what the tickets would send, caught in a folder and shown to everybody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, render_template

MAILS_SHOWN = 100
#: In the frame, links lead out of it, and nothing else works.
_FRAME = "allow-top-navigation-by-user-activation"
_HTML_POLICY = (
    f"sandbox {_FRAME}; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)

mailbox = Blueprint("mailbox", __name__, url_prefix="/demo/mail")


@dataclass(frozen=True)
class Mail:
    """One of them."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @cached_property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.path.read_bytes(), policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def body(self, kind: str) -> str:
        """Return the ``plain`` or the ``html`` part."""
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""


def open_mailbox(app: Flask) -> None:
    """Show the folder ``DEMO_MAIL`` of a config, if there is one."""
    if app.config.get("DEMO_MAIL"):
        app.register_blueprint(mailbox)


@mailbox.get("")
def list_mails() -> str:
    """Show the newest emails first."""
    paths = sorted(_folder().glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return render_template("mailbox.html", mails=[Mail(path) for path in paths[:MAILS_SHOWN]])


@mailbox.get("/<name>")
def show_mail(name: str) -> str:
    """Show one: the text, the HTML in a frame, and the headers."""
    return render_template("mail.html", mail=_find(name), sandbox=_FRAME)


@mailbox.get("/<name>/html")
def show_html(name: str) -> Response:
    """Show the HTML as a mail program does: without scripts, images or anything from elsewhere."""
    html = _find(name).body("html").replace("<head>", '<head><base target="_top">', 1)
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _HTML_POLICY
    return response


def _folder() -> Path:
    return Path(current_app.config["DEMO_MAIL"])


def _find(name: str) -> Mail:
    path = _folder() / f"{name}.eml"
    if re.fullmatch(r"[\w.-]+", name, re.ASCII) is None or not path.is_file():
        abort(404)
    return Mail(path)
