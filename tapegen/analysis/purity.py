"""Purity: what evaluating an expression or executing a statement may change, and which names share memory.

Assumed: operators on local values have no effects other than their result; a NumPy function is pure if it has a rule or
is in the tables below, and is not in the registry's table of functions that write into an argument.
"""

from __future__ import annotations

import builtins
import copy
import functools
import math
import operator
import random
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from tapegen.analysis.records import constructor, is_immutable_record
from tapegen.analysis.uses import expressions
from tapegen.kernels.trees import record_like
from tapegen.lang.core import Core, Generated, lookup
from tapegen.lang.walk import CHILDREN
from tapegen.rules import registry, tables


@dataclass(frozen=True)
class Callee:
    """What a call of a function may do.

    Attributes:
        pure: it has no effect but its result.
        fresh: nobody else refers to the array that is its result.
        holds: its result is a container or iterator of what the arguments contain.
        writes: positions of the arguments that it writes into.
        checks: it is called for the error that it may raise, too.
        spared: positions of arguments of which it reads only shape and dtype, so its result never shares them.
    """

    pure: bool
    fresh: bool = False
    holds: bool = False
    writes: tuple[int, ...] = ()
    checks: bool = False
    spared: tuple[int, ...] = ()


def functions_named(module: Any, *names: str) -> list[Any]:
    """The functions of a module that are named in strings of words, as far as this version of it has them."""
    found = [getattr(module, name, None) for words in names for name in words.split()]
    return [function for function in found if function is not None]


FRESH = Callee(pure=True, fresh=True)
VIEW = Callee(pure=True)
HOLDS = Callee(pure=True, holds=True)
OPAQUE = Callee(pure=False)

LIST_WRITES = frozenset(
    {
        "append",
        "extend",
        "insert",
        "pop",
        "clear",
        "update",
        "setdefault",
        "remove",
        "popitem",
        "reverse",
        "sort",
        "add",
    }
)
LIST_READS = frozenset({"keys", "values", "items", "copy", "index", "count", "get"})
STRING_METHODS = frozenset(
    {"format", "join", "split", "strip", "lower", "upper", "startswith", "endswith", "replace", "encode"}
)

_BUILTINS = {
    **dict.fromkeys(
        functions_named(
            builtins,
            "abs all any bin bool bytes callable chr complex divmod float format hash hex int isinstance issubclass",
            "len oct ord pow range repr round slice str type",
        ),
        FRESH,
    ),
    **dict.fromkeys(
        functions_named(builtins, "dict enumerate frozenset list reversed set sorted tuple zip"), HOLDS
    ),
    **dict.fromkeys(functions_named(builtins, "max min sum"), VIEW),
}

# NumPy functions without a rule that write nothing and return an array of their own.
_NUMPY = functions_named(
    np,
    "all allclose any arange argmax argmin argpartition argsort argwhere array_equal array_equiv array2string around",
    "average bincount bitwise_count broadcast_shapes can_cast clip column_stack concatenate concat copy corrcoef cov",
    "count_nonzero cross cumprod cumsum delete diff digitize dot dstack empty empty_like eye fft finfo fix flatnonzero",
    "full full_like geomspace gradient hstack histogram identity iinfo in1d indices inner interp intersect1d isclose",
    "iscomplex iscomplexobj isfortran isin isneginf isposinf isreal isrealobj isscalar issubdtype kron linspace",
    "logspace max mean median min ndim nonzero ones ones_like outer percentile prod promote_types ptp quantile",
    "repeat result_type roll searchsorted select setdiff1d setxor1d shape sinc size sort stack std sum take",
    "take_along_axis tensordot tile trace trapezoid tri tril tril_indices triu triu_indices union1d unique vander var",
    "vdot vstack where zeros zeros_like amax amin append apply_over_axes nanmax nanmin nansum nanmean nanprod nanstd",
    "nanvar nancumsum nanargmax nanargmin convolve correlate lexsort ravel_multi_index unravel_index diag_indices",
    "ix_ cumulative_sum cumulative_prod hanning hamming kaiser bartlett blackman i0 polyval",
)

# NumPy functions whose result may share memory with an argument.
_NUMPY_VIEWS = functions_named(
    np,
    "array array_split asanyarray asarray ascontiguousarray asfortranarray astype atleast_1d atleast_2d atleast_3d",
    "broadcast_arrays broadcast_to choose diag diagonal dsplit einsum expand_dims flip fliplr flipud hsplit imag",
    "matrix_transpose meshgrid moveaxis nan_to_num permute_dims ravel real real_if_close require reshape rollaxis",
    "rot90 round split squeeze swapaxes transpose trim_zeros unstack unwrap vsplit",
)


