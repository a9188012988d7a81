"""Every configuration key."""

from __future__ import annotations

import pytest

from flask_support_tickets import ConfigurationError
from flask_support_tickets.config import Config


def read(**keys):
    return Config.from_mapping({f"SUPPORT_TICKETS_{name}": value for name, value in keys.items()})


def test_defaults():
    assert Config.from_mapping({"OTHER": 1, "SUPPORT_TICKETS_ENABLED": "yes"}) == Config()
    config = Config()
    assert config.staff_roles == ("admin", "moderator")
    assert (config.max_reply_depth, config.allow_reopen) == (8, True)


def test_numbers_and_switches():
    config = read(MAX_REPLY_DEPTH=0, PAGE_SIZE=100, ALLOW_REOPEN=False)
    assert (config.max_reply_depth, config.page_size, config.allow_reopen) == (0, 100, False)


def test_file_types_are_ends_of_names():
    assert read(ATTACHMENT_TYPES=".PNG, txt").attachment_types == ("png", "txt")
    assert read(ATTACHMENT_TYPES=("svg", "mp4")).attachment_types == ("svg", "mp4")


def test_a_store_may_be_left_open():
    config = read(STORAGE=None, STORAGE_OPTIONS=None)
    assert (config.storage, config.storage_options) == (None, None)
    assert read(STORAGE_OPTIONS={"key": "x"}).storage_options == {"key": "x"}


def test_names_may_be_a_list_or_split_by_commas():
    assert read(STAFF_ROLES="a, b,").staff_roles == ("a", "b")
    assert read(DEPARTMENTS=["Sales, EU"]).departments == ("Sales, EU",)
    assert read(ATTACHMENT_HOSTS={"e.org"}).attachment_hosts == ("e.org",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STAFF_ROLES", 5), ("STAFF_ROLES", [1]), ("STAFF_ROLES", [""]), ("STAFF_ROLES", {"a": 1}),
        ("STAFF_ROLES", b"a"), ("DEPARTMENTS", ["x" * 101]), ("DEPARTMENTS", ["a\nb"]),
        ("ALLOW_REOPEN", "yes"), ("ALLOW_REOPEN", 1), ("MAX_REPLY_DEPTH", -1),
        ("MAX_REPLY_DEPTH", 33), ("MAX_REPLY_DEPTH", "8"), ("MAX_REPLY_DEPTH", True),
        ("PAGE_SIZE", 0), ("PAGE_SIZE", 101), ("COMMENTS_PAGE_SIZE", 1.5), ("BASE_TEMPLATE", ""),
        ("BASE_TEMPLATE", None), ("ALOW_REOPEN", True), ("MARKUP", "html"), ("MARKUP", None),
        ("LOCALE", 5), ("LOCALE", " "), ("TRANSLATIONS", 5), ("TRANSLATIONS", ["/no/such/folder"]),
        ("TIMEZONE", None), ("TIMEZONE", "Mars/One"), ("TIMEZONE", "CET+1/../x"),
    ],
)  # fmt: skip
def test_a_wrong_value_names_its_key(name, value):
    with pytest.raises(ConfigurationError, match=f"SUPPORT_TICKETS_{name}"):
        read(**{name: value})
