"""Every program of the corpus in every mode: values, side effects, gradients, dot products, second order, stages.

TAPEGEN_CORPUS_LEVEL=2 keeps to the first language; TAPEGEN_SECOND_ORDER=all (or a fraction such as 0.1)
says how much of second order to run.
"""

import inspect
import os
import zlib

import numpy as np
import pytest

import tapegen as tg
from tapegen.api.program import program_of
from tapegen.testing import differences, trees
from tapegen.testing.check import as_scalar, tangents

from . import registry
from .refused import CRASHES, REFUSED, REFUSED_AT_SECOND_ORDER, STAGES_NOT_RUN

LEVEL = int(os.environ.get("TAPEGEN_CORPUS_LEVEL", "3"))
SAMPLE = os.environ.get("TAPEGEN_SECOND_ORDER", "0.12")
FRACTION = 1.0 if SAMPLE == "all" else float(SAMPLE)

PROGRAMS = {name: p for name, p in registry.load().items() if p.level <= LEVEL}
ACCEPTED = [name for name in PROGRAMS if name not in REFUSED and name not in CRASHES]
SECOND = [
    name
    for name in ACCEPTED
    if name not in REFUSED_AT_SECOND_ORDER and zlib.crc32(name.encode()) % 1000 < 1000 * FRACTION
]

FULL_GRADIENT_UP_TO = 12  # entries


def needs(*names):
    missing = [name for name in names if not hasattr(tg, name)]
    return pytest.mark.skipif(bool(missing), reason=f"tapegen has no {', '.join(missing)} yet")


@needs("vjp")
@pytest.mark.parametrize("name", ACCEPTED)
def test_value_and_side_effects(name):
    program = PROGRAMS[name]
    args, plain = program.args(), program.args()
    expected = program.function(*plain)
    actual, _ = tg.vjp(program.function, *args)
    same(actual, expected, "the result")
    same(args, plain, "the arguments afterwards")


@needs("vjp")
@pytest.mark.parametrize("name", ACCEPTED)
def test_gradient_against_differences(name):
    program = PROGRAMS[name]
    rng = np.random.default_rng(2)
    args = program.args()
    out, pullback = tg.vjp(program.function, *trees.fresh(args))
    ct = trees.random_like(out, rng)
    cotangents = pullback(ct)
    for path, x in trees.leaves(args):
        bar = trees.at(cotangents, path)
        assert bar is not None, f"no cotangent of {trees.name(path)}"
        assert (np.shape(bar), np.asarray(bar).dtype) == (np.shape(x), np.asarray(x).dtype), (
            f"form of {trees.name(path)}"
        )
    unaliased(cotangents)

    for direction in directions(args, rng):
        difference = differences.central(program.function, args, direction)
        agree(cotangents, direction, ct, difference)


@needs("vjp", "jvp")
@pytest.mark.parametrize("name", ACCEPTED)
def test_forward_against_reverse_and_differences(name):
    program = PROGRAMS[name]
    rng = np.random.default_rng(3)
    args = program.args()
    direction = trees.random_like(args, rng, program.argnums)
    out, tangent = tg.jvp(program.function, trees.fresh(args), tangents(args, direction))
    ct = trees.random_like(out, rng)
    difference = differences.central(program.function, args, direction)
    tolerance = precision(args, out)
    for (path, expected), error in zip(trees.leaves(difference.value), difference.errors, strict=True):
        actual = trees.at(tangent, path)
        size = np.max(np.abs(expected), initial=0.0)
        assert (
            np.max(np.abs(actual - expected), initial=0.0) <= tolerance["difference"] * size + 20 * error
        ), f"tangent of {path}"
    _, pullback = tg.vjp(program.function, *trees.fresh(args))
    left, left_size = trees.inner(ct, tangent)
    right, right_size = trees.inner(direction, pullback(ct))
    assert abs(left - right) <= tolerance["dot"] * (left_size + right_size)


@needs("vjp", "grad")
@pytest.mark.second_order
@pytest.mark.parametrize("name", SECOND)
def test_second_order_against_differences_of_the_first(name):
    program = PROGRAMS[name]
    rng = np.random.default_rng(4)
    args = program.args()
    out = program.function(*trees.fresh(args))
    argnums = program.argnums or tuple(sorted({path[0] for path, _ in trees.leaves(args)}))
    scalar = as_scalar(program.function, len(args), out, trees.random_like(out, rng))
    first = tg.grad(scalar, argnums if len(argnums) > 1 else argnums[0])
    slope, pullback = tg.vjp(first, *trees.fresh(args))
    ct = trees.random_like(slope, rng)
    direction = trees.random_like(args, rng, argnums)
    agree(pullback(ct), direction, ct, differences.central(first, args, direction))


