"""`tape.why_none` and `tape.graph`."""

import numpy as np
import pytest

from tapegen.runtime import GradientTape, Tensor, Variable, stop_gradient


def why(block, source=None, **options):
    x = Tensor(3.0) if source is None else source
    with GradientTape(persistent=True, **options) as t:
        if source is None:
            t.watch(x)
        y = block(x)
    return t.why_none(y, x), t.gradient(y, x)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (lambda x: Tensor((x * x).numpy()) * 2.0, "left the tape through .numpy()"),
        (lambda x: Tensor(np.asarray(x * x)) * 2.0, "left the tape through np.asarray()"),
        (lambda x: Tensor(float(x * x)) * 2.0, "left the tape through float()"),
        (lambda x: stop_gradient(x * x) * 2.0, "left the tape through stop_gradient"),
        (lambda x: (x * 2.0).astype(int).astype(np.float32) * 2.0, "left the tape through a cast to int64"),
        (lambda x: Variable(1.0, name="w").assign(x * x) * 2.0, "left the tape through an assign to w:0"),
        (lambda x: Tensor(1.0) + 2.0, "no recorded operation uses the source"),
    ],
)
def test_where_the_path_broke(block, words):
    reason, gradient = why(block)
    assert gradient is None
    assert words in reason


def test_the_whole_sentence():
    reason, _ = why(lambda x: Tensor((x * x).numpy()) * 2.0)
    assert reason == (
        "the target was not recorded: it was computed outside the block, while recording was stopped, or from nothing "
        "that the tape watches; a value that depends on the source left the tape through .numpy(); the last recorded "
        "operation that depends on the source is np.multiply"
    )


def test_sources_that_are_not_watched():
    reason, gradient = why(lambda x: x * x, Tensor(3.0))
    assert gradient is None and reason.startswith("the source is not watched: call tape.watch(source)")
    reason, _ = why(lambda x: x * x, Variable(3.0, trainable=False, name="w"))
    assert "w:0 is not trainable" in reason
    reason, _ = why(lambda x: x * x, Variable(3.0), watch_accessed_variables=False)
    assert "watch_accessed_variables=False" in reason
    reason, _ = why(lambda x: Tensor(1.0), Variable(3.0, name="w"))
    assert "w:0 was never read inside the block" in reason


def test_other_reasons():
    x = Tensor(3.0)
    with GradientTape() as t:
        t.watch(x)
        y = x * x
        k = Tensor([1, 2])
    assert "has the dtype int32" in t.why_none(y, k)
    assert "is a float, not a Tensor" in t.why_none(y, 3.0)
    assert t.why_none(y, x) == "the gradient is not None: the target depends on the source"
    assert "are the same" in t.why_none(x, x)
    t.gradient(y, x)
    assert "let go of its record" in t.why_none(y, x)


def test_graph():
    v = Variable(3.0, name="v")
    x = Tensor(2.0)
    with GradientTape() as t:
        t.watch(x)
        y = np.sin(v * x) + v
    g = t.graph()
    assert [node.name for node in g.nodes] == ["np.multiply", "np.sin", "np.add"]
    assert "v:0" in g.sources.values()
    first, second, third = str(g).splitlines()
    assert first.endswith(f"np.multiply(v:0, x{x._key})") and "np.sin" in second and third.endswith("v:0)")
    assert g.dot.startswith("digraph tape {") and g.dot.count("->") == 5
    assert g.nodes[-1].outputs == (y._key,)
