"""Shape inference, expressions: what is known of an expression, given what is known of the variables."""

from __future__ import annotations

import dataclasses
import functools
import re
import types
from collections.abc import Callable, Iterable
from typing import Any

import gast
import numpy as np

from tapegen.analysis import (
    shape_edges,
    shape_elements,
    shape_families,
    shape_kernels,
    shape_layouts,
    shape_linalg,
    shape_math,
    shape_pieces,
    shape_products,
    shape_random,
    shape_reductions,
)
from tapegen.analysis.joins import join, join_all
from tapegen.analysis.records import Default, constructed, constructor, is_named_tuple, record_class
from tapegen.analysis.shape_algebra import elementwise, in_parts, summing
from tapegen.analysis.shape_builtins import IN_PLACE, binary, compared, has_container, truth, unary
from tapegen.analysis.shape_functions import TABLE, call_shape
from tapegen.analysis.shape_indexing import Slice, indexed
from tapegen.analysis.shape_sites import LIST_METHODS, Sites
from tapegen.analysis.shape_symbols import Calls, ask, forget
from tapegen.analysis.values import (
    NEVER,
    NONE,
    UNKNOWN,
    Array,
    ListOf,
    Mapping,
    Number,
    Opaque,
    Record,
    Scalar,
    Sequence,
    Size,
    Static,
    Value,
    elements,
    kind_of,
    present,
)
from tapegen.kernels import scatter_add
from tapegen.lang.core import Core, Generated, dotted, lookup
from tapegen.rules import registry

__all__ = [
    "ContainerWritten",
    "Expressions",
    "shape_edges",
    "shape_elements",
    "shape_families",
    "shape_kernels",
    "shape_layouts",
    "shape_linalg",
    "shape_math",
    "shape_pieces",
    "shape_products",
    "shape_random",
]


class ContainerWritten(Exception):
    """A list or dict that may have several names is written; nothing is known about lists and dicts then."""


_LOCAL = re.compile(r"[\w~]+#[\w.]+")


