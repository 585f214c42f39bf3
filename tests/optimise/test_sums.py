"""Passes on sums, buffers and containers of cotangents: what they write, and that it does the same."""

import gast
import numpy as np
import pytest

import tapegen as tg
from benchmarks import cases
from tapegen import kernels
from tapegen.analysis.predicates import fits_in_place, is_same_type
from tapegen.analysis.shapes import infer
from tapegen.analysis.values import abstract
from tapegen.lang.show import show
from tapegen.optimise.contractions import contract_sums
from tapegen.optimise.copies import propagate_copies
from tapegen.optimise.dead_code import drop_dead_code
from tapegen.optimise.displays import gather_elements
from tapegen.optimise.first_stores import store_first_terms
from tapegen.optimise.invariants import hoist_invariants
from tapegen.optimise.inverses import reuse_inverses
from tapegen.optimise.rewrite import core
from tapegen.optimise.shares import find_shares
from tapegen.optimise.slots import forward_slots
from tapegen.optimise.specialise import specialise
from tests.optimise.harness import check

X, Y, M = np.linspace(-1, 2, 20), np.linspace(1, 2, 20), np.arange(400.0).reshape(20, 20) / 150 - 0.6
SQUARE = np.array([[3.0, 1.0, 0.2], [0.3, 2.0, 0.1], [0.4, -0.5, 4.0]])
KERNELS = {"split_like": kernels.split_like, "larger": kernels.larger}


def after(step, text, **arguments):
    """The text of a function after a pass, having checked that it does the same and leaves its input alone."""
    before = core(
        f"def f({', '.join(arguments)}):\n    " + "\n    ".join(text.strip().split("\n")), **KERNELS
    )
    old = gast.dump(before.tree)
    new = step(before, infer(before, {name: abstract(value, name) for name, value in arguments.items()}))
    assert gast.dump(before.tree) == old
    check(before, new, list(arguments.values()), exact=False)
    return show(new)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("b_bar[3:] += c\nb_bar[:3] += c", ["np.empty_like(x)", "b_bar[3:] = c", "b_bar[:3] = c"]),
        ("b_bar[2:] += c\nb_bar[:3] += c", ["np.zeros_like(x)", "b_bar[2:] = c", "b_bar[:3] += c"]),
        ("b_bar[:-1] += c\nb_bar[-1:] += c", ["np.empty_like(x)", "b_bar[:-1] = c", "b_bar[-1:] = c"]),
        ("b_bar[:-2] += c\nb_bar[-1:] += c", ["np.zeros_like(x)", "b_bar[:-2] = c", "b_bar[-1:] = c"]),
        ("b_bar[:k] += c\nb_bar[k:2 * k] += c\nb_bar[2 * k:] += c", ["np.empty_like(x)"]),
        ("b_bar[:k] += c\nb_bar[k + 1:] += c", ["np.zeros_like(x)", "b_bar[:k] = c", "b_bar[k + 1:] = c"]),
        ("b_bar[k:] += c\nb_bar[:2 * k] += c", ["b_bar[k:] = c", "b_bar[:2 * k] += c"]),
        ("b_bar[:1] -= c\nb_bar[1:] += c", ["np.zeros_like(x)", "b_bar[:1] -= c", "b_bar[1:] = c"]),
        ("b_bar[0] += c\nb_bar[1] += c\nb_bar[1] += c", ["b_bar[0] = c", "b_bar[1] = c", "b_bar[1] += c"]),
        ("b_bar[::2] += c\nb_bar[1:] += c", ["b_bar[::2] = c", "b_bar[1:] += c"]),
        # What is read or handed on before is zero there.
        ("d = np.sum(b_bar)\nb_bar[1:] += d", ["b_bar[1:] += d"]),
        ("d = b_bar[1:]\nb_bar[1:] += c\nd[0] = 2.0", ["b_bar[1:] += c"]),
        ("for i in range(k):\n    b_bar[i] += c", ["b_bar[i] += c"]),
        ("b_bar[j] += c", ["b_bar[j] = c"]),
    ],
)
def test_first_terms_are_stored(text, wanted):
    lines = "\n".join(["b_bar = np.zeros_like(x)", text, "return b_bar"])
    found = after(store_first_terms, lines, x=X, y=Y, c=0.5, k=3, j=-2)
    assert all(part in found for part in wanted), found


