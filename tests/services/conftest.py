"""What the tests of the use cases need besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from ..host import db


@pytest.fixture
def statements(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Write down what is sent to the database: ``with statements() as said:``."""

    @contextmanager
    def listen() -> Iterator[list[str]]:
        said: list[str] = []

        def write_down(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            said.append(statement)

        event.listen(db.engine, "before_cursor_execute", write_down)
        yield said
        event.remove(db.engine, "before_cursor_execute", write_down)

    return listen
