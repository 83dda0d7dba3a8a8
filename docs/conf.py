"""The documentation site: Sphinx with furo and MyST over the pages of this folder."""

project = "singer-seatable"
author = "The singer-seatable authors"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "singer-seatable"
root_doc = "index"
myst_heading_anchors = 4
