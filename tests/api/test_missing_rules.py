"""What has no rule is refused by name, in every mode, and never taken for a constant."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

import tapegen as tg

POINTS = np.array([0.3, 1.7])


def test_the_three_lines_that_add_a_rule_work() -> None:
    hidden = np.frompyfunc(lambda x, y: x * y, 2, 1)
    with pytest.raises(tg.TransformError, match="no derivative rule for hidden") as caught:
        tg.grad(lambda x: hidden(x, 3.0))(2.0)
    lines = [line.strip() for line in str(caught.value).splitlines() if "my_hidden" in line]
    assert lines == [
        "my_hidden = tg.primitive(lambda x1, x2: hidden(x1, x2))",
        "my_hidden.defvjp(lambda ct, out, x1, x2: (x1_bar, x2_bar))",
        "my_hidden.defjvp(lambda dots, out, x1, x2: out_dot)",
    ]
    filled = "\n".join(lines).replace("x1_bar, x2_bar", "ct * x2, ct * x1")
    filled = filled.replace("out_dot", "dots[0] * x2 + x1 * dots[1]")
    names = {"tg": tg, "hidden": hidden}
    exec(textwrap.dedent(filled), names)
    my_hidden = names["my_hidden"]
    assert tg.grad(lambda x: my_hidden(x, 3.0))(2.0) == 3.0
    assert tg.jvp(lambda x: my_hidden(x, 3.0), (2.0,), (1.0,)) == (6.0, 3.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.nanquantile(POINTS, x),
        lambda x: np.sum(np.unwrap(POINTS, period=x)),
        lambda x: np.sum(np.histogram(POINTS, np.array([0.0, 1.0, 2.0]) + x)[1]),
        lambda x: np.sum(np.mgrid[x:3]),
    ],
)
def test_an_active_argument_without_a_rule_is_refused_not_zero(f) -> None:
    with pytest.raises(tg.TransformError, match="no derivative"):
        tg.grad(f)(0.5)
    with pytest.raises(tg.TransformError, match="no derivative"):
        tg.jvp(f, (0.5,), (1.0,))


def test_the_tape_says_so_too() -> None:
    with tg.GradientTape() as tape:
        q = tg.constant(0.3)
        tape.watch(q)
        y = np.nanquantile(POINTS, q)
    with pytest.raises(LookupError, match="np.nanquantile in its argument q"):
        tape.gradient(y, q)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sum(np.r_[x, 5.0, -x[0], 0:3] ** 2), np.array([1.0, 2.0])),
        (lambda x: np.sum(np.c_[x, x * x, [1, 2]] ** 2), np.array([1.0, 2.0])),
        (lambda x: np.sum(np.r_["0,2", x, x * x] ** 2), np.array([1.0, 2.0])),
        (lambda a: np.sum(np.arange(a, a + 3, a / 4) ** 2), 1.3),
        (lambda a: np.sum(np.fromiter([a, a * a], float) ** 2), 1.3),
        (lambda a: np.sum(np.kaiser(5, a) ** 2), 1.3),
        (lambda x: np.sum(np.unique_values(x) ** 2), np.array([1.0, 2.0])),
    ],
)
def test_what_looks_constant_and_is_not(f, x) -> None:
    tg.check_grads(f, (x,), order=2)


@pytest.mark.parametrize(
    ("vjp", "found"),
    [(lambda ct, out, x, y: ct * y, "a float"), (lambda ct, out, x, y: (ct * y,), "1")],
)
def test_a_vjp_returns_a_cotangent_for_each_argument(vjp, found) -> None:
    product = tg.primitive(lambda x, y: x * y)
    product.defvjp(vjp)
    with pytest.raises(TypeError) as caught:
        tg.grad(lambda x: product(x, 3.0))(2.0)
    assert str(caught.value) == (
        "the vjp of <lambda> must return a tuple of 2 cotangents, one for each argument, but it returned "
        f"{found}: write `return (x_bar, y_bar)`"
    )


def test_arguments_by_their_own_names() -> None:
    """Distributions share rules, under other names of their shapes."""
    stats = pytest.importorskip("scipy.stats")
    with pytest.raises(
        tg.TransformError, match="scipy.stats.gamma.cdf has no derivative in its argument 'shape'"
    ):
        tg.grad(lambda a: stats.gamma.cdf(1.0, a=a))(2.0)
    tg.check_grads(lambda s: np.sum(stats.gamma.cdf(POINTS, a=2.0, scale=s)), (1.3,))
    tg.check_grads(lambda p: -np.sum(stats.t.logpdf(POINTS, df=p[0], scale=p[1])), (np.array([4.0, 1.3]),))