def test_buffers_in_a_loop_start_anew():
    text = """
s = 0.0
for i in range(3):
    b_bar = np.zeros_like(x)
    b_bar[i:] += z
    t = np.sum(b_bar)
    s_1 = s + t
    s = s_1
return s"""
    assert "b_bar[i:] = z" in after(store_first_terms, text, x=X, z=1.0)


def test_columns_of_a_matrix():
    text = "b_bar = np.zeros_like(m)\nb_bar[:, 4:] += c\nb_bar[:, :4] += d\nreturn b_bar"
    assert "np.empty_like(m)" in after(store_first_terms, text, m=M, c=M[:, 4:], d=M[:, :4])
    text = "b_bar = np.zeros_like(m)\nb_bar[:, 4:] += c\nb_bar[:4] += d\nreturn b_bar"
    assert "b_bar[:4] += d" in after(store_first_terms, text, m=M, c=M[:, 4:], d=M[:4])


def test_complex_numbers_are_not_stored_where_adding_them_fails():
    text = "b_bar = np.zeros_like(x)\nb_bar[1:] += c\nreturn b_bar"
    assert "b_bar[1:] = c" in after(store_first_terms, text, x=X * 1j, c=1j)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("t_bar = x * y\nc_bar = np.sum(t_bar)\nreturn c_bar", "c_bar = x @ y"),
        ("t_bar = m * m\nc_bar = np.sum(t_bar)\nreturn c_bar", "c_bar = np.vdot(m, m)"),
        ("t_bar = x * m\nc_bar = np.sum(t_bar)\nreturn c_bar", "np.sum(t_bar)"),
        ("t_bar = x * y\nc_bar = np.sum(t_bar)\nreturn c_bar, t_bar", "np.sum(t_bar)"),
        ("t = x * y\nc = np.sum(t)\nreturn c", "np.sum(t)"),
        ("t_bar = x * y\nx[0] = 5.0\nc_bar = np.sum(t_bar)\nreturn c_bar", "np.sum(t_bar)"),
        ("t_bar = x * k\nc_bar = np.sum(t_bar)\nreturn c_bar", "np.sum(t_bar)"),
    ],
)
def test_sums_of_products(text, wanted):
    assert wanted in after(contract_sums, text, x=X, y=Y, m=M, k=3)


def test_sums_of_products_in_single_precision_stay():
    text = "t_bar = x * x\nc_bar = np.sum(t_bar)\nreturn c_bar"
    assert "np.sum" in after(contract_sums, text, x=X.astype("f4"))


@pytest.mark.parametrize(
    ("text", "solves"),
    [
        ("i = np.linalg.inv(a)\ng = np.linalg.solve(a, c_bar)\nreturn i, g", 0),
        ("i = np.linalg.inv(a)\nt = np.transpose(a)\ng = np.linalg.solve(t, c_bar)\nreturn i, g", 0),
        ("i = np.linalg.inv(a)\ng = np.linalg.solve(a, c)\nreturn i, g", 1),
        ("g = np.linalg.solve(a, c_bar)\ni = np.linalg.inv(a)\nreturn i, g", 1),
        ("i = np.linalg.inv(a)\na[0, 0] = 9.0\ng = np.linalg.solve(a, c_bar)\nreturn i, g", 1),
        (
            "i = np.linalg.inv(a)\nif flag:\n    g = np.linalg.solve(a, c_bar)\nelse:\n    g = c_bar\nreturn g",
            1,
        ),
    ],
)
@pytest.mark.parametrize("rank", [1, 2])
def test_inverses_are_reused(text, solves, rank):
    c = np.ones((3,) if rank == 1 else (3, 2))
    assert after(reuse_inverses, text, a=SQUARE, c=c, c_bar=2 * c, flag=True).count("solve") == solves


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("t = x > y\nu = x == y\nv = 0.5 * u\nw_bar = t + v\nreturn w_bar", "w_bar = larger(x, y)"),
        ("t = x < y\nu = x == y\nv = 0.5 * u\nw_bar = t + v\nreturn w_bar", "w_bar = larger(y, x)"),
        ("t = x > 0\nu = x == 0\nv = 0.5 * u\nw_bar = t + v\nreturn w_bar", "w_bar = larger(x, 0)"),
        ("t = x > 0\nu = y == 0\nv = 0.5 * u\nw_bar = t + v\nreturn w_bar", "w_bar = t + v"),
        ("t = x > y\nu = x == y\nv = 0.25 * u\nw_bar = t + v\nreturn w_bar", "w_bar = t + v"),
        ("t = x > y\nu = x == y\nv = 0.5 * u\nx[0] = 7.0\nw_bar = t + v\nreturn w_bar", "w_bar = t + v"),
    ],
)
def test_shares_of_a_maximum(text, wanted):
    x, y = np.array([1.0, 2.0, 3.0, np.nan, 0.0, np.inf]), np.array([1.0, 3.0, 2.0, 1.0, -0.0, np.inf])
    assert wanted in after(find_shares, text, x=x, y=y)
    assert wanted in after(find_shares, text, x=x + 10, y=y)