_OPERATORS = functions_named(
    operator,
    "abs and_ contains eq floordiv ge gt index inv invert is_ is_not le lshift lt matmul mod ne neg not_ or_ pos pow",
    "rshift sub truediv truth xor",
)


def _tables() -> dict[Any, Callee]:
    table: dict[Any, Callee] = dict.fromkeys(
        [*_NUMPY_VIEWS, operator.add, operator.mul, operator.concat], VIEW
    )
    for function in _NUMPY:
        table[function] = Callee(pure=True, fresh=True, spared=tables.SHAPE_ONLY.get(function, ()))
    for function in [*_OPERATORS, *(value for value in vars(math).values() if callable(value))]:
        table[function] = FRESH
    table.update(dict.fromkeys(functions_named(np.linalg, "matrix_power matrix_transpose diagonal"), VIEW))
    table.update(_BUILTINS)
    table[np.array] = table[copy.deepcopy] = FRESH
    table[copy.copy] = HOLDS
    return table


_known = _tables()


def classify(function: Any) -> Callee:
    """What a call of `function` may do, unless the call says otherwise by `out=` or `copy=`.

    >>> classify(np.tanh).fresh, classify(np.transpose).fresh, classify(print).pure
    (True, False, False)
    """
    try:
        found = _known.get(function)
    except TypeError:
        return OPAQUE
    if found is None:
        found = _classify(function)
        if found is not OPAQUE:
            # What is unknown now may become a primitive.
            _known[function] = found
    return found


def _classify(function: Any) -> Callee:
    if isinstance(function, Generated):
        return HOLDS if function.pure else OPAQUE
    if function is record_like or constructor(function) is not None:
        # Two objects that can be written must stay two.
        return Callee(pure=function is not record_like and is_immutable_record(function), holds=True)
    if function in tables.MUTATES:
        return Callee(pure=False, writes=(tables.MUTATES[function],))
    spared = tables.SHAPE_ONLY.get(function, ())
    if function in tables.VIEWS:
        return Callee(pure=True, spared=spared)
    if isinstance(function, np.ufunc):
        return FRESH
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return Callee(pure=False, writes=(0,)) if function.__name__ == "at" else FRESH
    module = getattr(function, "__module__", None) or ""
    if module == "builtins" or module.startswith("numpy.random") or isinstance(owner, _GENERATORS):
        return OPAQUE
    if isinstance(function, type) and issubclass(function, np.generic):
        return VIEW
    if module.startswith("tapegen.kernels") and function.__name__ in _KERNELS:
        return _KERNELS[function.__name__]
    if registry.rule_for(function) is not None:
        ours = module.startswith(("numpy", "scipy", "math", "tapegen.kernels"))
        return Callee(pure=True, fresh=ours, spared=spared)
    if module.startswith("tapegen.kernels"):
        return Callee(pure=True, spared=spared) if function in tables.SHAPE_ONLY else OPAQUE
    if module.startswith("numpy.linalg") and not isinstance(function, type):
        return FRESH
    return OPAQUE


# Kernels of which rules and tables do not say enough; others without a rule are taken to have effects.
_KERNELS = {
    "add_cotangents": VIEW,
    "add_at": Callee(pure=False, writes=(0,)),
    "add_into": Callee(pure=False, writes=(0,)),
    "added_into": Callee(pure=False, writes=(0,)),
    "check_separate": Callee(pure=False),
    "check_apart": Callee(pure=False),
    "copied": VIEW,
    "own_stack": HOLDS,
    "element": VIEW,
    "full": Callee(pure=True, spared=(1,)),
    "check_distinct": Callee(pure=False, writes=()),
    "keep_attribute": Callee(pure=False, writes=(0,)),
    "keep_item": Callee(pure=False, writes=(0,)),
    "keep_change": Callee(pure=False, writes=(0,)),
    "keep_items": Callee(pure=False, writes=(0,)),
    "same_container": VIEW,
    "read_attribute": Callee(pure=True, fresh=False),
    "own": Callee(pure=True, fresh=True, spared=(1,)),
    "seed": Callee(pure=True, fresh=True, checks=True),
    "zero_cotangent": FRESH,
    "zeros_like": FRESH,
}
_GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)


