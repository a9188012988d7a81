"""The demo's people. Everybody's password is ``demo``."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "demo"


@dataclass(frozen=True)
class Account:
    """One of them."""

    username: str
    display_name: str
    role: str = "user"

    @property
    def email(self) -> str:
        return f"{self.username}@example.com"


#: The ones to try, as the sign-in page names them.
MAIN_ACCOUNTS = (
    Account("alice", "Alice Rivers"),
    Account("bob", "Bob Stone"),
    Account("mona", "Mona Field", "moderator"),
    Account("adam", "Adam North", "admin"),
)
ACCOUNTS = (
    *MAIN_ACCOUNTS,
    Account("emma", "Emma Dubois"),
    Account("lena", "Lena Vogt"),
    Account("noah", "Noah Okafor"),
    Account("omar", "Omar Haddad"),
    Account("priya", "Priya Nair"),
    Account("sofia", "Sofía Marín"),
    Account("tom", "Tom Becker"),
    Account("yuki", "Yuki Tanaka"),
)
