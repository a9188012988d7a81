"""Our own requests, and what stands beside each of them: who is measured in turn with whom."""

from __future__ import annotations

from typing import Any

from flask_support_tickets import TicketStatus

from .arena import PAGE_SIZE, Arena
from .contestant import Contestant, WsgiRequest
from .stock_admin import stock_list

API = "/api/tickets"
ADMIN = "/admin/tickets/"
#: A page that no list has.
BEYOND = 1_000_000_000

FLOOR_LIST, BARE, PAGE_1 = "floor: list, page 1", "bare signed-in route", "API list, page 1"
LAST, CURSOR, HUNDRED, NOT_MODIFIED = (
    "API list, last page",
    "API list, by cursor in the middle",
    "API list, 100 rows",
    "API list, 304",
)
ADMIN_1, STOCK_1 = "Flask-Admin list, page 1", "stock Flask-Admin list, page 1"
ADMIN_LAST, STOCK_LAST = "Flask-Admin list, last page", "stock Flask-Admin list, last page"
ADMIN_WORD, STOCK_WORD = "Flask-Admin search, 1 % word", "stock Flask-Admin search, 1 % word"
RARE, COMMON = "API search, rare word", "API search, 1 % word"
PLAIN, BUSY = "API thread of 20 comments", "API thread of 5,000 comments"


def filtered(status: TicketStatus, where: str = "page 1") -> str:
    """Return the name of our list of one status."""
    return f"API list, {status.name}, {where}"


def admin_filtered(status: TicketStatus, *, stock: bool = False) -> str:
    """Return the name of the staff's list of one status."""
    return f"{'stock ' if stock else ''}Flask-Admin list, {status.name}"


def lists(arena: Arena) -> list[Contestant]:
    """Lists through the API, beside the floor, a bare route and the naive build."""
    last = arena.last_page()
    middle_id = arena.fact("tickets") // 2
    return [
        arena.by_hand(FLOOR_LIST, "list_tickets", 3),
        arena.ask(BARE, "/bare"),
        arena.ask(PAGE_1, f"{API}?page=1&pageSize={PAGE_SIZE}"),
        arena.ask("API list, page 2", f"{API}?page=2&pageSize={PAGE_SIZE}"),
        arena.ask("API list, a quarter in", f"{API}?page={max(1, last // 4)}"),
        arena.ask("API list, in the middle", f"{API}?page={max(1, last // 2)}"),
        arena.ask(LAST, f"{API}?page={last}"),
        arena.ask("API list, beyond the end", f"{API}?page={BEYOND}"),
        arena.ask(CURSOR, f"{API}?cursor=after-{middle_id}&pageSize={PAGE_SIZE}"),
        arena.ask(HUNDRED, f"{API}?page=1&pageSize=100"),
        not_modified(arena),
        arena.ask("naive list, page 1", "/naive/tickets"),
        arena.ask("naive list, last page", f"/naive/tickets?page={last}"),
    ]


def statuses(arena: Arena) -> list[Contestant]:
    """Lists of one status: first, middle and last page, beside the floor and the naive build."""
    found = [arena.ask(PAGE_1, f"{API}?page=1&pageSize={PAGE_SIZE}")]
    for status in TicketStatus:
        last = arena.last_page(status)
        target = f"{API}?status={status.name}&page="
        found += [
            arena.by_hand(f"floor: list, {status.name}", "list_tickets", 3, int(status)),
            arena.ask(filtered(status), f"{target}1"),
            arena.ask(filtered(status, "in the middle"), f"{target}{max(1, last // 2)}"),
            arena.ask(filtered(status, "last page"), f"{target}{last}"),
            arena.ask(f"naive list, {status.name}", f"/naive/tickets?status={status.name}"),
        ]
    return found


def not_modified(arena: Arena) -> Contestant:
    """Ask for page 1 with the tag of its last answer."""
    target = f"{API}?page=1&pageSize={PAGE_SIZE}"
    first = WsgiRequest(arena.app, target, arena.staff_cookie)
    first()
    tag = first.header("ETag")
    return arena.ask(NOT_MODIFIED, target, status=304, if_none_match=tag)


