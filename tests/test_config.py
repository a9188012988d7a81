"""Every configuration key: its default, the values it takes, and those it refuses."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from flask_support_tickets import ConfigurationError
from flask_support_tickets.config import Config
from flask_support_tickets.mail_settings import MailFolder, MailServer, Sender

#: Values that each key refuses; of numbers, those next to the limits.
SECRET = "whsec_" + "c2VjcmV0" * 4

WRONG: dict[str, list[Any]] = {
    "STAFF_ROLES": [7, None, [""], ["admin", 7], {"admin": True}, b"admin"],
    "ALLOW_REOPEN": [1, "yes", None],
    "ALLOW_WITHDRAW": [1, "yes", None],
    "REQUESTER_PRIORITY": [1, "yes", None],
    "MAX_REPLY_DEPTH": [-1, 33, "8", 8.0, True, None],
    "DEPARTMENTS": ["x" * 101, ["Sa\nles"], [""], 7, None],
    "ATTACHMENT_HOSTS": [
        7,
        [None],
        {"example.org": 1},
        "",
        " , ",
        [""],
        ["http://x/"],
        ["http://x"],
        ["//x"],
        ["a b"],
        ["x:80/"],
        ["x:80"],
        ["x/"],
        ["x/y"],
        ["*.example.org"],
        ["*"],
        [".example.org"],
        ["x."],
        ["a..b"],
        ["-x"],
        ["x-"],
        ["me@x"],
        ["x?y"],
        ["x#y"],
        ["x\\y"],
        ["[::1"],
        ["::1]"],
        ["[::1]:80"],
        ["::g"],
        ["fe80::1%eth0"],
        ["x" * 64],
        [".".join(["x" * 60] * 5)],
        ["good.example.org", "x:80"],
        "good.example.org http://x/",
        ["x\ny"],
        ["x\0"],
    ],
    "MAX_OPEN_TICKETS_PER_USER": [-1, 1_000_001, "5"],
    "COMMENTS_PER_HOUR": [-1, 1_000_001, "5"],
    "RATE_LIMIT": [7, "", " "],
    "MIGRATE_AFTER": [7, "", " "],
    "NOTIFY": [7, "email", {"reply": 7}, {"reply": None}, {"replies": ["email"]}, {"reply": [""]}],
    "NOTIFY_DELAY_SECONDS": [-1, 86_401, "60"],
    "WEBHOOKS": [
        7,
        "https://x",
        {"url": "https://x", "secret": SECRET},
        ["https://x"],
        [{"url": "https://x"}],
        [{"url": "ftp://x", "secret": SECRET}],
        [{"url": "https://", "secret": SECRET}],
        [{"url": "https://a b", "secret": SECRET}],
        [{"url": "https://x:99999", "secret": SECRET}],
        [{"url": "https://me:pw@x", "secret": SECRET}],
        [{"url": 7, "secret": SECRET}],
        [{"url": "https://x", "secret": ""}],
        [{"url": "https://x", "secret": []}],
        [{"url": "https://x", "secret": "a secret"}],
        [{"url": "https://x", "secret": "whsec_YQ=="}],
        [{"url": "https://x", "secret": {SECRET: 1}}],
        [{"url": "https://x", "secret": [SECRET, 7]}],
        [{"url": "https://x", "secret": SECRET, "events": [["ticket.opened"]]}],
        [{"url": f"https://{'a' * 70}.org", "secret": SECRET}],
        [{"url": "https://a..b", "secret": SECRET}],
        [{"url": "https://x", "secret": [SECRET, "whsec_"]}],
        [{"url": "https://x", "secret": SECRET, "events": "ticket.opened"}],
        [{"url": "https://x", "secret": SECRET, "events": ["ticket.burnt"]}],
        [{"url": "https://x", "secret": SECRET, "allow_private": "no"}],
        [{"url": "https://x", "secret": SECRET, "colour": "red"}],
        [{"url": "https://x", "secret": SECRET}, {"url": "https://x", "secret": SECRET}],
    ],
    "APPRISE_URLS": [7, [""], ["no URL"], ["unknown://x"]],
    "DELIVERY": ["celery", "", None, 7],
    "REPLY_ADDRESS": [
        *("tickets@acme.example", "tickets@{token}.example", "{token}+{token}@acme.example"),
        *("tickets+{token}{user}@acme.example", f"{'r' * 32}+{{token}}@acme.example", 5, ""),
        *("Acme <tickets+{token}@acme.example>", "tickets+{token}@bücher.example", "+{token}"),
    ],
    "REPLY_REOPENS": [1, "yes", None],
    "MAIL_FROM": [7, "", "acme", "a@b, c@d", "A <a@b", ("Acme",), ("Acme", "b@c\n"), "ü@b.example"],
    "SMTP_URL": [
        *(7, "", "host", "smtp://", "http://host", "smtp://host:99999", "smtp://host:0"),
        *(
            "smtp://host/path",
            "smtp://host?tls=yes",
            "smtp://host?starttls=maybe",
            "smtps://host?starttls=no",
        ),
        *("smtp://h\n", "file://host/x", "file:///", "smtp://u:%C3%BC@host", "smtp://@host"),
    ],
    "BASE_URL": [
        *(7, "", "example.org", "ftp://example.org", "https://", "https://a@example.org"),
        *("https://example.org?a", "https://example.org#a", "https://ex ample.org"),
        *("https://example.org:0", "https://example.org:x", "//example.org"),
    ],
    "KEEP_NOTIFICATIONS_DAYS": [-1, 36_501, "90", True],
    "API_DOCS": [1, "yes", None],
    "STORAGE": [7, "", "a/folder"],
    "STORAGE_OPTIONS": [7, "x", [("a", 1)], {1: 2}],
    "SIGNED_URL_SECONDS": [-1, 3_601, "60"],
    "ATTACHMENT_MAX_BYTES": [0, 2**30 + 1, "10 MB"],
    "ATTACHMENT_MAX_COUNT": [-1, 101, "10"],
    "ATTACHMENT_TYPES": [7, ["tar.gz"], ["*"], ["image/png"], [""], None],
    "MARKUP": ["html", "", None],
    "LOCALE": [7, "", " "],
    "TRANSLATIONS": [7, ["/no/such/folder"], None],
    "TIMEZONE": [7, "", "Mars/One", "CET+1/../x", None],
    "COLOR_SCHEME": ["auto", "", True, 1],
    "BASE_TEMPLATE": ["", None, 7],
    "PAGE_SIZE": [0, 101, "20", 20.0, True],
    "COMMENTS_PAGE_SIZE": [0, 101, 1.5],
}


def read(**keys: Any) -> Config:
    return Config.from_mapping({f"SUPPORT_TICKETS_{name}": value for name, value in keys.items()})


@pytest.mark.parametrize("name", [field.name.upper() for field in dataclasses.fields(Config)])
def test_wrong_value_is_refused_by_the_name_of_its_key(name):
    for value in WRONG[name]:
        with pytest.raises(ConfigurationError) as caught:
            read(**{name: value})
        assert str(caught.value).startswith(f"SUPPORT_TICKETS_{name}"), value


@pytest.mark.parametrize("junk", ["http://x/", "a b", "x:80/", "*.example.org"])
def test_message_about_a_host_says_what_to_write(junk):
    with pytest.raises(ConfigurationError, match=r"such as \"files\.example\.org\", without a"):
        read(ATTACHMENT_HOSTS=[junk])


@pytest.mark.parametrize("name", ["ALOW_REOPEN", "", "page_size"])
def test_unknown_key_is_refused_with_the_known_ones(name):
    with pytest.raises(ConfigurationError) as caught:
        read(**{name: 5})
    assert str(caught.value).startswith(f"Unknown configuration: SUPPORT_TICKETS_{name}. ")
    assert "SUPPORT_TICKETS_PAGE_SIZE" in str(caught.value)


def test_keys_of_others_and_the_license_switch_change_nothing():
    assert Config.from_mapping({"OTHER": 1, "SUPPORT_TICKETS_ENABLED": "yes"}) == Config()
    assert Config().staff_roles == ("admin", "moderator")


def test_values_at_the_limits_are_taken():
    config = read(MAX_REPLY_DEPTH=32, PAGE_SIZE=100, COMMENTS_PAGE_SIZE=1, ALLOW_REOPEN=False)
    assert (config.max_reply_depth, config.page_size) == (32, 100)
    assert (config.comments_page_size, config.allow_reopen) == (1, False)


def test_names_are_a_list_or_split_by_commas():
    assert read(STAFF_ROLES="a, b,").staff_roles == ("a", "b")
    assert read(DEPARTMENTS=["Sales, EU"]).departments == ("Sales, EU",)
    hosts = (
        "x",
        "localhost",
        "Files-2.example.org",
        "my_host",
        "1.2.3.4",
        "[::1]",
        "::2",
        "bücher.de",
    )
    assert read(ATTACHMENT_HOSTS=", ".join(hosts)).attachment_hosts == hosts
    assert read(ATTACHMENT_HOSTS=[]).attachment_hosts == ()
    assert read(ATTACHMENT_HOSTS={"e.org"}).attachment_hosts == ("e.org",)


def test_file_types_are_filename_extensions_in_any_case():
    assert read(ATTACHMENT_TYPES=".PNG, txt").attachment_types == ("png", "txt")


def test_storage_can_be_left_to_the_default():
    config = read(STORAGE=None, STORAGE_OPTIONS=None)
    assert (config.storage, config.storage_options) == (None, None)
    assert read(STORAGE_OPTIONS={"key": "x"}).storage_options == {"key": "x"}


@pytest.mark.parametrize(
    ("value", "sender"),
    [
        ("Acme, Inc. <a@example.org>", Sender("Acme, Inc.", "a@example.org")),
        ('"Acme" <a@example.org>', Sender("Acme", "a@example.org")),
        ("a@example.org", Sender("", "a@example.org")),
        (("Acme", "a@bücher.example"), Sender("Acme", "a@xn--bcher-kva.example")),
        ((None, "a@example.org"), Sender("", "a@example.org")),
        ("Acme\nBcc: x <a@example.org>", Sender("Acme\ufffdBcc: x", "a@example.org")),
    ],
)
def test_sender_has_one_address_and_one_line(value, sender):
    assert read(MAIL_FROM=value).mail_from == sender


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://host", MailServer("host", 465, True, False)),
        ("smtp://host", MailServer("host", 25, False, False)),
        ("smtp://host?starttls=yes", MailServer("host", 25, False, True)),
        ("smtp://u:p%40@host", MailServer("host", 587, False, True, "u", "p@")),
        ("smtp://u%40x:@host:26?starttls=no", MailServer("host", 26, False, False, "u@x", "")),
        ("smtp://[::1]:2525/", MailServer("::1", 2525, False, False)),
        ("file:///var/my%20mail", MailFolder(Path("/var/my mail"))),
    ],
)
def test_smtp_url_requires_tls_for_a_password(url, server):
    assert read(SMTP_URL=url).smtp_url == server


@pytest.mark.parametrize("url", ["smtp://u:secret@host", "smtp://u:secret@host?x=1", "u:secret@h"])
def test_password_of_the_mail_server_is_never_shown(url):
    try:
        shown = repr(read(SMTP_URL=url))
    except ConfigurationError as error:
        shown = str(error)
    assert "secret" not in shown


def test_base_url_can_have_a_prefix():
    assert read(BASE_URL="https://example.org:8443/app/").base_url == "https://example.org:8443/app"
