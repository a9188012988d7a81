"""Every route × role × license state, generated from the URL map; a route nobody listed fails."""

from __future__ import annotations

import pytest

from flask_support_tickets import TicketStatus

#: What each role gets for every (endpoint, method) of the extension: licensed, with a valid
#: ticket and comment of alice's, an empty body, and no CSRF token.
#: Columns: nobody, owner, stranger, staff.
API = "support_tickets_api."
PAGES = "support_tickets_pages."
ADMIN = "support_tickets_admin."
EXPECTED = {
    (API + "list_tickets", "GET"): (401, 200, 200, 200),
    (API + "create_ticket", "POST"): (401, 415, 415, 415),
    (API + "get_ticket", "GET"): (401, 200, 404, 200),
    (API + "list_events", "GET"): (401, 200, 404, 200),
    (API + "change_status", "PUT"): (401, 415, 415, 415),
    (API + "list_comments", "GET"): (401, 200, 404, 200),
    (API + "list_replies", "GET"): (401, 200, 404, 200),
    (API + "create_comment", "POST"): (401, 415, 415, 415),
    (API + "show_document", "GET"): (401, 404, 404, 404),
    (API + "show_docs", "GET"): (401, 404, 404, 404),
    (API + "create_attachment", "POST"): (401, 415, 415, 415),
    (API + "download_attachment", "GET"): (401, 200, 404, 200),
    (PAGES + "list_tickets", "GET"): (302, 200, 200, 200),
    (PAGES + "new_ticket", "GET"): (302, 200, 200, 200),
    (PAGES + "create_ticket", "POST"): (302, 400, 400, 400),
    (PAGES + "show_ticket", "GET"): (302, 200, 404, 404),
    (PAGES + "back_to_ticket", "GET"): (302, 303, 404, 404),
    (PAGES + "back_from_reopen", "GET"): (302, 303, 404, 404),
    (PAGES + "back_from_seen", "GET"): (302, 303, 404, 404),
    (PAGES + "mark_seen", "POST"): (302, 400, 404, 404),
    (PAGES + "add_comment", "POST"): (302, 400, 404, 404),
    (PAGES + "reopen_ticket", "POST"): (302, 400, 404, 404),
    (ADMIN + "index_view", "GET"): (302, 403, 403, 200),
    (ADMIN + "export_view", "GET"): (302, 403, 403, 200),
    (ADMIN + "bulk_view", "POST"): (302, 403, 403, 303),
    (ADMIN + "bulk_back_view", "GET"): (302, 403, 403, 303),
    (ADMIN + "statistics_view", "GET"): (302, 403, 403, 200),
    (ADMIN + "details_view", "GET"): (302, 403, 403, 200),
    (ADMIN + "back_view", "GET"): (302, 403, 403, 303),
    (ADMIN + "status_view", "POST"): (302, 403, 403, 303),
    (ADMIN + "comment_view", "POST"): (302, 403, 403, 400),
    (ADMIN + "seen_view", "POST"): (302, 403, 403, 400),
    (ADMIN + "news_view", "GET"): (302, 403, 403, 422),
}
#: Open to everybody, licensed or not: style sheets and scripts.
PUBLIC = {("support_tickets.static", "GET")}
ROLES = ("nobody", "owner", "stranger", "staff")


def rules(app):
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("support_tickets")
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


@pytest.fixture
def clients(client_of, alice, bob, mona):
    return dict(zip(ROLES, map(client_of, (None, alice, bob, mona)), strict=True))


@pytest.fixture
def url_of(app, make_ticket, make_comment, make_upload, alice, mona):
    file = make_upload(alice, "base.css.txt")
    ticket = make_ticket(TicketStatus.InProgress, attachment_urls=[file.path])
    comment = make_comment(ticket, mona)
    values = {"ticket_id": ticket.id, "comment_id": comment.id, "filename": "base.css"}

    def build(rule):
        if rule.endpoint == API + "download_attachment":
            return file.path
        with app.test_request_context():
            return app.url_map.bind("localhost").build(
                rule.endpoint, {name: values[name] for name in rule.arguments}, rule_methods(rule)
            )

    def rule_methods(rule):
        return next(iter(rule.methods - {"HEAD", "OPTIONS"}))

    return build


def test_every_route_is_listed(app):
    found = {(rule.endpoint, method) for rule, method in rules(app)}
    assert found == EXPECTED.keys() | PUBLIC


def test_licensed(app, clients, url_of, everything):
    before = everything()
    for rule, method in rules(app):
        if (rule.endpoint, method) in PUBLIC:
            continue
        url = url_of(rule)
        for role, expected in zip(ROLES, EXPECTED[rule.endpoint, method], strict=True):
            answer = clients[role].open(url, method=method)
            assert answer.status_code == expected, (rule, method, role)
            if expected == 302:
                assert answer.location.startswith("/login")
    assert everything() == before


def test_unlicensed(app, clients, url_of, everything):
    urls = [(rule, method, url_of(rule)) for rule, method in rules(app)]
    app.config["supportTickets"] = False
    before = everything()
    for rule, method, url in urls:
        for role in ROLES:
            answer = clients[role].open(url, method=method)
            if (rule.endpoint, method) in PUBLIC:
                assert answer.status_code == 200
            elif rule.endpoint.startswith(API):
                assert answer.status_code == 403
                assert answer.json["error"]["code"] == "feature_not_licensed"
            else:
                assert answer.status_code == 404, (rule, method, role)
    assert everything() == before


def test_every_other_method_and_override_is_refused(app, clients, url_of, everything):
    before = everything()
    for rule, _ in rules(app):
        for method in ("DELETE", "PATCH", "TRACE", "PUT", "POST"):
            if any(m == method for r, m in rules(app) if str(r) == str(rule)):
                continue
            answer = clients["staff"].open(
                url_of(rule), method=method, headers={"X-HTTP-Method-Override": "GET"}
            )
            assert answer.status_code == 405, (rule, method)
            assert answer.headers["Allow"]
    assert everything() == before


def test_options_and_head_run_no_write(app, clients, url_of, everything):
    before = everything()
    for rule, _ in rules(app):
        for role in ROLES:
            for method in ("OPTIONS", "HEAD"):
                assert clients[role].open(url_of(rule), method=method).status_code < 500
    assert everything() == before


def test_headers_that_claim_an_identity_have_no_effect(clients):
    headers = {"X-Remote-User": "mona", "X-User-ID": "1", "X-Forwarded-For": "127.0.0.1"}
    assert clients["nobody"].get("/api/tickets", headers=headers).status_code == 401


def test_every_page_says_not_to_be_cached_sniffed_or_framed(app, clients, url_of):
    for rule, method in rules(app):
        if method != "GET" or (rule.endpoint, method) in PUBLIC or "api" in rule.endpoint:
            continue
        answer = clients["owner" if "pages" in rule.endpoint else "staff"].get(url_of(rule))
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_content_security_policy_of_pages_is_the_hosts(app, clients):
    def add_policy(response):
        response.headers.setdefault("Content-Security-Policy", "default-src 'self'")
        return response

    app.after_request_funcs.setdefault(None, []).append(add_policy)
    for role, url in (("owner", "/settings/ticket"), ("staff", "/admin/tickets/")):
        policies = clients[role].get(url).headers.getlist("Content-Security-Policy")
        assert policies == ["default-src 'self'"]
