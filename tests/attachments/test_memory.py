"""A worker's memory does not grow with the size of files. Rule B3. Cases 68, 71."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from .clients import submit_form, upload
from .samples import archive, noise_of, picture
from .servers import Client, running

pytestmark = pytest.mark.slow  # sends large files

MEGABYTE = 1024 * 1024


@pytest.fixture
def host_config():
    return {"SUPPORT_TICKETS_ATTACHMENT_MAX_BYTES": 100 * MEGABYTE}


@pytest.fixture
def server(settings, alice, tmp_path):
    with running("gunicorn", settings, tmp_path) as server:
        yield server


@pytest.fixture
def client(server):
    client = Client(server.address, "alice")
    for kind in ("PNG", "JPEG", "GIF"):  # loads the decoders
        data = picture(kind, "L")
        assert client.get(upload(client, f"a.{kind.lower()}", data)).content == data
    assert submit_form(client, ("a.zip", archive([]))).status_code == 303
    return client


@pytest.fixture
def growth(server, client):
    """Return how many bytes more than before the worker needed at its peak since the last call."""
    pid = server.process.pid
    [pid] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def read(name):
        status = Path(f"/proc/{pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024

    def growth():
        nonlocal before
        peak = read("VmHWM") - before
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # resets VmHWM
        before = read("VmRSS")
        return peak

    before = 0
    return growth


def test_memory_does_not_grow_with_size_of_file(client, growth):
    data = archive([("noise.bin", noise_of(50 * MEGABYTE))])
    growth()
    url = upload(client, "noise.zip", data)
    assert growth() < 20 * MEGABYTE
    assert client.get(url).content == data
    assert growth() < 20 * MEGABYTE
    assert submit_form(client, ("noise.zip", data)).status_code == 303
    assert growth() < 20 * MEGABYTE


def black(side):
    """Return a PNG of ``side`` x ``side`` pixels in a few kilobytes."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    )


def zip_bomb(*names):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bomb:
        for name in names:
            bomb.writestr(name, bytes(100 * MEGABYTE))
    return target.getvalue()


def test_bombs_are_kept_without_decoding(client, growth):
    bombs = {
        "12000.png": black(12_000),
        "30000.png": black(30_000),
        "canvas.gif": b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0) + bytes(600),
        "frame.jpg": picture("JPEG", "L").replace(
            struct.pack(">HH", 30, 40), struct.pack(">HH", 65_500, 65_500)
        ),
        "bomb.zip": zip_bomb("zeros.bin"),
        "bomb.docx": zip_bomb("[Content_Types].xml", "word/document.xml"),
    }
    for name, data in bombs.items():
        assert len(data) < 300_000
        growth()
        url = upload(client, name, data)
        assert growth() < 50 * MEGABYTE, name
        assert client.get(f"{url}?variant=view").status_code == 404, name
