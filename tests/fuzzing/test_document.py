"""The OpenAPI document: valid, complete both ways, and true of the app it was made for."""

from __future__ import annotations

import re

import pytest
from openapi_spec_validator import validate
from sqlalchemy import Column, String, Uuid

from flask_support_tickets import SupportTickets
from flask_support_tickets.api.errors import STATUS_BY_CODE
from flask_support_tickets.api.openapi import make_document
from tests.hosts import small

DOCUMENT = "/api/tickets/openapi.json"
DOCS = "/api/tickets/docs"
#: For a method that no operation has, and for a fault of ours.
OF_NO_OPERATION = {"method_not_allowed", "internal_error"}


@pytest.fixture
def host_config():
    return {"SUPPORT_TICKETS_API_DOCS": True}


@pytest.fixture
def document(client_of, alice):
    answer = client_of(alice).get(DOCUMENT)
    assert answer.status_code == 200
    return answer.json


def operations(document):
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def error_codes(document, operation):
    """The error codes in the answers of an operation, each with its HTTP status."""
    found = {}
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json", {"schema": {}})
        for variant in content["schema"].get("oneOf", ()):
            schema = document["components"]["schemas"][variant["$ref"].rpartition("/")[2]]
            found[schema["properties"]["error"]["properties"]["code"]["const"]] = int(status)
    return found


def parameter(document, path, name):
    [found] = [
        each for each in document["paths"][path]["get"]["parameters"] if each["name"] == name
    ]
    return found["schema"]


class TestWholeDocument:
    def test_is_valid(self, document):
        assert document["openapi"].startswith("3.1.")
        validate(document)

    def test_has_each_rule_of_the_api_and_no_other(self, app, document):
        rules = {
            (re.sub(r"<(\w+)>", r"{\1}", str(rule)), method.lower())
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("support_tickets_api.")
            for method in rule.methods - {"HEAD", "OPTIONS"}
        }
        about_it = {(DOCUMENT, "get"), (DOCS, "get")}
        assert {(path, method) for path, method, _ in operations(document)} == rules - about_it

    def test_has_every_error_code_under_its_status(self, document):
        found = {}
        for _, _, operation in operations(document):
            found |= error_codes(document, operation)
        assert found == {
            code: status for code, status in STATUS_BY_CODE.items() if code not in OF_NO_OPERATION
        }

    def test_every_operation_can_be_refused_before_its_view(self, document):
        always = {"not_authenticated", "feature_not_licensed", "invalid", "unavailable"}
        of_writes = {"cross_site_request", "malformed_json", "too_large", "unsupported_media_type"}
        for path, method, operation in operations(document):
            codes = set(error_codes(document, operation))
            assert always <= codes, path
            assert of_writes.isdisjoint(codes) if method == "get" else of_writes <= codes, path
            assert ("not_found" in codes) == ("{" in path or path == "/api/ticket-comments"), path

    def test_names_each_operation_once_and_says_what_it_does(self, document):
        found = [operation for _, _, operation in operations(document)]
        assert len({operation["operationId"] for operation in found}) == len(found) > 8
        for operation in found:
            assert operation["summary"]
            assert "`" not in operation["summary"]

    def test_each_answer_with_a_body_has_all_its_keys(self, document):
        for name, schema in document["components"]["schemas"].items():
            if not name.endswith("Body"):
                keys = set(schema["properties"]) - {"totalCountCapped"}
                assert set(schema["required"]) == keys, name
                assert schema["additionalProperties"] is False


class TestSignIn:
    def test_is_by_cookie_or_by_token(self, document):
        assert document["components"]["securitySchemes"] == {
            "session": {"type": "apiKey", "in": "cookie", "name": "session"},
            "token": {"type": "http", "scheme": "bearer"},
        }
        assert document["security"] == [{"session": []}, {"token": []}]
        assert not any("security" in operation for _, _, operation in operations(document))

    def test_names_the_hosts_cookie(self, app):
        app.config["SESSION_COOKIE_NAME"] = "acme"
        assert make_document()["components"]["securitySchemes"]["session"]["name"] == "acme"


