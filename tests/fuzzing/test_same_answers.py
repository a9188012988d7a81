"""One session, recorded: the answers are the same on every database, and from release to release.

``SUPPORT_TICKETS_TESTS_RECORD=yes`` writes the answers down anew, from SQLite; a changed answer
shows as a difference in ``answers.json``.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from flask_support_tickets.api.errors import STATUS_BY_CODE
from flask_support_tickets.api.operation import OPERATIONS

from .recording import Recorder
from .session import STEPS

RECORDED = Path(__file__).with_name("answers.json")
IS_RECORDING = os.environ.get("SUPPORT_TICKETS_TESTS_RECORD") == "yes"


@pytest.fixture
def host_config():
    return {
        "SUPPORT_TICKETS_MAX_OPEN_TICKETS_PER_USER": 2,
        "SUPPORT_TICKETS_COMMENTS_PER_HOUR": 2,
        "SUPPORT_TICKETS_ATTACHMENT_MAX_BYTES": 1_000,
    }


@pytest.fixture
def answers(app, make_user, database_uri):
    people = {name: make_user(name).id for name in ("alice", "bob")}
    people["mona"] = make_user("mona", role="moderator").id
    people["adam"] = make_user("adam", role="admin").id
    make_user("gone", active=False)
    recorder = Recorder(app, people)
    found = [recorder.record(step) for step in STEPS]
    if IS_RECORDING and database_uri.startswith("sqlite"):
        text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
        RECORDED.write_text(f"{text}\n", encoding="utf-8")
    return found


def test_every_answer_is_the_recorded_one(answers):
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    for found, expected in zip(answers, recorded, strict=True):
        assert found == expected


def test_the_session_meets_every_operation_and_every_error():
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    successes, codes = set(), {}
    for answer in recorded:
        method, url = answer["asked"].split()[1:3]
        if answer["status"] < 300:
            successes.add((method, url.partition("?")[0]))
        elif answer["status"] >= 400:
            codes[answer["body"]["error"]["code"]] = answer["status"]
    assert codes == {code: number for code, number in STATUS_BY_CODE.items() if number != 500}
    for operation in OPERATIONS:
        pattern = re.sub(r"<\w+>/<\w+>|<\w+>", r"\\$\\w+", f"/api{operation.rule}")
        pattern = pattern.replace(r"/api/ticket-attachments/\$", r"\$")
        assert any(
            method == operation.method and re.fullmatch(pattern, url) for method, url in successes
        ), operation.rule