class Expressions:
    """The state of an inference, and how it evaluates expressions.

    Attributes:
        env: what is known here of each variable.
        facts: what is known of each variable all over the function.
        path: the loops that the statement at hand is in.
        born: for each local symbol, the loops that it was introduced in, and so may change in.
        divided: lengths of which a variable is a part, such as `len(b)` where `width = len(b) // 4`.
        suspicious: lists and dicts are written that may have several names, so nothing is said of any of these.
        lasting: whether what was evaluated last hangs on its operands alone.
    """

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
        self.lasting = False
        self.divided: set[Size] = set()

    def suspect(self) -> None:
        if not self.suspicious:
            raise ContainerWritten

    def grow(self, name: str, value: Value) -> None:
        """An element of an owned list becomes `value`."""
        assert self.sites is not None
        value = self.leaving(value, len(self.sites.home.get(name, ())))
        old = self.env.get(name, UNKNOWN)
        if old is UNKNOWN:
            return
        self.env[name] = ListOf(join_all([*elements(old), value]))
        self.facts[name] = join(self.facts.get(name, old), self.env[name])

    def leaving(self, value: Value, home: int) -> Value:
        """`value` as it is seen outside the loops deeper than `home`: without symbols that change there."""
        inner = set(self.path[home:])
        if not inner:
            return value

        def changes(size: Size) -> bool:
            names = (name for symbol in size.symbols for name in _LOCAL.findall(symbol.name))
            return any(not inner.isdisjoint(self.born.get(name, ())) for name in names)

        return forget(value, changes)

    # ----------------------------------------------------------------------------------------------------- expressions

    def eval(self, node: gast.expr) -> Value:
        return _EVAL.get(type(node), Expressions.unknown)(self, node)

    def operand(self, node: gast.expr) -> Value:
        """What is known of an expression that is computed with."""
        return present(self.eval(node))

    def unknown(self, node: gast.expr) -> Value:
        return UNKNOWN

    def name(self, node: gast.Name) -> Value:
        value = self.env.get(node.id)
        if value is None:
            return _denoted(self.core.namespace.get(node.id, _ABSENT))
        return value

    def constant(self, node: gast.Constant) -> Value:
        kind: Any = type(node.value)
        return _literal(kind, node.value)

    def binop(self, node: gast.BinOp) -> Value:
        left, right = self.operand(node.left), self.operand(node.right)
        if _raises([left, right]):
            return NEVER
        if type(node.op) is gast.Pow and isinstance(left, Number) and isinstance(right, Number):
            if (
                right.kind == "float"
                and left.kind in ("int", "float")
                and _is_safe_power(node.left, node.right)
            ):
                return Number("float")
        found = binary(type(node.op), left, right)
        if self.divided and type(found) is Array and found.shape and type(node.op) is not gast.MatMult:
            self.lasting = False
            return in_parts(found, (left, right), self.divided)
        return found

    def unaryop(self, node: gast.UnaryOp) -> Value:
        return unary(type(node.op), self.operand(node.operand))

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

    def tuple_display(self, node: gast.Tuple) -> Value:
        return Sequence(tuple, tuple(self.eval(e) for e in node.elts))

    def list_display(self, node: gast.List) -> Value:
        return Sequence(list, tuple(self.eval(e) for e in node.elts))

    def dict_display(self, node: gast.Dict) -> Value:
        if not all(isinstance(key, gast.Constant) for key in node.keys):
            return UNKNOWN
        keys = tuple(key.value for key in node.keys)
        if len(set(keys)) != len(keys):
            return UNKNOWN
        return Mapping(dict, keys, tuple(self.eval(value) for value in node.values))

    def slice(self, node: gast.Slice) -> Value:
        bounds = [None if b is None else self.eval(b) for b in (node.lower, node.upper, node.step)]
        return Slice(*(None if b == NONE else b for b in bounds))

    def subscript(self, node: gast.Subscript) -> Value:
        return indexed(self.operand(node.value), self.operand(node.slice))

    def string(self, node: gast.JoinedStr) -> Value:
        return UNKNOWN

    def attribute(self, node: gast.Attribute) -> Value:
        parts = dotted(node)
        if parts is not None and parts[0] in self.core.namespace and parts[0] not in self.env:
            return _denoted(
                lookup(self.core, node), isinstance(self.core.namespace[parts[0]], types.ModuleType)
            )
        value = self.operand(node.value)
        if isinstance(value, Record) and record_class(value) is not None:
            return dict(value.fields).get(node.attr, UNKNOWN)
        if isinstance(value, Sequence) and node.attr in (fields := getattr(value.type, "_fields", ())):
            return value.items[fields.index(node.attr)]
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
            self.lasting = False
            self.passed([*args, *keywords.values()])
            return UNKNOWN
        return self.called(callee, args, keywords)

    def called(self, callee: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        if isinstance(callee, np.ufunc):
            if callee not in _ASK and _raises(args):
                return NEVER
            return self.ufunc(callee, list(map(present, args)), keywords)
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
            if callee is scatter_add and args and has_container(args[0]):
                self.suspect()
            if NEVER in args:
                return NEVER
            if callee is not isinstance:
                args, keywords = list(map(present, args)), {k: present(v) for k, v in keywords.items()}
            return call_shape(callee, args, keywords)
        rule = registry.rule_for(callee)
        if rule is not None and rule.returns is not None:
            return _returned(rule.returns)
        if rule is not None and (found := shape_families.scipy_result(callee, args, keywords)) is not UNKNOWN:
            return found
        fields = constructed(callee, args, keywords)
        if fields is not None:
            return self.record(callee, args, fields)
        if callee is dataclasses.replace and len(args) == 1 and isinstance(args[0], Record):
            changed = dict(args[0].fields) | keywords
            if constructor(args[0].cls) is not None and len(changed) == len(args[0].fields):
                return Record(args[0].cls, tuple(changed.items()))
        self.lasting = False
        if not (self.calls is not None and _is_followed(callee)):
            self.passed([*args, *keywords.values()])
        if self.calls is not None and callee is not None and not keywords:
            return ask(self.calls, callee, args)
        return UNKNOWN

    def record(self, callee: Any, args: list[Value], fields: dict[str, Any]) -> Value:
        """The description of a namedtuple or dataclass that a call puts together."""
        described = {
            key: _default(part) if isinstance(part, Default) else part for key, part in fields.items()
        }
        if is_named_tuple(callee):
            return Sequence(callee, tuple(described.values()))
        if isinstance(callee, type):
            return Record(callee, tuple(described.items()))
        whole = args[0]
        if not isinstance(whole, Record):
            return UNKNOWN
        return Record(whole.cls, tuple((key, described.get(key, part)) for key, part in whole.fields))

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
        self.lasting = False
        base = self.operand(func.value)
        args = [self.eval(arg) for arg in node.args]
        keywords = {keyword.arg: self.eval(keyword.value) for keyword in node.keywords}
        if isinstance(base, Array):
            if func.attr in ("item", "tolist"):
                return Number(kind_of(base.dtype)) if base.dtype and base.shape == () else UNKNOWN
            function = _METHODS.get(func.attr)
            return UNKNOWN if function is None else self.called(function, [base, *args], keywords)
        if isinstance(base, Opaque) and getattr(base.type, func.attr, None) in TABLE:
            return call_shape(getattr(base.type, func.attr), args, keywords)
        if (
            func.attr == "_replace"
            and not args
            and isinstance(base, Sequence)
            and constructor(base.type) is not None
        ):
            fields = dict(zip(base.type._fields, base.items, strict=True)) | keywords  # type: ignore[attr-defined]
            return Sequence(base.type, tuple(fields.values())) if len(fields) == len(base.items) else UNKNOWN
        if isinstance(func.value, gast.Name) and self.sites is not None and func.value.id in self.sites.owned:
            return self.list_method(func.value.id, func.attr, base, args)
        if func.attr in _READS and isinstance(base, (Sequence, ListOf, Mapping, Static)):
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


def _raises(operands: list[Value]) -> bool:
    """Whether arithmetic on these operands raises an error: None with numbers and arrays."""
    if not any(value is NEVER or value == NONE for value in operands):
        return False
    return all(
        value is NEVER or value == NONE or isinstance(present(value), (Array, Number, Scalar))
        for value in operands
    )


_ASK = frozenset({np.equal, np.not_equal, np.logical_and, np.logical_or, np.logical_xor, np.logical_not})
"""Operations that take None for an answer."""
_ABSENT = object()
_EVAL: dict[type, Callable[[Expressions, Any], Value]] = {
    gast.Name: Expressions.name,
    gast.Constant: Expressions.constant,
    gast.BinOp: Expressions.binop,
    gast.UnaryOp: Expressions.unaryop,
    gast.Compare: Expressions.compare,
    gast.BoolOp: Expressions.boolop,
    gast.IfExp: Expressions.ifexp,
    gast.Tuple: Expressions.tuple_display,
    gast.List: Expressions.list_display,
    gast.Dict: Expressions.dict_display,
    gast.Slice: Expressions.slice,
    gast.Subscript: Expressions.subscript,
    gast.Attribute: Expressions.attribute,
    gast.Call: Expressions.call,
}
_PROPERTIES = {
    "shape": np.shape,
    "ndim": np.ndim,
    "size": np.size,
    "T": np.transpose,
    "real": np.real,
    "imag": np.imag,
}
_METHODS: dict[str, Any] = {
    name: getattr(np, name)
    for name in "sum mean copy dot ravel max min prod std var cumsum conj argmax argmin all any astype swapaxes".split()
    if hasattr(np, name)
}
_READS = frozenset(
    {"get", "keys", "values", "items", "index", "count", "copy", "format", "join", "startswith", "upper"}
)


@functools.lru_cache(maxsize=1024)
def _literal(kind: type, value: Any) -> Value:
    if kind in (bool, int):
        fits = -(2**63) <= value < 2**63
        return Number(kind.__name__, value) if fits else UNKNOWN
    return Number(kind.__name__) if kind in (float, complex) else Static(value)


def _returned(kind: Any) -> Value:
    """The description of a result that a rule tells: `float`, `np.ndarray`, or a tuple of such."""
    if kind is np.ndarray:
        return Array(None, None)
    if isinstance(kind, tuple):
        return Sequence(tuple, tuple(map(_returned, kind)))
    return Number(kind.__name__)


def _denoted(obj: Any, in_module: bool = False) -> Value:
    """What is known of an object that a free name denotes: functions, classes and modules stay what they are."""
    if obj is None or isinstance(
        obj, (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType)
    ):
        return UNKNOWN if obj is None and not in_module else Static(obj)
    if in_module and type(obj) is float:
        return Number("float")
    return Static(obj) if isinstance(obj, (np.ufunc, np.dtype)) else UNKNOWN


def _is_followed(callee: Any) -> bool:
    """Whether a callee is a Python function of the user's or its derivative: what writes its arguments is inlined."""
    if isinstance(callee, Generated):
        return callee.pure
    root = (getattr(callee, "__module__", None) or "").partition(".")[0]
    return isinstance(callee, types.FunctionType) and root not in {
        "numpy",
        "scipy",
        "builtins",
        "dataclasses",
        "tapegen",
    }


def _default(part: Default) -> Value:
    value: Any = part.value
    known = isinstance(value, (bool, int, float, complex, str))
    cls: Any = type(value)
    return _literal(cls, value) if known else _denoted(value)


def _is_safe_power(base: gast.expr, exponent: gast.expr) -> bool:
    """Whether a power of Python floats can't be complex: by a whole number, or of a positive literal."""
    if isinstance(exponent, gast.Constant) and isinstance(exponent.value, float):
        return exponent.value.is_integer()
    return isinstance(base, gast.Constant) and isinstance(base.value, (int, float)) and base.value > 0


def _ufunc_method(ufunc: np.ufunc, method: str, args: list[Value], keywords: dict[str, Value]) -> Value:
    if method == "at":
        return NONE
    if (
        method == "outer"
        and len(args) == 2
        and not keywords
        and all(isinstance(a, Array) and a.shape is not None for a in args)
    ):
        one, two = (a.shape for a in args if isinstance(a, Array))
        found = elementwise(ufunc, [Array(a.dtype, ()) for a in args if isinstance(a, Array)])
        shape = (*(one or ()), *(two or ()))
        return Array(found.dtype, shape, not shape) if isinstance(found, Array) else UNKNOWN
    if method == "reduce" and ufunc in (np.add, np.multiply) and 1 <= len(args) <= 2 and not keywords:
        if isinstance(args[0], Array):
            axis = args[1] if len(args) > 1 else Number("int", 0)
            return shape_reductions.reduction(args[0], summing(args[0].dtype), axis, Number("bool", False))
    return UNKNOWN
