"""A disk that is small enough to be full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SIZE = 1024 * 1024
_PAGE = 4096


class Disk:
    """A file system of `SIZE` bytes at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    @property
    def room(self) -> int:
        """How many bytes there is room for."""
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize

    def leave_room(self, size: int) -> None:
        """Fill the disk but for ``size`` bytes, rounded down to whole pages."""
        self.clear()
        filling = self.room - size // _PAGE * _PAGE
        assert filling >= 0
        with self._filler.open("wb") as file:
            file.write(bytes(filling))
        assert self.room <= size

    def clear(self) -> None:
        """Make the room come back."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(path: Path) -> Iterator[Disk]:
    """Mount a small tmpfs at ``path``; without the right to, the test is skipped."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(path)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, timeout=10)
    except FileNotFoundError:
        pytest.skip("there is no mount command: NO FULL DISK WAS TRIED")
    if mounted.returncode:
        pytest.skip(f"a tmpfs cannot be mounted: NO FULL DISK WAS TRIED ({mounted.stderr.strip()})")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", str(path)], check=True, timeout=10)
