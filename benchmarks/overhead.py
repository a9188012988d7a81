"""What the extension adds to a request of the host that is not ours."""

from __future__ import annotations

from .contestant import Contestant, WsgiRequest
from .databases import Database
from .host import cookie_of, create_app, db
from .measure import Effort, Timing, measure

WITH, WITHOUT = "the host's page, with the extension", "the host's page, without"
SIGNED_WITH, SIGNED_WITHOUT = "signed-in route, with the extension", "signed-in route, without"


def host_requests(database: Database, effort: Effort) -> dict[str, Timing]:
    """Measure the same requests to two apps that differ in the extension alone.

    Each pair on its own: a difference of microseconds is seen only with nothing else in between.
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
    timings = measure(plain, effort, "host") | measure(with_user, effort, "signed in")
    for engine in engines:
        engine.dispose()
    return timings
