"""Shapes, dtypes and kinds of all local variables: an abstract interpreter over Core.

Statements are run on descriptions instead of values. Branches are joined, loops repeated until nothing changes. A length
that nothing is known about becomes a symbol named after the variable, so that what is computed from that variable still
agrees with it; a symbol that changes from one iteration of a loop to the next is forgotten where a value leaves the
iteration, by a carried variable or a list. In-place writes into arrays change neither dtype nor shape.

Python integers are taken to fit into 64 bits.
Source: Cousot and Cousot (1977), Abstract interpretation: a unified lattice model.
"""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from tapegen.analysis import shape_kernels, shape_products
from tapegen.analysis.shape_algebra import elementwise, number_of, static_int
from tapegen.analysis.shape_builtins import (
    IN_PLACE,
    binary,
    compared,
    has_container,
    truth,
    unary,
    without_containers,
)
from tapegen.analysis.shape_functions import TABLE, call_shape, reduction, summing
from tapegen.analysis.shape_indexing import Slice, indexed
from tapegen.analysis.shape_sites import LIST_METHODS, Sites, sites
from tapegen.analysis.values import (
    NONE,
    SEVERAL,
    SOME,
    UNKNOWN,
    Array,
    Dim,
    ListOf,
    Number,
    Record,
    Scalar,
    Sequence,
    Size,
    Some,
    Static,
    Symbol,
    Value,
    elements,
    join,
    join_all,
)
from tapegen.analysis.values import Mapping as MappingValue
from tapegen.lang.core import Core, dotted, lookup

__all__ = ["infer", "infer_expression", "shape_kernels", "shape_products"]

Calls = Callable[[Any, list[Value]], Value]
_ROUNDS = 3
_LIMIT = 12


def infer(core: Core, signature: Mapping[str, Value], calls: Calls | None = None) -> dict[str, Value]:
    """What is known of each local variable, parameters included; a name that is missing is never bound.

    Args:
        core: a function in single-assignment form, before or after differentiation.
        signature: descriptions of the parameters; a missing one is unknown.
        calls: gives the description of the result of calling a function that is in no table.

    >>> import numpy as np
    >>> tree = gast.parse("def f(x):\\n    y = x[1:]\\n    z = np.tanh(y)\\n    return z").body[0]
    >>> x = Array("float32", (Size.of("n"),))
    >>> print(infer(Core(tree, {"np": np}), {"x": x})["z"])
    float32[n - 1]
    """
    found = sites(core)
    try:
        return _Interpreter(core, calls, found, False).run(signature)
    except _ContainerWritten:
        return _Interpreter(core, calls, found, True).run(signature)


def infer_expression(core: Core, facts: Mapping[str, Value], node: gast.expr) -> Value:
    """What is known of one expression of a function, given the facts about its variables."""
    interpreter = _Interpreter(core, None, None, True)
    interpreter.env = dict(facts)
    try:
        return interpreter.eval(node)
    except _ContainerWritten:
        return UNKNOWN


class _ContainerWritten(Exception):
    """A list or dict that may have several names is written; nothing is known about lists and dicts then."""


_LOCAL = re.compile(r"[\w~]+#[\w.]+")


def _foreign(symbol: Symbol) -> Symbol:
    """The symbol of a signature under a name that no local symbol has."""
    if "#" not in symbol.name and "~" not in symbol.name:
        return symbol
    return replace(symbol, name=symbol.name.replace("~", "~~").replace("#", "~"))


