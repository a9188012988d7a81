"""An object store that fails: a clear answer in time, nothing acknowledged; and one that works."""

from __future__ import annotations

import io
import random
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from PIL import Image

from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import sweep_attachments
from flask_support_tickets.services.uploads import store_path

from .clients import MULTIPART, NEW, Client, multipart, sha256
from .gateway import (
    FAULTS,
    Gateway,
    answer_500,
    answer_too_little,
    reset_in_the_middle,
    stall,
)
from .servers import running
from .stores import new_store

LIMIT_SECONDS = 20  # less than the gateway stalls
SENTENCE = "The service is busy. Nothing was changed; please try again."
TEXT = b"a line of a log\n" * 1_000
#: Large enough to be sent in two parts.
LARGE = b"a line of a long log\n" * 450_000


@pytest.fixture(scope="module")
def store():
    """The settings of a host with a store of its own."""
    with new_store() as settings:
        yield settings


@pytest.fixture
def gateway(store):
    options = store["SUPPORT_TICKETS_STORAGE_OPTIONS"]
    upstream = urlsplit(options["endpoint_url"])
    gateway = Gateway((upstream.hostname, upstream.port))
    yield gateway
    gateway.close()


@pytest.fixture
def host_config(store, gateway, tmp_path):
    options = {**store["SUPPORT_TICKETS_STORAGE_OPTIONS"]}
    options["endpoint_url"] = f"http://127.0.0.1:{gateway.address[1]}"
    # A prefix for each test, so that each has an empty store.
    prefix = f"{store['SUPPORT_TICKETS_STORAGE']}/{tmp_path.name}"
    return {"SUPPORT_TICKETS_STORAGE": prefix, "SUPPORT_TICKETS_STORAGE_OPTIONS": options}


@pytest.fixture
def client(settings, alice, tmp_path):
    with running("gunicorn", settings, tmp_path) as server:
        yield Client(server.address, "alice")


@pytest.fixture
def files():
    """One file of each kind of request: small, with previews, in parts."""
    return [("1.log", TEXT), ("2.png", picture()), ("3.log", LARGE)]


def picture():
    target = io.BytesIO()
    Image.frombytes("RGB", (90, 60), random.randbytes(90 * 60 * 3)).save(target, "PNG")
    return target.getvalue()


def in_time(send, *args):
    """Return the answer to a request, which must not take too long."""
    start = time.monotonic()
    answer = send(*args)
    assert time.monotonic() - start < LIMIT_SECONDS
    return answer


def eventually(kept):
    """Return what is kept once the store is empty: nobody's answer waits for the tidying up."""
    patience = time.monotonic() + LIMIT_SECONDS
    while kept().paths and time.monotonic() < patience:
        time.sleep(0.1)
    return kept()


def type_and_send(client, *files):
    fields = {**client.hidden_fields(), "subject": "My subject", "description": "My own words"}
    return client.send("POST", NEW, multipart(fields, "attachments", files), MULTIPART)


def assert_unavailable(answer):
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    if answer.headers["Content-Type"] == "application/json":
        assert answer.json["error"] == {"code": "unavailable", "message": SENTENCE}
    else:
        assert SENTENCE in answer.text
        assert "My own words" in answer.text


def assert_every_row_has_its_file(rows):
    for row in rows:
        with current_tickets.store.open(store_path(row.storage_key)) as file:
            assert sha256(file.read()) == row.sha256


def assert_faces_refuse_files_and_take_text(client):
    assert_unavailable(in_time(client.upload, "1.log", TEXT))
    assert_unavailable(in_time(type_and_send, client, ("1.log", TEXT)))
    assert type_and_send(client).status == 303


def assert_faces_work(client, kept):
    """The same process works as before, once the store does."""
    assert kept() == (1, [], [])  # the ticket of nothing but text
    assert client.upload("1.log", TEXT).status == 201
    assert type_and_send(client, ("1.log", TEXT)).status == 303
    tickets, rows, paths = kept()
    assert (tickets, len(rows), len(paths)) == (2, 2, 2)
    assert_every_row_has_its_file(rows)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_store_that_fails_is_503_until_it_works_again(client, gateway, kept, fault):
    gateway.fail(fault)
    assert_faces_refuse_files_and_take_text(client)
    gateway.work()
    assert_faces_work(client, kept)


