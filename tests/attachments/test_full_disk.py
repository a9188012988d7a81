"""A disk without room: a clear answer, nothing half-done, and text goes on (rule B4)."""

from __future__ import annotations

import io
import json
import random
from datetime import timedelta

import pytest
from PIL import Image

from flask_support_tickets.services import sweep_attachments
from flask_support_tickets.services.uploads import store_path

from .clients import MULTIPART, NEW, Client, multipart, sha256
from .disks import SIZE, small_disk
from .servers import running

LARGE = b"a line of a log that is long\n" * (2 * SIZE // 29)
SMALL = b"a line of a log that is short\n" * 1_000
NO_ROOM = "There is no room for files now. Nothing was changed."
STEP = 32 * 1024
PAGE = 4 * 1024
#: Not a number of whole pages, and too much for memory. The last bytes of the second come by
#: themselves, so that they wait in a buffer until the file is read.
ODD_SIZES = (75 * PAGE + 100, 80 * PAGE + 1_500)


@pytest.fixture
def noise():
    """A picture that does not get smaller by being re-encoded."""
    target = io.BytesIO()
    size = (360, 300)
    Image.frombytes("RGB", size, random.randbytes(3 * size[0] * size[1])).save(target, "PNG")
    return target.getvalue()


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        yield disk


def type_and_send(client, *files):
    """Send the form of the page with words of one's own."""
    fields = {**client.hidden_fields(), "subject": "My <subject>", "description": "My own words"}
    return client.send("POST", NEW, multipart(fields, "attachments", files), MULTIPART)


def assert_words_are_kept(answer):
    assert answer.status == 507
    assert 'value="My &lt;subject&gt;"' in answer.text
    assert "My own words" in answer.text
    assert NO_ROOM in answer.text


def assert_no_room(answer):
    assert answer.status == 507
    assert answer.json["error"] == {"code": "storage_full", "message": NO_ROOM}


def assert_text_goes_on(client, kept):
    before = kept().tickets
    assert client.file_ticket().status == 303
    words = json.dumps({"subject": "S", "description": "D"}).encode()
    answer = client.send("POST", "/api/tickets", words, {"Content-Type": "application/json"})
    assert answer.status == 201
    assert kept().tickets == before + 2


class TestAStoreWithoutRoom:
    @pytest.fixture
    def host_config(self, tmp_path):
        return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'disk' / 'store'}"}

    @pytest.fixture
    def client(self, disk, settings, alice, tmp_path):
        with running("gunicorn", settings, tmp_path) as server:
            yield Client(server.address, "alice")

    def test_is_507_in_the_api_until_there_is_room_again(self, client, disk, kept):
        assert_no_room(client.upload("large.log", LARGE))
        assert kept() == (0, [], [])
        disk.leave_room(0)
        assert_no_room(client.upload("small.log", SMALL))
        assert kept() == (0, [], [])
        assert_text_goes_on(client, kept)
        disk.clear()
        answer = client.upload("small.log", SMALL)
        assert answer.status == 201
        assert client.get(answer.json["data"]["url"]).body == SMALL

    def test_is_507_on_the_page_which_keeps_what_was_typed(self, client, disk, kept):
        disk.leave_room(0)
        assert_words_are_kept(type_and_send(client, ("small.log", SMALL)))
        assert kept() == (0, [], [])
        assert_text_goes_on(client, kept)
        disk.clear()
        assert type_and_send(client, ("small.log", SMALL)).status == 303
        _, [row], _ = kept()
        assert row.sha256 == sha256(SMALL)

    def test_takes_all_files_of_a_post_or_none(self, client, disk, kept):
        files = [("1.log", SMALL), ("2.log", SMALL), ("large.log", LARGE)]
        assert_words_are_kept(type_and_send(client, *files))
        assert kept() == (0, [], [])
        assert type_and_send(client, *files[:2]).status == 303
        assert len(kept().paths) == 2

    def test_in_the_middle_of_the_previews_keeps_nothing_of_a_picture(
        self, client, disk, kept, noise
    ):
        refused_with_room = []
        for room in range(0, SIZE, STEP):
            disk.leave_room(room)
            answer = client.upload("noise.png", noise)
            if answer.status == 201:
                break
            assert_no_room(answer)
            assert kept() == (0, [], [])
            refused_with_room.append(room)
        assert answer.status == 201
        variants = [path.partition("/")[0] for path in kept().paths]
        assert variants == ["original", "thumbnail", "view"]
        # Room enough for the original was not room enough for all; so the previews were cut.
        assert len(noise) + 2 * STEP < refused_with_room[-1]

    @pytest.mark.parametrize("size", ODD_SIZES)
    def test_is_507_wherever_in_a_file_the_room_ends(self, client, disk, kept, size):
        data = LARGE[:size]
        for room in range(0, size, PAGE):
            disk.leave_room(room)
            assert_no_room(client.upload("some.log", data))
            assert list(disk.path.rglob("*.part")) == []
        assert kept() == (0, [], [])
        disk.leave_room(size + PAGE)
        assert client.upload("some.log", data).status == 201


