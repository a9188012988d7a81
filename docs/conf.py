"""Sphinx settings: MyST pages, the Flask theme, nothing from the network."""

from __future__ import annotations

import re
from pathlib import Path

_package = Path(__file__).parent.parent / "flask_support_tickets" / "__init__.py"

project = "Flask-Support-Tickets"
author = "The flask_support_tickets team"
copyright = f"2026 {author}"
release = re.findall(r'__version__ = "([^"]+)"', _package.read_text(encoding="utf-8"))[0]
version = release

extensions = ["myst_parser", "pallets_sphinx_themes"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
myst_ref_domains = ["std"]

html_theme = "flask"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_show_sourcelink = False
html_sidebars = {
    "index": ["project.html", "localtoc.html", "searchbox.html"],
    "**": ["localtoc.html", "relations.html", "searchbox.html"],
}
html_context = {"project_links": []}
