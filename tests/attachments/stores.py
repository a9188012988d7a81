"""An object store that works, with a bucket that nobody has used before."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fsspec
from moto.moto_server.threaded_moto_server import ThreadedMotoServer


@contextmanager
def new_store() -> Iterator[dict[str, Any]]:
    """Run one, and yield the settings of a host that keeps its files in a bucket of it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it logs every request
    bucket = f"bucket-{secrets.token_hex(4)}"  # one process has one set of buckets
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {"key": "k", "secret": "s", "endpoint_url": f"http://{host}:{port}"}
    try:
        fsspec.filesystem("s3", skip_instance_cache=True, **options).mkdir(bucket)
        yield {
            "SUPPORT_TICKETS_STORAGE": f"s3://{bucket}/prefix",
            "SUPPORT_TICKETS_STORAGE_OPTIONS": options,
        }
    finally:
        server.stop()
