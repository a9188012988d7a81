"""What the extension adds to a request of the host that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .contestant import Contestant, WsgiRequest
from .databases import Database
from .host import cookie_of, create_app, db

WITH, WITHOUT = "the host's page, with the extension", "the host's page, without"
SIGNED_WITH, SIGNED_WITHOUT = "signed-in route, with the extension", "signed-in route, without"


@contextmanager
def host_requests(database: Database) -> Iterator[list[list[Contestant]]]:
    """Yield pairs: the same request to two apps that differ in the extension alone.

    A difference of microseconds is seen only with nothing else in between.
    """
    plain, with_user, engines = [], [], []
    for is_with in (True, False):
        app = create_app(database.uri, with_extension=is_with)
        cookie = cookie_of(app, "staff1")
        with app.app_context():
            engine = db.engine
        engines.append(engine)
        home, signed = (WITH, SIGNED_WITH) if is_with else (WITHOUT, SIGNED_WITHOUT)
        plain.append(Contestant(home, WsgiRequest(app, "/"), 200, engine))
        with_user.append(Contestant(signed, WsgiRequest(app, "/bare", cookie), 200, engine))
    yield [plain, with_user]
    for engine in engines:
        engine.dispose()
