import math

import gast
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tapegen import kernels
from tapegen.analysis.shapes import infer
from tapegen.kernels import trees
from tapegen.lang.core import Core
from tapegen.lang.show import show
from tapegen.optimise.specialise import specialise
from tests.analysis.describe import signature
from tests.analysis.programs import NAMESPACE, SHAPES, as_core, programs, run
from tests.optimise.harness import run as call
from tests.optimise.harness import same


def specialised(text, small=1, **args):
    """The body of a function after specialisation to these arguments, having checked that it does the same."""
    tree = gast.parse(f"def f({', '.join(args)}):\n    " + "\n    ".join(text.strip().split("\n"))).body[0]
    before = Core(
        tree, {**NAMESPACE, **{k: v for k, v in vars(kernels).items() if callable(v)}, **vars(trees)}
    )
    old = gast.dump(tree)
    facts = infer(before, signature(args, small))
    after = specialise(before, facts)
    assert gast.dump(tree) == old
    one, two = call(before, list(args.values())), call(after, list(args.values()))
    assert same(one["result"], two["result"], False), (one, two, show(after))
    assert same(one["args"], two["args"], False)
    return "\n".join(line.strip() for line in show(after).split("\n")[1:-1])


M, V, R, S = np.ones((4, 3)), np.arange(3.0), np.ones((4, 1)), np.float64(2.0)


@pytest.mark.parametrize(
    ("text", "args", "wanted"),
    [
        ("r = unbroadcast(ct, x)", {"ct": M, "x": M}, "r = ct"),
        ("r = unbroadcast(ct, x)", {"ct": M, "x": V}, "r = np.sum(ct, axis=0)"),
        ("r = unbroadcast(ct, x)", {"ct": M, "x": R}, "r = np.sum(ct, axis=1, keepdims=True)"),
        ("r = unbroadcast(ct, x)", {"ct": M, "x": S}, "r = np.sum(ct)"),
        ("r = unbroadcast(ct, x)", {"ct": M, "x": 2.0}, "r = np.sum(ct)"),
        ("r = unbroadcast(ct, x)", {"ct": M.astype("f4"), "x": 2.0}, "r_1 = np.sum(ct)\nr = float(r_1)"),
        ("r = unbroadcast(ct, x)", {"ct": S, "x": 2.0}, "r = ct"),
        ("r = unbroadcast(ct, x)", {"ct": 2.0, "x": S}, "r = ct"),
        ("r = unbroadcast(ct, x)", {"ct": 2.0, "x": S, "other": M.astype("f4")}, "r = unbroadcast(ct, x)"),
        ("r = own(ct, x)", {"ct": S, "x": 2.0}, "r = float(ct)"),
        ("r = seed(out)", {"out": S}, "r = 1.0"),
        (
            "s = unbroadcast(ct, x)\nr = s / c",
            {"ct": 2.0, "x": S, "c": 0.0},
            "s = unbroadcast(ct, x)\nr = s / c",
        ),
        ("r = unbroadcast(ct, x)", {"ct": 1.0, "x": 2.0}, "r = ct"),
        ("r = unbroadcast(ct, x)", {"ct": M * 1j, "x": M}, "r = np.real(ct)"),
        ("r = unbroadcast(ct, x)", {"ct": M, "x": M.astype("f4")}, "r = unbroadcast(ct, x)"),
        (
            "r = unbroadcast(ct, x)",
            {"ct": R, "x": M},
            "x_shape = np.shape(x)\nr = np.broadcast_to(ct, x_shape)",
        ),
        (
            "r = unbroadcast(ct, x)",
            {"ct": np.ones((2, 4, 3)), "x": R},
            "r_1 = np.sum(ct, axis=2, keepdims=True)\nr = np.sum(r_1, axis=0)",
        ),
        ("r = unreduce(ct, x, 1)", {"ct": np.ones(4), "x": M}, "r = ct[:, None]"),
        ("r = unreduce(ct, x, axis=0)", {"ct": V, "x": M}, "r = ct[None]"),
        ("r = unreduce(ct, x)", {"ct": S, "x": M}, "r = ct"),
        ("r = unreduce(ct, x, 0, True)", {"ct": V[None], "x": M}, "r = ct"),
        (
            "s = np.shape(x)\nt = np.broadcast_to(c, s)\nr = t * x",
            {"c": S, "x": M},
            "s = np.shape(x)\nt = np.broadcast_to(c, s)\nr = c * x",
        ),
        (
            "s = np.shape(x)\nt = np.broadcast_to(c, s)\nr = t * x",
            {"c": V, "x": M},
            "s = np.shape(x)\nt = np.broadcast_to(c, s)\nr = c * x",
        ),
        ("t = unreduce(ct, x, 0)\nr = t * x", {"ct": S, "x": V}, "t = ct[None]\nr = ct * x"),
        ("r = np.shape(x)", {"x": 2.0}, "r = ()"),
        ("r = np.ndim(x)", {"x": M}, "r = 2"),
        ("r = operator.iadd(x, y)", {"x": 2.0, "y": V}, "r = x + y"),
        ("r = operator.iadd(x, y)", {"x": S, "y": S}, "r = x + y"),
        ("r = operator.iadd(x, y)", {"x": V, "y": V}, "r = operator.iadd(x, y)"),
        ("r = np.conj(x)", {"x": V}, "r = x"),
        ("r = np.conj(x)\nr[0] = 1.0", {"x": V}, "r = np.conj(x)\nr[0] = 1.0"),
        ("r = np.conj(x)", {"x": V * 1j}, "r = np.conj(x)"),
        ("r = np.real(x)", {"x": V}, "r = x"),
        ("if x is None:\n    r = 1.0\nelse:\n    r = 2.0", {"x": V}, "r = 2.0"),
        ("t = np.ndim(x) > 1\nif t:\n    r = 1.0\nelse:\n    r = 2.0", {"x": V}, "t = False\nr = 2.0"),
        (
            "s = product_shape(ct, x, y)\nr = np.reshape(ct, s)",
            {"ct": M, "x": M, "y": np.ones((3, 3))},
            "s = np.shape(ct)\nr = ct",
        ),
        ("r = drop_column(ct, y)", {"ct": M, "y": M}, "r = ct"),
        ("r = np.swapaxes(x, -1, -2)", {"x": M}, "r = np.transpose(x)"),
        ("r = np.transpose(x, (0, 1))", {"x": M}, "r = x"),
        (
            "r = left_axes(x, y, 1)",
            {"x": M, "y": np.ones((3, 2))},
            "r_1 = (1,)\nr_2 = (1,)\nr = r_1, r_2",
        ),
        ("r = axis_size(x, 0)", {"x": M}, "r = len(x)"),
        ("r = axis_size(x, -1)", {"x": M}, "x_shape = np.shape(x)\nr = x_shape[1]"),
        ("r = add(x, y)", {"x": M, "y": M}, "r = x + y"),
        ("r = add_cotangents(x, y)", {"x": M, "y": M}, "r = x + y"),
        ("r = add_cotangents(x, y)", {"x": 0.0, "y": M}, "r = add_cotangents(x, y)"),
        ("r = zeros_like(x)", {"x": M}, "r = np.zeros_like(x)"),
        ("r = zeros_like(x)", {"x": 2.0}, "r = 0.0"),
        ("scatter_add(x, i, ct)\nr = x", {"x": V, "i": 2, "ct": 1.0}, "x[i] += ct\nr = x"),
        ("scatter_add(x, i, ct)\nr = x", {"x": V, "i": V > 1, "ct": 1.0}, "x[i] += ct\nr = x"),
        (
            "scatter_add(x, i, ct)\nr = x",
            {"x": V, "i": np.array([0, 0]), "ct": 1.0},
            "scatter_add(x, i, ct)\nr = x",
        ),
    ],
)
def test_simplified(text, args, wanted):
    assert specialised(text + "\nreturn r", **args) == wanted


