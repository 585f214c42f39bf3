"""`tape.why_none` and `tape.graph`."""

import numpy as np
import pytest
from scipy import special

from tapegen.errors import TapegenWarning
from tapegen.runtime import GradientTape, Tensor, Variable, custom_gradient, stop_gradient


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
        (lambda x: Tensor(int(x), "float32") * 2.0, "left the tape through int()"),
        (
            lambda x: (x * x > 1.0).astype(np.float32) * 2.0,
            "through np.greater, whose result is not a number",
        ),
        (
            lambda x: np.argmax(x * Tensor([1.0, 2.0])).astype(np.float32),
            "through np.argmax, which has no derivative",
        ),
        (
            lambda x: Tensor(float(x * x)) * 2.0,
            "left the tape through float(), or a store of a number into an array",
        ),
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
        "the target was not recorded: it was computed outside the block, in another thread, while recording was "
        "stopped, or from nothing that the tape watches; a value that depends on the source left the tape through "
        ".numpy(); the last recorded operation that depends on the source is np.multiply"
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


def test_after_reset():
    x = Tensor(3.0)
    with GradientTape() as t:
        t.watch(x)
        t.reset()
        y = x * x
    assert t.why_none(y, x).startswith("the tape was reset")


def test_a_gradient_function_that_returns_none():
    @custom_gradient
    def constant(x):
        return x * 2.0, lambda ct: None

    reason, gradient = why(lambda x: constant(x * x))
    assert gradient is None
    assert reason == "the gradient function of constant returned None on the way from target to source"


@pytest.mark.parametrize(
    "leave",
    [
        lambda x: np.array([x * 2.0, x * 3.0]),
        lambda x: np.asarray(x * x),
        lambda x: np.zeros(2).__setitem__(slice(None), x * 2.0),
    ],
)
def test_becoming_a_plain_array_unasked_warns(leave):
    x = Tensor(3.0)
    with GradientTape() as t:
        t.watch(x)
        with pytest.warns(TapegenWarning, match="became a plain array") as caught:
            leave(x)
        x.numpy()
        float(x)
    assert {warning.filename for warning in caught} == {__file__}
    assert "np.asarray(), np.array() or a store into an array" in t.why_none(Tensor(1.0), x)


def test_arrays_of_what_no_tape_follows_do_not_warn():
    x, k = Tensor(3.0), Tensor(4.0)
    with GradientTape() as t:
        t.watch(x)
        np.asarray(k * 2.0)
    np.asarray(x * 2.0)


# -- source -----------------------------------------------------------------------------------------------------------

C = np.array([0.5, -1.0, 2.0])
EYE = 4 * np.eye(3)


@pytest.mark.parametrize(
    ("f", "constants"),
    [
        (lambda x, w: np.sum(np.tanh(w @ x)), []),
        (lambda x, w: np.sum(w * x * x) * 2.0 - 1.0 / np.mean(x), []),
        (lambda x, w: np.sum(x[0:2]) * x[-1] + w[1, 2], []),
        (lambda x, w: np.sum(np.concatenate([x, np.ravel(w), x]) ** 2), []),
        (lambda x, w: np.max(w, axis=1)[0] * np.sum(np.where(C > 0, x, x * x)), [C > 0]),
        (lambda x, w: np.sum(np.linalg.solve(w + EYE, x + C)), [EYE, C]),
        (lambda x, w: np.sum(special.erf(x) * w[:, 0]) + np.sum(np.exp(x + w)), []),
        (lambda x, w: np.sum(np.take(x, [0, 0, 2]) * np.stack([x, x * 2])[1]) + np.trace(w), []),
        (lambda x, w: np.sum(np.einsum("ij,j->i", w, x) * np.cumsum(x)), []),
        (lambda x, w: np.sum(np.linalg.qr(w + EYE)[1]) * np.sum(x), [EYE]),
    ],
)
def test_the_source_computes_the_gradient(f, constants):
    rng = np.random.default_rng(0)
    x, w = Tensor(rng.normal(size=3)), Variable(rng.normal(size=(3, 3)), name="w")
    with GradientTape(persistent=True) as t:
        t.watch(x)
        y = f(x, w)
    namespace = {}
    exec(t.source(y), namespace)
    function = namespace["value_and_gradients"]
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    sources = {"w": w, "x1": x}
    used = [n for n in names if n in sources]
    value, cts = function(*[sources[n].numpy() for n in used], *constants)
    np.testing.assert_allclose(value, y.numpy())
    for ct, wanted in zip(cts, t.gradient(y, [sources[n] for n in used]), strict=True):
        np.testing.assert_allclose(ct, wanted.numpy())


def test_the_source_as_it_is_printed():
    x, w = Tensor(2.0), Variable(3.0, name="w")
    with GradientTape() as t:
        t.watch(x)
        y = np.sin(w * x)
        np.cos(y)
    assert (
        t.source(y)
        == """# Recorded by a GradientTape: 2 operations.

import numpy as np


def value_and_gradients(w, x1):
    v1 = w * x1
    v2 = np.sin(v1)
    # adjoint
    v2_bar = np.ones_like(v2)
    v1_bar = v2_bar * np.cos(v1)
    w_bar = v1_bar * x1
    x1_bar = v1_bar * w
    return (v2, (w_bar, x1_bar))
"""
    )
    assert t.gradient(y, x) is not None
    assert t.source() == "# the tape holds no operations\n"


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