class _Interpreter:
    def __init__(self, core: Core, calls: Calls | None, found: Sites | None, suspicious: bool) -> None:
        self.core = core
        self.calls = calls
        self.sites = found
        self.suspicious = suspicious
        self.env: dict[str, Value] = {}
        self.facts: dict[str, Value] = {}
        self.path: tuple[int, ...] = ()
        self.born: dict[str, tuple[int, ...]] = {}
        self.labels: dict[int, int] = {}
        self.callees: dict[tuple[str, ...], Any] = {}

    def run(self, signature: Mapping[str, Value]) -> dict[str, Value]:
        for name in self.core.params:
            value = _renamed(signature.get(name, UNKNOWN), _foreign)
            self.bind(name, value, self.core.tree)
        self.block(self.core.body)
        return self.facts

    # --------------------------------------------------------------------------------------------------------- binding

    def bind(self, name: str, value: Value, site: gast.AST) -> None:
        assert self.sites is not None
        if self.suspicious and name not in self.sites.owned:
            value = without_containers(value)
        several = name in self.sites.rebound
        if self.path:
            home = 0 if name in self.sites.escaping else len(self.sites.home.get(name, ()))
            value = self.leaving(value, home)
        value = self.symbolic(value, f"{name}#{self.label(site)}" if several else f"{name}#")
        self.env[name] = value
        self.facts[name] = join(self.facts[name], value) if several and name in self.facts else value

    def label(self, site: gast.AST) -> int:
        """A number for a statement, the same in each round."""
        return self.labels.setdefault(id(site), len(self.labels))

    def symbolic(self, value: Value, stem: str) -> Value:
        """`value` with a symbol for each length of which nothing is known."""
        if isinstance(value, Array):
            if value.shape and (SOME in value.shape or SEVERAL in value.shape):
                shape = tuple(self.mint(f"{stem}.{i}", n) if isinstance(n, Some) else n for i, n in enumerate(value.shape))
                return Array(value.dtype, shape, value.scalar)
        elif isinstance(value, Number) and value.kind == "int" and value.linear is None:
            return Number("int", None, self.mint(f"{stem}.n", SOME, natural=False))
        return value

    def mint(self, name: str, dim: Some, natural: bool = True) -> Size:
        self.born[name] = self.path
        return Size.of(name, natural, dim.not_one)

    def leaving(self, value: Value, home: int) -> Value:
        """`value` as it is seen outside the loops deeper than `home`: without symbols that change there."""
        inner = set(self.path[home:])
        if not inner:
            return value

        def changes(size: Size) -> bool:
            names = (name for symbol in size.symbols for name in _LOCAL.findall(symbol.name))
            return any(not inner.isdisjoint(self.born.get(name, ())) for name in names)

        return _forget(value, changes)

    # ------------------------------------------------------------------------------------------------------ statements

    def block(self, body: list[gast.stmt]) -> bool:
        """Run statements; whether control reaches their end."""
        for stmt in body:
            if self.statement(stmt) is False:
                return False
        return True

    def statement(self, stmt: gast.stmt) -> bool | None:
        kind = type(stmt)
        if kind is gast.Assign:
            value = stmt.value
            target = stmt.targets[0]
            if type(target) is gast.Name:
                self.bind(target.id, self.eval(value), stmt)
            else:
                self.assign(target, self.eval(value), stmt)
        elif kind is gast.Expr:
            self.eval(stmt.value)
        elif kind is gast.If:
            return self.branch(stmt)
        elif kind is gast.For:
            self.loop(stmt, stmt.target)
        elif kind is gast.While:
            self.eval(stmt.test)
            self.loop(stmt, None)
        elif kind is gast.AugAssign:
            self.augmented(stmt)
        elif kind is gast.Raise:
            return False
        return None

    def assign(self, target: gast.expr, value: Value, site: gast.AST) -> None:
        if isinstance(target, gast.Tuple):
            known = isinstance(value, Sequence) and len(value.items) == len(target.elts)
            for i, part in enumerate(target.elts):
                item = value.items[i] if known and isinstance(value, Sequence) else indexed(value, Number("int"))
                self.assign(part, item, site)
        elif isinstance(target, gast.Name):
            self.bind(target.id, value, site)
        elif isinstance(target, (gast.Subscript, gast.Attribute)):
            self.written(target.value, value)

    def augmented(self, stmt: gast.AugAssign) -> None:
        value = self.eval(stmt.value)
        if not isinstance(stmt.target, gast.Name):
            if not isinstance(self.eval(stmt.target.value), Array):
                self.written(stmt.target.value, UNKNOWN)
            return
        name = stmt.target.id
        old = self.env.get(name, UNKNOWN)
        if not isinstance(old, (Array, Number, Scalar, Static)):
            self.suspect()
        function = next(f for f, op in IN_PLACE.items() if op is type(stmt.op))
        self.bind(name, call_shape(function, [old, value], {}), stmt)

    def suspect(self) -> None:
        if not self.suspicious:
            raise _ContainerWritten

    def written(self, base: gast.expr, value: Value) -> None:
        """A store into what `base` is."""
        old = self.eval(base)
        if isinstance(old, Array):
            return
        if isinstance(base, gast.Name) and self.sites is not None and base.id in self.sites.owned:
            self.grow(base.id, value)
        else:
            self.suspect()

    def grow(self, name: str, value: Value) -> None:
        """An element of an owned list becomes `value`."""
        assert self.sites is not None
        value = self.leaving(value, len(self.sites.home.get(name, ())))
        old = self.env.get(name, UNKNOWN)
        if old is UNKNOWN:
            return
        self.env[name] = ListOf(join_all([*elements(old), value]))
        self.facts[name] = join(self.facts.get(name, old), self.env[name])

    def branch(self, stmt: gast.If) -> bool | None:
        decided = truth(self.eval(stmt.test))
        if decided is not None:
            return self.block(stmt.body if decided else stmt.orelse)
        before = self.env
        self.env = dict(before)
        through = self.block(stmt.body)
        first, self.env = self.env, dict(before)
        otherwise = self.block(stmt.orelse)
        second = self.env
        if not through or not otherwise:
            self.env = first if through else second
            return through or otherwise
        self.merge(first, second, stmt)
        return True

    def merge(self, first: dict[str, Value], second: dict[str, Value], site: gast.AST) -> None:
        merged = dict(first)
        for name, value in second.items():
            other = first.get(name)
            if other is None:
                merged[name] = value
            elif other is not value and other != value:
                merged[name] = self.symbolic(join(other, value), f"{name}#{self.label(site)}m")
                self.facts[name] = join(self.facts.get(name, value), merged[name])
        self.env = merged

    def loop(self, stmt: gast.For | gast.While, target: gast.expr | None) -> None:
        assert self.sites is not None
        label = id(stmt)
        items = self.iterated(stmt.iter) if target is not None else UNKNOWN
        carried = [name for name in self.sites.changed.get(label, ()) if name in self.env]
        state = {name: self.env[name] for name in carried}
        outside = self.path
        inside = (*outside, label)
        for round_ in range(_LIMIT + 1):
            self.path = inside
            self.enter(state, stmt)
            if target is not None:
                self.assign(target, items, stmt)
                self.index_variable(stmt, target)
            self.block(stmt.body)
            self.path = outside
            new = {name: self.next_state(name, state[name], round_, inside) for name in carried}
            if new == state:
                break
            state = new
        self.path = inside
        self.enter(state, stmt)
        self.path = outside
        self.block(stmt.orelse)

    def enter(self, state: dict[str, Value], stmt: gast.AST) -> None:
        for name, value in state.items():
            value = self.symbolic(value, f"{name}#{self.label(stmt)}c")
            self.env[name] = value
            self.facts[name] = join(self.facts.get(name, value), value)

    def next_state(self, name: str, old: Value, round_: int, inside: tuple[int, ...]) -> Value:
        new = self.env.get(name, UNKNOWN)
        if new is old:
            return old
        outside, self.path = self.path, inside
        new = join(old, self.leaving(new, len(outside)))
        self.path = outside
        if new == old or round_ < _ROUNDS:
            return new
        return new if isinstance(new, Array) and round_ < _LIMIT - 1 else UNKNOWN

    # ------------------------------------------------------------------------------------------------------- iteration

    def iterated(self, node: gast.expr) -> Value:
        """What the variable of `for ... in node` can be."""
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
            callee = lookup(self.core, node.func)
            if callee is range:
                return Number("int")
            if callee is reversed and len(node.args) == 1:
                return self.iterated(node.args[0])
            if callee is zip:
                return Sequence(tuple, tuple(map(self.iterated, node.args)))
            if callee is enumerate and len(node.args) == 1:
                return Sequence(tuple, (Number("int"), self.iterated(node.args[0])))
        value = self.eval(node)
        if isinstance(value, (Sequence, ListOf)):
            return join_all(elements(value))
        return indexed(value, Number("int")) if isinstance(value, Array) else UNKNOWN

    def index_variable(self, stmt: gast.For, target: gast.expr) -> None:
        """Mark the variable of `for i in range(...)` as natural where it is."""
        node = stmt.iter
        while isinstance(node, gast.Call) and lookup(self.core, node.func) is reversed and len(node.args) == 1:
            node = node.args[0]
        if not (isinstance(target, gast.Name) and isinstance(node, gast.Call)):
            return
        if lookup(self.core, node.func) is not range or target.id in (self.sites.rebound if self.sites else ()):
            return
        bounds = [self.eval(arg) for arg in node.args]
        start = bounds[0] if len(bounds) > 1 else Number("int", 0)
        step = static_int(bounds[2]) if len(bounds) > 2 else 1
        stop = static_int(bounds[1]) if len(bounds) > 2 else None
        linear = start.linear if isinstance(start, Number) else None
        upward = step is not None and step > 0 and linear is not None
        natural = upward and (linear >= 0 if isinstance(linear, int) else linear.natural)  # type: ignore[union-attr]
        downward = step is not None and step < 0 and stop is not None and stop >= -1
        value = self.env[target.id]
        if (natural or downward) and isinstance(value, Number) and value.dim is not None:
            terms = tuple((replace(symbol, natural=True), factor) for symbol, factor in value.dim.terms)
            value = Number("int", None, Size(terms, 0, False))
            self.env[target.id] = self.facts[target.id] = value

    # ----------------------------------------------------------------------------------------------------- expressions

    def eval(self, node: gast.expr) -> Value:
        return _EVAL.get(type(node), _Interpreter.unknown)(self, node)

    def unknown(self, node: gast.expr) -> Value:
        return UNKNOWN

    def name(self, node: gast.Name) -> Value:
        value = self.env.get(node.id)
        if value is None:
            return _denoted(self.core.namespace.get(node.id, _Interpreter))
        return value

    def constant(self, node: gast.Constant) -> Value:
        return _literal(type(node.value), node.value)

    def binop(self, node: gast.BinOp) -> Value:
        left, right = self.eval(node.left), self.eval(node.right)
        if type(node.op) is gast.Pow and isinstance(left, Number) and isinstance(right, Number):
            if right.kind == "float" and left.kind in ("int", "float") and _is_safe_power(node.left, node.right):
                return Number("float")
        return binary(type(node.op), left, right)

    def unaryop(self, node: gast.UnaryOp) -> Value:
        return unary(type(node.op), self.eval(node.operand))

    def compare(self, node: gast.Compare) -> Value:
        operands = [self.eval(operand) for operand in (node.left, *node.comparators)]
        results = [compared(type(op), a, b) for op, a, b in zip(node.ops, operands, operands[1:])]
        if len(results) == 1:
            return results[0]
        return self.all_of(results, gast.And)

    def boolop(self, node: gast.BoolOp) -> Value:
        return self.all_of([self.eval(value) for value in node.values], type(node.op))

    def all_of(self, values: list[Value], op: type) -> Value:
        stops = op is gast.Or
        choices: list[Value] = []
        for value in values:
            known = truth(value)
            if known is None or value is values[-1]:
                choices.append(value)
            elif known is stops:
                choices.append(value)
                break
        return join_all(choices)

    def ifexp(self, node: gast.IfExp) -> Value:
        decided = truth(self.eval(node.test))
        if decided is not None:
            return self.eval(node.body if decided else node.orelse)
        return join(self.eval(node.body), self.eval(node.orelse))

    def tuple(self, node: gast.Tuple) -> Value:
        return Sequence(tuple, tuple(self.eval(e) for e in node.elts))

    def list(self, node: gast.List) -> Value:
        return Sequence(list, tuple(self.eval(e) for e in node.elts))

    def dict(self, node: gast.Dict) -> Value:
        if not all(isinstance(key, gast.Constant) for key in node.keys):
            return UNKNOWN
        keys = tuple(key.value for key in node.keys)
        if len(set(keys)) != len(keys):
            return UNKNOWN
        return MappingValue(dict, keys, tuple(self.eval(value) for value in node.values))

    def slice(self, node: gast.Slice) -> Value:
        bounds = [None if b is None else self.eval(b) for b in (node.lower, node.upper, node.step)]
        return Slice(*(None if b == NONE else b for b in bounds))

    def subscript(self, node: gast.Subscript) -> Value:
        return indexed(self.eval(node.value), self.eval(node.slice))

    def string(self, node: gast.JoinedStr) -> Value:
        return UNKNOWN

    def attribute(self, node: gast.Attribute) -> Value:
        parts = dotted(node)
        if parts is not None and parts[0] in self.core.namespace and parts[0] not in self.env:
            return _denoted(lookup(self.core, node), isinstance(self.core.namespace[parts[0]], types.ModuleType))
        value = self.eval(node.value)
        if isinstance(value, Record):
            return dict(value.fields).get(node.attr, UNKNOWN)
        if isinstance(value, Sequence) and node.attr in getattr(value.type, "_fields", ()):
            return value.items[value.type._fields.index(node.attr)]
        if isinstance(value, Array):
            function = _PROPERTIES.get(node.attr)
            if node.attr == "dtype":
                return UNKNOWN if value.dtype is None else Static(np.dtype(value.dtype))
            return UNKNOWN if function is None else call_shape(function, [value], {})
        return UNKNOWN

    # ----------------------------------------------------------------------------------------------------------- calls

    def call(self, node: gast.Call) -> Value:
        func = node.func
        parts = dotted(func)
        callee = None
        if parts is not None and parts[0] not in self.env:
            callee = self.callees.get(parts)
            if callee is None:
                callee = self.callees[parts] = lookup(self.core, func)
        if callee is None and isinstance(func, gast.Attribute):
            return self.method(node, func)
        args = [self.eval(arg) for arg in node.args]
        keywords = {keyword.arg: self.eval(keyword.value) for keyword in node.keywords}
        if None in keywords or any(isinstance(arg, gast.Starred) for arg in node.args):
            self.passed([*args, *keywords.values()])
            return UNKNOWN
        return self.called(callee, args, keywords)

    def called(self, callee: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        if isinstance(callee, np.ufunc):
            return self.ufunc(callee, args, keywords)
        owner = getattr(callee, "__self__", None)
        if isinstance(owner, np.ufunc):
            return _ufunc_method(owner, callee.__name__, args, keywords)
        try:
            known = callee in TABLE
        except TypeError:
            known = False
        if known:
            if callee in IN_PLACE and args and has_container(args[0]):
                self.suspect()
            if callee is shape_kernels.kernels.scatter_add and args and has_container(args[0]):
                self.suspect()
            return call_shape(callee, args, keywords)
        self.passed([*args, *keywords.values()])
        if self.calls is not None and callee is not None and not keywords:
            return _ask(self.calls, callee, args)
        return UNKNOWN

    def passed(self, values: Iterable[Value]) -> None:
        """Values that code of which nothing is known may write."""
        if any(map(has_container, values)):
            self.suspect()

    def ufunc(self, function: np.ufunc, args: list[Value], keywords: dict[str, Value]) -> Value:
        if function is np.matmul or function.signature is not None:
            return call_shape(function, args, keywords)
        if keywords or len(args) != function.nin:
            out = keywords.get("out") if len(args) == function.nin else args[-1] if args else None
            return out if isinstance(out, Array) and function.nout == 1 else UNKNOWN
        return elementwise(function, args)

    def method(self, node: gast.Call, func: gast.Attribute) -> Value:
        base = self.eval(func.value)
        args = [self.eval(arg) for arg in node.args]
        keywords = {keyword.arg: self.eval(keyword.value) for keyword in node.keywords}
        if isinstance(base, Array):
            if func.attr in ("item", "tolist"):
                return Number(shape_kernels.kind_of(base.dtype)) if base.dtype and base.shape == () else UNKNOWN
            function = _METHODS.get(func.attr)
            return UNKNOWN if function is None else self.called(function, [base, *args], keywords)
        if isinstance(func.value, gast.Name) and self.sites is not None and func.value.id in self.sites.owned:
            return self.list_method(func.value.id, func.attr, base, args)
        if func.attr in _READS and isinstance(base, (Sequence, ListOf, MappingValue, Static)):
            return UNKNOWN
        if has_container(base) or base is UNKNOWN or any(map(has_container, args)):
            self.suspect()
        return UNKNOWN

    def list_method(self, name: str, method: str, base: Value, args: list[Value]) -> Value:
        if method == "append" and len(args) == 1:
            assert self.sites is not None
            if isinstance(base, Sequence) and len(self.sites.home.get(name, ())) == len(self.path):
                self.env[name] = Sequence(list, (*base.items, args[0]))
                self.facts[name] = join(self.facts.get(name, base), self.env[name])
            else:
                self.grow(name, args[0])
            return NONE
        assert method in LIST_METHODS
        if isinstance(base, Sequence) and base.items:
            self.env[name] = Sequence(list, base.items[:-1])
            self.facts[name] = join(self.facts.get(name, base), self.env[name])
            return base.items[-1] if not args else join_all(base.items)
        return join_all(elements(base))


_EVAL: dict[type, Callable[[_Interpreter, Any], Value]] = {
    gast.Name: _Interpreter.name,
    gast.Constant: _Interpreter.constant,
    gast.BinOp: _Interpreter.binop,
    gast.UnaryOp: _Interpreter.unaryop,
    gast.Compare: _Interpreter.compare,
    gast.BoolOp: _Interpreter.boolop,
    gast.IfExp: _Interpreter.ifexp,
    gast.Tuple: _Interpreter.tuple,
    gast.List: _Interpreter.list,
    gast.Dict: _Interpreter.dict,
    gast.Slice: _Interpreter.slice,
    gast.Subscript: _Interpreter.subscript,
    gast.Attribute: _Interpreter.attribute,
    gast.Call: _Interpreter.call,
}
_PROPERTIES = {"shape": np.shape, "ndim": np.ndim, "size": np.size, "T": np.transpose, "real": np.real, "imag": np.imag}
_METHODS: dict[str, Any] = {
    name: getattr(np, name)
    for name in "sum mean copy dot ravel max min prod std var cumsum conj argmax argmin all any astype swapaxes".split()
    if hasattr(np, name)
}
_READS = frozenset({"get", "keys", "values", "items", "index", "count", "copy", "format", "join", "startswith", "upper"})


@functools.lru_cache(maxsize=1024)
def _literal(kind: type, value: Any) -> Value:
    if kind in (bool, int):
        fits = -(2**63) <= value < 2**63
        return Number(kind.__name__, value) if fits else UNKNOWN
    return Number(kind.__name__) if kind in (float, complex) else Static(value)


def _denoted(obj: Any, in_module: bool = False) -> Value:
    """What is known of an object that a free name denotes: functions, classes and modules stay what they are."""
    if obj is None or isinstance(obj, (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType)):
        return UNKNOWN if obj is None and not in_module else Static(obj)
    if in_module and type(obj) is float:
        return Number("float")
    return Static(obj) if isinstance(obj, (np.ufunc, np.dtype)) else UNKNOWN


def _is_safe_power(base: gast.expr, exponent: gast.expr) -> bool:
    """Whether a power of Python floats can't be complex: by a whole number, or of a positive literal."""
    if isinstance(exponent, gast.Constant) and isinstance(exponent.value, float):
        return exponent.value.is_integer()
    return isinstance(base, gast.Constant) and isinstance(base.value, (int, float)) and base.value > 0


def _ufunc_method(ufunc: np.ufunc, method: str, args: list[Value], keywords: dict[str, Value]) -> Value:
    if method == "at":
        return NONE
    if method == "outer" and len(args) == 2 and not keywords and all(isinstance(a, Array) and a.shape is not None for a in args):
        one, two = (a.shape for a in args if isinstance(a, Array))
        found = elementwise(ufunc, [Array(a.dtype, ()) for a in args if isinstance(a, Array)])
        shape = (*(one or ()), *(two or ()))
        return Array(found.dtype, shape, not shape) if isinstance(found, Array) else UNKNOWN
    if method == "reduce" and ufunc in (np.add, np.multiply) and 1 <= len(args) <= 2 and not keywords:
        if isinstance(args[0], Array):
            axis = args[1] if len(args) > 1 else Number("int", 0)
            return reduction(args[0], summing(args[0].dtype), axis, Number("bool", False))
    return UNKNOWN


# ------------------------------------------------------------------------------------------------- rewriting of lengths


def _ask(calls: Calls, callee: Any, args: list[Value]) -> Value:
    """What `calls` says; symbols go there and back under names that are no other function's."""
    there: dict[Symbol, Symbol] = {}

    def rename(symbol: Symbol) -> Symbol:
        return there.setdefault(symbol, Symbol(f"argument.{len(there)}", symbol.natural))

    given = [_renamed(arg, rename) for arg in args]
    back = {new: old for old, new in there.items()}

    def dim(n: Dim) -> Dim:
        if not isinstance(n, Size):
            return n
        if all(symbol in back for symbol in n.symbols):
            return replace(n, terms=tuple(sorted((back[symbol], factor) for symbol, factor in n.terms)))
        return SEVERAL if n.not_one else SOME

    return _mapped(calls(callee, given), dim)


def _forget(value: Value, changes: Callable[[Size], bool]) -> Value:
    def dim(n: Dim) -> Dim:
        return (SEVERAL if n.not_one else SOME) if isinstance(n, Size) and changes(n) else n

    return _mapped(value, dim)


def _renamed(value: Value, rename: Callable[[Symbol], Symbol]) -> Value:
    def dim(n: Dim) -> Dim:
        if not isinstance(n, Size):
            return n
        return replace(n, terms=tuple(sorted((rename(symbol), factor) for symbol, factor in n.terms)))

    return _mapped(value, dim)


def _mapped(value: Value, dim: Callable[[Dim], Dim]) -> Value:
    """`value` with each length replaced."""
    match value:
        case Array(shape=shape) if shape:
            new = tuple(map(dim, shape))
            return value if new == shape else Array(value.dtype, new, value.scalar)
        case Number(dim=Size() as size):
            new_size = dim(size)
            if isinstance(new_size, Size):
                return value if new_size is size else replace(value, dim=new_size)
            return number_of(new_size)
        case Sequence(items=items):
            return Sequence(value.type, tuple(_mapped(item, dim) for item in items))
        case ListOf(item=item):
            return ListOf(_mapped(item, dim))
        case MappingValue(values=values):
            return MappingValue(value.type, value.keys, tuple(_mapped(item, dim) for item in values))
        case Record(fields=fields):
            return Record(value.cls, tuple((key, _mapped(item, dim)) for key, item in fields))
    return value
