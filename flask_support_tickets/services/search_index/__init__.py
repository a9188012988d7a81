"""How a search finds tickets: an index of words on each kind of database, and a scan without one.

The unit is the ticket: its words are those of subject, description and all comments. Texts do not
change, so words are only ever added.
"""

from .scan import scan
from .state import forget_state, index_to_read, index_to_write
from .wanted import FirstMatches, Wanted, WordIndex

__all__ = [
    "FirstMatches",
    "Wanted",
    "WordIndex",
    "forget_state",
    "index_to_read",
    "index_to_write",
    "scan",
]
