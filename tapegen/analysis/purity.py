"""Purity: what evaluating an expression or executing a statement may change, and which names share memory.

Assumed: operators on local values have no effects other than their result; a NumPy function is pure if it has a rule or
is in the tables below, and is not in the registry's table of functions that write into an argument.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from tapegen.analysis.uses import binds, children, expressions
from tapegen.lang.core import Core, Generated, lookup, walk_statements
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


FRESH = Callee(pure=True, fresh=True)
VIEW = Callee(pure=True)
HOLDS = Callee(pure=True, holds=True)
OPAQUE = Callee(pure=False)

LIST_WRITES = frozenset("append extend insert pop clear update setdefault remove popitem reverse sort add".split())
LIST_READS = frozenset("keys values items copy index count get".split())
STRING_METHODS = frozenset("format join split strip lower upper startswith endswith replace encode".split())

_BUILTINS = {
    **{
        getattr(builtins, name): FRESH
        for name in (
            "abs all any bin bool bytes callable chr complex divmod float format hash hex int isinstance issubclass "
            "len oct ord pow range repr round slice str type"
        ).split()
    },
    **{getattr(builtins, n): HOLDS for n in "dict enumerate frozenset list reversed set sorted tuple zip".split()},
    **{getattr(builtins, n): VIEW for n in "max min sum".split()},
}

# NumPy functions without a rule that write nothing and return an array of their own.
_NUMPY = (
    "all allclose any arange argmax argmin argpartition argsort argwhere array_equal array_equiv array2string around "
    "average bincount bitwise_count broadcast_shapes can_cast clip column_stack concatenate concat copy corrcoef cov "
    "count_nonzero cross cumprod cumsum delete diff digitize dot dstack empty empty_like eye fft finfo fix flatnonzero "
    "full full_like geomspace gradient hstack histogram identity iinfo in1d indices inner interp intersect1d isclose "
    "iscomplex iscomplexobj isfortran isin isneginf isposinf isreal isrealobj isscalar issubdtype kron linspace "
    "logspace max mean median min ndim nonzero ones ones_like outer percentile prod promote_types ptp quantile "
    "repeat result_type roll searchsorted select setdiff1d setxor1d shape sinc size sort stack std sum take "
    "take_along_axis tensordot tile trace trapezoid tri tril tril_indices triu triu_indices union1d unique vander var "
    "vdot vstack where zeros zeros_like amax amin append apply_over_axes nanmax nanmin nansum nanmean nanprod nanstd "
    "nanvar nancumsum nanargmax nanargmin convolve correlate lexsort ravel_multi_index unravel_index diag_indices "
    "ix_ cumulative_sum cumulative_prod hanning hamming kaiser bartlett blackman i0 polyval"
).split()

# NumPy functions whose result may share memory with an argument.
_NUMPY_VIEWS = (
    "array array_split asanyarray asarray ascontiguousarray asfortranarray astype atleast_1d atleast_2d atleast_3d "
    "broadcast_arrays broadcast_to choose diag diagonal dsplit einsum expand_dims flip fliplr flipud hsplit imag "
    "matrix_transpose meshgrid moveaxis nan_to_num permute_dims ravel real real_if_close require reshape rollaxis "
    "rot90 round split squeeze swapaxes transpose trim_zeros unstack unwrap vsplit"
).split()


_OPERATORS = (
    "abs and_ contains eq floordiv ge gt index inv invert is_ is_not le lshift lt matmul mod ne neg not_ or_ pos pow "
    "rshift sub truediv truth xor"
).split()


def _tables() -> dict[Any, Callee]:
    table: dict[Any, Callee] = {}
    for name in _NUMPY:
        function = getattr(np, name, None)
        table[function] = Callee(pure=True, fresh=True, spared=tables.SHAPE_ONLY.get(function, ()))
    for name in _NUMPY_VIEWS:
        table[getattr(np, name, None)] = VIEW
    for name in dir(math):
        if not name.startswith("_") and callable(getattr(math, name)):
            table[getattr(math, name)] = FRESH
    for name in _OPERATORS:
        table[getattr(operator, name)] = FRESH
    for name in ("add", "mul", "concat"):
        table[getattr(operator, name)] = VIEW
    for name in ("matrix_power", "matrix_transpose", "diagonal"):
        table[getattr(np.linalg, name, None)] = VIEW
    table.update(_BUILTINS)
    table[np.array] = FRESH
    table.pop(None, None)
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
    if registry.rule_for(function) is not None:
        ours = module.startswith(("numpy", "scipy", "math", "tapegen.kernels"))
        return Callee(pure=True, fresh=ours, spared=spared)
    if module.startswith("tapegen.kernels"):
        if function in tables.SHAPE_ONLY:
            return Callee(pure=True, spared=spared)
        return _KERNELS.get(function.__name__, OPAQUE)
    if module.startswith("numpy.linalg") and not isinstance(function, type):
        return FRESH
    return OPAQUE


# Kernels without a rule; others are taken to have effects.
_KERNELS = {
    "add_cotangents": VIEW,
    "add_at": Callee(pure=False, writes=(0,)),
    "add_into": Callee(pure=False, writes=(0,)),
    "copied": VIEW,
    "element": VIEW,
    "full": Callee(pure=True, spared=(1,)),
    "own": Callee(pure=True, fresh=True, spared=(1,)),
    "seed": Callee(pure=True, fresh=True, checks=True),
    "zero_cotangent": FRESH,
    "zeros_like": FRESH,
}
_GENERATORS = (np.random.Generator, np.random.RandomState)


def callee_of(core: Core, call: gast.Call) -> Callee:
    """What a call in `core` may do; a method of a local value is judged by its name."""
    function = lookup(core, call.func)
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


_ALWAYS_PURE = (gast.Name, gast.Constant)
_PURE = frozenset(
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
    kind = type(node)
    if kind in _ALWAYS_PURE:
        return True
    if kind is gast.Call:
        if not callee_of(core, node).pure:
            return False
        return all(is_pure(core, arg) for arg in node.args) and all(is_pure(core, k.value) for k in node.keywords)
    if kind not in _PURE:
        return False
    for field in children(kind):
        child = getattr(node, field)
        if type(child) is list:
            for item in child:
                if item is not None and not is_pure(core, item):
                    return False
        elif isinstance(child, gast.AST) and not is_pure(core, child):
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

    @property
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
        opaque |= _call_effects(core, node, writes, contents)
    if not writes and not opaque:
        return NO_EFFECTS
    return Effects(tuple(writes), tuple(contents), opaque)


def _call_effects(core: Core, node: gast.AST, writes: list[str], contents: list[str]) -> bool:
    """Gather what the calls in an expression write; whether one of them is unknown."""
    kind = type(node)
    if kind in _ALWAYS_PURE:
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
    elif kind not in _PURE:
        opaque = True
    for field in children(kind):
        child = getattr(node, field)
        if type(child) is list:
            for item in child:
                if item is not None:
                    opaque |= _call_effects(core, item, writes, contents)
        elif isinstance(child, gast.AST):
            opaque |= _call_effects(core, child, writes, contents)
    return opaque


class Regions:
    """Which names may refer to the same memory.

    By unification, flow-insensitively, with one level for an object and one for what it contains
    (Steensgaard 1996, Points-to analysis in almost linear time).
    What callers and globals can reach is one region, `outside`.
    """

    def __init__(self, core: Core, arrays: Callable[[str], bool] | None = None) -> None:
        """Read the regions off `core`; `arrays` tells names known to be arrays or numbers, never containers."""
        self.core = core
        self._arrays = arrays
        self._parent: list[int] = []
        self._contents: dict[int, int] = {}
        self._plain: set[int] = set()
        self._opened: set[int] = set()
        self._names: dict[str, int] = {}
        self._reach: dict[int, tuple[int, ...]] = {}
        self.outside = self._new()
        self._plain.add(self.outside)
        self._opened.add(self.outside)
        self._contents[self.outside] = self.outside
        for name in core.params:
            self._names[name] = self.outside
        self._numeric = _numeric(core, arrays)
        returned: list[int] = []
        writers: list[Effects] = []
        for stmt in walk_statements(core.body):
            self._statement(stmt)
            if type(stmt) is gast.Return and stmt.value is not None:
                returned.append(self._region(stmt.value))
            done = effects(core, stmt)
            if not done.none:
                writers.append(done)
        self._collapse()
        written: set[int] = set()
        for done in writers:
            written.update(self.written_by(done))
        self.written = frozenset(written)
        seen = set(self._closure(self.outside))
        for region in returned:
            seen.update(self._closure(region))
        self.exposed = frozenset(seen)

    @property
    def outside_now(self) -> int:
        """The region of all that the caller and other functions can reach during the call."""
        return self._find(self.outside)

    def of(self, name: str) -> int:
        """The region of the object that a name refers to; `outside` for a name that is not local."""
        region = self._names.get(name)
        return self._find(self.outside if region is None else region)

    def reach(self, name: str) -> tuple[int, ...]:
        """The regions of the object that a name refers to and of all that it contains."""
        return self._closure(self.of(name))

    def may_alias(self, a: str, b: str) -> bool:
        """Whether the objects that two names refer to may share memory."""
        return self.of(a) == self.of(b)

    def is_written(self, name: str) -> bool:
        """Whether the object that a name refers to, or what it contains, is written in place anywhere."""
        return not self.written.isdisjoint(self.reach(name))

    def is_exposed(self, name: str) -> bool:
        """Whether the caller can reach the object that a name refers to, during the call or after it."""
        return self.of(name) in self.exposed

    def may_merge(self, a: str, b: str) -> bool:
        """Whether nobody could tell if `a`, a fresh value equal to `b`, were `b` itself."""
        if self.is_written(a) or self.is_written(b):
            return False
        return not (self.is_exposed(a) and self.is_exposed(b))

    def written_by(self, done: Effects) -> set[int]:
        """The regions that these effects write."""
        found = {self.of(name) for name in done.writes}
        for name in done.contents:
            found.update(self.reach(name))
        if done.opaque:
            found.update(self._closure(self._find(self.outside)))
        return found

    def _new(self) -> int:
        self._parent.append(len(self._parent))
        return len(self._parent) - 1

    def _find(self, region: int) -> int:
        parent = self._parent
        while parent[region] != region:
            parent[region] = parent[parent[region]]
            region = parent[region]
        return region

    def _join(self, a: int, b: int) -> None:
        work = [(a, b)]
        while work:
            a, b = work.pop()
            a, b = self._find(a), self._find(b)
            if a == b:
                continue
            self._parent[b] = a
            for marks in (self._plain, self._opened):
                if b in marks:
                    marks.add(a)
            if b in self._contents:
                inner = self._contents.pop(b)
                if a in self._contents:
                    work.append((self._contents[a], inner))
                else:
                    self._contents[a] = inner

    def _inside(self, region: int) -> int:
        region = self._find(region)
        if region not in self._contents:
            self._contents[region] = self._new()
        return self._contents[region]

    def _open(self, region: int) -> int:
        """The region of what is read out of an object: its contents, and if it is an array, its own memory."""
        inner = self._inside(region)
        self._opened.add(self._find(region))
        return inner

    def _collapse(self) -> None:
        """An array that is indexed gives a view of itself: its contents are its own region."""
        while True:
            todo = [
                (region, inner)
                for region, inner in self._contents.items()
                if self._find(inner) != region and region in self._plain and region in self._opened
            ]
            if not todo:
                return
            for region, inner in todo:
                self._join(region, inner)

    def _closure(self, region: int) -> tuple[int, ...]:
        region = self._find(region)
        found = self._reach.get(region)
        if found is None:
            chain = [region]
            while chain[-1] in self._contents:
                inner = self._find(self._contents[chain[-1]])
                if inner in chain:
                    break
                chain.append(inner)
            found = self._reach[region] = tuple(chain)
        return found

    def _name(self, name: str) -> int:
        region = self._names.get(name)
        if region is None:
            if name in self.core.namespace:
                return self.outside
            region = self._names[name] = self._new()
        return region

    def _statement(self, stmt: gast.stmt) -> None:
        kind = type(stmt)
        if kind is gast.Assign:
            target, value = stmt.targets[0], stmt.value
            if type(target) is gast.Name:
                self._bind(self._name(target.id), value, target.id)
            elif type(target) is gast.Tuple:
                if type(value) is gast.Tuple and len(value.elts) == len(target.elts):
                    for left, right in zip(target.elts, value.elts, strict=True):
                        self._bind(self._name(left.id), right, left.id)
                else:
                    region = self._region(value)
                    for name in binds(stmt):
                        self._join(self._name(name), self._open(region))
            else:
                base = self._region(target.value)
                if not (type(target.value) is gast.Name and target.value.id in self._numeric):
                    self._hold(base, value)
                else:
                    self._region(value)
                if type(target) is gast.Attribute:
                    self._join(base, self.outside)
        elif kind is gast.AugAssign:
            base = self._region(stmt.target)
            self._region(stmt.value)
            if type(stmt.target) is gast.Name and stmt.target.id not in self._numeric:
                self._hold(base, stmt.value)
                self._join(self._inside(base), self._inside(self._region(stmt.value)))
        elif kind is gast.For:
            self._loop_target(stmt.target, stmt.iter)
        else:
            for node in expressions(stmt):
                self._region(node)

    def _loop_target(self, target: gast.expr, iterable: gast.expr) -> None:
        if type(iterable) is gast.Call and type(iterable.func) is gast.Name and iterable.func.id not in self._names:
            name = iterable.func.id
            if name == "range":
                return
            if name == "reversed" and len(iterable.args) == 1:
                return self._loop_target(target, iterable.args[0])
            if type(target) is gast.Tuple:
                if name == "zip" and len(iterable.args) == len(target.elts):
                    for left, right in zip(target.elts, iterable.args, strict=True):
                        self._loop_target(left, right)
                    return
                if name == "enumerate" and len(target.elts) == 2:
                    return self._loop_target(target.elts[1], iterable.args[0])
        inner = self._open(self._region(iterable))
        if type(target) is gast.Name:
            self._join(self._name(target.id), inner)
            return
        inner = self._open(inner)
        for node in gast.walk(target):
            if type(node) is gast.Name:
                self._join(self._name(node.id), inner)

    def _hold(self, region: int, value: gast.expr) -> None:
        """What `region` contains may be the value of `value`."""
        if type(value) is not gast.Constant:
            self._join(self._inside(region), self._region(value))

    def _region(self, node: gast.expr) -> int:
        """The region of the value of an expression."""
        if type(node) is gast.Name:
            return self._name(node.id)
        region = self._new()
        self._bind(region, node)
        return region

    def _bind(self, region: int, node: gast.expr, name: str = "") -> None:
        """The object of `region` may be the value of `node`."""
        kind = type(node)
        if kind is gast.Name:
            self._join(region, self._name(node.id))
        elif kind is gast.Constant:
            pass
        elif kind is gast.BinOp:
            self._plain.add(self._find(region))
            left, right = self._region(node.left), self._region(node.right)
            if type(node.op) in (gast.Add, gast.Mult, gast.BitOr) and not self._number(node) and name not in self._numeric:
                self._join(self._inside(region), self._inside(left))
                self._join(self._inside(region), self._inside(right))
        elif kind is gast.Subscript:
            base = self._region(node.value)
            self._join(region, self._open(base))
            self._region(node.slice)
            if type(node.slice) is gast.Slice:
                self._join(region, base)
        elif kind is gast.Attribute:
            self._join(region, self._region(node.value))
            self._plain.add(self._find(region))
        elif kind is gast.Tuple or kind is gast.List or kind is gast.Set:
            for element in node.elts:
                if type(element) is gast.Starred:
                    self._join(self._inside(region), self._open(self._region(element.value)))
                else:
                    self._hold(region, element)
        elif kind is gast.Dict:
            for element in node.values:
                self._hold(region, element)
        elif kind is gast.BoolOp:
            for element in node.values:
                self._join(region, self._region(element))
        elif kind is gast.IfExp:
            self._region(node.test)
            self._join(region, self._region(node.body))
            self._join(region, self._region(node.orelse))
        elif kind is gast.Call:
            self._call(region, node)
        elif kind in _PURE:
            self._plain.add(self._find(region))
            for field in children(kind):
                child = getattr(node, field)
                for item in child if type(child) is list else (child,):
                    if isinstance(item, gast.AST):
                        self._region(item)
        else:
            self._join(region, self.outside)

    def _call(self, region: int, node: gast.Call) -> None:
        called = callee_of(self.core, node)
        operands = [self._region(arg) for arg in node.args] + [self._region(k.value) for k in node.keywords]
        if called.fresh:
            self._plain.add(self._find(region))
        elif called.holds:
            for operand in operands:
                self._join(self._inside(region), self._open(operand))
            inner = self._inside(region)
            self._join(self._inside(inner), inner)
        elif called.writes:
            # What is written by value: only a container would hold on to it.
            for operand in operands[1:]:
                self._join(self._inside(operands[0]), operand)
            self._join(region, operands[0])
        elif called.pure:
            self._plain.add(self._find(region))
            for place, operand in enumerate(operands):
                if place not in called.spared:
                    # Of a container, the result may be an element.
                    self._open(operand)
                    self._join(region, operand)
        else:
            self._effect(region, node, operands)

    def _effect(self, region: int, node: gast.Call, operands: list[int]) -> None:
        func = node.func
        local = type(func) is gast.Attribute and lookup(self.core, func) is None
        if local and (func.attr in LIST_WRITES or func.attr in LIST_READS):
            base = self._region(func.value)
            for operand in operands:
                self._join(self._inside(base), operand)
            if func.attr in ("extend", "update"):
                self._join(self._inside(base), self._inside(self._inside(base)))
            if func.attr in ("append", "clear", "remove", "reverse", "sort", "insert", "extend", "update"):
                return
            self._join(region, self._open(base))
            if func.attr not in ("pop", "get", "setdefault"):
                self._join(self._inside(region), self._inside(base))
            return
        self._join(region, self.outside)
        for operand in operands:
            self._join(operand, self.outside)
        if type(func) is gast.Attribute:
            self._join(self._region(func.value), self.outside)

    def _number(self, node: gast.expr) -> bool:
        return is_numeric(self.core, node, self._numeric)


def is_numeric(core: Core, node: gast.expr, known: Collection[str]) -> bool:
    """Whether the value of an expression is surely a number or an array, not a container."""
    kind = type(node)
    if kind is gast.Name:
        return node.id in known
    if kind is gast.Constant:
        return isinstance(node.value, (int, float, complex))
    if kind is gast.BinOp:
        if type(node.op) is gast.Add:
            return is_numeric(core, node.left, known) or is_numeric(core, node.right, known)
        if type(node.op) is gast.Mult:
            return is_numeric(core, node.left, known) and is_numeric(core, node.right, known)
        return type(node.op) not in (gast.Mod, gast.BitOr)
    if kind is gast.UnaryOp:
        return True
    if kind is gast.Call:
        function = lookup(core, node.func)
        return isinstance(function, np.ufunc) or function in _ARRAYS
    return False


_ARRAYS = {
    getattr(np, name)
    for name in (
        "zeros ones empty full zeros_like ones_like empty_like full_like array asarray transpose reshape sum mean prod "
        "max min where dot matmul tensordot outer einsum broadcast_to ravel squeeze expand_dims swapaxes moveaxis "
        "cumsum cumprod diag concatenate stack copy std var clip tile repeat roll flip trace eye arange linspace"
    ).split()
}


def _numeric(core: Core, arrays: Callable[[str], bool] | None) -> set[str]:
    """Names that are surely bound to numbers and arrays alone."""
    definitions: dict[str, list[gast.expr | None]] = {name: [None] for name in core.params}
    for stmt in walk_statements(core.body):
        kind = type(stmt)
        if kind is gast.Assign:
            target, value = stmt.targets[0], stmt.value
            if type(target) is gast.Name:
                definitions.setdefault(target.id, []).append(value)
            elif type(target) is gast.Tuple:
                both = type(value) is gast.Tuple and len(value.elts) == len(target.elts)
                for place, name in enumerate(binds(stmt)):
                    definitions.setdefault(name, []).append(value.elts[place] if both else None)
        elif kind is gast.For:
            for name in binds(stmt):
                counter = type(stmt.iter) is gast.Call and getattr(stmt.iter.func, "id", "") == "range"
                definitions.setdefault(name, []).append(gast.Constant(value=0, kind=None) if counter else None)
    known = set(definitions)
    readers: dict[str, list[str]] = {}
    todo = list(definitions)
    for name, values in definitions.items():
        for value in values:
            if type(value) is gast.Name:
                readers.setdefault(value.id, []).append(name)
            elif type(value) is gast.BinOp:
                for side in (value.left, value.right):
                    if type(side) is gast.Name:
                        readers.setdefault(side.id, []).append(name)
    while todo:
        name = todo.pop()
        if name not in known or (arrays is not None and arrays(name)):
            continue
        if not all(value is not None and is_numeric(core, value, known) for value in definitions[name]):
            known.discard(name)
            todo += readers.get(name, ())
    return known

