"""The OpenAPI document is valid, complete, and true of the app it describes. Case 103. Rule J4."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask_login import LoginManager, UserMixin
from flask_sqlalchemy import SQLAlchemy
from openapi_spec_validator import validate
from sqlalchemy import Column, Integer, String, Uuid

from flask_support_tickets import Action, SupportTickets
from flask_support_tickets.api.errors import STATUS_BY_CODE
from flask_support_tickets.api.openapi import make_document
from flask_support_tickets.schemas.responses import OPTIONAL_KEYS
from tests.host import create_host

DOCUMENT = "/api/tickets/openapi.json"
DOCS = "/api/tickets/docs"
DATA = ("Comment", "Event", "SavedReply", "SavedReplyList", "Ticket", "Upload")


@pytest.fixture
def host_config():
    return {"SUPPORT_TICKETS_API_DOCS": True, "SESSION_COOKIE_NAME": "acme"}


@pytest.fixture
def document(client_of, alice):
    answer = client_of(alice).get(DOCUMENT)
    assert answer.status_code == 200
    return answer.json


def operations_of(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def schema_of(document, reference):
    return document["components"]["schemas"][reference["$ref"].rpartition("/")[2]]


def error_codes_of(document, operation):
    """Return the error codes in the answers of an operation, each with its HTTP status."""
    found = {}
    for status, answer in operation["responses"].items():
        if int(status) < 400:
            continue
        schema = answer["content"]["application/json"]["schema"]
        for variant in schema.get("oneOf", [schema]):
            details = schema_of(document, schema_of(document, variant)["properties"]["error"])
            found[details["properties"]["code"]["const"]] = int(status)
    return found


def test_document_is_valid_and_has_every_route_of_the_api_and_no_other(app, document):
    assert document["openapi"].startswith("3.1.")
    validate(document)
    routes = {
        (re.sub(r"<(\w+)>", r"{\1}", str(rule)), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("support_tickets_api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, method, _ in operations_of(document)}
    assert described == routes - {(DOCUMENT, "get"), (DOCS, "get")}


def test_document_has_every_error_code_of_each_operation(document):
    always = {"not_authenticated", "feature_not_licensed", "invalid", "unavailable"}
    of_writes = {"cross_site_request", "malformed_json", "too_large", "unsupported_media_type"}
    found = {}
    for path, method, operation in operations_of(document):
        codes = error_codes_of(document, operation)
        assert always <= codes.keys(), path
        assert of_writes & codes.keys() == (set() if method == "get" else of_writes), path
        assert ("not_found" in codes) == ("{" in path or path == "/api/ticket-comments"), path
        found |= codes
    of_no_operation = {"method_not_allowed", "internal_error"}
    assert found == {
        code: status for code, status in STATUS_BY_CODE.items() if code not in of_no_operation
    }


def test_schemas_of_answers_require_all_their_keys_and_allow_no_other(document):
    for name, schema in document["components"]["schemas"].items():
        if name.endswith(("Details", "Error", "Response", "Page")) or name in DATA:
            keys = set(schema["properties"]) - OPTIONAL_KEYS - {"tags"}
            assert set(schema["required"]) == keys, name
            assert schema["additionalProperties"] is False, name


def inline_schemas(value, path=""):
    """Yield the path of each object or enumeration that is not a schema with a name."""
    if isinstance(value, list):
        for each in value:
            yield from inline_schemas(each, path)
    elif isinstance(value, dict):
        is_named = path.count("/") == 3 and path.startswith("/components/schemas/")
        if not is_named and ("enum" in value or "properties" in value):
            yield path
        for name, each in value.items():
            if name not in ("properties", "discriminator"):
                yield from inline_schemas(each, f"{path}/{name}")
            elif name == "properties":
                yield from inline_schemas([*each.values()], f"{path}/{name}")


@pytest.mark.parametrize("departments", [[], ["Sales", "Häuser & Gärten"]])
def test_every_object_and_enumeration_has_a_name(departments):
    """Otherwise a generator invents names, such as ``ListTicketsResponse200``."""
    host = create_host("sqlite://", SUPPORT_TICKETS_DEPARTMENTS=departments)
    with host.app_context():
        assert list(inline_schemas(make_document())) == []


def test_files_are_binary_for_generators(document):
    upload = schema_of(document, document["paths"]["/api/ticket-attachments"]["post"][
        "requestBody"]["content"]["multipart/form-data"]["schema"])  # fmt: skip
    assert upload["properties"]["file"]["format"] == "binary"
    assert upload["properties"]["file"]["contentMediaType"] == "application/octet-stream"
    download = document["paths"]["/api/ticket-attachments/{key}/{filename}"]["get"]["responses"]
    for status in ("200", "206"):
        assert download[status]["content"].keys() == {
            "application/octet-stream",
            "image/webp",
            "*/*",
        }
        for content in download[status]["content"].values():
            assert content["schema"]["format"] == "binary"


def test_every_operation_needs_the_session_cookie_or_a_bearer_token(document):
    assert document["components"]["securitySchemes"] == {
        "session": {"type": "apiKey", "in": "cookie", "name": "acme"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    assert document["security"] == [{"session": []}, {"token": []}]
    assert not any("security" in operation for _, _, operation in operations_of(document))


@pytest.mark.parametrize(
    ("column_type", "schema"),
    [
        (Integer, {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}),
        (Uuid, {"type": "string", "format": "uuid"}),
        (String(60), {"type": "string", "minLength": 1, "maxLength": 255}),
    ],
)
def test_user_ids_have_the_type_of_the_hosts_primary_key(column_type, schema):
    db = SQLAlchemy()

    class User(UserMixin, db.Model):
        id = Column(column_type, primary_key=True)

    app = Flask("host")
    app.config.update(SECRET_KEY="only for tests", SQLALCHEMY_DATABASE_URI="sqlite://")
    db.init_app(app)
    LoginManager(app)
    SupportTickets(app, db, User)
    with app.app_context():
        document = make_document()
    validate(document)
    schemas = document["components"]["schemas"]
    for name, field in (("Ticket", "userId"), ("Ticket", "assignedToUserId"), ("Event", "userId")):
        nullable = {**schema, "type": [schema["type"], "null"]}
        assert schemas[name]["properties"][field] == nullable
    variants = [schema_of(document, each) for each in schemas["StatusBody"]["oneOf"]]
    expected = {"StartProgress": {"anyOf": [schema, {"type": "null"}]}, "Assign": schema}
    for each in (variant["properties"] for variant in variants):
        action = each["action"]["const"]
        assert each["assignedToUserId"] == expected.get(action, {"description": "Ignored."}), action
    mapping = schemas["StatusBody"]["discriminator"]["mapping"]
    assert mapping == {
        action.value: f"#/components/schemas/{action.value}Body" for action in Action
    }
    queries = document["paths"]["/api/tickets"]["get"]["parameters"]
    [assignee] = [each["schema"] for each in queries if each["name"] == "assignedTo"]
    assert assignee["anyOf"][1] == (schema | {"minimum": 1} if "minimum" in schema else schema)


@pytest.mark.parametrize("departments", [[], ["Sales", "Häuser & Gärten"]])
def test_document_has_the_departments_and_limits_of_the_configuration(departments):
    host = create_host(
        "sqlite://",
        SUPPORT_TICKETS_DEPARTMENTS=departments,
        SUPPORT_TICKETS_ATTACHMENT_MAX_COUNT=3,
    )
    with host.app_context():
        document = make_document()
    validate(document)
    ticket, comment = (
        document["components"]["schemas"][name]["properties"]
        for name in ("NewTicketBody", "NewCommentBody")
    )
    assert ticket["attachmentUrls"]["maxItems"] == comment["attachmentUrls"]["maxItems"] == 3
    if departments:
        assert ticket["department"]["anyOf"][1] == {"type": "null"}
        choice = schema_of(document, ticket["department"]["anyOf"][0])
        assert choice == {"type": "string", "enum": departments}
    else:
        assert "anyOf" not in ticket["department"]
        assert ticket["department"]["maxLength"] == 100


def test_document_is_the_same_for_everyone_but_names_the_prefix(client_of, alice, mona, document):
    assert document["servers"] == [{"url": "/"}]
    assert client_of(mona).get(DOCUMENT).json == document
    answer = client_of(alice).get(DOCUMENT, environ_overrides={"SCRIPT_NAME": "/acme"})
    assert answer.json == document | {"servers": [{"url": "/acme"}]}


@pytest.mark.parametrize("url", [DOCUMENT, DOCS])
def test_document_needs_a_signed_in_user_and_a_license(app, client_of, alice, url):
    assert client_of(alice).get(url).status_code == 200
    answer = client_of(None).get(url)
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "not_authenticated")
    app.config["supportTickets"] = False
    answer = client_of(alice).get(url)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "feature_not_licensed")


@pytest.mark.parametrize("host_config", [{}])
@pytest.mark.parametrize("url", [DOCUMENT, DOCS])
def test_document_is_404_by_default(client_of, alice, mona, url):
    for user in (alice, mona):
        answer = client_of(user).get(url)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")
    assert client_of(None).get(url).status_code == 401
