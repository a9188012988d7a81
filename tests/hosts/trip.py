"""The whole life of a ticket, through every face as people use it, in any host."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ..conftest import form_fields


class Trip:
    """Two people and one ticket; every action checks that it succeeded."""

    queue = "/admin/tickets/"
    ticket_id = 0

    def __init__(self, owner: FlaskClient, staff: FlaskClient, **options: Any) -> None:
        self.owner, self.staff, self.options = owner, staff, options

    @property
    def page(self) -> str:
        return f"/settings/ticket/{self.ticket_id}"

    @property
    def admin_page(self) -> str:
        return f"{self.queue}{self.ticket_id}"

    def live(self) -> dict[str, Any]:
        """Go from opening to closing, and return the ticket as its requester sees it."""
        self.open_ticket()
        self.start_progress()
        self.reply_as_staff("Please try again.")
        self.reply_as_owner("It still does not print.")
        self.resolve()
        self.reply_as_owner("Now it prints, thank you.")
        self.close()
        return self.ticket()

    def open_ticket(self) -> None:
        """The requester opens it with the page's form."""
        text = {"subject": "Printer on fire", "description": "It smokes."}
        new = "/settings/ticket/new"
        answer = self.submit_form(self.owner, new, new, **text)
        self.ticket_id = int(answer.location.rpartition("/")[2])

    def start_progress(self) -> None:
        """Staff press the button in the queue."""
        self.transition(self.queue, "StartProgress")
        assert self.ticket()["statusName"] == "InProgress"

    def reply_as_staff(self, text: str) -> None:
        """Staff reply in Flask-Admin, and the requester sees it."""
        self.submit_form(self.staff, self.admin_page, f"{self.admin_page}/comments", text=text)
        assert text in self.get(self.owner, self.page).text

    def reply_as_owner(self, text: str) -> None:
        """The requester replies on the page, and staff see it."""
        self.submit_form(self.owner, self.page, f"{self.page}/comments", text=text)
        assert text in self.get(self.staff, self.admin_page).text

    def resolve(self) -> None:
        """Staff resolve it through the API without a token, as a browser on the same site does."""
        answer = self.staff.put(
            f"/api/tickets/{self.ticket_id}/status",
            json={"action": "MarkAsResolved"},
            headers={"Sec-Fetch-Site": "same-origin"},
            **self.options,
        )
        assert answer.status_code == 200, answer.text
        assert answer.json["data"]["statusName"] == "Resolved"

    def close(self) -> None:
        self.transition(self.admin_page, "Close", confirmed="yes")

    def transition(self, page: str, action: str, **data: str) -> None:
        """Staff press a button on one of the pages of Flask-Admin."""
        self.submit_form(self.staff, page, f"{self.admin_page}/status", action=action, **data)

    def ticket(self) -> dict[str, Any]:
        """Return the ticket as the API answers its requester."""
        data: dict[str, Any] = self.get(self.owner, f"/api/tickets/{self.ticket_id}").json["data"]
        return data

    def get(self, client: FlaskClient, path: str) -> TestResponse:
        """Open a page that must be there."""
        answer = client.get(path, **self.options)
        assert answer.status_code == 200, f"{path}: {answer.status_code}\n{answer.text}"
        return answer

    def submit_form(
        self, client: FlaskClient, page: str, target: str, /, **data: str
    ) -> TestResponse:
        """Open ``page``, and send its hidden fields with ``data`` to ``target``."""
        html = self.get(client, page).text
        assert f'action="{self.prefix}{target}' in html, f"no form to {target} on {page}"
        fields = form_fields(html)
        assert "csrf_token" in fields
        answer = client.post(target, data={**fields, **data}, **self.options)
        assert answer.status_code == 303, answer.text
        return answer

    @property
    def prefix(self) -> str:
        """The script name that every link must carry."""
        return str(self.options.get("environ_overrides", {}).get("SCRIPT_NAME", ""))
