"""Statistics: tickets by status, and by week (rules N1 to N3)."""

from .report import GROUPS_MAX, StatisticsFilter, read_statistics
from .results import AGES, OPEN, Age, Figures, Group, Statistics, Times, Week
from .status_counts import count_by_status, count_own_by_status

__all__ = [
    "AGES",
    "GROUPS_MAX",
    "OPEN",
    "Age",
    "Figures",
    "Group",
    "Statistics",
    "StatisticsFilter",
    "Times",
    "Week",
    "count_by_status",
    "count_own_by_status",
    "read_statistics",
]