@needs("explain")
@pytest.mark.parametrize("name", [name for name in ACCEPTED if name not in STAGES_NOT_RUN])
def test_stages_before_differentiation_run_as_the_original(name):
    program = PROGRAMS[name]
    plain = program.args()
    expected = program.function(*plain)
    for stage_name, text in tg.explain(program.function, *program.args()).items():
        if "differentiated" in stage_name:
            break
        args = program.args()
        try:
            stage = runnable(text, program)
            actual = stage(*args, *hidden(stage, program, len(args)))
        except NameError as error:
            pytest.skip(f"the text of {stage_name} alone does not say what {error.name} is")
        same(actual, expected, f"the result of stage {stage_name}")
        same(args, plain, f"the arguments after stage {stage_name}")


@needs("vjp", "TransformError")
@pytest.mark.parametrize("name", [name for name in REFUSED if name in PROGRAMS])
def test_refused(name):
    program = PROGRAMS[name]
    with pytest.raises(tg.TransformError):
        tg.vjp(program.function, *program.args())


@needs("vjp")
@pytest.mark.parametrize("name", [name for name in CRASHES if name in PROGRAMS])
def test_a_crash_gives_no_number(name):
    program = PROGRAMS[name]
    out, pullback = tg.vjp(program.function, *program.args())
    ct = trees.random_like(out, np.random.default_rng(0))
    with pytest.raises((TypeError, ValueError)):
        pullback(ct)


def directions(args, rng):
    """Two random directions, and every unit direction of small arguments."""
    yield trees.random_like(args, rng)
    yield trees.random_like(args, rng)
    zeros = [np.zeros(np.shape(x), np.asarray(x).dtype) for _, x in trees.leaves(args)]
    if sum(z.size for z in zeros) <= FULL_GRADIENT_UP_TO:
        for z in zeros:
            for index in np.ndindex(z.shape):
                z[index] = 1.0
                yield trees.replace(args, zeros)
                z[index] = 0.0


def agree(cotangents, direction, ct, difference):
    """Assert <J^T ct, v> = <ct, J v>, where J v has an error estimate."""
    actual, size = trees.inner(direction, cotangents)
    expected, scale = trees.inner(ct, difference.value)
    errors = zip(trees.leaves(ct), difference.errors, strict=True)
    doubt = sum(float(np.sum(np.abs(leaf))) * error for (_, leaf), error in errors)
    tolerance = precision(cotangents, ct)["difference"]
    wrong = abs(actual - expected)
    assert wrong <= tolerance * max(size, scale) + 20 * doubt, (
        f"expected {expected!r}, got {actual!r}, in doubt by {doubt:.1e}"
    )


def precision(*trees_of_floats):
    eps = max(float(np.finfo(np.asarray(leaf).dtype).eps) for _, leaf in trees.leaves(trees_of_floats))
    return {"dot": 5e3 * eps, "difference": max(1e-7, 1e4 * eps)}


def same(actual, expected, what):
    """Assert equal structure and kinds, and values equal up to reordered sums."""
    found, wanted = trees.leaves(actual), trees.leaves(expected)
    assert [path for path, _ in found] == [path for path, _ in wanted], f"structure of {what}"
    for (path, a), (_, b) in zip(found, wanted, strict=True):
        assert (np.shape(a), np.asarray(a).dtype) == (np.shape(b), np.asarray(b).dtype), (
            f"form of {what} at {path}"
        )
        rtol = 1e4 * float(np.finfo(np.asarray(b).dtype).eps)
        np.testing.assert_allclose(
            a, b, rtol=rtol, atol=rtol * np.max(np.abs(b), initial=0.0), err_msg=f"{what} at {path}"
        )


def unaliased(cotangents):
    arrays = [leaf for _, leaf in trees.leaves(cotangents) if isinstance(leaf, np.ndarray)]
    for i, a in enumerate(arrays):
        assert not any(np.shares_memory(a, b) for b in arrays[:i]), "two cotangents share memory"


def hidden(stage, program, given):
    """The values of the parameters that a stage has beyond those of the program: globals and attributes of classes."""
    names = list(inspect.signature(stage).parameters)[given:]
    free = program_of(program.function).linked().free
    return [free[name].read() for name in names if name in free]


def runnable(text, program):
    """The function of a stage, among the names that the original sees."""
    namespace = dict(program.function.__globals__)
    exec(compile(text, "<stage>", "exec"), namespace)
    return namespace[program.function.__name__]
