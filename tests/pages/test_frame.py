"""The frame around the pages, and a host without a CSRF guard."""

from __future__ import annotations

import pytest

from .conftest import NEW


class TestFrame:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_BASE_TEMPLATE": "hosts_own.html"}

    def test_is_the_hosts_where_it_says_so(self, app, client_of, alice):
        import jinja2

        own = jinja2.DictLoader(
            {
                "hosts_own.html": "<title>{% block title %}{% endblock %}</title>"
                "<h1>Acme</h1>{% block content %}{% endblock %}"
            }
        )
        app.jinja_loader = jinja2.ChoiceLoader([own, app.jinja_loader])
        page = client_of(alice).get("/settings/ticket").text
        assert page.startswith("<title>My tickets</title><h1>Acme</h1>")
        assert "support_tickets.css" in page


class TestWithoutTheHostsCsrf:
    @pytest.fixture
    def host_config(self):
        return {"WTF_CSRF_ENABLED": False}

    def test_a_host_that_switches_tokens_off_has_none(self, client_of, alice, mona, make_ticket):
        client = client_of(alice)
        answer = client.post(NEW, data={"subject": "S", "description": "D"})
        assert answer.status_code == 303
        assert "csrf_token" not in client.get(NEW).text
        assert client_of(mona).get("/admin/tickets/").status_code == 200
