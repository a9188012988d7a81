"""The screenshots of the documentation. Taking them needs a browser; these tests do not."""

import re
import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "_static" / "screenshots"


def test_every_screenshot_that_is_taken_is_stored_shown_and_small():
    shots = runpy.run_path(str(DOCS / "take_screenshots.py"))["SHOTS"]
    taken = sorted(f"{name}{look}.png" for name, shot in shots.items() for look in shot.looks)
    assert taken == sorted(file.name for file in FOLDER.iterdir())
    text = (DOCS / "screenshots.md").read_text("utf-8")
    assert taken == sorted(re.findall(r"\(_static/screenshots/([^)]+)\)", text))
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 3_000_000
