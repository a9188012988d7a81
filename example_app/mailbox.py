"""The demo's mail: what the tickets would send, caught in a folder and shown to everybody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from functools import cached_property
from pathlib import Path

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from flask_support_tickets import receive_mail

MAILS_SHOWN = 100
REPLY_MAX = 10_000
#: In the frame, links lead out of it, and nothing else works.
_FRAME = "allow-top-navigation-by-user-activation"
_HTML_POLICY = (
    f"sandbox {_FRAME}; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)

mailbox = Blueprint("mailbox", __name__, url_prefix="/demo/mail")


class ReplyForm(FlaskForm):
    """What somebody answers in their mail program."""

    text = TextAreaField(
        "Your reply",
        validators=[
            DataRequired("Please write something."),
            Length(max=REPLY_MAX, message=f"Use up to {REPLY_MAX:,} characters."),
        ],
    )


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

    @property
    def first_line(self) -> str:
        """What it says first, below the line above which people reply."""
        lines = self.body("plain").splitlines()
        return next((line for line in lines if line and not line.startswith("---")), "")

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
    return _show(_find(name), ReplyForm(formdata=None))


@mailbox.post("/<name>/reply")
def send_reply(name: str) -> ResponseReturnValue:
    """Do what a mail server does with the reply of whoever got this email."""
    mail, form = _find(name), ReplyForm()
    if not form.validate_on_submit() or mail.message["Reply-To"] is None:
        return _show(mail, form), 422
    received = receive_mail(_write_reply(mail, form.text.data).as_bytes())
    if received.reason is None:
        flash("Your reply is on the ticket.", "success")
        return redirect(url_for("mailbox.show_mail", name=name), 303)
    flash(f"Your reply was refused ({received.reason}). An email may say why.", "error")
    return redirect(url_for("mailbox.list_mails"), 303)


@mailbox.get("/<name>/html")
def show_html(name: str) -> Response:
    """Show the HTML as a mail program does: without scripts, images or anything from elsewhere."""
    html = _find(name).body("html").replace("<head>", '<head><base target="_top">', 1)
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _HTML_POLICY
    return response


def _show(mail: Mail, form: ReplyForm) -> str:
    return render_template("mail.html", mail=mail, form=form, sandbox=_FRAME)


def _write_reply(mail: Mail, text: str) -> EmailMessage:
    """Write the reply as mail programs do: above the email that it answers."""
    message, reply = mail.message, EmailMessage(policy=policy.SMTP)
    reply["From"], reply["To"] = message["To"], message["Reply-To"]
    reply["Subject"] = f"Re: {message['Subject']}"
    reply["Date"], reply["Message-ID"] = localtime(), make_msgid(domain="example.com")
    reply["In-Reply-To"] = message["Message-ID"]
    reply["References"] = f"{message['References']} {message['Message-ID']}"
    when = message["Date"].datetime.strftime("%a, %d %b %Y at %H:%M")
    lines = [f"> {line}" for line in mail.body("plain").splitlines()]
    reply.set_content("\n".join([text, "", f"On {when}, {message['From']} wrote:", "", *lines]))
    return reply


def _folder() -> Path:
    return Path(current_app.config["DEMO_MAIL"])


def _find(name: str) -> Mail:
    path = _folder() / f"{name}.eml"
    if re.fullmatch(r"[\w.-]+", name, re.ASCII) is None or not path.is_file():
        abort(404)
    return Mail(path)
