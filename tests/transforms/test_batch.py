"""Batched tangents and cotangents, against those that are computed one by one."""

import numpy as np
import pytest

import tapegen as tg
from tapegen.api import blocks, products
from tapegen.api.differentiate import derivative_of
from tapegen.pytree import flatten
from tapegen.testing import trees
from tapegen.testing.check import tangents
from tapegen.transforms import batch as batching
from tests.programs import registry
from tests.programs.refused import CRASHES, REFUSED

X, A = np.linspace(0.1, 1.1, 4), np.linspace(-1.0, 1.0, 16).reshape(4, 4) + np.eye(4)
SEEDS = 3


def products_of_matrices(x, a):
    return np.outer(a @ x, x @ a) @ a + np.dot(x, x) * a + a[0] @ a @ x


def axes(x, a):
    b = np.transpose(a) * np.sum(a, axis=0) + np.mean(a, axis=-1, keepdims=True)
    c = np.concatenate([np.reshape(b, (2, 8))[1], np.cumsum(x, axis=0), np.ravel(a)[:3]])
    return np.sum(c) * np.expand_dims(x, 1) + np.swapaxes(b, 0, 1) + np.stack([x, x, x, x], axis=1)


def indices(x, a):
    order = np.argsort(x)
    return a[order, 1] * x[::-1] + a[1:3, 2][0] + x[x > 0.5].sum() + a[..., 0] + np.roll(x, 1, axis=0)


def stores(x, a):
    u = np.zeros_like(a)
    total = 0.0
    for i in range(12):
        u[i % 4, 1:] = a[i % 4, :-1] * x[i % 4]
        u[:, 0] += x * total
        total = total + u[i % 4, 1] * x[0]
    if total > 0.0:
        u[1] = total
    return u


def reductions(x, a):
    return np.max(a, axis=1) * np.linalg.norm(x) + np.linalg.solve(a, x) + np.prod(x) + np.var(a)


def helper(x, n):
    return x if n == 0 else np.sin(helper(x, n - 1)) * x


def calls(x, a):
    return helper(x, 3) + np.sum(a)


def nests(x, a):
    return {"p": x * a, "n": 3, "q": (np.sum(x), [a[0]])}


FUNCTIONS = [products_of_matrices, axes, indices, stores, reductions, calls]


def together(nests):
    """Nests of arrays as one nest of seeds."""
    found = [flatten(nest) for nest in nests]
    columns = zip(*[leaves for leaves, _ in found], strict=True)
    kinds = "fc"
    seeds = [np.stack(c) if np.asarray(c[0]).dtype.kind in kinds else None for c in map(list, columns)]
    return found[0][1].unflatten(seeds)


def same(many, singles):
    for index, found in enumerate(many):
        parts = [flatten(single)[0][index] for single in singles]
        if found is not None and np.asarray(parts[0]).dtype.kind in "fc":
            expected = np.stack([np.asarray(part) for part in parts])
            assert np.shape(found) in ((), expected.shape)
            rtol = 1e-2 if expected.dtype.itemsize < 8 else 1e-6
            scale = np.max(np.abs(expected), initial=1.0, where=np.isfinite(expected))
            np.testing.assert_allclose(
                np.broadcast_to(found, expected.shape), expected, rtol=rtol, atol=1e-9 * scale
            )


def check(function, args, wrt):
    rng = np.random.default_rng(5)
    dots = [tangents(args, trees.random_like(args, rng, wrt)) for _ in range(SEEDS)]
    seeds = [together([dot[i] for dot in dots]) for i in wrt]
    _, many = blocks.push_many(function, wrt, trees.fresh(args), {}, seeds)
    pushed = [products.push(function, wrt, trees.fresh(args), {}, [dot[i] for i in wrt]) for dot in dots]
    same(many, [out_dot for _, out_dot in pushed])
    out, pull, _ = products.linearise(function, wrt, trees.fresh(args), {})
    cts = [trees.random_like(out, rng) for _ in range(SEEDS)]
    _, pull_many = blocks.linearise_many(function, wrt, trees.fresh(args), {})
    same(pull_many(together(cts)), [list(pull(ct)) for ct in cts])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_all_seeds_at_once(function, monkeypatch):
    def refuse(*args):
        raise AssertionError("not batched")

    monkeypatch.setattr("tapegen.directions._tangents", refuse)
    monkeypatch.setattr("tapegen.directions._pullbacks", refuse)
    check(function, (X, A), (0, 1))


def test_nests():
    check(nests, (X, A), (0, 1))


def test_what_cannot_be_batched_is_taken_one_by_one(monkeypatch):
    def refuse(*args):
        raise batching.Unbatchable("no", why="", instead="", origin=None)

    monkeypatch.setattr("tapegen.directions.batch", refuse)
    for function in (stores, nests):
        derivative_of.__globals__["_derivative"].cache_clear()
        check(function, (X, A), (0, 1))
    derivative_of.__globals__["_derivative"].cache_clear()


def test_the_primal_is_not_computed_for_each_seed():
    calls = []

    def counted(x):
        calls.append(None)
        return np.sin(x)

    f = tg.primitive(counted)
    f.defvjp(lambda ct, out, x: ct * np.cos(x))
    f.defjvp(lambda dots, out, x: dots[0] * np.cos(x))
    np.testing.assert_allclose(tg.jacfwd(lambda x: f(x) * x)(X), np.diag(np.cos(X) * X + np.sin(X)))
    assert len(calls) == 1


def test_numbers_read_from_what_is_written_are_not_views():
    def f(x):
        y = x * 1.0
        for i in range(3):
            first = y[0]
            y[0] = y[1] * 2.0
            y[1] = first + i
        return y

    one_by_one = np.stack([tg.jvp(f, (X,), (e,))[1] for e in np.eye(4)], axis=1)
    np.testing.assert_array_equal(tg.jacfwd(f)(X), one_by_one)
    np.testing.assert_array_equal(tg.jacrev(f)(X), one_by_one)


PROGRAMS = {name: p for name, p in registry.load().items() if name not in REFUSED and name not in CRASHES}


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program(name):
    program = PROGRAMS[name]
    args = program.args()
    check(
        program.function,
        args,
        program.argnums or tuple(sorted({path[0] for path, _ in trees.leaves(args)})),
    )
