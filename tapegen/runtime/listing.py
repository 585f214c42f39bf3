"""What a tape recorded, and its adjoint, as straight-line Python: `tape.source()`."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import gast
import numpy as np

from ..kernels import scatter_like
from ..rules.evaluate import is_complex, pullback_code
from ..rules.registry import Rule, qualified_name
from .operations import PICK, FastOperation, Operation
from .record import flat_keys
from .tensor import Tensor
from .variable import Variable

_OPERATORS = {
    np.add: gast.Add, np.subtract: gast.Sub, np.multiply: gast.Mult, np.divide: gast.Div, np.power: gast.Pow,
    np.matmul: gast.MatMult,
}  # fmt: skip


class Record(Protocol):
    """What is asked here of a tape."""

    @property
    def nodes(self) -> Sequence[tuple[Any, Any, Any, Any]]: ...
    def watched_variables(self) -> tuple[Variable, ...]: ...


def source(tape: Record, target: Tensor | None = None) -> str:
    """A module with a function that computes `target`, the last result if None, and the cotangents of what it reads.

    Its parameters are what was watched, then the arrays that were constants: these are not all kept, for a tape keeps
    what adjoints read.
    """
    nodes = list(tape.nodes)
    if not nodes:
        return "# the tape holds no operations\n"
    end = nodes[-1][0] if target is None else target._key
    return _Listing(nodes, {v._key: v for v in tape.watched_variables()}, end).module()


def _load(name: str) -> gast.expr:
    return gast.Name(name, gast.Load(), None, None)


def _store(name: str) -> gast.expr:
    return gast.Name(name, gast.Store(), None, None)


class _Listing:
    def __init__(self, nodes: list[Any], variables: Mapping[int, Variable], end: Any) -> None:
        self.variables = variables
        self.end = list(flat_keys(end))
        wanted = set(self.end)
        kept = []
        for node in reversed(nodes):
            if wanted.intersection(flat_keys(node[0])):
                kept.append(node)
                wanted.update(flat_keys([node[1][i] for i in node[2].active]))
        self.nodes = kept[::-1]
        self.names: dict[int, str] = {}
        self.params: list[str] = []
        self.constants: dict[int, tuple[str, Any]] = {}
        self.imports: dict[str, Any] = {}
        self.taken: set[str] = set()
        made = {key for node in self.nodes for key in flat_keys(node[0])}
        for key in (k for node in self.nodes for k in flat_keys([node[1][i] for i in node[2].active])):
            if key not in made and key not in self.names:
                variable = variables.get(key)
                given = "" if variable is None else variable.name.partition(":")[0]
                self.names[key] = self.fresh(given if given.isidentifier() else "x")
                self.params.append(self.names[key])
        for node in self.nodes:
            for key in flat_keys(node[0]):
                self.names[key] = self.fresh("v")

    def fresh(self, stem: str) -> str:
        found, n = stem, 0
        while found in self.taken or (found == stem and stem in ("v", "x", "c", "t")):
            n += 1
            found = f"{stem}{n}"
        self.taken.add(found)
        return found

    # the parts

    def module(self) -> str:
        forward = [self.forward(*node) for node in self.nodes]
        backward = [
            self.assign(
                f"{self.names[key]}_bar", self.call("np.ones_like", np.ones_like, [_load(self.names[key])])
            )
            for key in self.end
        ]
        self.bars = set(self.end)
        for node in reversed(self.nodes):
            if self.bars.intersection(flat_keys(node[0])):
                backward += self.backward(*node)
        ends = [_load(self.names[key]) for key in self.end]
        bars = [_load(f"{p}_bar") for p in self.params]
        result = gast.Tuple([ends[0] if len(ends) == 1 else gast.Tuple(ends, gast.Load()),
                             gast.Tuple(bars, gast.Load())], gast.Load())  # fmt: skip
        params = ", ".join([*self.params, *[name for name, _ in self.constants.values()]])
        lines = [f"# Recorded by a GradientTape: {len(self.nodes)} operations.", ""]
        lines += [*self.import_lines(), "", "", f"def value_and_gradients({params}):"]
        lines += [f"    # {name}: {_described(value)}" for name, value in self.constants.values()]
        lines += [f"    {_text(stmt)}" for stmt in forward]
        lines += ["    # adjoint"]
        lines += [f"    {_text(stmt)}" for stmt in backward]
        lines += [f"    {_text(gast.Return(result))}", ""]
        return "\n".join(lines)

    def import_lines(self) -> list[str]:
        lines, by_module = set(), dict[str, set[str]]()
        for name, value in self.imports.items():
            if isinstance(value, types.ModuleType):
                alias = "np" if value is np else name
                lines.add(f"import {value.__name__}" + ("" if value.__name__ == alias else f" as {alias}"))
            else:
                home = "tapegen.kernels" if ".kernels." in value.__module__ else value.__module__
                renamed = "" if value.__name__ == name else f" as {name}"
                by_module.setdefault(home, set()).add(f"{value.__name__}{renamed}")
        named = [
            f"from {home} import {', '.join(sorted(names))}" for home, names in sorted(by_module.items())
        ]
        return [*sorted(lines), *named]

    def forward(self, out: Any, keys: Any, operation: Any, saved: Any) -> gast.stmt:
        args = self.arguments(keys, operation, saved)
        rule = _rule(operation)
        value: gast.expr
        if operation is PICK or (rule is not None and rule.name == "operator.getitem"):
            value = gast.Subscript(args[0], _written_index(args[1], saved[1]), gast.Load())
        elif rule is None:
            value = gast.Call(_load(operation.name.replace(".", "_").replace(" ", "_")), args, [])
        elif rule.primitive in _OPERATORS and len(args) == 2:
            value = gast.BinOp(args[0], _OPERATORS[rule.primitive](), args[1])
        else:
            value = self.primitive(rule, args, saved)
        targets = [_store(self.names[key]) for key in flat_keys(out)]
        target = targets[0] if type(out) is int else gast.Tuple(targets, gast.Store())
        return gast.Assign([target], value, None)

    def primitive(self, rule: Rule, args: Sequence[gast.expr], saved: Any) -> gast.expr:
        positional: list[gast.expr] = []
        keywords: list[gast.keyword] = []
        for i, (name, arg) in enumerate(zip(rule.params, args, strict=False)):
            if rule.variadic == i:
                positional.append(gast.Starred(arg, gast.Load()))
            elif name in rule.defaults and (name.startswith("_") or saved[i] is rule.defaults[name]):
                continue
            elif name in rule.defaults:
                keywords.append(gast.keyword(name, arg))
            else:
                positional.append(arg)
        return self.call(_dotted(rule.primitive), rule.primitive, positional, keywords)

    def backward(self, out: Any, keys: Any, operation: Any, saved: Any) -> Iterator[gast.stmt]:
        """The statements that add to the cotangents of the arguments."""
        for key in flat_keys(out):
            if key not in self.bars:
                yield self.assign(
                    f"{self.names[key]}_bar",
                    self.call("np.zeros_like", np.zeros_like, [_load(self.names[key])]),
                )
        cts = [f"{self.names[key]}_bar" for key in flat_keys(out)]
        rule = _rule(operation)
        if operation is PICK:
            self.imports.setdefault("scatter_like", scatter_like)
            x, index = self.arguments(keys, operation, saved)
            yield from self.add(keys[0], gast.Call(_load("scatter_like"), [_load(cts[0]), index, x], []))
        elif rule is None:
            names = [self.fresh("t") for _ in operation.active]
            call = gast.Call(
                _load(f"{operation.name.replace('.', '_')}_pullback"), [_load(ct) for ct in cts], []
            )
            yield gast.Assign([gast.Tuple([_store(n) for n in names], gast.Store())], call, None)
            for i, name in zip(operation.active, names, strict=True):
                yield from self.add(keys[i], _load(name))
        else:
            yield from self.pulled(rule, keys, operation, saved, out, cts)

    def pulled(
        self, rule: Rule, keys: Any, operation: Any, saved: Any, out: Any, cts: list[str]
    ) -> Iterator[gast.stmt]:
        """The body of a rule, with the names of the call."""
        count = len(rule.params)
        bound, result = saved[:count], saved[count]
        statements, returns, namespace = pullback_code(
            rule, operation.active, result is not None and is_complex(rule, bound, result), bound
        )
        args = self.arguments(keys, operation, saved)
        names: dict[str, gast.expr] = dict(zip(rule.params, args, strict=False))
        several = type(out) is not int
        results = [_load(self.names[key]) for key in flat_keys(out)]
        names["_result"] = gast.Tuple(results, gast.Load()) if several else results[0]
        names["ct"] = gast.Tuple([_load(ct) for ct in cts], gast.Load()) if several else _load(cts[0])
        substitute = _Substitute(names, namespace, self)
        for stmt in statements:
            yield substitute.visit(stmt)
        for i, value in zip(operation.active, returns, strict=True):
            if rule.kind == "elementwise" and _same_shape(operation, bound[i], result):
                value = value.args[0]
            yield from self.add(keys[i], substitute.visit(value))

    def add(self, key: Any, value: gast.expr) -> Iterator[gast.stmt]:
        if isinstance(key, tuple):
            for n, part in enumerate(key):
                if part is not None:
                    yield from self.add(part, gast.Subscript(value, gast.Constant(n, None), gast.Load()))
            return
        bar = f"{self.names[key]}_bar"
        if key in self.bars:
            value = gast.BinOp(_load(bar), gast.Add(), value)
        self.bars.add(key)
        yield self.assign(bar, value)

    def assign(self, name: str, value: gast.expr) -> gast.stmt:
        return gast.Assign([_store(name)], value, None)

    def call(
        self, dotted: str, primitive: Any, args: Sequence[gast.expr], keywords: Sequence[gast.keyword] = ()
    ) -> gast.expr:
        *modules, last = dotted.split(".")
        if not modules:
            self.imports.setdefault(last, primitive)
            return gast.Call(_load(last), list(args), list(keywords))
        if modules[0] == "np":
            self.imports["np"] = np
        else:
            self.imports[".".join(modules)] = types.ModuleType(".".join(modules))
        node = _load(modules[0])
        for part in (*modules[1:], last):
            node = gast.Attribute(node, part, gast.Load())
        return gast.Call(node, list(args), list(keywords))

    # arguments

    def arguments(self, keys: Any, operation: Any, saved: Any) -> list[gast.expr]:
        rule = _rule(operation)
        count = 2 if operation is PICK else len(keys) if rule is None else len(rule.params)
        known = saved if rule is not None or operation is PICK else (None,) * count
        return [self.argument(keys[i] if i < len(keys) else None, known[i]) for i in range(count)]

    def argument(self, key: Any, value: Any) -> gast.expr:
        if isinstance(key, int) and key in self.names:
            return _load(self.names[key])
        if isinstance(value, (list, tuple)):
            parts = key if isinstance(key, tuple) else (None,) * len(value)
            elements = [self.argument(k, v) for k, v in zip(parts, value, strict=True)]
            return (gast.List if isinstance(value, list) else gast.Tuple)(elements, gast.Load())
        if isinstance(value, slice):
            return gast.Call(
                _load("slice"), [self.argument(None, v) for v in (value.start, value.stop, value.step)], []
            )
        if type(value) in (int, float, bool, str, type(Ellipsis)) or (value is None and key is None):
            return gast.Constant(value, None)
        return _load(self.constant(value, key))

    def constant(self, value: Any, key: Any) -> str:
        place = key if isinstance(key, int) else id(value)
        if place not in self.constants:
            self.constants[place] = (self.fresh("c"), value)
        return self.constants[place][0]


class _Substitute(gast.NodeTransformer):
    """Puts the names of a call into the body of a rule; its own variables get new names."""

    def __init__(self, names: dict[str, gast.expr], namespace: Mapping[str, Any], listing: _Listing) -> None:
        self.names, self.namespace, self.listing = names, namespace, listing

    def visit_Assign(self, node: gast.Assign) -> gast.AST:
        value = self.visit(node.value)
        targets = [self.target(t) for t in node.targets]
        return gast.Assign(targets, value, None)

    def target(self, node: Any) -> gast.expr:
        if isinstance(node, gast.Tuple):
            return gast.Tuple([self.target(e) for e in node.elts], gast.Store())
        name = self.listing.fresh("t")
        self.names[node.id] = _load(name)
        return _store(name)

    def visit_Name(self, node: gast.Name) -> gast.AST:
        if node.id in self.names:
            return self.names[node.id]
        if node.id in self.namespace:
            value = self.namespace[node.id]
            if value is np:
                self.listing.imports["np"] = np
            elif not isinstance(value, type) and getattr(value, "__module__", "") != "builtins":
                self.listing.imports.setdefault(node.id, value)
        return node


def _written_index(node: Any, index: Any) -> gast.expr:
    """An index as it is written between brackets: `1:3` for `slice(1, 3)`."""
    if isinstance(index, slice):
        parts = [None if isinstance(a, gast.Constant) and a.value is None else a for a in node.args]
        return gast.Slice(*parts)
    if isinstance(index, tuple):
        elements = [_written_index(n, i) for n, i in zip(node.elts, index, strict=True)]
        return gast.Tuple(elements, gast.Load())
    return node


def _text(node: gast.stmt) -> str:
    module = gast.Module([node], [])
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(module)))


def _rule(operation: Operation) -> Rule | None:
    found = getattr(operation, "rule", None) or getattr(getattr(operation, "fast", None), "rule", None)
    return found if isinstance(found, Rule) else None


def _same_shape(operation: Any, value: Any, result: Any) -> bool:
    """Whether it is known that an operand was not broadcast."""
    if isinstance(operation, FastOperation):
        return True
    if value is None or result is None or hasattr(operation, "fast"):
        return False
    return np.shape(value) == np.shape(result) and getattr(value, "dtype", 0) == getattr(result, "dtype", 1)


def _described(value: Any) -> str:
    if value is None:
        return "a constant, which no adjoint reads"
    if isinstance(value, np.generic):
        return repr(value)
    return f"a constant, {value.dtype}{list(value.shape)}" if isinstance(value, np.ndarray) else repr(value)


def _dotted(primitive: Any) -> str:
    name = qualified_name(primitive)
    if isinstance(primitive, np.ufunc) and "." not in name:
        return f"scipy.special.{name}"
    return name