def test_shares_of_numbers_stay_as_they_are():
    text = "t = x > 0\nu = x == 0\nv = 0.5 * u\nw_bar = t + v\nreturn w_bar"
    assert "larger" not in after(find_shares, text, x=0.0)
    assert [kernels.larger(*pair) for pair in ((2.0, 1.0), (1.0, 1.0), (1.0, 2.0))] == [1.0, 0.5, 0.0]


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("s = [0.0, x]\na = s[1]\ns[0] = a\nb = s[0]\nreturn b", True),
        ("s = {'u': x}\na = s['u']\nreturn a", True),
        ("for i in range(2):\n    s = [x, 0.0]\n    s[1] = x\n    x_1 = s[1]\nreturn x", True),
        ("s = [0.0, x]\ns[0] = x\nreturn s", False),
        ("s = [0.0, x]\nif flag:\n    s[0] = x\na = s[0]\nreturn a", False),
        ("s = [0.0, x]\nk = 1\na = s[k]\nreturn a", False),
        ("s = [0.0, x]\ns.append(x)\na = s[0]\nreturn a", False),
        ("y = x\nfor i in range(2):\n    s = [y]\n    z = y + 1.0\n    y = z\na = y\nreturn a", False),
    ],
)
def test_slots_become_variables(text, gone):
    found = after(lambda fn, facts: forward_slots(fn), text, x=X, flag=True)
    assert (" = [" not in found and " = {" not in found) is gone, found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("t = np.sum(m, axis=1, keepdims=True)\nu = t[:, 0]\nreturn u", "u = np.sum(m, axis=1)"),
        ("t = np.sum(m, axis=0, keepdims=True)\nu = t[0]\nreturn u", "u = np.sum(m, axis=0)"),
        ("t = np.sum(m, axis=0, keepdims=True)\nu = t[:, 0]\nreturn u", "u = t[:, 0]"),
        ("t = np.sum(m, axis=1, keepdims=True)\nm[0] = 1.0\nu = t[:, 0]\nreturn u", "u = t[:, 0]"),
        ("t = x[:, None]\nu = t[:, 0]\nreturn u", "u = x"),
        ("t = x[None]\nu = t[:, 0]\nreturn u", "u = t[:, 0]"),
        ("a = [x, y]\nt = split_like(z, a, 0)\nu = t[1]\nreturn u", "u = z[u_1:]"),
        ("a = [x, y]\nt = split_like(z, a, 0)\nu = t[0]\nreturn u", "u = z[:u_1]"),
        ("a = [x, y]\nn = len(x)\nt = split_like(z, a, 0)\nu = t[0]\nreturn u", "u = z[:n]"),
    ],
)
def test_subscripts(text, wanted):
    found = after(specialise, text, x=X, y=Y, m=M, z=np.arange(40.0))
    assert wanted in found, found