def test_inside_loops():
    text = """
s = []
h = np.zeros(3)
for i in range(4):
    s.append(h)
    t = h + b
    h = np.tanh(t)
g = np.zeros_like(h)
b_bar = 0.0 * b
for u in reversed(s):
    v = u * g
    w = unbroadcast(v, b)
    b_bar_1 = b_bar + w
    b_bar = b_bar_1
return b_bar"""
    assert "w = v" in specialised(text, b=V)


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128"])
@pytest.mark.parametrize("shape", SHAPES)
def test_unbroadcast_of_any_shape(shape, dtype):
    x = (np.arange(math.prod(shape)).reshape(shape) + 1).astype(dtype)
    for bigger in [shape, (2, *shape), (3, 1, *shape), tuple(4 if n == 1 else n for n in shape)]:
        numbers = np.arange(math.prod(bigger)).reshape(bigger) / 7
        for ct in (numbers, numbers * 1j, numbers.astype("f4")):
            specialised("r = unbroadcast(ct, x)\nreturn r", ct=ct, x=x)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(programs(), st.sampled_from([1, 1, 2, 8]))
def test_random_programs_do_the_same(program, small):
    lines, args = program
    before = as_core(lines)
    after = specialise(before, infer(before, signature(args, small)))
    text = show(after).split("\n")
    one, two = run(lines, args.values(), lambda scope: None), run(text, args.values(), None)
    if one is not None:
        assert two is not None, "\n".join([*lines, *text])
        assert equal(one[0], two[0]), "\n".join([*lines, *text, f"{one[0]!r} became {two[0]!r}"])


def equal(a, b):
    """Equal up to rounding, and in shape and dtype, but not in whether a scalar is Python's or NumPy's."""
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if a is None or isinstance(a, (type, str)):
        return a is b or a == b
    if np.asarray(a).dtype.kind in "OSU":
        return True
    alike = np.shape(a) == np.shape(b) and np.asarray(a).dtype == np.asarray(b).dtype
    return alike and np.allclose(a, b, rtol=1e-5, atol=1e-5, equal_nan=True)
