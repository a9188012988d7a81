"""Our package beside others that do the same work on the same rows; see ``docs/benchmarks.md``."""
