"""The demo's mailbox: the emails that would be sent are written to a folder and shown here."""

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
#: In the frame, links open in the whole window, and nothing else works.
_FRAME = "allow-top-navigation-by-user-activation"
_HTML_POLICY = (
    f"sandbox {_FRAME}; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)

mailbox = Blueprint("mailbox", __name__, url_prefix="/demo/mail")


class ReplyForm(FlaskForm):
    """A reply to an email."""

    text = TextAreaField(
        "Your reply",
        validators=[
            DataRequired("Please write something."),
            Length(max=REPLY_MAX, message=f"Use up to {REPLY_MAX:,} characters."),
        ],
    )


@dataclass(frozen=True)
class Mail:
    """An email in the folder."""

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
        """The first line of the text, below the reply line."""
        lines = self.body("plain").splitlines()
        return next((line for line in lines if line and not line.startswith("---")), "")

    def body(self, kind: str) -> str:
        """Return the ``plain`` or the ``html`` part."""
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""


def open_mailbox(app: Flask) -> None:
    """Register the pages of the mailbox if the config has a folder, ``DEMO_MAIL``."""
    if app.config.get("DEMO_MAIL"):
        app.register_blueprint(mailbox)


@mailbox.get("")
def list_mails() -> str:
    """List the emails, newest first."""
    paths = sorted(_folder().glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return render_template("mailbox.html", mails=[Mail(path) for path in paths[:MAILS_SHOWN]])


@mailbox.get("/<name>")
def show_mail(name: str) -> str:
    """Show an email: the HTML in a frame, the text, and the headers."""
    return _show(_find(name), ReplyForm(formdata=None))


@mailbox.post("/<name>/reply")
def send_reply(name: str) -> ResponseReturnValue:
    """Receive a reply to the email, as a mail server would."""
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
    """Show the HTML as mail programs do: without scripts, images or other resources."""
    html = _find(name).body("html").replace("<head>", '<head><base target="_top">', 1)
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _HTML_POLICY
    return response


def _show(mail: Mail, form: ReplyForm) -> str:
    return render_template("mail.html", mail=mail, form=form, sandbox=_FRAME)


def _write_reply(mail: Mail, text: str) -> EmailMessage:
    """Write a reply as mail programs do: with the original email quoted below it."""
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