def threads(arena: Arena) -> list[Contestant]:
    """Conversations: 20 comments, 5,000 comments, 20 with 247 replies."""
    plain, busy, deep = (arena.fact(name) for name in ("plain_id", "busy_id", "thread_id"))
    api = "/api/ticket-comments/ticket"
    pages = []
    for name, ticket in (("20", plain), ("5,000", busy), ("20 and 247 replies", deep)):
        owner = owner_cookie(arena, ticket)
        pages += [
            arena.ask(f"user's page, thread of {name}", f"/settings/ticket/{ticket}", cookie=owner),
            arena.ask(f"Flask-Admin page, thread of {name}", f"{ADMIN}{ticket}"),
        ]
    return [
        arena.by_hand("floor: thread of 20 comments", "list_comments", 4, plain),
        arena.ask(PLAIN, f"{api}/{plain}?pageSize=20"),
        arena.ask(BUSY, f"{api}/{busy}?pageSize=20"),
        arena.ask("API thread of 5,000 comments, last page", f"{api}/{busy}?pageSize=20&page=200"),
        arena.ask("API thread of 20 and 247 replies", f"{api}/{deep}?pageSize=20"),
        arena.ask("naive thread of 20 comments", f"/naive/comments/{plain}"),
        arena.ask("naive thread of 5,000 comments", f"/naive/comments/{busy}"),
        *pages,
    ]


def owner_cookie(arena: Arena, ticket_id: int) -> str:
    """Return the cookie of a ticket's owner."""
    from .host import User, cookie_of, db, tickets

    with arena.app.app_context():
        ticket = db.session.get(tickets.Ticket, ticket_id)
        username = db.session.get(User, ticket.user_id).username
    return cookie_of(arena.app, username)


def searches(arena: Arena) -> list[Contestant]:
    """Searches through the API, beside the naive LIKE."""
    rare, common = arena.facts["rare_word"], arena.facts["common_word"]
    cookie = arena.user_cookie
    return [
        arena.ask(PAGE_1, f"{API}?page=1&pageSize={PAGE_SIZE}"),
        arena.ask(RARE, f"{API}?search={rare}"),
        arena.ask(COMMON, f"{API}?search={common}"),
        arena.ask("API search, 1 % word and a frequent one", f"{API}?search={common}+the"),
        arena.ask("API search, frequent word", f"{API}?search=the"),
        arena.ask("API search, word that is nowhere", f"{API}?search=nowherehere"),
        arena.ask("API search, #id", f"{API}?search=%23{arena.fact('busy_id')}"),
        arena.ask("API search, 1 % word, by a user", f"{API}?search={common}", cookie=cookie),
        arena.ask("naive search, rare word", f"/naive/tickets?search={rare}"),
        arena.ask("naive search, 1 % word", f"/naive/tickets?search={common}"),
    ]


def staff_pages(arena: Arena) -> list[Contestant]:
    """The staff's list, beside the stock ``ModelView``."""
    last, word = arena.last_page(), arena.facts["common_word"]
    found = [
        arena.ask(ADMIN_1, ADMIN),
        arena.ask(STOCK_1, stock_list()),
        arena.ask(ADMIN_LAST, f"{ADMIN}?page={last}"),
        arena.ask(STOCK_LAST, stock_list(page=last)),
        arena.ask(ADMIN_WORD, f"{ADMIN}?search={word}"),
        arena.ask(STOCK_WORD, stock_list(search=word)),
    ]
    for status in TicketStatus:
        ours, stock = admin_filtered(status), admin_filtered(status, stock=True)
        found += [
            arena.ask(ours, f"{ADMIN}?status={status.name}"),
            arena.ask(stock, stock_list(status=int(status))),
        ]
    return found


def user_pages(arena: Arena) -> list[Contestant]:
    """What a user asks for: the own list, as JSON and as a page."""
    cookie: dict[str, Any] = {"cookie": arena.user_cookie}
    return [
        arena.ask("bare signed-in route, as a user", "/bare", **cookie),
        arena.ask("API list of a user", f"{API}?page=1", **cookie),
        arena.ask("API list of a user, Closed", f"{API}?status=Closed", **cookie),
        arena.ask("user's list", "/settings/ticket", **cookie),
        arena.ask("user's list, Closed", "/settings/ticket?status=Closed", **cookie),
        arena.ask("user's page to write a ticket", "/settings/ticket/new", **cookie),
    ]


GROUPS = {
    "lists": lists,
    "statuses": statuses,
    "threads": threads,
    "searches": searches,
    "staff pages": staff_pages,
    "user pages": user_pages,
}
