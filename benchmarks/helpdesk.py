"""django-helpdesk from its package, as an app of Django in the same process."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import make_url

from .contestant import Contestant, WsgiRequest
from .databases import Database
from .population import END, Population
from .scale import Scale

#: Rows that are sent to the database at once.
_BATCH = 2_000
#: Their statuses: Open, Open, Resolved, Closed.
_STATUSES = (1, 1, 3, 4)

_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "helpdesk",
]
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


class Helpdesk:
    """django-helpdesk on a database of its own beside ``database``; one for each process."""

    def __init__(self, database: Database, tickets: int, folder: Path) -> None:
        self.scale = Scale(tickets)
        self._database = Database(database.name, database.sibling_uri(f"helpdesk_{tickets}"))
        self._folder = folder
        self._start()

    def _start(self) -> None:
        import django
        from django.conf import settings

        alias = _django_database(self._database.uri)
        if settings.configured:  # the second database of this run
            from django.db import connections

            connections["default"].close()
            configured = connections.configure_settings({"default": alias})
            connections.settings["default"].clear()
            connections.settings["default"].update(configured["default"])
            del connections["default"]
        else:
            settings.configure(**_settings(alias, self._folder))
            django.setup()
        if self._database.is_absent():
            self._database.create()
        self._fill()

    def _fill(self) -> None:
        from django.core.management import call_command
        from django.db import connection
        from helpdesk.models import Ticket

        if "helpdesk_ticket" in connection.introspection.table_names():
            if Ticket.objects.count() == self.scale.tickets:
                return
            connection.close()  # a run was broken off
            self._database.remove()
            self._database.create()
        call_command("migrate", verbosity=0)
        _write_rows(self.scale)
        if connection.vendor == "postgresql":
            connection.cursor().execute("VACUUM ANALYZE")

    def contestants(self) -> list[Contestant]:
        """Return its list (the JSON behind the table, newest first), filtered, and a ticket."""
        from django.core.handlers.wsgi import WSGIHandler

        app, cookie = WSGIHandler(), self._cookie()
        last = max(0, self.scale.tickets - 20)
        return [
            Contestant(name, WsgiRequest(app, target, cookie), 200)
            for name, target in (
                ("django-helpdesk list, page 1", _rows({}, 0)),
                ("django-helpdesk list, last page", _rows({}, last)),
                ("django-helpdesk list, Closed", _rows({"filtering": {"status__in": [4]}}, 0)),
                ("django-helpdesk search, 1 % word", _rows({"search_string": "flamingo"}, 0)),
                (
                    "django-helpdesk page of a ticket with 20 comments",
                    f"/helpdesk/tickets/{self.scale.plain_id}/",
                ),
            )
        ]

    def statements(self, contestant: Contestant) -> int:
        """Return how many SQL statements a request sends."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            contestant.run()
        return len(queries)

    def close(self) -> None:
        """Give the connection back."""
        from django.db import connection

        connection.close()

    def _cookie(self) -> str:
        from django.test import Client

        client = Client()
        client.force_login(_staff())
        return f"sessionid={client.cookies['sessionid'].value}"


def _staff() -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username="staff1")


def _rows(query: dict[str, Any], start: int) -> str:
    """Return the address of 20 rows for their table, newest first."""
    chosen = {
        "filtering": {},
        "filtering_null": {},
        "sorting": "created",
        "sortreverse": True,
        "search_string": "",
    } | query
    encoded = base64.b64encode(json.dumps(chosen).encode()).decode()
    # Column 5 is "created"; what the table's script sends.
    order = f"order[0][column]=5&order[0][dir]=desc&draw=1&start={start}&length=20"
    return f"/helpdesk/datatables_ticket_list/{quote(encoded)}?{order}"


def _write_rows(scale: Scale) -> None:
    """Write the same people, tickets and comments as in our tables."""
    from django.contrib.auth import get_user_model
    from helpdesk.models import FollowUp, Queue, Ticket

    user_model = get_user_model()
    user_model.objects.bulk_create(
        [
            user_model(id=key, username=name, is_staff=role == "moderator", is_superuser=key == 1)
            for key, name, role in Population(scale).users()
        ],
        batch_size=_BATCH,
    )
    queue = Queue.objects.create(title="Support", slug="support")
    waiting: dict[Any, list[Any]] = {Ticket: [], FollowUp: []}
    for key, row in Population(scale).rows():
        if key == "ticket":
            waiting[Ticket].append(_ticket(row, queue.id))
        elif key == "comment":
            waiting[FollowUp].append(_follow_up(row))
        if len(waiting[FollowUp]) >= _BATCH:
            _flush(waiting)
    _flush(waiting)


def _flush(waiting: dict[Any, list[Any]]) -> None:
    for model, rows in waiting.items():
        model.objects.bulk_create(rows)
        rows.clear()


def _ticket(row: dict[str, Any], queue_id: int) -> Any:
    from helpdesk.models import Ticket

    return Ticket(
        id=row["id"],
        title=row["subject"],
        description=row["description"],
        queue_id=queue_id,
        created=_moment(row["created_at"]),
        modified=_moment(row["updated_at"]),
        submitter_email=f"user{row['user_id']}@users.example",
        assigned_to_id=row["assigned_to_user_id"],
        status=_STATUSES[row["status"]],
        secret_key=f"key{row['id']}",
    )


def _follow_up(row: dict[str, Any]) -> Any:
    from helpdesk.models import FollowUp

    return FollowUp(
        ticket_id=row["ticket_id"],
        user_id=row["user_id"],
        date=_moment(row["created_at"]),
        title="Comment",
        comment=row["text"],
        public=True,
    )


def _moment(microseconds: int) -> Any:
    return END + timedelta(microseconds=microseconds - int(END.timestamp()) * 1_000_000)


def _settings(database: dict[str, Any], folder: Path) -> dict[str, Any]:
    return {
        "ALLOWED_HOSTS": ["*"],
        "DATABASES": {"default": database},
        "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
        "HELPDESK_TEAMS_MODE_ENABLED": False,
        "INSTALLED_APPS": _APPS,
        "MEDIA_ROOT": str(folder / "media"),
        "MIDDLEWARE": _MIDDLEWARE,
        "ROOT_URLCONF": "benchmarks.helpdesk_urls",
        "SECRET_KEY": "only for benchmarks",
        "SITE_ID": 1,
        "STATIC_URL": "/static/",
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": _CONTEXT},
            }
        ],
        "USE_TZ": True,
    }


def _django_database(uri: str) -> dict[str, Any]:
    url = make_url(uri)
    if uri.startswith("sqlite"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.database,
            "CONN_MAX_AGE": None,
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database,
        "USER": url.username or "",
        "PASSWORD": url.password or "",
        "HOST": url.host or str(url.query.get("host", "")),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": None,
    }
