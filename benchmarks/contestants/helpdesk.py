"""django-helpdesk from its package, with the same rows in its own tables."""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.conf import settings
from sqlalchemy import make_url

from ..contestant import Contestant, Request
from ..data import SEARCHED_WORD, Scale
from ..tasks import PAGE_SIZE, Task

_CONTRIB = ("admin", "auth", "contenttypes", "sessions", "sites", "messages", "humanize")
_PACKAGES = ("django.contrib.staticfiles", "rest_framework", "helpdesk")
_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
_CONTEXT = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
_TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": _CONTEXT},
}
#: In their words, Resolved is 3 and Closed is 4; New and InProgress are both Open.
_RESOLVED = 3
_ROWS = [
    """
    INSERT INTO auth_user (id, username, is_staff, is_superuser, is_active, password, first_name,
      last_name, email, date_joined)
    SELECT id, username, role = 'moderator', id = 1, true, '', '', '', '', CURRENT_TIMESTAMP
    FROM host_user
    """,
    """
    INSERT INTO helpdesk_ticket (id, title, description, created, modified, submitter_email,
      assigned_to_id, status, on_hold, priority, queue_id, secret_key)
    SELECT t.id, t.subject, t.description, t.created_at, t.updated_at,
      u.username || '@users.example', t.assigned_to_user_id,
      CASE t.status WHEN 3 THEN 4 WHEN 2 THEN 3 ELSE 1 END, false, 3, 1, 'key' || t.id
    FROM support_ticket t JOIN host_user u ON u.id = t.user_id
    """,
    """
    INSERT INTO helpdesk_followup (ticket_id, user_id, date, title, comment, public)
    SELECT ticket_id, user_id, created_at, 'Comment', text, true
    FROM support_ticket_comment ORDER BY id
    """,
]


def prepare(uri: str, scale: Scale) -> None:
    """Create its tables by its migrations and copy our rows."""
    _set_up(uri)
    from django.core.management import call_command
    from django.db import connection
    from helpdesk.models import Queue

    call_command("migrate", verbosity=0)
    Queue.objects.create(id=1, title="Support", slug="support")
    with connection.cursor() as cursor:
        for statement in _ROWS:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")


def create(uri: str, scale: Scale) -> Contestant:
    """Return the contestant: the JSON behind its list, newest first, and a ticket's page."""
    _set_up(uri)
    from django.contrib.auth import get_user_model
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.get(id=1))
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    last = (scale.tickets - 1) // PAGE_SIZE * PAGE_SIZE
    requests = {
        Task.LIST: Request(_list({}), cookie),
        Task.LIST_LAST: Request(_list({}, last), cookie),
        Task.LIST_STATUS: Request(_list({"filtering": {"status__in": [_RESOLVED]}}), cookie),
        Task.LIST_SEARCH: Request(_list({"search_string": SEARCHED_WORD}), cookie),
        Task.THREAD: Request(f"/helpdesk/tickets/{scale.thread_id}/", cookie),
    }
    return Contestant(WSGIHandler(), requests, _collect)


@contextmanager
def _collect() -> Iterator[list[str]]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    statements: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield statements
    statements += [query["sql"] for query in queries]


def _list(query: dict[str, Any], start: int = 0) -> str:
    """Return the address of 20 rows, as the script of its table asks for them."""
    chosen = {"filtering": {}, "filtering_null": {}, "sorting": "created", "sortreverse": True}
    encoded = base64.b64encode(json.dumps(chosen | query).encode()).decode()
    order = "order[0][column]=5&order[0][dir]=desc&draw=1"  # column 5 is "created"
    return f"/helpdesk/datatables_ticket_list/{encoded}?{order}&start={start}&length={PAGE_SIZE}"


def _set_up(uri: str) -> None:
    if settings.configured:
        return
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": _database(uri)},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in _CONTRIB), *_PACKAGES],
        MEDIA_ROOT=tempfile.gettempdir(),
        MIDDLEWARE=_MIDDLEWARE,
        ROOT_URLCONF=__name__,
        SECRET_KEY="only for benchmarks",
        SITE_ID=1,
        STATIC_URL="/static/",
        TEMPLATES=[_TEMPLATES],
        USE_TZ=True,
    )
    django.setup()
    from django.contrib import admin
    from django.urls import include, path

    sys.modules[__name__].urlpatterns = [  # type: ignore[attr-defined]
        path("helpdesk/", include("helpdesk.urls")),
        path("admin/", admin.site.urls),
        path("accounts/", include("django.contrib.auth.urls")),
    ]


def _database(uri: str) -> dict[str, Any]:
    url = make_url(uri)
    kind = "sqlite3" if url.get_backend_name() == "sqlite" else "postgresql"
    return {
        "ENGINE": f"django.db.backends.{kind}",
        "NAME": url.database,
        "USER": url.username or "",
        "PASSWORD": url.password or "",
        "HOST": url.host or str(url.query.get("host", "")),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": None,
    }
