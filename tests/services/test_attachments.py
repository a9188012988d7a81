"""Files and uploads through the use cases (rules B3 to B6 and B9)."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from flask_support_tickets import Invalid, NotFound, TicketStatus, Unavailable, unit_of_work
from flask_support_tickets.current import current_tickets
from flask_support_tickets.services import (
    Upload,
    add_comment,
    get_attachment,
    make_once,
    open_ticket,
    sweep_attachments,
    verify_attachments,
    with_files,
)
from flask_support_tickets.services.uploads import readable_size, store_path

from ..host import db, tickets

CONTENT = {"subject": "S", "description": "D"}


def file(name="a.txt", data=b"A text."):
    return Upload(name, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())


def files():
    return sorted(current_tickets.store.walk())


class TestFilingWithFiles:
    def test_keeps_them_in_their_order_after_the_links(self, alice, as_actor, make_upload):
        upload = make_upload(alice, "first.txt")
        ticket = with_files(
            open_ticket,
            uploads=[file("b.txt"), file("a.txt", b"Other.")],
            actor=as_actor(alice),
            attachment_urls=["https://example.org/x", upload.path],
            **CONTENT,
        )
        shown = [(each.position, each.url or each.filename) for each in ticket.attachments]
        names = ["https://example.org/x", "first.txt", "b.txt", "a.txt"]
        assert shown == list(enumerate(names))
        assert len(files()) == 3

    def test_refuses_all_of_them_when_one_is_bad(self, app, alice, as_actor, everything):
        before = everything()
        uploads = [file(), file("b.exe", b"MZ\0"), file("c.txt", b""), file("d.png", b"x")]
        with pytest.raises(Invalid) as refusal:
            with_files(open_ticket, uploads=uploads, actor=as_actor(alice), **CONTENT)
        sentences = refusal.value.fields["attachments"]
        assert [text.partition("”")[0] for text in sentences] == ["“b.exe", "“c.txt", "“d.png"]
        assert everything() == before
        assert files() == []

    def test_refuses_too_many(self, app, alice, as_actor):
        with pytest.raises(Invalid) as refusal:
            with_files(open_ticket, uploads=[file()] * 11, actor=as_actor(alice), **CONTENT)
        assert refusal.value.fields["attachments"] == ["Attach at most 10."]

    def test_removes_them_when_the_use_case_refuses(self, alice, as_actor, make_ticket):
        closed = make_ticket(TicketStatus.Closed)
        for error, ticket_id in ((NotFound, 987_654), (Exception, closed.id)):
            with pytest.raises(error):
                with_files(
                    add_comment,
                    uploads=[file()],
                    actor=as_actor(alice),
                    ticket_id=ticket_id,
                    text="T",
                )
        assert files() == []

    def test_leaves_them_when_nobody_knows_whether_the_commit_went_through(self, alice, as_actor):
        def fail(**arguments):
            raise Unavailable(may_be_stored=True)

        with pytest.raises(Unavailable):
            with_files(fail, uploads=[file()], actor=as_actor(alice))
        assert len(files()) == 1

    def test_removes_them_when_the_database_is_busy(self, alice, as_actor):
        def fail(**arguments):
            raise OperationalError("", {}, Exception("database is locked"))

        with pytest.raises(Unavailable):
            with_files(fail, uploads=[file()], actor=as_actor(alice))
        assert files() == []

    def test_the_same_form_twice_keeps_one_set(self, alice, as_actor):
        first, second = (
            with_files(
                make_once,
                uploads=[file()],
                use_case=open_ticket,
                actor=as_actor(alice),
                key="k",
                **CONTENT,
            )
            for _ in "ab"
        )
        assert first.id == second.id
        assert len(files()) == 1
        other = with_files(
            make_once,
            uploads=[file("a.txt", b"Changed.")],
            use_case=open_ticket,
            actor=as_actor(alice),
            key="k",
            **CONTENT,
        )
        assert other.id != first.id


class TestAnUpload:
    def test_is_used_once_and_by_its_uploader(self, alice, bob, as_actor, make_upload, everything):
        upload = make_upload(alice)
        path, key = upload.path, upload.storage_key
        missing = path.replace(key, "0" * 40)
        before = everything()
        for actor, urls in ((bob, [path]), (alice, [path, path]), (alice, [missing])):
            with pytest.raises(Invalid) as refusal:
                unit_of_work(open_ticket, actor=as_actor(actor), attachment_urls=urls, **CONTENT)
            assert "no upload of yours" in refusal.value.fields["attachmentUrls"][0]
        assert everything() == before
        unit_of_work(open_ticket, actor=as_actor(alice), attachment_urls=[path], **CONTENT)
        with pytest.raises(Invalid):
            unit_of_work(open_ticket, actor=as_actor(alice), attachment_urls=[path], **CONTENT)

    def test_that_another_request_used_meanwhile_makes_nothing(
        self, alice, as_actor, make_upload, everything
    ):
        from flask_support_tickets.services import attachments

        upload = make_upload(alice)
        path = upload.path
        unit_of_work(open_ticket, actor=as_actor(alice), attachment_urls=[path], **CONTENT)
        before = everything()

        def file_without_looking():
            ticket = open_ticket(actor=as_actor(alice), **CONTENT)
            attachments.attach(
                [path], [], actor=as_actor(alice), ticket_id=ticket.id, at=ticket.created_at
            )

        with pytest.raises(Invalid):
            unit_of_work(file_without_looking)
        assert everything() == before

    def test_is_seen_by_its_uploader_until_it_is_used(
        self, alice, bob, mona, as_actor, make_upload
    ):
        upload = make_upload(alice)
        key = {"storage_key": upload.storage_key, "filename": "note.txt"}
        assert get_attachment(actor=as_actor(alice), **key).id == upload.id
        for other in (bob, mona):
            with pytest.raises(NotFound):
                get_attachment(actor=as_actor(other), **key)
        urls = [upload.path]
        unit_of_work(open_ticket, actor=as_actor(alice), attachment_urls=urls, **CONTENT)
        for reader in (alice, mona):
            assert get_attachment(actor=as_actor(reader), **key).id == upload.id
        with pytest.raises(NotFound):
            get_attachment(actor=as_actor(bob), **key)

    @pytest.mark.parametrize("key", ["", "x", "0" * 39, "0" * 41, "\0" * 40, "A" * 40])
    def test_is_not_found_by_what_cannot_be_a_key(self, alice, as_actor, key):
        with pytest.raises(NotFound):
            get_attachment(actor=as_actor(alice), storage_key=key, filename="note.txt")


class TestUpkeep:
    def test_the_sweep_removes_what_is_old_and_unused(self, alice, as_actor, make_upload):
        used = make_upload(alice)
        unit_of_work(open_ticket, actor=as_actor(alice), attachment_urls=[used.path], **CONTENT)
        waiting = make_upload(alice, "waiting.txt")
        current_tickets.store.write(store_path("f" * 40), io.BytesIO(b"orphan"))
        kept, lost = used.storage_key, waiting.storage_key
        assert len(files()) == 3
        nothing = sweep_attachments(older_than=timedelta(hours=24))
        assert (nothing.uploads, nothing.files) == (0, 0)
        told = sweep_attachments(older_than=timedelta(0), dry_run=True)
        assert (told.uploads, told.files) == (1, 1)
        assert len(files()) == 3
        done = sweep_attachments(older_than=timedelta(0))
        assert (done.uploads, done.files) == (1, 1)
        assert files() == [store_path(kept)]
        keys = db.session.scalars(db.select(tickets.TicketAttachment.storage_key)).all()
        assert keys == [kept]
        assert lost not in keys

    def test_an_upload_that_is_used_during_the_sweep_stays(self, alice, as_actor, make_upload):
        from flask_support_tickets.services import upkeep

        upload = make_upload(alice)
        path, key = upload.path, upload.storage_key
        unit_of_work(open_ticket, actor=as_actor(alice), attachment_urls=[path], **CONTENT)
        assert unit_of_work(upkeep._forget, [key]) == []

    def test_a_file_that_goes_away_during_the_sweep_is_no_error(self, app):
        from flask_support_tickets.models import utc_now
        from flask_support_tickets.services import upkeep

        assert not upkeep._is_old("original/ab/abc", utc_now())

    def test_the_check_names_missing_and_altered_files(self, app, alice, make_upload):
        store = current_tickets.store
        _, gone, changed, cut = (make_upload(alice, f"{name}.txt") for name in "abcd")
        store.remove(store_path(gone.storage_key))
        store.write(store_path(changed.storage_key), io.BytesIO(b"Another"))
        store.write(store_path(cut.storage_key), io.BytesIO(b"A"))
        found = verify_attachments()
        assert found.checked == 4
        assert found.missing == [gone.id]
        assert found.altered == [changed.id, cut.id]


@pytest.mark.parametrize(
    ("size", "text"),
    [(1, "1 bytes"), (1_023, "1,023 bytes"), (1_024, "1 KB"), (1_536, "1.5 KB"),
     (10_485_760, "10 MB"), (2**30, "1 GB"), (2**41, "2,048 GB")],
)  # fmt: skip
def test_sizes_are_told_in_words(size, text):
    assert readable_size(size) == text
