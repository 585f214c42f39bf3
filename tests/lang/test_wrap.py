"""Broken lines read as the tree they were printed from."""

import ast

import pytest

from tapegen.lang.wrap import wrap

LINES = (
    "x = f(a, g(b, c)[1:2, 0], key=[d, (e, f)])",
    "for a, b in zip(reversed(first), reversed(second), range(n)):\n    pass",
    "def f(a, b, c=(1,), *d):\n    return (a, b), [c, {k: v for k, v in d}]",
    "y = (a,) + g((b,), (c, d,))",
    "z = x[a, b:c, ..., None] @ w",
    "s = f('a, b', x, y)",
    "if (a + b) * c > f(x, y) and g(u, v):\n    pass",
)


@pytest.mark.parametrize("columns", [0, 8, 20, 33])
@pytest.mark.parametrize("text", LINES)
def test_wrapped_text_reads_as_before(text, columns):
    assert ast.dump(ast.parse(wrap(text, columns))) == ast.dump(ast.parse(text))


def test_short_lines_and_strings_stay():
    assert wrap("x = f(a, b)") == "x = f(a, b)"
    assert wrap("s = f('a, b', x)", 5) == "s = f('a, b', x)"
