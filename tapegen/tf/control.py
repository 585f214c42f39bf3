"""Branches, loops, folds and checks under TensorFlow's names: here they are Python's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..pytree import flatten, tree_map
from ..pytree import leaves as leaves_of
from ..runtime.tensor import Tensor
from .arrays import identity, stack
from .convert import convert_to_tensor, tensor
from .dtypes import as_dtype
from .module import TensorArray


def _rows(elems: Any, reverse: bool = False) -> list[Any]:
    """The nests of the rows of a nest of Tensors."""
    found, structure = flatten(elems)
    parts = [list(tensor(leaf)) for leaf in found]
    if len({len(p) for p in parts}) > 1:
        raise ValueError(f"elements have different lengths: {[len(p) for p in parts]}")
    rows = [structure.unflatten(row) for row in zip(*parts, strict=True)]
    return rows[::-1] if reverse else rows


def _stacked(rows: list[Any]) -> Any:
    """A nest of Tensors from the nests of their rows."""
    structure = flatten(rows[0])[1]
    columns = zip(*[[tensor(leaf) for leaf in leaves_of(row)] for row in rows], strict=True)
    return structure.unflatten([stack(list(column)) for column in columns])


def map_fn(fn: Callable[..., Any], elems: Any, *args: Any, **kwargs: Any) -> Any:
    """`fn` of each row of a nest of Tensors, its results stacked."""
    return _stacked([fn(row) for row in _rows(elems)])


def vectorized_map(fn: Callable[..., Any], elems: Any, *args: Any, **kwargs: Any) -> Any:
    return map_fn(fn, elems)


def _accumulated(fn: Callable[..., Any], elems: Any, initializer: Any, reverse: bool) -> list[Any]:
    """The results of all steps, the first row before them if there is no `initializer`."""
    rows = _rows(elems, reverse)
    total = rows.pop(0) if initializer is None else tree_map(tensor, initializer)
    found = [total]
    for row in rows:
        total = fn(total, row)
        found.append(total)
    return found


def foldl(fn: Callable[..., Any], elems: Any, initializer: Any = None, *args: Any, **kwargs: Any) -> Any:
    return _accumulated(fn, elems, initializer, False)[-1]


def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, *args: Any, **kwargs: Any) -> Any:
    return _accumulated(fn, elems, initializer, True)[-1]


def scan(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: Any = None,
) -> Any:
    """All the results of a fold, stacked."""
    found = _accumulated(fn, elems, initializer, reverse)
    found = found if initializer is None else found[1:]
    return _stacked(found[::-1] if reverse else found)


def cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: Any = None) -> Any:
    return true_fn() if bool(pred) else false_fn()


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: Any = None,
) -> Any:
    """Python's `while` on a list of values, which `body` takes and returns."""
    count = 0
    while (maximum_iterations is None or count < int(maximum_iterations)) and bool(cond(*loop_vars)):
        loop_vars = body(*loop_vars)
        loop_vars = loop_vars if isinstance(loop_vars, (list, tuple)) else [loop_vars]
        count += 1
    return tree_map(lambda value: value if isinstance(value, TensorArray) else tensor(value), loop_vars)


def case(
    pred_fn_pairs: Sequence[tuple[Any, Callable[[], Any]]],
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: Any = None,
) -> Any:
    for condition, branch in pred_fn_pairs:
        if bool(condition):
            return branch()
    if default is None:
        raise ValueError("none of the conditions holds, and there is no default")
    return default()


def switch_case(
    branch_index: Any, branch_fns: Any, default: Callable[[], Any] | None = None, name: Any = None
) -> Any:
    branches = dict(enumerate(branch_fns) if not isinstance(branch_fns, dict) else branch_fns.items())
    chosen = branches.get(int(branch_index), default or list(branches.values())[-1])
    return chosen()


def identity_n(input: Any, name: Any = None) -> list[Any]:
    return [identity(part) for part in input]


def py_function(func: Callable[..., Any], inp: Any, Tout: Any, name: Any = None) -> Any:
    """Calls `func` with Tensors; what it does is recorded as everything else."""
    return _converted(func(*[tensor(i) for i in inp]), Tout)


def numpy_function(
    func: Callable[..., Any],
    inp: Any,
    Tout: Any,
    stateful: bool = True,
    name: Any = None,
) -> Any:
    """Calls `func` with arrays, off the tape."""
    return _converted(func(*[tensor(i).numpy() for i in inp]), Tout)


