"""The page of rules in the docs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


def test_the_page_of_rules_is_up_to_date() -> None:
    pytest.importorskip("scipy")
    if not hasattr(np, "matvec"):
        pytest.skip("an older NumPy lacks some of the functions")
    # In a process of its own, where no test has registered rules.
    made = subprocess.run(
        [sys.executable, "-m", "tests.rules.page"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    written = (ROOT / "docs" / "rules.md").read_text()
    assert written == made.stdout, "write it with: python -m tests.rules.page > docs/rules.md"