class TestAServerWithoutRoomForTemporaryFiles:
    @pytest.fixture
    def host_config(self, tmp_path):
        return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'store'}"}

    @pytest.fixture
    def client(self, disk, settings, alice, tmp_path):
        with running("gunicorn", settings, tmp_path, temporary=disk.path) as server:
            yield Client(server.address, "alice")

    def test_is_507_until_there_is_room_again(self, client, disk, kept):
        assert_no_room(client.upload("large.log", LARGE))
        assert_words_are_kept(type_and_send(client, ("large.log", LARGE)))
        assert kept() == (0, [], [])
        disk.leave_room(0)
        assert_text_goes_on(client, kept)
        assert client.upload("small.log", SMALL).status == 201
        assert disk.room == 0
        disk.clear()
        assert disk.room > SIZE - STEP
        some = LARGE[: SIZE // 2]
        answer = client.upload("some.log", some)
        assert answer.status == 201
        assert client.get(answer.json["data"]["url"]).body == some

    @pytest.mark.parametrize("size", ODD_SIZES)
    def test_is_507_wherever_in_a_file_the_room_ends(self, client, disk, kept, size):
        data = LARGE[:size]
        # The temporary folder is chosen at the first use, and a full one is not.
        assert client.upload("some.log", data).status == 201
        before = kept().paths
        for room in range(0, size, PAGE):
            disk.leave_room(room)
            assert_no_room(client.upload("some.log", data))
        assert kept().paths == before
        disk.leave_room(size + PAGE)
        assert client.upload("some.log", data).status == 201

    def test_that_is_waitress_drops_what_it_cannot_take_in(
        self, disk, settings, alice, kept, tmp_path
    ):
        """It keeps bodies in temporary files of its own, and gives no answer without room."""
        with running("waitress", settings, tmp_path, temporary=disk.path) as server:
            client = Client(server.address, "alice")
            with pytest.raises(ConnectionError):
                client.upload("large.log", LARGE)
            with pytest.raises(ConnectionError):
                type_and_send(client, ("large.log", LARGE))
            assert kept() == (0, [], [])
            assert_text_goes_on(client, kept)
            assert client.upload("small.log", SMALL).status == 201


class TestADatabaseWithoutRoom:
    @pytest.fixture
    def database_uri(self, disk):
        return f"sqlite:///{disk.path / 'test.db'}"

    @pytest.fixture
    def host_config(self, tmp_path):
        return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'store'}"}

    def test_is_503_until_there_is_room_again(self, disk, settings, alice, kept, tmp_path):
        with running("gunicorn", settings, tmp_path) as server:
            client = Client(server.address, "alice")
            disk.leave_room(0)
            answers = [client.upload("small.log", SMALL) for _ in range(20)]
            assert answers[-1].status == 503
            assert answers[-1].headers["Retry-After"] == "1"
            assert type_and_send(client, ("small.log", SMALL)).status == 503
            # A commit of unknown outcome keeps its file: better a file without a row.
            acknowledged = sum(answer.status == 201 for answer in answers)
            tickets, rows, paths = kept()
            assert (tickets, len(rows)) == (0, acknowledged)
            assert {store_path(row.storage_key) for row in rows} <= set(paths)
            disk.clear()
            sweep_attachments(older_than=timedelta(0))
            assert kept() == (0, [], [])
            assert type_and_send(client, ("small.log", SMALL)).status == 303
