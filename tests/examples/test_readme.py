"""The README shows what the code does: its sources are those that tapegen generates today.

UPDATE_README=1 python -m pytest tests/examples/test_readme.py     writes them anew.
"""

import os
import re
from pathlib import Path

import numpy as np
import pytest

import tapegen as tg
from benchmarks import cases

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCK = r"(<!-- source:{} -->\n```python\n)(.*?)(\n```\n<!-- end of source -->)"

needs_gradient = pytest.mark.skipif(not hasattr(tg, "value_and_grad"), reason="tapegen has no gradients yet")


def first_example(tmp_path, monkeypatch):
    """The README's first lines as a module, and its `gradient`."""
    text = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL).group(1)
    names = "rng = np.random.default_rng(0)\nw, b, x, y = (rng.normal(size=s) for s in [(3, 2), 2, (5, 3), (5, 2)])\n"
    body, call = text.split("value, (dw, db)")
    module = tmp_path / "readme_example.py"
    module.write_text(f"{body}{names}value, (dw, db){call}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import readme_example

    return readme_example


def generated(name, tmp_path, monkeypatch):
    if name == "loss":
        return first_example(tmp_path, monkeypatch).gradient.source
    case = cases.load()[name]
    gradient = tg.value_and_grad(case.primal, argnums=case.argnums)
    gradient(*case.arguments("small"))
    return gradient.source


@needs_gradient
@pytest.mark.parametrize("name", ["loss", "digits", "runge_kutta"])
def test_sources_are_as_generated(name, tmp_path, monkeypatch):
    source = generated(name, tmp_path, monkeypatch).strip()
    text = README.read_text(encoding="utf-8")
    block = re.compile(BLOCK.format(name), re.DOTALL)
    if os.environ.get("UPDATE_README"):
        text = block.sub(lambda match: match.group(1) + source + match.group(3), text)
        README.write_text(text, encoding="utf-8")
    assert block.search(text).group(2) == source


@needs_gradient
def test_the_first_example_is_right(tmp_path, monkeypatch):
    example = first_example(tmp_path, monkeypatch)
    w, b, x, y = example.w, example.b, example.x, example.y
    z = np.tanh(x @ w + b)
    z_bar = 2 * (z - y) / z.size * (1 - z**2)
    np.testing.assert_allclose(example.dw, x.T @ z_bar, rtol=1e-12)
    np.testing.assert_allclose(example.db, z_bar.sum(axis=0), rtol=1e-12)


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).exists(), target


def test_commands_are_those_of_ci():
    text = README.read_text("utf-8")
    assert "python -m pytest -q -n auto" in text
    assert "python -m pytest -q -n auto" in (README.parent / ".ci" / "run").read_text("utf-8")