class TestConfiguration:
    @pytest.mark.parametrize(
        ("key", "schema"),
        [
            (None, {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}),
            (Column(Uuid, primary_key=True), {"type": "string", "format": "uuid"}),
            (
                Column(String(60), primary_key=True),
                {"type": "string", "minLength": 1, "maxLength": 255},
            ),
        ],
        ids=["integer", "uuid", "string"],
    )
    def test_ids_of_users_have_the_type_of_the_hosts_key(self, key, schema):
        users = small.declare_users(key)
        app = small.make_app(users)
        SupportTickets(app, users.db, users.User)
        with app.app_context():
            document = make_document()
        validate(document)
        schemas = document["components"]["schemas"]
        shown = {**schema, "type": [schema["type"], "null"]}
        for name, field in (
            ("Ticket", "userId"), ("Ticket", "assignedToUserId"), ("Comment", "userId"),
            ("Event", "userId"), ("Event", "assignedToUserId"),
        ):  # fmt: skip
            assert schemas[name]["properties"][field] == shown
        ignored, optional, required = [
            variant["properties"]["assignedToUserId"] for variant in schemas["StatusBody"]["anyOf"]
        ]
        assert (ignored, required) == ({}, schema)
        assert optional["anyOf"] == [schema, {"type": "null"}]
        _, by_id = parameter(document, "/api/tickets", "assignedTo")["anyOf"]
        assert by_id == (schema | {"minimum": 1} if "minimum" in schema else schema)

    def test_departments_are_free_without_a_list(self, document):
        schema = document["components"]["schemas"]["NewTicketBody"]["properties"]["department"]
        assert "enum" not in schema
        assert (schema["type"], schema["maxLength"]) == (["string", "null"], 100)

    @pytest.mark.parametrize("departments", [["Sales"], ["Sales", "Häuser & Gärten"]])
    def test_departments_are_those_of_the_list(self, departments):
        users = small.declare_users()
        app = small.make_app(users, SUPPORT_TICKETS_DEPARTMENTS=departments)
        SupportTickets(app, users.db, users.User)
        with app.app_context():
            document = make_document()
        validate(document)
        schema = document["components"]["schemas"]["NewTicketBody"]["properties"]["department"]
        assert schema["enum"] == [*departments, None]

    @pytest.mark.parametrize("limit", [0, 3])
    def test_attachments_are_as_many_as_may_be(self, limit):
        users = small.declare_users()
        app = small.make_app(users, SUPPORT_TICKETS_ATTACHMENT_MAX_COUNT=limit)
        SupportTickets(app, users.db, users.User)
        with app.app_context():
            schemas = make_document()["components"]["schemas"]
        for name in ("NewTicketBody", "NewCommentBody"):
            assert schemas[name]["properties"]["attachmentUrls"]["maxItems"] == limit


class TestServing:
    def test_a_prefix_changes_the_server_and_nothing_else(self, client_of, alice, document):
        client = client_of(alice)
        answer = client.get(DOCUMENT, environ_overrides={"SCRIPT_NAME": "/acme"})
        assert document["servers"] == [{"url": "/"}]
        assert answer.json == document | {"servers": [{"url": "/acme"}]}

    def test_is_the_same_for_everybody(self, client_of, document, mona):
        assert client_of(mona).get(DOCUMENT).json == document

    @pytest.mark.parametrize("url", [DOCUMENT, DOCS])
    def test_is_for_who_is_signed_in_while_licensed(self, app, client_of, alice, url):
        assert client_of(alice).get(url).status_code == 200
        answer = client_of(None).get(url)
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "not_authenticated")
        app.config["supportTickets"] = False
        answer = client_of(alice).get(url)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "feature_not_licensed")


class TestOff:
    @pytest.fixture
    def host_config(self):
        return {}

    @pytest.mark.parametrize("url", [DOCUMENT, DOCS])
    def test_is_not_there_by_default(self, client_of, alice, mona, url):
        for user in (alice, mona):
            answer = client_of(user).get(url)
            assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")
        assert client_of(None).get(url).status_code == 401
