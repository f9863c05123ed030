"""The documentation site: ``make docs`` builds it into ``docs/_build/html``."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

import referral_sim

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

from make_docs import mechanisms  # noqa: E402

# The tutorials call `referral-sim`, which lies beside the Python that builds the site.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
os.environ["COLUMNS"] = "80"
os.environ["TTY_COMPATIBLE"] = "0"  # a notebook asks for colours, which the pages do not show
os.environ["PYTHONWARNINGS"] = "ignore:IProgress not found"  # tqdm, of a progress bar that is not asked for

project = "referral-sim"
author = "referral-sim developers"
copyright = "referral-sim developers, MIT licence"
version = release = referral_sim.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "referral-sim"
html_static_path = ["_static"]
html_css_files = ["site.css"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_timeout = 600
nb_execution_raise_on_error = True

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"


class MechanismLinks(SphinxPostTransform):
    """Make a link of each id of a mechanism (W7, F3, ...) that stands in a text, a heading or code left aside."""

    default_priority = 500

    def run(self, **_: Any) -> None:
        """Change the page that is being written."""
        if self.app.builder.format != "html":
            return
        where = {one.id: (f"odd/{one.page.removesuffix('.md')}", one.anchor) for one in mechanisms()}
        found = re.compile(r"\b(" + "|".join(sorted(where, key=len, reverse=True)) + r")\b")
        for text in list(self.document.findall(nodes.Text)):
            if not found.search(text) or any(isinstance(node, LEFT_ASIDE) for node in ancestors(text)):
                continue
            parts: list[nodes.Node] = []
            for number, piece in enumerate(found.split(text.astext())):
                if number % 2 == 0:
                    parts.append(nodes.Text(piece))
                    continue
                page, anchor = where[piece]
                target = self.app.builder.get_relative_uri(self.env.docname, page)
                parts.append(nodes.reference("", piece, refuri=f"{target}#{anchor}", internal=True))
            text.parent.replace(text, parts)


LEFT_ASIDE = (nodes.title, nodes.literal, nodes.literal_block, nodes.reference, nodes.raw)


def ancestors(node: nodes.Node) -> list[nodes.Node]:
    """All nodes that a node lies in."""
    found = []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found


def leave_the_site(app: Sphinx, page: str, source: list[str]) -> None:
    """Let links to Markdown files of the repository that are no pages of the site lead to a copy of the file."""
    outside = r"\]\(((?:\.\./)+(?:(?:results|experiments|examples)/[^)#]+|[A-Z]+)\.md)\)"
    source[0] = re.sub(outside, r"](path:\1)", source[0])


def setup(app: Sphinx) -> None:
    """Add what is this site's own."""
    app.add_post_transform(MechanismLinks)
    app.connect("source-read", leave_the_site)
