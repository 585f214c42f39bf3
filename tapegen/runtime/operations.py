"""What a tape writes down about an operation: which cotangents it can give, what it must keep for that, how to compute
them on arrays, and how on Tensors, where an outer tape records.

A node of a tape is `(out, keys, operation, saved)`:
    out: the key of the result, a tuple of keys for several results.
    keys: for each argument its key, None, or a tuple of keys for a list of arrays.
    saved: the arguments, then the result; what the adjoint does not read is None or a stand-in.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gast
import numpy as np

from ..kernels import scatter_like, zeros_like
from ..rules import evaluate
from ..rules.body import Body, slice_body
from ..rules.registry import Rule
from ..rules.tables import reads_shape_only
from .tensor import Tensor, make

Cotangents = Sequence[Any]


class Operation:
    """Base. `active` are the positions of the arguments that get cotangents; `single` is that position if it is one.

    `pull(ct, saved)` computes them on arrays: a tuple, or for a `single` one the cotangent itself.
    `pull_tensors(ct, saved, keys, out_key)` does on Tensors, always a tuple.
    """

    __slots__ = ("active", "name", "single")
    active: tuple[int, ...]
    single: int
    name: str

    def pull(self, ct: Any, saved: Any) -> Any:
        raise NotImplementedError

    def pull_tensors(self, ct: Any, saved: Any, keys: Any, out: Any) -> Cotangents:
        raise NotImplementedError

    def zeros(self, saved: Any, position: int) -> Any:
        """The zero cotangent of one of several results."""
        return zeros_like(saved[-1][position])


class RuleOperation(Operation):
    """Any primitive with a rule, for one set of active arguments."""

    __slots__ = ("_make", "reads", "reads_out", "rule")

    def __init__(self, rule: Rule, active: tuple[int, ...], bound: Sequence[Any]) -> None:
        self.rule, self.active, self.name, self.single = rule, active, rule.name, -1
        self._make: Any = None
        ranks = [getattr(value, "ndim", 0) for value in bound]
        read = value_reads(slice_body(rule, active, ndim=ranks, values=bound))
        self.reads = tuple(name in read for name in rule.params)
        self.reads_out = "out" in read

    def save(self, bound: Sequence[Any], given: Sequence[Any], out: Any) -> tuple[Any, ...]:
        """What to keep of a call.

        Args:
            bound: the arguments as arrays; `given`: as they came. What is not a Tensor's array may be written by
                its owner, so that it is copied if the adjoint reads it.
            out: the result as arrays.
        """
        kept: list[Any] = []
        for a, g, read in zip(bound, given, self.reads, strict=True):
            if type(a) is np.ndarray:
                if read:
                    kept.append(a if isinstance(g, Tensor) else a.copy())
                else:
                    kept.append(_stand_in(a) if a.nbytes > _LARGE else a)
            elif a is None or a.__class__ in _SIMPLE:
                kept.append(a)
            else:
                kept.append(_own(a, g) if read else _stand_in(a))
        kept.append(
            out if self.reads_out or type(out) is not np.ndarray or out.nbytes <= _LARGE else _stand_in(out)
        )
        return tuple(kept)

    def save_tensors(self, bound: Sequence[Any], out: Any) -> tuple[Any, ...]:
        """As `save`, where all arrays are those of Tensors."""
        kept = [
            a if read or type(a) is not np.ndarray or a.nbytes <= _LARGE else shape_only(a)
            for a, read in zip(bound, self.reads, strict=True)
        ]
        read = self.reads_out or type(out) is not np.ndarray or out.nbytes <= _LARGE
        kept.append(out if read else shape_only(out))
        return tuple(kept)

    def pull(self, ct: Any, saved: Any) -> Any:
        make = self._make
        if make is None:
            return self._first(ct, saved)
        return make(*saved)(ct)

    def _first(self, ct: Any, saved: Any) -> Any:
        """Pull through the front door, and remember what that compiled: the same for all calls of this operation."""
        rule, bound = self.rule, saved[:-1]
        found = evaluate.pullback(rule, bound, None, saved[-1], self.active)(ct)
        body = None
        if rule.variants or rule.cases:
            body = rule.body_for([getattr(value, "ndim", 0) for value in bound], bound)
        self._make = rule.cache.get((self.active, body, evaluate.is_complex(rule, bound, saved[-1])))
        return found

    def pull_tensors(self, ct: Any, saved: Any, keys: Any, out: Any) -> Cotangents:
        args = [as_tensors(a, k) for a, k in zip(saved, keys, strict=False)]
        result = as_tensors(saved[-1], out)
        return evaluate.pullback(self.rule, args, None, result, self.active)(ct)


class Total(RuleOperation):
    """The sum of all elements of a real array: the rule of `np.sum`, its cotangent spread as a view of one number."""

    __slots__ = ()

    def pull(self, ct: Any, saved: Any) -> Any:
        like = saved[0]
        if type(ct) is not like.dtype.type:
            return super().pull(ct, saved)[0]
        return np.ndarray(like.shape, like.dtype, ct, 0, like.strides)


class FastOperation(Operation):
    """An elementwise primitive on real arguments of one shape and dtype: nothing to broadcast back, cast or conjugate.

    Its pullback is compiled from the same body as that of `RuleOperation`.
    """

    __slots__ = ("pull", "reads", "reads_out", "rule")

    def __init__(self, rule: Rule, active: tuple[int, ...]) -> None:
        self.rule, self.active, self.name = rule, active, rule.name
        self.single = active[0] if len(active) == 1 else -1
        body = slice_body(rule, active, ndim=())
        self.reads = tuple(name in body.reads for name in rule.params)
        self.reads_out = "out" in body.reads
        self.pull = compile_partials(rule, active)  # type: ignore[assignment, method-assign]

    def pull_tensors(self, ct: Any, saved: Any, keys: Any, out: Any) -> Cotangents:
        args = [as_tensors(a, k) for a, k in zip(saved, keys, strict=False)]
        found = self.pull(ct, (*args, as_tensors(saved[-1], out)))
        return (found,) if self.single >= 0 else found


class Broadcast(Operation):
    """A `FastOperation` whose operands were broadcast: its cotangents are summed back.

    `saved` has, after the result, a pair `(axes, shape)` for each active operand, None where nothing is to be summed.
    """

    __slots__ = ("fast",)

    def __init__(self, fast: FastOperation) -> None:
        self.fast, self.active, self.name, self.single = fast, fast.active, fast.name, -1

    def pull(self, ct: Any, saved: Any) -> Any:
        *values, plans = saved
        found = self.fast.pull(ct, values)
        parts = (found,) if self.fast.single >= 0 else found
        return [
            part if plan is None else np.add.reduce(part, plan[0]).reshape(plan[1])
            for part, plan in zip(parts, plans, strict=True)
        ]

    def pull_tensors(self, ct: Any, saved: Any, keys: Any, out: Any) -> Cotangents:
        *values, plans = saved
        parts = self.fast.pull_tensors(ct, values, keys, out)
        return [
            part if plan is None else np.reshape(np.sum(part, plan[0]), plan[1])
            for part, plan in zip(parts, plans, strict=True)
        ]


_plans: dict[Any, Any] = {}


def sum_plan(shape: tuple[int, ...], whole: tuple[int, ...]) -> Any:
    """How to sum an array of shape `whole` back to `shape`: axes and final shape; None if they are equal."""
    if shape == whole:
        return None
    found = _plans.get((shape, whole))
    if found is None:
        extra = len(whole) - len(shape)
        stretched = [extra + i for i, n in enumerate(shape) if n == 1 and whole[extra + i] != 1]
        if len(_plans) > 10_000:
            _plans.clear()
        found = _plans[shape, whole] = ((*range(extra), *stretched), shape)
    return found


class Recorded(Operation):
    """An operation that came with its own pullback: a compiled function, a custom gradient.

    Args:
        pullback: takes one cotangent per result, returns one per input, None for zero.
        tensors: whether `pullback` wants Tensors even where nothing is recorded.
    `saved` is `(outputs,)`: of each only shape and dtype are read.
    """

    __slots__ = ("pullback", "tensors")

    def __init__(
        self, name: str, pullback: Callable[..., Any], active: tuple[int, ...], tensors: bool
    ) -> None:
        self.name, self.pullback, self.active, self.tensors, self.single = name, pullback, active, tensors, -1

    def pull(self, ct: Any, saved: Any) -> Any:
        cts = ct if type(ct) is list else [ct]
        if self.tensors:
            cts = [as_tensors(c, None) for c in cts]
        return self._chosen(self.pullback(*cts))

    def pull_tensors(self, ct: Any, saved: Any, keys: Any, out: Any) -> Cotangents:
        return self._chosen(self.pullback(*(ct if type(ct) is list else [ct])))

    def _chosen(self, found: Sequence[Any]) -> Cotangents:
        return [found[i] for i in self.active]


class Pick(Operation):
    """`x[index]` for integers and slices; `saved` is `(shape_only(x), index)`.

    The tape does not call `pull` of it on arrays but adds to one buffer for all picks from an array, so that a loop
    over its elements takes linear time.
    """

    __slots__ = ()

    def __init__(self) -> None:
        self.name, self.active, self.single = "getitem", (0,), -1

    def pull(self, ct: Any, saved: Any) -> Any:
        return (scatter_like(ct, saved[1], saved[0]),)

    def pull_tensors(self, ct: Any, saved: Any, keys: Any, out: Any) -> Cotangents:
        return (scatter_like(ct, saved[1], saved[0]),)


PICK = Pick()


class Unsupported(Operation):
    """An operation without a rule: its result is right, asking for its gradient is an error."""

    __slots__ = ()

    def __init__(self, name: str, active: tuple[int, ...]) -> None:
        self.name, self.active, self.single = name, active, -1

    def pull(self, ct: Any, saved: Any) -> Any:
        raise LookupError(
            f"gradient registry has no entry for: {self.name}; tapegen has no derivative rule for it"
        )

    def pull_tensors(self, ct: Any, saved: Any, keys: Any, out: Any) -> Cotangents:
        return self.pull(ct, saved)  # type: ignore[no-any-return]


# -- saved values -----------------------------------------------------------------------------------------------------


def as_tensors(value: Any, key: Any) -> Any:
    """A saved array as the Tensor that it was: nested for lists; numbers, shapes and the like as they are."""
    if key is None and not isinstance(value, (np.ndarray, np.generic)):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return make(value, key)
    if isinstance(value, (list, tuple)):
        keys = key if isinstance(key, tuple) else (None,) * len(value)
        parts = [as_tensors(v, k) for v, k in zip(value, keys, strict=True)]
        return type(value)._make(parts) if hasattr(value, "_make") else type(value)(parts)
    return value


def _own(array: Any, given: Any) -> Any:
    """`array` such that nobody writes it."""
    if type(array) is np.ndarray:
        return array if isinstance(given, Tensor) else array.copy()
    if isinstance(array, (list, tuple)) and any(type(a) is np.ndarray for a in array):
        return type(array)([_own(a, g) for a, g in zip(array, given, strict=True)])
    return array


_LARGE = 1 << 14
_SIMPLE = frozenset({int, float, bool, str, slice, np.float32, np.float64})


def shape_only(array: Any) -> Any:
    """A read-only array of zeros of the same shape and dtype that needs no memory."""
    return np.ndarray(array.shape, array.dtype, _ZEROS, 0, (0,) * array.ndim)


_ZEROS = bytes(64)


def _stand_in(array: Any) -> Any:
    """Something small of the same shape and dtype."""
    if type(array) is np.ndarray:
        return shape_only(array) if array.nbytes > _LARGE else array
    if type(array) in (list, tuple):
        return type(array)([_stand_in(a) for a in array])
    return array


_SHAPE_ATTRIBUTES = frozenset({"shape", "ndim", "dtype", "size"})


def value_reads(body: Body) -> frozenset[str]:
    """The names of a rule's body whose values are read, not only shape or dtype."""
    read: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, gast.Name):
            read.add(node.id)
        elif (
            isinstance(node, gast.Attribute)
            and node.attr in _SHAPE_ATTRIBUTES
            and isinstance(node.value, gast.Name)
        ):
            return
        elif isinstance(node, gast.Call):
            function = node.func
            skipped = reads_shape_only(_callee(function, body.namespace))
            for i, arg in enumerate(node.args):
                if not (i in skipped and isinstance(arg, gast.Name)):
                    visit(arg)
            for keyword in node.keywords:
                visit(keyword.value)
            if isinstance(function, gast.Attribute):
                visit(function.value)
        else:
            for child in gast.iter_child_nodes(node):
                visit(child)

    for stmt in body.statements:
        visit(stmt.value)
    for result in body.results:
        visit(result)
    return frozenset(read & body.reads)


