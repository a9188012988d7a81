"""The form of a new ticket."""

import html
import re

import pytest

from ..conftest import form_fields
from ..web.conftest import fill
from .conftest import NEW, send_new


def test_requester_opens_ticket_and_sees_its_text_escaped(requester):
    """Case 51. Rule T1."""
    answer = send_new(requester, subject=" A <b>bold</b> claim ", description="one\r\ntwo")
    assert answer.status_code == 303
    assert re.fullmatch(r"/settings/ticket/\d+", answer.location)
    page = requester.get(answer.location).text
    assert "A &lt;b&gt;bold&lt;/b&gt; claim" in page
    assert "one\ntwo" in page


def test_pasted_terminal_output_is_kept_without_its_colours(requester):
    """Rules T1, T2."""
    answer = send_new(
        requester,
        subject="\x1b[1mBuild\x1b[0m\tfailed\r\n",
        description="\x1b[31merror\x1b[0m\vline\x0cpage\x85next\tcolumn",
        department="Sales\tEU",
    )
    page = requester.get(answer.location).text
    assert "Build failed" in page
    assert "error\nline\npage\nnext\tcolumn" in page
    assert "Sales EU" in page


def test_message_names_line_and_character(requester):
    """Rule T2."""
    answer = send_new(requester, subject="S", description="one\r\ntw\x08o")
    assert answer.status_code == 422
    assert "Line 2 contains a control character (BACKSPACE). Remove it." in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", ""), ("subject", "a\x00b"), ("subject", "x" * 201),
        ("description", " \r\n "), ("description", "x" * 20_001), ("department", "x" * 101),
    ],
)  # fmt: skip
def test_invalid_form_names_wrong_field_and_keeps_text(requester, everything, field, value):
    """Rules T2, T3, T4."""
    before = everything()
    typed = {"subject": "My <subject>", "description": "\nMy “words”", "department": "Sales"}
    typed[field] = value
    answer = send_new(requester, **typed)
    assert answer.status_code == 422
    assert "<title>Error: New ticket" in answer.text
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}-error"' in answer.text
    text = html.unescape(answer.text)
    assert all(each.strip() in text for each in typed.values() if "\x00" not in each)
    assert everything() == before


@pytest.mark.parametrize("host_config", [{"SUPPORT_TICKETS_REQUESTER_PRIORITY": True}])
def test_requester_chooses_a_priority_where_the_app_allows_it(requester):
    """Rule M1."""
    form = requester.get(NEW).text
    assert '<option value="1" selected>Normal</option>' in form
    assert "not sure" not in form.partition('name="priority"')[2].partition("</select>")[0]
    refused = send_new(requester, subject="S", description="D", priority="4")
    assert refused.status_code == 422
    assert "Priority: Must be one of: 0, 1, 2, 3." in refused.text
    for value, name in (("3", "Urgent"), ("0", "Low")):
        page = requester.get(
            send_new(requester, subject="S", description="D", priority=value).location
        )
        assert f"Priority: {name}" in page.text
    page = requester.get(send_new(requester, subject="S", description="D", priority="").location)
    assert "Priority" not in page.text


def test_requester_does_not_choose_a_priority_by_default(requester):
    """Rule M1."""
    assert 'name="priority"' not in requester.get(NEW).text
    answer = send_new(requester, subject="S", description="D", priority="3")
    assert "Urgent" not in requester.get(answer.location).text


def test_form_with_invalid_csrf_token_is_400_and_can_be_sent_again(requester, everything):
    """Rule C1."""
    typed, before = {"subject": "Kept", "description": "words"}, everything()
    for token in ({"csrf_token": ""}, {"csrf_token": "junk"}, {}):
        answer = requester.post(NEW, data={**typed, **token})
        assert answer.status_code == 400
        assert 'value="Kept"' in answer.text
        assert everything() == before
    again = requester.post(NEW, data={**form_fields(answer.text), **typed})
    assert again.status_code == 303


def test_same_form_opens_one_ticket_per_user_and_content(requester, client_of, bob):
    """Rule F1."""
    data, other = fill(requester, NEW, subject="One", description="words"), client_of(bob)
    first, again = (requester.post(NEW, data=data).location for _ in range(2))
    changed = requester.post(NEW, data={**data, "subject": "Two"}).location
    data["csrf_token"] = fill(other, NEW)["csrf_token"]
    of_other = other.post(NEW, data=data).location
    assert first == again
    assert len({first, changed, of_other}) == 3


def test_form_without_usable_key_opens_a_ticket_each_time(requester):
    """Rule F1."""
    data = {"subject": "S", "description": "D", "csrf_token": fill(requester, NEW)["csrf_token"]}
    for key in ({}, {"submission_key": ""}, {"submission_key": "x" * 65}):
        first, second = (requester.post(NEW, data={**data, **key}) for _ in range(2))
        assert first.status_code == second.status_code == 303
        assert first.location != second.location


class TestConfiguredDepartments:
    @pytest.fixture
    def host_config(self):
        return {"SUPPORT_TICKETS_DEPARTMENTS": ["Sales & more", "Abuse"]}

    def test_requester_chooses_one_of_configured_departments(self, requester):
        """Rule T5."""
        assert (
            '<option value="Sales &amp; more">Sales &amp; more</option>' in requester.get(NEW).text
        )
        assert send_new(requester, department="Nowhere").status_code == 422
        answer = send_new(requester, department="Abuse", subject="")
        assert '<option value="Abuse" selected>Abuse</option>' in answer.text


class TestWithoutCsrf:
    @pytest.fixture
    def host_config(self):
        return {"WTF_CSRF_ENABLED": False}

    def test_host_can_switch_csrf_tokens_off(self, requester, client_of, mona):
        assert requester.post(NEW, data={"subject": "S", "description": "D"}).status_code == 303
        assert "csrf_token" not in requester.get(NEW).text
        assert client_of(mona).get("/admin/tickets/").status_code == 200
