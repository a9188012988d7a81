"""Parse request bodies and query strings strictly (rules J1 to J3)."""

from __future__ import annotations

import json
import math
from functools import cache
from itertools import chain, islice
from typing import Any, Literal, NoReturn

from flask import Request, request
from marshmallow import Schema, ValidationError
from marshmallow.exceptions import SCHEMA
from webargs.flaskparser import FlaskParser

from ..current import current_tickets
from ..errors import Invalid
from ..i18n import gettext
from ..schemas.error_messages import translate_error
from ..schemas.fields import complete
from ..services.attachments.uploads import Upload, problem_with
from ..web.multipart import get_uploaded_files
from ..web.request_limits import bad_body_status
from .errors import ApiError

#: Integers are truncated to this many digits, because Python rejects more than 4,300.
_DIGITS_MAX = 40
#: The maximum number of fields that an error response names.
_FIELDS_MAX = 100


class StrictParser(FlaskParser):
    """A webargs parser that is strict about JSON and rejects unknown or repeated names."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": None}

    def load_json(self, req: Request, schema: Schema) -> dict[str, Any]:
        """Return the JSON object in the body. Raises `ApiError` (415, 413 or 400)."""
        if req.mimetype != "application/json":
            raise ApiError("unsupported_media_type")
        if status := bad_body_status():
            raise ApiError("too_large" if status == 413 else "malformed_json")
        return parse_json_object(req.get_data())

    def load_querystring(self, req: Request, schema: Schema) -> dict[str, str]:
        """Return the query parameters, ignoring empty ones and rejecting repeated ones."""
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if repeated:
            message = gettext("Send this parameter only once.")
            raise ValidationError({name: [message] for name in repeated})
        return {name: value for name, value in req.args.items() if value}

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, **kwargs: Any
    ) -> NoReturn:
        raise Invalid(_by_field(error.messages)) from error


_parser = StrictParser()


@cache
def _instance(schema: type[Schema]) -> Schema:
    return schema()  # instantiation takes longer than loading a request


def parse(schema: type[Schema], location: Literal["json", "query"]) -> dict[str, Any]:
    """Parse the body or the query string with ``schema``. Raises `ApiError` or `Invalid`."""
    return dict(_parser.parse(_instance(complete(schema)), request, location=location))


def read_upload(name: str) -> Upload:
    """Return the only file in a multipart body. Raises `ApiError` or `Invalid`."""
    if request.mimetype != "multipart/form-data":
        raise ApiError("unsupported_media_type")
    received = {each: get_uploaded_files(request, each) for each in request.files}
    for upload in chain.from_iterable(received.values()):  # 413 takes precedence over 422
        if upload.size > current_tickets.config.attachment_max_bytes:
            raise ApiError("too_large", problem_with(upload))
    others = {*request.form, *request.files} - {name}
    if others:
        raise Invalid({_printable(each): [gettext("Unknown field.")] for each in others})
    uploads = received.get(name, [])
    if len(uploads) != 1 or name in request.form:
        raise Invalid({name: [gettext("Send exactly one file.")]})
    if problem := problem_with(uploads[0]):
        raise Invalid({name: [problem]})
    return uploads[0]


def parse_json_object(data: bytes) -> dict[str, Any]:
    """Parse a UTF-8 JSON object. Reject a BOM, NaN, infinite numbers and repeated names."""
    try:
        document = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique_names,
            parse_constant=_finite,
            parse_float=_finite,
            parse_int=lambda digits: int(digits[:_DIGITS_MAX]),
        )
    except (ValueError, RecursionError) as error:
        raise ApiError("malformed_json") from error
    if not isinstance(document, dict):
        raise ApiError("malformed_json")
    return document


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("repeated name")
    return document


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _by_field(messages: Any) -> dict[str, list[str]]:
    """Flatten webargs errors, which are nested by location, field, inner field and index."""
    fields: dict[str, list[str]] = {}
    for location in messages.values():
        for name, problems in islice(location.items(), _FIELDS_MAX):
            _flatten(_printable(name), problems, fields)
    return fields


def _flatten(name: str, problems: Any, fields: dict[str, list[str]]) -> None:
    """Add messages to ``fields``, naming an inner field ``outer.inner`` and ignoring indexes."""
    if isinstance(problems, list):
        fields.setdefault(name, []).extend(map(translate_error, problems))
        return
    for key, inner in islice(problems.items(), _FIELDS_MAX):
        is_field = key != SCHEMA and not isinstance(key, int)
        _flatten(f"{name}.{_printable(key)}" if is_field else name, inner, fields)


def _printable(name: Any) -> str:
    """Return a field name without lone surrogates, which cannot be encoded."""
    return str(name).encode("utf-8", "replace").decode("utf-8")