def test_constants_of_modules_are_read_before_loops():
    text = """
s = 0.0
for i in range(3):
    c = np.pi
    d = 2 * c
    e = x[i]
    f_1 = d * e
    s_1 = s + f_1
    s = s_1
return s"""
    found = after(hoist_invariants, text, x=X)
    assert "d = 2 * c" in found.split("    for i")[0]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "b = np.broadcast_to(c, (20,))\nd = x > 0\ne = np.where(d, b, 0.0)\nreturn e",
            "e = np.where(d, c, 0.0)",
        ),
        (
            "b = np.broadcast_to(c, (20,))\nd = c > 0\ne = np.where(d, b, 0.0)\nreturn e",
            "e = np.where(d, b, 0.0)",
        ),
        ("a = np.moveaxis(m, -1, -1)\nreturn a", "a = m"),
        ("a = np.moveaxis(m, -1, 0)\nreturn a", "a = np.moveaxis(m, -1, 0)"),
        ("t = x ** 2\na = np.size(t)\nreturn a", "a = np.size(x)"),
        ("t = x ** 2\na = np.size(t)\nreturn a, t", "a = np.size(t)"),
        ("a = np.expand_dims(x, (0, -1))\nreturn a", "a = x[None, :, None]"),
        ("a = np.transpose(m, None)\nreturn a", "a = np.transpose(m)"),
    ],
)
def test_layouts(text, wanted):
    assert wanted in after(specialise, text, x=X, m=M, c=np.float64(0.3))


def test_buffers_of_numbers_that_loops_sum_are_written_down():
    text = """
a_bar = 0.0
for i in range(3):
    t = x[i]
    a_bar_1 = a_bar + t
    a_bar = a_bar_1
b_bar = np.zeros_like(y)
b_bar[1] += a_bar
b_bar[0] += c
return b_bar"""
    assert "b_bar = np.array([c, a_bar])" in after(
        gather_elements, text, x=X, y=np.ones(2), c=np.float64(2.0)
    )
    moved = text.replace("b_bar[0] += c", "for i in range(2):\n    a_bar = a_bar + 1.0\nb_bar[0] += c")
    assert "np.array" not in after(gather_elements, moved, x=X, y=np.ones(2), c=np.float64(2.0))


def test_what_a_loop_hands_on_as_it_got_it_is_not_carried():
    text = "c = 2.0\nd = x\nfor i in range(3):\n    e = d * c\n    c, d = c, e\nreturn d"
    found = after(lambda fn, facts: propagate_copies(fn), text, x=X)
    assert "c, d" not in found


def test_a_stack_beside_a_range_is_dropped():
    text = """
s = []
u = []
for i in range(k):
    s.append(x)
    u.append(y)
t = 0.0
for i_1, v, w in zip(reversed(range(k)), reversed(s), reversed(u)):
    t_1 = t + v
    t = t_1
return t"""
    found = after(lambda fn, facts: drop_dead_code(fn), text, x=X, y=Y, k=3)
    assert "u.append" not in found and "reversed(range(k))" not in found and "s.append(x)" in found
    found = after(lambda fn, facts: drop_dead_code(fn), text.replace("t + v", "t + 1.0"), x=X, y=Y, k=3)
    assert "append" not in found and "for i_1 in reversed(range(k))" in found


def test_what_may_be_added_in_place_need_not_be_alike_elsewhere():
    x, y = (abstract(np.zeros((17, 3)), name) for name in "xy")
    assert fits_in_place(x, y) and not is_same_type(x, y) and is_same_type(x, x)
    assert not fits_in_place(x, abstract(np.zeros((1, 3)), "z"))


def test_the_buffers_of_a_cell_have_its_shape_at_all_sizes():
    case = cases.load()["lstm"]
    rng = np.random.default_rng(0)
    steps, batch, features, width = 2, 17, 18, 20
    args = (
        rng.normal(size=(features + width, 4 * width)),
        rng.normal(size=4 * width),
        rng.normal(size=(width, features)),
        rng.normal(size=(steps, batch, features)),
        rng.normal(size=(steps, batch, features)),
    )
    _, cotangents = tg.value_and_grad(case.primal, argnums=case.argnums)(*args)
    for got, wanted in zip(cotangents, case.by_hand(*args)[1], strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12)
