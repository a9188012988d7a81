"""What every page of ours asks before it looks at anything."""

from __future__ import annotations

import io


def test_a_form_that_was_cut_off_is_400_and_changes_nothing(client_of, alice, everything):
    client, before = client_of(alice), everything()
    form = b"subject=S&description=D"
    answer = client.post(
        "/settings/ticket/new",
        input_stream=io.BytesIO(form),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": str(len(form) + 1), "wsgi.input_terminated": True},
    )
    assert answer.status_code == 400
    assert everything() == before
