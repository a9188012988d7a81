"""The ``SUPPORT_TICKETS_*`` settings, which ``init_app`` reads once: defaults, units and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .errors import ConfigurationError
from .mail_settings import (
    MailFolder,
    MailServer,
    Sender,
    parse_base_url,
    parse_reply_address,
    parse_sender,
    parse_smtp_url,
)
from .setting_parsers import (
    Delivery,
    Parser,
    number_between,
    parse_apprise_urls,
    parse_color_scheme,
    parse_delivery,
    parse_departments,
    parse_file_types,
    parse_flag,
    parse_folders,
    parse_hosts,
    parse_markup,
    parse_names,
    parse_notify,
    parse_options,
    parse_storage_url,
    parse_text,
    parse_text_or_none,
    parse_time_zone,
)
from .webhook_settings import Webhook, parse_webhooks

PREFIX = "SUPPORT_TICKETS_"
#: The key for the `current.TicketsState` in ``app.extensions``.
EXTENSION_KEY = "support_tickets"
#: Keys that the license gate reads on every request; the others are frozen in `Config`.
LIVE_KEYS = frozenset({"SUPPORT_TICKETS_ENABLED"})

#: Images, documents, text in any encoding, emails, videos and ZIP archives.
DEFAULT_TYPES = (
    "png", "jpg", "jpeg", "gif", "webp", "heic", "heif", "avif",
    "pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "doc", "xls", "ppt",
    "txt", "log", "csv", "json", "md", "tsv", "jsonl", "ndjson", "har", "sql", "ics",
    "yaml", "yml", "ini", "conf", "diff", "patch", "eml", "msg", "mp4", "mov", "webm", "zip",
)  # fmt: skip


def _key(default: Any, parse: Parser) -> Any:
    return field(default=default, metadata={"parse": parse})


@dataclass(frozen=True)
class Config:
    """The settings for one app, as described in `docs/configuration`."""

    #: Names of the roles whose members are staff, compared case-insensitively.
    staff_roles: tuple[str, ...] = _key(("admin", "moderator"), parse_names)
    #: Whether a Resolved ticket can be reopened.
    allow_reopen: bool = _key(True, parse_flag)
    #: Whether requesters can withdraw a New ticket.
    allow_withdraw: bool = _key(True, parse_flag)
    #: How deeply replies can nest below a top-level comment; 0 disables replies.
    max_reply_depth: int = _key(8, number_between(0, 32))
    #: The departments to choose from; if empty, any text of up to 100 characters is allowed.
    departments: tuple[str, ...] = _key((), parse_departments)
    #: Whether requesters can choose the priority of a ticket that they open.
    requester_priority: bool = _key(False, parse_flag)
    #: The fsspec URL where files are stored; None means a subfolder of the instance folder.
    storage: str | None = _key(None, parse_storage_url)
    #: Extra keyword arguments for the fsspec filesystem, such as credentials.
    storage_options: Mapping[str, Any] | None = _key(None, parse_options)
    #: Lifetime of a signed object store URL, in seconds; 0 sends files through the app instead.
    signed_url_seconds: int = _key(60, number_between(0, 3_600))
    #: Maximum size of one file, in bytes.
    attachment_max_bytes: int = _key(10_485_760, number_between(1, 1_073_741_824))
    #: Maximum number of attachments on a ticket or comment; 0 disables attachments.
    attachment_max_count: int = _key(10, number_between(0, 100))
    #: The accepted file types, as filename extensions.
    attachment_types: tuple[str, ...] = _key(DEFAULT_TYPES, parse_file_types)
    #: Maximum number of New and InProgress tickets per requester; 0 means unlimited.
    max_open_tickets_per_user: int = _key(0, number_between(0, 1_000_000))
    #: Maximum number of comments per requester per hour; 0 means unlimited.
    comments_per_hour: int = _key(0, number_between(0, 1_000_000))
    #: A rate limit in Flask-Limiter's notation; requires Flask-Limiter to be set up on the app.
    rate_limit: str | None = _key(None, parse_text_or_none)
    #: Whether the API serves its OpenAPI document and a page that shows it.
    api_docs: bool = _key(False, parse_flag)
    #: The hosts that attachment URLs can point to; if empty, any host is allowed.
    attachment_hosts: tuple[str, ...] = _key((), parse_hosts)
    #: How to render descriptions and comments: "plain" (text with links) or "markdown".
    markup: str = _key("plain", parse_markup)
    #: The locale to use if Flask-Babel does not select one; "auto" uses the browser's languages.
    locale: str | None = _key(None, parse_text_or_none)
    #: Folders with the host's translations, which override the shipped ones.
    translations: tuple[str, ...] = _key((), parse_folders)
    #: The time zone to use if Flask-Babel does not select one.
    timezone: str = _key("UTC", parse_time_zone)
    #: The template that the requester pages extend; it must have a block named ``content``.
    base_template: str = _key("support_tickets/base.html", parse_text)
    #: The color scheme of the requester pages; None derives it from the layout's text color.
    color_scheme: str | None = _key(None, parse_color_scheme)
    #: Tickets per page in the requester's list and in the queue.
    page_size: int = _key(20, number_between(1, 100))
    #: Top-level comments per page of a ticket's thread on the HTML pages.
    comments_page_size: int = _key(50, number_between(1, 100))
    #: The channels for each kind of notification; None means email for all but digests.
    notify: Mapping[str, tuple[str, ...]] | None = _key(None, parse_notify)
    #: How long an email waits for more events of its ticket, in seconds.
    notify_delay_seconds: int = _key(60, number_between(0, 86_400))
    #: The delivery: "thread", "worker", or a function that is called with each id.
    delivery: Delivery = _key("thread", parse_delivery)
    #: The URLs that events are posted to.
    webhooks: tuple[Webhook, ...] = _key((), parse_webhooks)
    #: The chats that events are sent to, as URLs for Apprise.
    apprise_urls: tuple[str, ...] = _key((), parse_apprise_urls)
    #: The sender of emails; None means ``MAIL_DEFAULT_SENDER``.
    mail_from: Sender | None = _key(None, parse_sender)
    #: The mail server, if the app has neither Flask-Mail nor Flask-Mailman.
    smtp_url: MailServer | MailFolder | None = _key(None, parse_smtp_url)
    #: The URL of the site for links in emails; None derives it from ``SERVER_NAME``.
    base_url: str | None = _key(None, parse_base_url)
    #: How long sent and skipped notifications are kept, in days; 0 means forever.
    keep_notifications_days: int = _key(90, number_between(0, 36_500))
    #: The address for replies by mail, with a ``{token}``; None turns them off.
    reply_address: str | None = _key(None, parse_reply_address)
    #: Whether a reply by mail from the requester reopens a Resolved ticket.
    reply_reopens: bool = _key(True, parse_flag)
    #: The host's revision that creates the user table; the shipped revisions follow it.
    migrate_after: str | None = _key(None, parse_text_or_none)

    @classmethod
    def from_mapping(cls, config: Mapping[str, Any]) -> Config:
        """Parse an app's config. Raises `ConfigurationError` for unknown keys or invalid values."""
        keys = {PREFIX + item.name.upper(): item for item in fields(cls)}
        values = {key: value for key, value in config.items() if str(key).startswith(PREFIX)}
        unknown = sorted(values.keys() - keys.keys() - LIVE_KEYS)
        if unknown:
            raise ConfigurationError(
                f"Unknown configuration: {', '.join(unknown)}. "
                f"Known keys: {', '.join(sorted(keys.keys() | LIVE_KEYS))}."
            )
        items = [(item, key) for key, item in keys.items() if key in values]
        return cls(**{item.name: item.metadata["parse"](key, values[key]) for item, key in items})
