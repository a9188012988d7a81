"""Statistics: tickets by status, and by week (rules N1 to N3)."""

from .report import GROUPS_MAX, StatisticsFilter, read_statistics
from .results import AGES, OPEN, Age, Figures, Group, Statistics, Times, Week

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
    "read_statistics",
]
