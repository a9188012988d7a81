"""Serialize data as JSON with orjson (the ``speed`` extra) if installed, or the app's provider."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify, make_response

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]


def json_response(data: dict[str, Any], status: int = 200) -> Response:
    if orjson is None:
        return make_response(jsonify(data), status)
    body = orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE)
    return current_app.response_class(body, status, mimetype="application/json")
