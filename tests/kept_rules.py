"""The rules of addresses, compiled once: every test makes an app, and most of that is this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


def keep_rules() -> None:
    """Let rules that read alike share the functions that werkzeug compiles for `url_for`."""
    compile_builder = getattr(Rule, "_compile_builder", None)
    if compile_builder is None:  # a werkzeug that does it otherwise
        return
    compiled: dict[Any, Callable[..., Any]] = {}

    def kept(rule: Any, append_unknown: bool = True) -> Callable[..., Any]:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (tuple(rule._trace), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = kept
