"""Files and uploads. Rules B4, B5, B6, B9."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from flask_support_tickets import Invalid, NotFound, Unavailable
from flask_support_tickets.current import current_tickets
from flask_support_tickets.models import utc_now
from flask_support_tickets.services import (
    Upload,
    get_attachment,
    open_ticket,
    sweep_attachments,
    verify_attachments,
    with_files,
)
from flask_support_tickets.services.attachments import maintenance as upkeep
from flask_support_tickets.services.attachments.uploads import store_path

from ..databases import every_database
from ..host import db, tickets

CONTENT = {"subject": "S", "description": "D"}


def stored():
    """Return the paths of all files in the store."""
    return sorted(current_tickets.store.walk())


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (Unavailable(may_be_stored=True), 1),
        (OperationalError("", {}, Exception("database is locked")), 0),
    ],
)
def test_files_stay_only_if_the_commit_may_have_gone_through(alice, as_actor, error, left):
    def fail(**arguments):
        raise error

    data = b"A text."
    upload = Upload("a.txt", io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())
    with pytest.raises(Unavailable):
        with_files(fail, uploads=[upload], actor=as_actor(alice))
    assert len(stored()) == left


@every_database
def test_upload_is_used_once_and_by_its_uploader(act, alice, bob, make_upload, everything):
    upload = make_upload(alice)
    path, missing = upload.path, upload.path.replace(upload.storage_key, "0" * 40)
    before, messages = everything(), set()
    for user, urls in ((bob, [path]), (alice, [path, path]), (alice, [missing])):
        with pytest.raises(Invalid) as refusal:
            act(open_ticket, user, attachment_urls=urls, **CONTENT)
        messages.add(str(refusal.value.fields))
    assert everything() == before
    act(open_ticket, alice, attachment_urls=[path], **CONTENT)
    with pytest.raises(Invalid) as refusal:
        act(open_ticket, alice, attachment_urls=[path], **CONTENT)
    assert messages == {str(refusal.value.fields)}


def test_file_is_read_by_its_uploader_and_then_by_who_may_read_the_ticket(
    act, alice, bob, mona, as_actor, make_upload
):
    """Case 4."""
    upload = make_upload(alice)
    name = {"storage_key": upload.storage_key, "filename": "note.txt"}

    def readers():
        found = []
        for user in (alice, bob, mona):
            try:
                get_attachment(actor=as_actor(user), **name)
            except NotFound:
                continue
            found.append(user.username)
        return found

    assert readers() == ["alice"]
    act(open_ticket, alice, attachment_urls=[upload.path], **CONTENT)
    assert readers() == ["alice", "mona"]


@every_database
def test_sweep_removes_old_unused_uploads_and_files_without_a_row(act, alice, make_upload):
    used, _ = make_upload(alice), make_upload(alice, "waiting.txt")
    act(open_ticket, alice, attachment_urls=[used.path], **CONTENT)
    current_tickets.store.write(store_path("f" * 40), io.BytesIO(b"orphan"))
    kept, all_files = used.storage_key, stored()
    for arguments, counts, left in (
        ({"older_than": timedelta(hours=24)}, (0, 0), all_files),
        ({"older_than": timedelta(0), "dry_run": True}, (1, 1), all_files),
        ({"older_than": timedelta(0)}, (1, 1), [store_path(kept)]),
    ):
        swept = sweep_attachments(**arguments)
        assert (swept.uploads, swept.files, stored()) == (*counts, left)
    keys = db.session.scalars(db.select(tickets.TicketAttachment.storage_key)).all()
    assert keys == [kept]


def test_check_names_missing_and_altered_files(alice, make_upload):
    """Case 79."""
    store = current_tickets.store
    _, gone, changed, cut = (make_upload(alice, f"{name}.txt") for name in "abcd")
    store.remove(store_path(gone.storage_key))
    store.write(store_path(changed.storage_key), io.BytesIO(b"Another"))
    store.write(store_path(cut.storage_key), io.BytesIO(b"A"))
    found = verify_attachments()
    assert found.checked == 4
    assert found.missing == [gone.id]
    assert found.altered == [changed.id, cut.id]


def test_sweep_keeps_upload_that_was_used_since_it_was_listed(act, alice, make_upload, monkeypatch):
    upload = make_upload(alice)
    listed = iter([[upload.storage_key], []])
    act(open_ticket, alice, **CONTENT, attachment_urls=[upload.path])
    monkeypatch.setattr(upkeep, "_unused_keys", lambda *args, **kwargs: next(listed))
    assert sweep_attachments(older_than=timedelta(0)).uploads == 0
    assert stored() == [store_path(upload.storage_key)]
    assert verify_attachments().missing == []


def test_file_that_goes_away_during_the_sweep_is_not_an_error(app):
    assert not upkeep._is_old("original/ab/abc", utc_now())
