"""On a full disk, requests with files fail whole and text is still accepted. Rule B4. Case 113."""

from __future__ import annotations

import io
import os
import random
import shutil
import subprocess
import tempfile
from datetime import timedelta
from html import unescape

import pytest
from PIL import Image

from flask_support_tickets.services import sweep_attachments
from flask_support_tickets.services.attachments.uploads import store_path

from .clients import NOTE, open_ticket, post_file, submit_form, upload

pytestmark = pytest.mark.slow  # mounts file systems, and fills them again and again

SIZE = 1024 * 1024
STEP, PAGE = 32 * 1024, 4 * 1024
LARGE = b"a line of a log that is long\n" * (2 * SIZE // 29)
NO_ROOM = "We can't store files right now, so nothing was saved. Try again without files."


@pytest.fixture
def disk(tmp_path):
    """Mount a small disk where the store is; without the right to, skip the test."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(path)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a tmpfs cannot be mounted")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def leave_room(disk, size):
    """Fill the disk except for ``size`` bytes, rounded down to whole pages."""
    clear(disk)
    found = os.statvfs(disk)
    filling = found.f_bavail * found.f_frsize - size // PAGE * PAGE
    (disk / "filler").write_bytes(bytes(filling))


def clear(disk):
    (disk / "filler").unlink(missing_ok=True)


@pytest.fixture
def host_config(disk):
    return {"SUPPORT_TICKETS_STORAGE": f"file://{disk}/store"}


def assert_no_room(answer):
    assert answer.status_code == 507
    assert answer.json["error"] == {"code": "storage_full", "message": NO_ROOM}


def test_full_store_is_507_until_there_is_room(client, disk, kept):
    assert_no_room(post_file(client, "large.log", LARGE))
    assert kept() == (0, [], [])
    leave_room(disk, 0)
    assert_no_room(post_file(client, *NOTE))
    assert kept() == (0, [], [])
    assert open_ticket(client).status_code == 201
    clear(disk)
    assert client.get(upload(client)).data == NOTE[1]


def test_page_keeps_text_and_none_of_the_files_when_store_is_full(client, disk, kept):
    answer = submit_form(client, NOTE, NOTE, ("large.log", LARGE), subject="My <subject>")
    assert answer.status_code == 507
    assert 'value="My &lt;subject&gt;"' in answer.text
    assert "My own words" in answer.text
    assert NO_ROOM in unescape(answer.text)
    assert kept() == (0, [], [])
    assert submit_form(client).status_code == 303
    assert submit_form(client, NOTE, NOTE).status_code == 303
    assert len(kept().paths) == 2


def test_picture_is_refused_when_there_is_no_room_for_its_previews(client, disk, kept):
    target, size = io.BytesIO(), (360, 300)
    noise = random.Random(113).randbytes(3 * size[0] * size[1])  # does not get smaller
    Image.frombytes("RGB", size, noise).save(target, "PNG")
    refused = []
    for room in range(0, SIZE, STEP):
        leave_room(disk, room)
        answer = post_file(client, "noise.png", target.getvalue())
        if answer.status_code == 201:
            break
        assert_no_room(answer)
        assert kept() == (0, [], [])
        refused.append(room)
    assert answer.status_code == 201
    assert [path.partition("/")[0] for path in kept().paths] == ["original", "thumbnail", "view"]
    assert refused[-1] > len(noise) + 2 * STEP  # so there was room for the original


# Neither is a multiple of a page. The last bytes of the second wait in a buffer for the next read.
@pytest.mark.parametrize("size", [75 * PAGE + 100, 80 * PAGE + 1_500])
@pytest.mark.parametrize("place", ["store", "temporary folder"])
def test_upload_is_507_wherever_in_file_the_disk_is_full(
    client, disk, kept, monkeypatch, size, place
):
    if place == "temporary folder":
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
    for room in (0, PAGE, size // 2, size - 2 * PAGE, size - PAGE, size - 1):
        leave_room(disk, room)
        assert_no_room(post_file(client, "some.log", LARGE[:size]))
        assert list(disk.rglob("*.part")) == []
    assert kept() == (0, [], [])
    clear(disk)
    assert post_file(client, "some.log", LARGE[:size]).status_code == 201


def test_page_keeps_text_when_temporary_folder_is_full(client, disk, kept, monkeypatch):
    client.get("/settings/ticket/new")  # puts the CSRF token into the session
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    leave_room(disk, 0)
    answer = submit_form(client, ("large.log", LARGE[: SIZE // 2]), subject="My subject")
    assert answer.status_code == 507
    assert 'value="My subject"' in answer.text
    assert NO_ROOM in unescape(answer.text)
    assert kept() == (0, [], [])


class TestDatabase:
    @pytest.fixture
    def database_uri(self, disk):
        return f"sqlite:///{disk / 'test.db'}"

    @pytest.fixture
    def host_config(self, tmp_path):
        return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path}/store"}

    def test_full_database_is_503_until_there_is_room(self, client, disk, kept):
        leave_room(disk, 0)
        answers = [post_file(client, *NOTE) for _ in range(20)]
        assert answers[-1].status_code == 503
        assert answers[-1].headers["Retry-After"] == "1"
        assert submit_form(client, NOTE).status_code == 503
        # If the outcome of a commit is unknown, the file is kept: better a file without a row.
        acknowledged = sum(answer.status_code == 201 for answer in answers)
        tickets, rows, paths = kept()
        assert (tickets, len(rows)) == (0, acknowledged)
        assert {store_path(row.storage_key) for row in rows} <= set(paths)
        clear(disk)
        sweep_attachments(older_than=timedelta(0))
        assert kept() == (0, [], [])
        assert submit_form(client, NOTE).status_code == 303
