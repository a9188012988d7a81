"""The demo's mail: everything that the tickets would send."""

from __future__ import annotations

import re
import time
from typing import Any

from flask import Flask

from example_app import create_app
from flask_support_tickets.delivery.delivery import deliver_due

from .conftest import SignIn, close, csrf_token_of


def deliver_all(demo: Flask) -> None:
    """Deliver what is due, and what the delay of the demo holds back."""
    deadline = time.monotonic() + 30
    with demo.app_context():
        while time.monotonic() < deadline and len(subjects(demo)) < 3:
            deliver_due()
            time.sleep(0.1)


def subjects(demo: Flask) -> list[str]:
    page = demo.test_client().get("/demo/mail").text
    return re.findall(r'href="/demo/mail/[^"]+"><bdi>([^<]+)</bdi>', page)


def open_ticket(client: Any, **content: str) -> None:
    page = client.get("/settings/ticket/new").text
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    answer = client.post("/settings/ticket/new", data={**dict(hidden), **content})
    assert answer.status_code == 303


def test_newcomer_reads_the_emails_about_a_new_ticket(demo: Flask, sign_in: SignIn) -> None:
    visitor = demo.test_client()
    assert "No mail yet." in visitor.get("/demo/mail").text
    alice = sign_in("alice")
    alice.post("/language", data={"language": "de"})
    open_ticket(alice, subject="Hello <b>", description="<script>alert(1)</script>")
    deliver_all(demo)
    assert set(subjects(demo)) == {"[Acme Commons #61] Hello &lt;b&gt;"}
    page = visitor.get("/demo/mail").text
    assert "Danke, Ihr Ticket ist angekommen" in page
    assert "Alice Rivers opened the ticket" in page
    names = re.findall(r'href="/demo/mail/([^"]+)"', page)
    for name in names:
        mail = visitor.get(f"/demo/mail/{name}")
        assert "&lt;script&gt;" in mail.text
        assert "Auto-Submitted" in mail.text
        frame = visitor.get(f"/demo/mail/{name}/html")
        policy = frame.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-top-navigation-by-user-activation; default-src ")
        assert "<script" not in frame.text
        assert '<base target="_top">' in frame.text
        assert 'href="http://127.0.0.1:5000/' in frame.text


def test_reply_from_the_mailbox_is_on_the_ticket(demo: Flask, sign_in: SignIn) -> None:
    alice, visitor = sign_in("alice"), demo.test_client()
    open_ticket(alice, subject="A lamp", description="It flickers.")
    deliver_all(demo)
    mona = sign_in("mona")
    assert "Done." not in mona.get("/admin/tickets/61").text
    page = visitor.get("/demo/mail").text
    to_mona = re.search(r'href="(/demo/mail/[^"]+)"(?:(?!</li>).)*Mona Field', page, re.S)
    assert to_mona is not None
    token = csrf_token_of(visitor, to_mona[1])
    empty = visitor.post(f"{to_mona[1]}/reply", data={**token, "text": " "})
    assert (empty.status_code, "Please write something." in empty.text) == (422, True)
    answer = visitor.post(f"{to_mona[1]}/reply", data={**token, "text": "Done."})
    assert answer.location == to_mona[1]
    assert "Your reply is on the ticket." in visitor.get(answer.location).text
    assert "Done." in alice.get("/settings/ticket/61").text
    assert "wrote:" not in alice.get("/settings/ticket/61").text


def test_only_emails_of_the_folder_are_shown(demo: Flask) -> None:
    visitor = demo.test_client()
    for name in ("x", "..%2fsecret_key", "%2e%2e/secret_key", "a%00b", "support-tickets.1"):
        assert visitor.get(f"/demo/mail/{name}").status_code == 404, name
        assert visitor.get(f"/demo/mail/{name}/html").status_code == 404, name


def test_site_with_a_config_has_no_mailbox(tmp_path: Any) -> None:
    uri = f"sqlite:///{tmp_path / 'mine.db'}"
    app = create_app({"SECRET_KEY": "x", "SQLALCHEMY_DATABASE_URI": uri})
    assert app.test_client().get("/demo/mail").status_code == 404
    close(app)