def callee_of(core: Core, call: gast.Call) -> Callee:
    """What a call in `core` may do; a method of a local value is judged by its name."""
    func = call.func
    if type(func) is gast.Name:
        function = core.namespace.get(func.id)
    else:
        function = lookup(core, func)
    if function is None:
        return _method(core, call)
    known = classify(function)
    for keyword in call.keywords:
        if keyword.arg == "out" and not _is_none(keyword.value):
            return OPAQUE
        if (keyword.arg == "copy" or keyword.arg is None) and known.fresh:
            known = VIEW
    return known


def _method(core: Core, call: gast.Call) -> Callee:
    func = call.func
    if type(func) is gast.Name:
        builtin = getattr(builtins, func.id, None) if func.id not in core.namespace else None
        return _BUILTINS.get(builtin, OPAQUE) if builtin is not None else OPAQUE
    if type(func) is not gast.Attribute:
        return OPAQUE
    if func.attr in STRING_METHODS and type(func.value) in (gast.Constant, gast.JoinedStr):
        return FRESH
    return OPAQUE


def _is_none(node: gast.expr) -> bool:
    return type(node) is gast.Constant and node.value is None


_LEAVES = frozenset({gast.Name, gast.Constant})
PURE_NODES = frozenset(
    {
        gast.BinOp, gast.UnaryOp, gast.BoolOp, gast.Compare, gast.IfExp, gast.Attribute, gast.Subscript, gast.Slice,
        gast.Tuple, gast.List, gast.Dict, gast.Set, gast.JoinedStr, gast.FormattedValue, gast.keyword, gast.Starred,
    }
)  # fmt: skip


def is_pure(core: Core, node: gast.AST) -> bool:
    """Whether evaluating an expression has no effect but its result; it may still raise.

    >>> from tapegen.lang.build import quote
    >>> fn = Core(gast.parse("def f(x, s): return x").body[0], {"np": np})
    >>> is_pure(fn, quote("np.sin(x) + x[0]")), is_pure(fn, quote("s.append(x)")), is_pure(fn, quote("s.pop()"))
    (True, False, False)
    """
    if type(node) in _LEAVES:
        return True
    found = core.memo.pure.get(node)
    if found is None:
        found = core.memo.pure[node] = _is_pure(core, node)
    return found


def _is_pure(core: Core, node: gast.AST) -> bool:
    kind = type(node)
    if kind is gast.Call:
        if not callee_of(core, node).pure:
            return False
        return all(is_pure(core, arg) for arg in node.args) and all(
            is_pure(core, k.value) for k in node.keywords
        )
    if kind not in PURE_NODES:
        return False
    for field in CHILDREN[kind]:
        child = getattr(node, field)
        if type(child) is list:
            for item in child:
                if item is not None and type(item) not in _LEAVES and not is_pure(core, item):
                    return False
        elif type(child) not in _LEAVES and isinstance(child, gast.AST) and not is_pure(core, child):
            return False
    return True


def is_fresh(core: Core, node: gast.expr) -> bool:
    """Whether the value of an expression is an array that nobody else refers to, or a number.

    Displays are not: they may hold what others refer to.

    >>> from tapegen.lang.build import quote
    >>> fn = Core(gast.parse("def f(x): return x").body[0], {"np": np})
    >>> is_fresh(fn, quote("x + 1")), is_fresh(fn, quote("np.zeros_like(x)")), is_fresh(fn, quote("x[1:]"))
    (True, True, False)
    """
    kind = type(node)
    if kind is gast.BinOp or kind is gast.UnaryOp or kind is gast.Compare or kind is gast.JoinedStr:
        return True
    if kind is gast.Constant:
        return isinstance(node.value, (bool, int, float, complex, str, type(None)))
    return kind is gast.Call and callee_of(core, node).fresh


