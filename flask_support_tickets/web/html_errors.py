"""Turn domain errors into HTTP errors, so that the host's error pages apply."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from werkzeug import exceptions

from ..errors import NotAllowed, NotFound, Unavailable
from ..transaction import is_unavailable


@contextmanager
def as_http_errors() -> Iterator[None]:
    """Turn `NotFound` into 404, `NotAllowed` into 403, and a database out of reach into 503."""
    try:
        yield
    except NotFound:
        raise exceptions.NotFound from None
    except NotAllowed:
        raise exceptions.Forbidden from None
    except (Unavailable, SQLAlchemyError) as error:
        if isinstance(error, SQLAlchemyError) and not is_unavailable(error):
            raise
        raise exceptions.ServiceUnavailable(retry_after=Unavailable.retry_after_seconds) from error
