"""`tg.explain`: stages in order; those before differentiation compute what the function computes."""

import math

import numpy as np
import pytest

import tapegen as tg


def f(x, n):
    total = 0.0
    for i in range(n):
        if i % 2 == 0:
            total = total + math.sin(x) * i
    return total


def names(stages):
    return [name.partition(" ")[2] for name in stages]


def test_stages_are_numbered_and_in_order():
    stages = tg.explain(f, 2.0, 5)
    assert [name[:2] for name in stages] == [f"{i:02d}" for i in range(len(stages))]
    found = names(stages)
    assert found[:3] == ["desugared", "a-normal form", "single assignment"]
    assert found.index("single assignment") < found.index("differentiated") < found.index("simplified")


def test_stages_before_differentiation_run():
    stages = tg.explain(f, 2.0, 5)
    before = names(stages).index("differentiated")
    for text in list(stages.values())[:before]:
        scope = {"math": math, "np": np}
        exec(text, scope)
        assert scope["f"](2.0, 5) == f(2.0, 5)


@pytest.mark.parametrize("make", [tg.grad, tg.value_and_grad, lambda f: tg.grad(tg.grad(f))])
def test_transforms(make):
    g = make(f)
    assert "differentiated" in names(tg.explain(g))
    g(2.0, 5)
    assert list(tg.explain(g).values())[-1].strip() in g.source or "versions" in "".join(tg.explain(g))
    assert "differentiated" in names(tg.explain(g, 2.0, 5))


def test_without_arguments_and_decorated():
    assert "differentiated" in names(tg.explain(f))
    assert "differentiated" in names(tg.explain(tg.function(f), 2.0, 5))
    assert "differentiated" in names(tg.explain(lambda *args: args[0] * args[1], 2.0, 3.0))


def test_what_cannot_be_transformed():
    def bad(x):
        class Inner:
            pass

        return x

    with pytest.raises(tg.TransformError, match="cannot differentiate a class defined inside a function"):
        tg.explain(bad, 2.0)
    with pytest.raises(TypeError, match="it is an integer; pass 3.0"):
        tg.explain(lambda x: x, 3)
