"""The pages under docs/ are true: their Python blocks run, and print the text blocks that follow them.

UPDATE_DOCS=1 python -m pytest tests/examples/test_docs.py     writes the text blocks anew.
"""

import contextlib
import io
import os
import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PYTHON = re.compile(r"^```python\n(?P<code>.*?)^```\n(?P<shown>\n```text\n(?P<text>.*?)^```\n)?", re.M | re.S)
EXCERPTS = {"rules"}
"""Pages that quote the source of tapegen instead of using it."""
PAGES = sorted(
    path.stem
    for path in DOCS.glob("*.md")
    if path.stem not in EXCERPTS and PYTHON.search(path.read_text("utf-8"))
)


def run(page, folder):
    """The Python blocks of a page, and what each prints.

    They are one module, on the lines that they have in the page; a mark is printed on the line above each.
    """
    text = page.read_text("utf-8")
    blocks = list(PYTHON.finditer(text))
    lines = [""] * text.count("\n")
    for block in blocks:
        first = text.count("\n", 0, block.start("code"))
        code = block["code"].splitlines()
        lines[first - 1 : first + len(code)] = ["print(end=chr(0))", *code]
    module = folder / f"{page.stem}.py"
    module.write_text("\n".join(lines), encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(str(module), run_name=page.stem)
    outputs = printed.getvalue().replace(f"{folder}{os.sep}", "").split(chr(0))[1:]
    return list(zip(blocks, outputs, strict=True))


@pytest.mark.parametrize("name", PAGES)
def test_blocks_print_what_is_shown(name, tmp_path):
    page = DOCS / f"{name}.md"
    text = page.read_text("utf-8")
    for block, printed in reversed(run(page, tmp_path)):
        if os.environ.get("UPDATE_DOCS") and printed:
            shown = f"```python\n{block['code']}```\n\n```text\n{printed}```\n"
            text = text[: block.start()] + shown + text[block.end() :]
            page.write_text(text, encoding="utf-8")
        else:
            assert (block["text"] or "") == printed, f"after line {text.count(chr(10), 0, block.start()) + 1}"


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.stem)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_the_readme_leads_to_every_page():
    readme = (DOCS.parent / "README.md").read_text("utf-8")
    for path in DOCS.glob("*.md"):
        assert f"docs/{path.name}" in readme, path.name