def _converted(found: Any, dtypes: Any) -> Any:
    if isinstance(dtypes, (list, tuple)):
        return [_converted(f, d) for f, d in zip(found, dtypes, strict=True)]
    return found if isinstance(found, Tensor) else convert_to_tensor(found, dtypes)


def check_numerics(tensor: Any, message: str, name: Any = None) -> Any:
    """The Tensor itself.

    Raises: ValueError if there are NaNs or infinities in it.
    """
    x = convert_to_tensor(tensor)
    if not np.all(np.isfinite(x._a)):
        raise ValueError(f"{message} : Tensor had NaN or Inf values")
    return identity(x)


def _assertion(label: str, holds: Callable[[Any, Any], Any]) -> Callable[..., None]:
    def check(x: Any, y: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
        a, b = tensor(x)._a, tensor(y)._a
        if not np.all(holds(a, b)):
            raise ValueError(f"{message or ''} Condition x {label} y did not hold: {a!r}, {b!r}".strip())

    return check


def _holds(label: str, condition: Callable[[Any], Any]) -> Callable[..., None]:
    def check(x: Any, message: Any = None, summarize: Any = None, name: Any = None) -> None:
        a = tensor(x)._a
        if not np.all(condition(a)):
            raise ValueError(f"{message or ''} Condition x {label} did not hold: {a!r}".strip())

    return check


def assert_rank(x: Any, rank: Any, message: Any = None, name: Any = None) -> None:
    if tensor(x).ndim != int(rank):
        raise ValueError(
            f"{message or ''} Tensor must have rank {rank}, received shape {tensor(x).shape}".strip()
        )


def assert_type(tensor: Any, tf_type: Any, message: Any = None, name: Any = None) -> None:
    if tensor.dtype != as_dtype(tf_type):
        raise TypeError(
            f"{message or ''} tensor must be of type {as_dtype(tf_type)}, got {tensor.dtype}".strip()
        )


def assert_shapes(
    shapes: Any, data: Any = None, summarize: Any = None, message: Any = None, name: Any = None
) -> None:
    """Shapes of several Tensors, as pairs; symbols stand for the same length everywhere, None for any."""
    known: dict[Any, int] = {}
    for x, wanted in shapes.items() if isinstance(shapes, dict) else shapes:
        own = tensor(x).shape
        fits = len(own) == len(wanted) and all(
            symbol is None or known.setdefault(symbol, symbol if isinstance(symbol, int) else n) == n
            for symbol, n in zip(wanted, own, strict=True)
        )
        if not fits:
            raise ValueError(f"{message or ''} shape {tuple(own)} is not {tuple(wanted)}".strip())


def assert_true(condition: Any, data: Any = None, summarize: Any = None, name: Any = None) -> None:
    """`tf.Assert`."""
    if not np.all(tensor(condition)._a):
        raise ValueError(f"assertion failed: {data}")


DEBUGGING: dict[str, Any] = {
    "Assert": assert_true, "assert_rank": assert_rank, "assert_type": assert_type, "assert_shapes": assert_shapes,
    **{
        f"assert_{name}": _holds(label, condition)
        for name, label, condition in (
            ("positive", "> 0", lambda a: a > 0), ("negative", "< 0", lambda a: a < 0),
            ("non_negative", ">= 0", lambda a: a >= 0), ("non_positive", "<= 0", lambda a: a <= 0),
            ("integer", "is an integer", lambda a: a.dtype.kind in "iu"),
            ("scalar", "is a scalar", lambda a: a.ndim == 0),
        )
    },
    "assert_none_equal": _assertion("!=", np.not_equal),
    "check_numerics": check_numerics,
    **{
        f"assert_{name}": _assertion(label, holds)
        for name, label, holds in (
            ("equal", "==", np.equal), ("less", "<", np.less), ("less_equal", "<=", np.less_equal),
            ("greater", ">", np.greater), ("greater_equal", ">=", np.greater_equal), ("near", "~=", np.isclose),
        )
    },
    "assert_all_finite": lambda x, message="", name=None: check_numerics(x, message),
}  # fmt: skip
NAMES: dict[str, Any] = {
    f.__name__: f
    for f in (
        map_fn, vectorized_map, foldl, foldr, scan, cond, while_loop, case, switch_case, identity_n, py_function,
        numpy_function,
    )
}  # fmt: skip