def _callee(node: Any, namespace: Mapping[str, Any]) -> Any:
    """The object that a dotted name denotes, or None."""
    if isinstance(node, gast.Name):
        return namespace.get(node.id)
    if isinstance(node, gast.Attribute):
        return getattr(_callee(node.value, namespace), node.attr, None)
    return None


# -- compiling the fast pullbacks -------------------------------------------------------------------------------------

_TEMPLATE = """
def pull(ct, saved):
    names = saved
"""


def compile_partials(rule: Rule, active: tuple[int, ...]) -> Callable[[Any, Any], Any]:
    """`pull(ct, saved)` of an elementwise rule: unpacks what is read, multiplies `ct` by the partials."""
    body = slice_body(rule, active, ndim=())
    tree = gast.parse(_TEMPLATE)
    function = tree.body[0]
    unpack = function.body[0]
    names = [name if name in body.reads else "_" for name in (*rule.params, "out")]
    unpack.targets = [gast.Tuple([gast.Name(n, gast.Store(), None, None) for n in names], gast.Store())]
    results = [_times_ct(partial) for partial in body.results]
    returned = results[0] if len(results) == 1 else gast.Tuple(results, gast.Load())
    function.body = [*([unpack] if body.reads else []), *body.statements, gast.Return(returned)]
    namespace = dict(body.namespace)
    exec(
        compile(ast.fix_missing_locations(gast.gast_to_ast(tree)), f"<adjoint of {rule.name}>", "exec"),
        namespace,
    )
    return namespace["pull"]  # type: ignore[no-any-return]


def _times_ct(partial: Any) -> Any:
    """`ct * partial`; `ct` for 1 and `-ct` for -1, which are exact."""
    ct = gast.Name("ct", gast.Load(), None, None)
    number = gast.unparse(partial) if isinstance(partial, (gast.Constant, gast.UnaryOp)) else ""
    if number == "1":
        return ct
    if isinstance(partial, gast.UnaryOp) and isinstance(partial.op, gast.USub):
        inner = _times_ct(partial.operand)
        return gast.UnaryOp(gast.USub(), inner) if number == "-1" else gast.BinOp(ct, gast.Mult(), partial)
    return gast.BinOp(ct, gast.Mult(), partial)
