"""Numbers that wait: random adjoint code does the same, with fewer products of arrays."""

import random

import gast
import numpy as np
import pytest

from tapegen.analysis.shapes import infer
from tapegen.analysis.values import Array, abstract, agree
from tapegen.lang.show import show
from tapegen.optimise.factors import ONE, Factor, gather_factors
from tapegen.optimise.rewrite import core
from tests.optimise.harness import check

X, Y, M, S = (
    np.linspace(-1, 2, 9),
    np.linspace(1, 2, 9),
    np.arange(81.0).reshape(9, 9) / 50 - 0.6,
    np.float64(0.7),
)
ARGUMENTS = {"x": X, "y": Y, "m": M, "s": S, "r": np.float64(-1.3), "k": 3}


def gathered(text, **arguments):
    """The text of a function after the pass, having checked that it does the same."""
    arguments = arguments or ARGUMENTS
    before = core(f"def f({', '.join(arguments)}):\n    " + "\n    ".join(text.strip().split("\n")))
    facts = infer(before, {name: abstract(value, name) for name, value in arguments.items()})
    old = gast.dump(before.tree)
    after, known = gather_factors(before, facts)
    assert gast.dump(before.tree) == old
    for name, fact in infer(
        after, {name: abstract(value, name) for name, value in arguments.items()}
    ).items():
        if name in known and isinstance(fact, Array):
            assert agree(known[name].shape, fact.shape) and known[name].dtype == fact.dtype, name
    check(before, after, list(arguments.values()), exact=False)
    return show(after)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a_bar = -x\nb_bar = a_bar * y\nc_bar = m - b_bar\nreturn c_bar", ["c_bar = m + b_bar"]),
        ("a_bar = s * x\nb_bar = s * y\nc_bar = a_bar - b_bar\nreturn c_bar", ["x - y", "s * c_bar_1"]),
        ("a_bar = s * x\nb_bar = s * y\nc_bar = a_bar + b_bar\nreturn c_bar", ["x + y"]),
        ("a_bar = 2 * x\nb_bar = -2 * y\nc_bar = a_bar + b_bar\nreturn c_bar", ["x - y", "2 * c_bar_1"]),
        ("a_bar = 2 * x\nb_bar = -2 * y\nc_bar = a_bar - b_bar\nreturn c_bar", ["x + y", "2 * c_bar_1"]),
        ("a_bar = -2 * x\nb_bar = -2 * y\nc_bar = a_bar - b_bar\nreturn c_bar", ["y - x", "2 * c_bar_1"]),
        ("a_bar = s * x\nb_bar = np.sum(a_bar)\nreturn b_bar", ["b_bar_1 = np.sum(x)", "s * b_bar_1"]),
        ("a_bar = np.broadcast_to(s, (9,))\nb_bar = a_bar * 3\nc_bar = b_bar * x\nreturn c_bar", ["* x"]),
        # A number, broadcast, does not stand for ones where the other factor is smaller than the product.
        ("a_bar = np.broadcast_to(s, (9, 9))\nb_bar = a_bar * x\nreturn b_bar", ["b_bar = a_bar * x"]),
        # An array that is needed as it is would be multiplied twice.
        ("a_bar = s * x\nb_bar = a_bar * y\nreturn a_bar, b_bar", ["a_bar = s * x", "b_bar = a_bar * y"]),
        (
            "a_bar = s * x\nb_bar = a_bar[:, None]\nc_bar = b_bar * m\nreturn c_bar",
            ["b_bar = x[:, None]", "s * b_bar"],
        ),
        # What the user computes stays.
        ("a = s * x\nb = np.sum(a)\nreturn b", ["a = s * x"]),
        # What is written keeps the value that it had.
        ("t = np.sin(x)\na_bar = s * t\nt[0] = 9.0\nb_bar = np.sum(a_bar)\nreturn b_bar", ["a_bar = s * t"]),
    ],
)
def test_where_numbers_go(text, wanted):
    after = gathered(text)
    assert all(part in after for part in wanted), after


def test_in_a_loop_with_carried_values():
    after = gathered(
        """
x_bar = np.zeros_like(x)
for i in range(k):
    a_bar = -x_bar
    b_bar = a_bar * y
    c_bar = y - b_bar
    d_bar = 2 * c_bar
    x_bar = d_bar
return x_bar"""
    )
    assert "a_bar = " not in after


LINES = [
    "{new} = {a} * {b}",
    "{new} = {a} * {b}",
    "{new} = {a} / y",
    "{new} = {a} + {b}",
    "{new} = {a} - {b}",
    "{new} = {a} - {b}",
    "{new} = -{a}",
    "{new} = {c} * {a}",
    "{new} = {a} * {c}",
    "{new} = {a} / s",
    "{new} = np.broadcast_to({c}, (9,))",
    "{new} = np.transpose({a})",
    "{new} = np.sum({m}, axis=1)",
    "{new} = {a}[None, :] * {m}",
    "{new} = {a}[:, None]",
    "{new} = {m} @ {a}",
    "{new} = np.outer({a}, {b})",
    "{new} = np.sum({a})",
]


@pytest.mark.parametrize("seed", range(150))
def test_random_code_does_the_same(seed):
    rng = random.Random(seed)
    vectors, matrices, numbers = ["x", "y"], ["m"], ["s", "r", "2", "-1", "0.5", "k"]
    lines = []
    for place in range(rng.randint(3, 12)):
        new, line = f"t{place}_bar", rng.choice(LINES)
        recent = rng.choice([vectors, vectors[-3:]])
        lines.append(
            line.format(
                new=new,
                a=rng.choice(recent),
                b=rng.choice(vectors),
                c=rng.choice(numbers),
                m=rng.choice(matrices),
            )
        )
        kind = (
            numbers
            if line.endswith("np.sum({a})")
            else matrices
            if "[None" in line or "outer" in line
            else vectors
        )
        if "[:, None]" in line:
            lines.append(f"{new}_1 = {new} * {rng.choice(matrices)}")
            matrices.append(f"{new}_1")
        else:
            kind.append(new)
    returned = {name for name in (*vectors[2:], *matrices[1:]) if rng.random() < 0.3}
    returned |= {vectors[-1], matrices[-1]}
    gathered("\n".join([*lines, f"return ({', '.join(sorted(returned))},)"]))


def test_factors():
    two, s, minus = Factor(2), Factor(1, ("s",)), Factor(-1)
    assert two * Factor(0.5) == ONE and (s * Factor(1, (), ("s",))) == ONE
    assert (two * s).sign_to(Factor(-2, ("s",))) == -1 and two.sign_to(s) == 0
    for a in (two, two * minus):
        for b in (two, two * minus, s):
            for sign in (1, -1):
                joint = a.joint(b, sign)
                assert (joint is None) == (b is s)
