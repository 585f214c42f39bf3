"""`check_grads` passes right derivatives and names what is wrong in wrong ones.

The engine under test here is a toy: forward mode by complex step, reverse mode from a full Jacobian.
"""

import numpy as np
import pytest

from tapegen.testing import trees
from tapegen.testing.check import check_grads
from tapegen.testing.differences import central, complex_step


def jvp(f, primals, tangents):
    filled = tuple(0 if t is None else t for t in tangents)
    return f(*trees.fresh(primals)), complex_step(f, primals, filled)


def vjp(f, *args, flaw=lambda k, ct: ct):
    out = f(*trees.fresh(args))

    def pullback(ct):
        result = []
        for k, (_, x) in enumerate(trees.leaves(args)):
            bar = np.zeros(np.shape(x))
            for index in np.ndindex(bar.shape):
                units = [np.zeros(np.shape(leaf)) for _, leaf in trees.leaves(args)]
                units[k][index] = 1.0
                bar[index] = trees.inner(ct, complex_step(f, args, trees.replace(args, units)))[0]
            result.append(flaw(k, bar))
        return trees.replace(args, result)

    return out, pullback


def grad(f, argnums=0):
    def gradient(*args):
        several = argnums if isinstance(argnums, tuple) else (argnums,)
        base = trees.fresh(args)
        result = [[] for _ in args]
        for k, (path, x) in enumerate(trees.leaves(args)):
            bar = np.zeros(np.shape(x), np.asarray(x).dtype)
            for index in np.ndindex(bar.shape):
                units = [np.zeros(np.shape(leaf)) for _, leaf in trees.leaves(args)]
                units[k][index] = 1.0
                bar[index] = central(f, base, trees.replace(args, units)).value
            result[path[0]] = bar if np.ndim(x) else bar[()]
        return tuple(result[n] for n in several) if isinstance(argnums, tuple) else result[argnums]

    return gradient


ENGINE = {"vjp": vjp, "jvp": jvp, "grad": grad}


def loss(w, b):
    return np.sum(np.tanh(w * b) ** 2)


def layers(params, scale):
    return {"y": np.sin(params["w"]) * scale, "s": np.sum(params["w"] ** 2)}


W, B = np.array([0.3, -0.8, 1.2]), 0.7


@pytest.mark.parametrize("modes", [("fwd",), ("rev",), ("fwd", "rev")])
def test_right_derivatives_pass(modes):
    check_grads(loss, (W, B), order=1, modes=modes, **ENGINE)
    check_grads(layers, ({"w": W}, B), order=1, modes=modes, **ENGINE)


def test_a_wrong_cotangent_is_named():
    def flawed(f, *args):
        return vjp(f, *args, flaw=lambda k, ct: ct * 1.01 if k == 1 else ct)

    for modes in [("rev",), ("fwd", "rev")]:
        with pytest.raises(
            AssertionError, match=r"reverse mode of loss is wrong at order 1\n  argument 1: .* relative error"
        ):
            check_grads(loss, (W, B), order=1, modes=modes, **{**ENGINE, "vjp": flawed})


def test_a_tiny_wrong_cotangent_is_not_excused():
    def tiny(x):
        return 1e-12 * np.sum(np.sin(x))

    def flawed(f, *args):
        return vjp(f, *args, flaw=lambda k, ct: 2.0 * ct)

    with pytest.raises(AssertionError, match="argument 0"):
        check_grads(tiny, (W,), order=1, modes=("rev",), **{**ENGINE, "vjp": flawed})


def test_a_wrong_tangent_is_named():
    def flawed(f, primals, tangents):
        out, tangent = jvp(f, primals, tangents)
        return out, {"y": tangent["y"], "s": -tangent["s"]}

    with pytest.raises(
        AssertionError, match=r"forward mode of layers is wrong at order 1\n  tangent of the result\['s'\]"
    ):
        check_grads(layers, ({"w": W}, B), order=1, **{**ENGINE, "jvp": flawed})


def test_wrong_shapes_and_missing_cotangents_are_named():
    def summed(f, *args):
        return vjp(f, *args, flaw=lambda k, ct: ct)[0], lambda ct: (1.0, 1.0)

    with pytest.raises(
        AssertionError, match=r"cotangent of argument 0 should be float64\[3\], is float64\[\]"
    ):
        check_grads(loss, (W, B), order=1, modes=("rev",), **{**ENGINE, "vjp": summed})

    def nothing(f, *args):
        return f(*args), lambda ct: (None, None)

    with pytest.raises(AssertionError, match="is None"):
        check_grads(loss, (W, B), order=1, modes=("rev",), **{**ENGINE, "vjp": nothing})


def test_second_order_looks_at_the_gradient():
    def product(x):
        return x[0] * x[1] ** 3 + np.sin(x[2])

    def flawed_jvp(f, primals, tangents):
        if f is not product:
            return f(*primals), 3.0 * central(f, primals, tangents).value
        return jvp(f, primals, tangents)

    with pytest.raises(AssertionError, match="at order 2"):
        check_grads(product, (W,), order=2, modes=("fwd",), jvp=flawed_jvp, vjp=vjp, grad=grad)


def test_arguments_are_checked():
    with pytest.raises(TypeError, match="write \\(x,\\)"):
        check_grads(loss, W, **ENGINE)
    with pytest.raises(ValueError, match="modes"):
        check_grads(loss, (W, B), modes=("forward",), **ENGINE)
    with pytest.raises(TypeError, match="no argument holds a float"):
        check_grads(lambda n: n, (3,), **ENGINE)