def test_a_store_that_refuses_connections_is_503_until_it_works_again(client, gateway, kept):
    assert client.get("/").status == 200
    gateway.refuse()
    assert_faces_refuse_files_and_take_text(client)
    gateway.listen()
    assert_faces_work(client, kept)


@pytest.mark.parametrize(
    "fault", [each for each in FAULTS if each is not stall], ids=lambda fault: fault.__name__
)
def test_a_store_that_fails_from_some_request_on_gets_no_post_acknowledged(
    client, gateway, kept, files, fault
):
    for after in range(30):
        gateway.fail(fault, after=after)
        answer = in_time(type_and_send, client, *files)
        if answer.status == 303:
            break
        assert_unavailable(answer)
    assert answer.status == 303
    assert after >= 9  # 5 objects of which one comes in 2 parts
    gateway.work()
    tickets, rows, _ = kept()
    assert (tickets, len(rows)) == (1, 3)
    assert_every_row_has_its_file(rows)
    sweep_attachments(older_than=timedelta(0))
    assert len(kept().paths) == 5


@pytest.mark.parametrize("after", [2, 9])
def test_a_store_that_stalls_in_the_middle_of_a_post_is_503_in_time(
    client, gateway, kept, files, after
):
    gateway.fail(stall, after=after)
    assert_unavailable(in_time(type_and_send, client, *files))
    gateway.work()
    assert kept()[:2] == (0, [])
    assert type_and_send(client, *files).status == 303


def test_a_store_that_fails_once_is_left_as_it_was(client, gateway, kept, files):
    refused = 0
    for after in range(30):
        gateway.fail(answer_500, after=after, times=1)
        answer = in_time(type_and_send, client, *files)
        gateway.work()
        if answer.status == 303:
            break
        assert_unavailable(answer)
        assert eventually(kept) == (0, [], [])
        refused += 1
    assert answer.status == 303
    assert refused >= 9


def test_a_bucket_that_is_not_there_is_503(store, settings, alice, kept, tmp_path):
    settings["SUPPORT_TICKETS_STORAGE"] = "s3://there-is-none/prefix"
    with running("gunicorn", settings, tmp_path) as server:
        client = Client(server.address, "alice")
        assert_unavailable(client.upload("1.log", TEXT))
        assert_unavailable(type_and_send(client, ("1.log", TEXT)))
    assert kept()[:2] == (0, [])


class TestReading:
    @pytest.fixture
    def host_config(self, host_config):
        return {**host_config, "SUPPORT_TICKETS_SIGNED_URL_SECONDS": 0}

    @pytest.mark.parametrize(
        "fault",
        [answer_500, answer_too_little, reset_in_the_middle],
        ids=lambda fault: fault.__name__,
    )
    def test_a_store_that_fails_is_503_and_never_half_a_file(self, client, gateway, fault):
        addresses = {}
        for name, data in (("1.log", TEXT), ("2.png", picture())):
            addresses[client.upload(name, data).json["data"]["url"]] = data
        png = next(address for address in addresses if address.endswith(".png"))
        addresses[f"{png}?variant=thumbnail"] = None
        for address, data in addresses.items():
            for headers in ({}, {"Range": "bytes=3-9"}):
                for after in range(1, 5):
                    gateway.fail(fault, after=after)
                    answer = client.get(address, **headers)
                    if answer.status in (200, 206):
                        break
                    assert_unavailable(answer)
                assert answer.status in (200, 206)
                if data is not None:
                    assert answer.body == (data[3:10] if headers else data)

    def test_a_store_that_stalls_is_503(self, client, gateway):
        address = client.upload("1.log", TEXT).json["data"]["url"]
        gateway.fail(stall)
        assert_unavailable(in_time(client.get, address))
        gateway.work()
        assert client.get(address).body == TEXT
