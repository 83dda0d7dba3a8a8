"""The documentation site: Sphinx with furo and MyST over the pages of this folder."""

from pathlib import Path

project = "singer-seatable"
author = "The singer-seatable authors"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "singer-seatable"
html_search_scorer = str(Path(__file__).with_name("search_scorer.js"))
root_doc = "index"
myst_heading_anchors = 4
