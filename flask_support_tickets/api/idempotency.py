"""``Idempotency-Key``: a repeated request gets the first response again (rule F2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from flask import request

from ..actor import Actor
from ..errors import Invalid
from ..i18n import gettext
from ..services.attachments.uploads import Upload, with_files
from ..services.idempotency import respond_with_key

HEADER = "Idempotency-Key"
PATTERN = r"[\x20-\x7e]{1,255}"


def idempotent_post(
    use_case: Callable[..., Any],
    dump: Callable[[Any], dict[str, Any]],
    *,
    actor: Actor,
    uploads: Sequence[Upload] = (),
    **content: Any,
) -> dict[str, Any]:
    """Run ``use_case`` in a unit of work and return what it created, serialized by ``dump``."""
    key = request.headers.get(HEADER)
    if key is not None and re.fullmatch(PATTERN, key) is None:
        raise Invalid({HEADER: [gettext("Use 1 to 255 printable ASCII characters.")]})
    return with_files(
        respond_with_key,
        uploads=uploads,
        use_case=use_case,
        actor=actor,
        key=key,
        path=request.path,
        dump=dump,
        **content,
    )
