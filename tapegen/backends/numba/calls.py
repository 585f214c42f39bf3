"""Calls: what each function of NumPy, of Python and of our kernels becomes."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from tapegen.analysis.values import Array, Value
from tapegen.backends.numba import (  # noqa: F401  (they register handlers)
    arrays,
    composites,
    cotangents,
    creation,
    layout,
    linear,
    reductions,
    scalars,
    views,
)
from tapegen.backends.numba.handlers import HANDLERS, Arguments, as_view, axes_of, constant, handles
from tapegen.backends.numba.state import (
    Scalar,
    Static,
    View,
    Work,
    dtype_of,
)


def call(work: Work, node: gast.expr, fact: Value, stem: str) -> Any:
    """What a call, or a matrix product, stands for."""
    if isinstance(node, gast.BinOp):
        x, y = work.value(node.left), work.value(node.right)  # type: ignore[attr-defined]
        return _product(work, x, y, fact, stem)
    assert isinstance(node, gast.Call)
    callee = work.lookup(node.func)
    if callee is None or type(callee).__hash__ is None:
        raise work.fail("a call of what is only known when it runs")
    handler = HANDLERS.get(callee)
    arguments = Arguments(work, node)
    if handler is not None:
        return handler(work, arguments, fact, stem)
    if callee in scalars.ELEMENTWISE or callee in scalars.NUMERIC:
        return _elementwise(work, callee, arguments, fact, stem)
    if callee in reductions.REDUCTIONS:
        return _reduction(work, reductions.REDUCTIONS[callee], arguments, fact, stem)
    name = getattr(callee, "__name__", None) or type(callee).__name__
    raise work.fail(f"the function {name}")


def _elementwise(work: Work, callee: Any, arguments: Arguments, fact: Value, stem: str) -> Any:
    operands = list(arguments.positional)
    if callee is np.clip:
        operands = [
            arguments.take(0, "a"),
            arguments.take(1, "a_min", Static(None)),
            arguments.take(2, "a_max", Static(None)),
        ]
        arguments.only(3, "a_min", "a_max")
    elif arguments.named:
        raise work.fail("a call with arguments that are not compiled")
    if callee in scalars.NUMERIC:
        if not all(isinstance(operand, Scalar) for operand in operands):
            raise work.fail(f"{callee.__name__} of what is no number")
        return scalars.apply(work, callee, operands, dtype_of(fact))
    if callee is np.real and isinstance(operands[0], View) and operands[0].dtype != "complex128":
        return operands[0]
    if callee is np.positive or not operands:
        raise work.fail("np.positive")
    return arrays.elementwise(
        work, stem, operands, fact, lambda xs, dtype: scalars.apply(work, callee, xs, dtype)
    )


def _reduction(work: Work, kind: str, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2, "axis", "keepdims", "a")
    x = as_view(work, arguments.take(0, "a"))
    keepdims = constant(work, arguments.take(5, "keepdims", Static(False)))
    axes = axes_of(work, arguments.take(1, "axis", Static(None)))
    return reductions.reduced(work, stem, kind, x, axes, bool(keepdims), fact)


# -- products ---------------------------------------------------------------------------------------------------------


def _product(work: Work, x: Any, y: Any, fact: Value, stem: str) -> Any:
    if not isinstance(x, View) or not isinstance(y, View):
        raise work.fail("a product of what are no arrays")
    return reductions.product(work, stem, x, y, fact)


@handles(np.dot, np.matmul, np.inner)
def _dot(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2)
    x, y = arguments.positional
    if isinstance(x, Scalar) or isinstance(y, Scalar):
        return arrays.elementwise(
            work, stem, [x, y], fact, lambda xs, d: scalars.binary(work, gast.Mult(), xs[0], xs[1], d)
        )
    rank = fact.rank if isinstance(fact, Array) else None
    if rank is None or x.rank + y.rank - 2 != rank or max(x.rank, y.rank) > 2:
        raise work.fail("a product of stacks of matrices")
    return _product(work, x, y, fact, stem)


@handles(np.outer)
def _outer(work: Work, arguments: Arguments, fact: Value, stem: str) -> Any:
    arguments.only(2)
    x, y = arguments.positional
    if not isinstance(x, View) or not isinstance(y, View) or x.rank != 1 or y.rank != 1:
        raise work.fail("np.outer of what are no vectors")
    column = views.expanded(x, [1])
    return arrays.elementwise(
        work, stem, [column, y], fact, lambda xs, d: scalars.binary(work, gast.Mult(), xs[0], xs[1], d)
    )