def shared_by(core: Core, node: gast.expr) -> list[str]:
    """The names whose memory the value of an expression may share or hold.

    >>> from tapegen.lang.build import quote
    >>> fn = Core(gast.parse("def f(x, y): return x").body[0], {"np": np})
    >>> shared_by(fn, quote("x + y")), shared_by(fn, quote("x[y]")), shared_by(fn, quote("np.transpose(x)"))
    ([], ['x'], ['x'])
    """
    kind = type(node)
    if kind is gast.Name:
        return [node.id]
    if kind is gast.Subscript or kind is gast.Attribute or kind is gast.Starred:
        return shared_by(core, node.value)
    if kind is gast.Tuple or kind is gast.List or kind is gast.Set:
        return [name for element in node.elts for name in shared_by(core, element)]
    if kind is gast.Dict:
        return [name for element in node.values for name in shared_by(core, element)]
    if kind is gast.BoolOp:
        return [name for element in node.values for name in shared_by(core, element)]
    if kind is gast.IfExp:
        return shared_by(core, node.body) + shared_by(core, node.orelse)
    if kind is gast.Call:
        if callee_of(core, node).fresh:
            return []
        called = callee_of(core, node)
        operands = [arg for place, arg in enumerate(node.args) if place not in called.spared]
        operands += [keyword.value for keyword in node.keywords]
        if type(node.func) is gast.Attribute and lookup(core, node.func) is None:
            operands.append(node.func.value)
        return [name for operand in operands for name in shared_by(core, operand)]
    return []


@dataclass(frozen=True)
class Effects:
    """What a statement does beside binding names, statements nested in it left aside.

    Attributes:
        writes: names whose memory it writes, each as often as it does.
        contents: names such that it may also write into what they contain.
        opaque: it calls something unknown, which may print, or write whatever it can reach.
    """

    writes: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    opaque: bool = False

    @functools.cached_property
    def none(self) -> bool:
        """Whether there are none."""
        return not (self.writes or self.opaque)


NO_EFFECTS = Effects()


def effects(core: Core, stmt: gast.stmt) -> Effects:
    """The effects of a statement.

    >>> fn = Core(gast.parse("def f(x): return x").body[0], {"np": np})
    >>> [effects(fn, s).writes for s in gast.parse("y = x + 1; x[0] = 2; s.append(x)").body]
    [(), ('x',), ('s',)]
    """
    found: Effects | None = core.memo.effects.get(stmt)
    if found is None:
        found = core.memo.effects[stmt] = _effects(core, stmt)
    return found


def _effects(core: Core, stmt: gast.stmt) -> Effects:
    writes: list[str] = []
    contents: list[str] = []
    opaque = False
    kind = type(stmt)
    if kind is gast.Assign or kind is gast.AugAssign:
        target = stmt.targets[0] if kind is gast.Assign else stmt.target
        if type(target) is gast.Subscript or type(target) is gast.Attribute:
            writes += shared_by(core, target.value)
        elif kind is gast.AugAssign:
            writes.append(target.id)
    elif kind is gast.With or kind is gast.Try:
        opaque = True
    for node in expressions(stmt):
        if type(node) not in _LEAVES:
            opaque |= _call_effects(core, node, writes, contents)
    if not writes and not opaque:
        return NO_EFFECTS
    return Effects(tuple(writes), tuple(contents), opaque)


def _call_effects(core: Core, node: gast.AST, writes: list[str], contents: list[str]) -> bool:
    """Gather what the calls in an expression write; whether one of them is unknown."""
    kind = type(node)
    if kind in _LEAVES:
        return False
    opaque = False
    if kind is gast.Call:
        called = callee_of(core, node)
        if called.writes:
            for position in called.writes:
                for arg in node.args[position : position + 1]:
                    names = shared_by(core, arg)
                    writes += names
                    contents += names
        elif not called.pure:
            func = node.func
            if type(func) is gast.Attribute and func.attr in LIST_WRITES and lookup(core, func) is None:
                writes += shared_by(core, func.value)
            elif type(func) is gast.Attribute and func.attr in LIST_READS and lookup(core, func) is None:
                pass
            else:
                opaque = True
                operands = [*node.args, *(k.value for k in node.keywords)]
                if type(func) is gast.Attribute:
                    operands.append(func.value)
                for operand in operands:
                    names = [name for name in shared_by(core, operand) if name not in core.namespace]
                    writes += names
                    contents += names
    elif kind is gast.BinOp:
        if type(node.left) in _LEAVES and type(node.right) in _LEAVES:
            return False
    elif kind not in PURE_NODES:
        opaque = True
    for field in CHILDREN[kind]:
        child = getattr(node, field)
        if type(child) is list:
            for item in child:
                if item is not None and type(item) not in _LEAVES:
                    opaque |= _call_effects(core, item, writes, contents)
        elif (
            type(child) not in _LEAVES
            and isinstance(child, gast.AST)
            and not (type(child) is gast.Attribute and type(child.value) is gast.Name)
        ):
            opaque |= _call_effects(core, child, writes, contents)
    return opaque
