"""Who gets into the staff's pages."""

import pytest


@pytest.mark.parametrize("path", ["", "987654"])
def test_staff_pages_check_license_then_sign_in_then_role(app, client_of, alice, staff, path):
    """Rules I1, L3."""
    url = f"/admin/tickets/{path}"
    visitor, user = client_of(None), client_of(alice)
    answer = visitor.get(url)
    assert answer.status_code == 302
    assert answer.location.startswith("/login?next=%2Fadmin%2Ftickets%2F")
    assert user.get(url).status_code == 403
    assert staff.get(url).status_code == (404 if path else 200)
    app.config["supportTickets"] = False
    assert {client.get(url).status_code for client in (visitor, user, staff)} == {404}
