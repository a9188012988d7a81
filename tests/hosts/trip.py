"""The whole life of a ticket, driven through the faces as people use them, in any host."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ..conftest import form_fields


class Trip:
    """Two people and one ticket; every step checks that it arrived."""

    def __init__(
        self, owner: FlaskClient, staff: FlaskClient, *, admin: str = "/admin", **options: Any
    ) -> None:
        self.owner, self.staff, self.admin, self.options = owner, staff, admin, options
        self.ticket_id = 0

    def live(self) -> dict[str, Any]:
        """Go from filing to closing, and return the ticket as the API shows it to its owner."""
        self.file()
        self.start_progress()
        self.reply_as_staff("Please try again.")
        self.reply_as_owner("It still does not print.")
        self.resolve()
        self.reply_as_owner("Now it prints, thank you.")
        self.close()
        return self.ticket()

    def file(self) -> None:
        """The owner files it with the page's form."""
        answer = self.send_form(
            self.owner,
            "/settings/ticket/new",
            "/settings/ticket/new",
            subject="Printer on fire",
            description="It smokes.",
        )
        assert answer.status_code == 303, answer.text
        self.ticket_id = int(answer.location.rpartition("/")[2])

    def start_progress(self) -> None:
        """Staff press the button in Flask-Admin."""
        page = f"{self.admin}/tickets/"
        answer = self.send_form(
            self.staff, page, f"{page}{self.ticket_id}/status", action="StartProgress"
        )
        assert answer.status_code == 303, answer.text
        assert self.ticket()["statusName"] == "InProgress"

    def reply_as_staff(self, text: str) -> None:
        """Staff reply in Flask-Admin."""
        page = f"{self.admin}/tickets/{self.ticket_id}"
        answer = self.send_form(self.staff, page, f"{page}/comments", text=text)
        assert answer.status_code == 303, answer.text
        assert text in self.get(self.owner, f"/settings/ticket/{self.ticket_id}").text

    def reply_as_owner(self, text: str) -> None:
        """The owner answers on the page."""
        page = f"/settings/ticket/{self.ticket_id}"
        answer = self.send_form(self.owner, page, f"{page}/comments", text=text)
        assert answer.status_code == 303, answer.text
        assert text in self.get(self.staff, f"{self.admin}/tickets/{self.ticket_id}").text

    def resolve(self) -> None:
        """Staff resolve it through the API, without any token, as a browser on the site does."""
        answer = self.staff.put(
            f"/api/tickets/{self.ticket_id}/status",
            json={"action": "MarkAsResolved"},
            headers={"Sec-Fetch-Site": "same-origin"},
            **self.options,
        )
        assert answer.status_code == 200, answer.text
        assert answer.json["data"]["statusName"] == "Resolved"

    def close(self) -> None:
        """Staff close it in Flask-Admin."""
        page = f"{self.admin}/tickets/{self.ticket_id}"
        answer = self.send_form(self.staff, page, f"{page}/status", action="Close")
        assert answer.status_code == 303, answer.text

    def ticket(self) -> dict[str, Any]:
        """The ticket as the API shows it to its owner."""
        answer = self.get(self.owner, f"/api/tickets/{self.ticket_id}")
        data: dict[str, Any] = answer.json["data"]
        return data

    def get(self, client: FlaskClient, path: str) -> TestResponse:
        """Open a page that must be there."""
        answer = client.get(path, **self.options)
        assert answer.status_code == 200, f"{path}: {answer.status_code}\n{answer.text}"
        return answer

    def send_form(
        self, client: FlaskClient, page: str, target: str, /, **data: str
    ) -> TestResponse:
        """Open ``page``, and send its hidden fields with ``data`` to ``target``."""
        html = self.get(client, page).text
        assert f'action="{self.prefix}{target}' in html, f"no form to {target} on {page}"
        fields = form_fields(html)
        assert "csrf_token" in fields
        return client.post(target, data={**fields, **data}, **self.options)

    @property
    def prefix(self) -> str:
        """The script name that every link must carry."""
        return str(self.options.get("environ_overrides", {}).get("SCRIPT_NAME", ""))
