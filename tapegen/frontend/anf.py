"""A-normal form: each operand becomes a name or a literal, in the order in which Python evaluates.

    z = np.tanh(x @ w + b)          z_1 = x @ w
                                    z_2 = z_1 + b
                                    z = np.tanh(z_2)

Expressions that branch or loop become statements here, so that they keep their place in the order. Tests, index
expressions and the arguments of `range` stay nested as long as they are pure.
"""

from __future__ import annotations

import builtins
from typing import Any

import gast

from tapegen.errors import TransformError
from tapegen.frontend import comprehensions, conditions, outputs, reductions, sequences
from tapegen.frontend.displays import Displays, find_displays
from tapegen.frontend.jumps import lower_loop_jumps
from tapegen.frontend.loops import lower_loops
from tapegen.frontend.purity import is_pure_function, may_have_effects
from tapegen.frontend.scope import Scope
from tapegen.frontend.statements import STATEMENTS, as_list, becomes_statements, is_any_all
from tapegen.frontend.targets import again, lower_targets
from tapegen.lang import build
from tapegen.lang.core import dotted
from tapegen.lang.flatten import is_atom
from tapegen.lang.walk import walk

_CONSUMERS = (builtins.list, builtins.tuple, builtins.set, builtins.dict, builtins.sorted, builtins.frozenset)


def normalise(body: list[Any], params: set[str], scope: Scope) -> list[Any]:
    """Statements in A-normal form."""
    scope.walrus = {n.target.id for n in walk(body) if isinstance(n, gast.NamedExpr)}
    return _Normaliser(scope, find_displays(body, params)).block(body)


class _Normaliser:
    def __init__(self, scope: Scope, displays: Displays) -> None:
        self.scope = scope
        self.displays = displays
        self.out: list[Any] = []
        self.origin: Any = None

    # Statements

    def block(self, body: list[Any]) -> list[Any]:
        outer, self.out = self.out, []
        for stmt in body:
            self.statement(stmt)
        done, self.out = self.out, outer
        return done

    def surface(self, stmts: list[Any]) -> None:
        """Statements made from an expression: they may have loops, jumps and targets of any kind."""
        origin = self.origin
        stmts = lower_targets(lower_loops(lower_loop_jumps(stmts, self.scope), self.scope), self.scope)
        for stmt in stmts:
            self.statement(stmt)
        self.origin = origin

    def emit(self, stmt: Any) -> None:
        stmt.origin = getattr(stmt, "origin", None) or self.origin
        self.out.append(stmt)

    def statement(self, stmt: Any) -> None:
        self.origin = stmt.origin = getattr(stmt, "origin", None) or self.origin
        match stmt:
            case gast.Assign():
                self.assign(stmt.targets[0], stmt.value, stmt.origin)
            case gast.AugAssign():
                self.accumulate(stmt)
            case gast.Expr():
                self.effect(stmt)
            case gast.If():
                test = self.test(stmt.test)
                body = self.block(stmt.body)
                self.emit(build.if_(test, body, _no_pass(self.block(stmt.orelse)), stmt.origin))
            case gast.While():
                self.while_(stmt)
            case gast.For():
                args = [self.index_part(arg) for arg in stmt.iter.args]
                call = build.at(build.call(stmt.iter.func, *args), getattr(stmt.iter, "origin", None))
                self.emit(build.for_(stmt.target, call, self.block(stmt.body), stmt.origin))
            case gast.Return():
                self.return_(stmt)
            case gast.Raise():
                exc = None if stmt.exc is None else self.plain(stmt.exc)
                cause = None if stmt.cause is None else self.plain(stmt.cause)
                self.emit(build.at(gast.Raise(exc=exc, cause=cause), stmt.origin))
            case gast.Assert():
                self.assert_(stmt)
            case gast.Pass() | gast.Break():
                self.emit(stmt)
            case _:
                raise TransformError(
                    f"cannot differentiate a statement of kind `{type(stmt).__name__}`",
                    origin=self.scope.origin(stmt),
                    why="it is not part of the language that is supported",
                    instead="write it with assignments, `if`, `for` and `while`",
                )

    def assign(self, target: gast.expr, value: gast.expr, origin: Any) -> None:
        if isinstance(target, gast.Name):
            self.bind(target.id, value, origin)
        elif isinstance(target, gast.Tuple):
            atoms = [self.atom(v, t.id) for t, v in zip(target.elts, value.elts, strict=True)]
            self.emit(build.assign(target, build.tuple_of(atoms), origin))
        else:
            atom = self.atom(value, _base(target))
            self.emit(build.assign(self.place(target), atom, origin))

    def place(self, target: Any) -> gast.expr:
        """A subscript or attribute to store into."""
        holder = self.atom(target.value, _base(target.value))
        if isinstance(target, gast.Attribute):
            return gast.Attribute(value=holder, attr=target.attr, ctx=gast.Store())
        return gast.Subscript(value=holder, slice=self.index(target.slice), ctx=gast.Store())

    def bind(self, name: str, value: gast.expr, origin: Any) -> None:
        """`name = value`; what becomes statements writes into `name` itself where it may."""
        self.origin = origin
        if becomes_statements(value, self.scope):
            reads = any(isinstance(n, gast.Name) and n.id == name for n in walk(value))
            if (reads and not isinstance(value, gast.IfExp)) or name in self.scope.walrus:
                self.emit(build.assign(name, self.atom(value, name), origin))
            else:
                self.surface(self.expand(value, name))
            return
        self.emit(build.assign(name, self.expr(value, name), origin))

    def accumulate(self, stmt: gast.AugAssign) -> None:
        place = self.place(stmt.target)
        value = self.atom(stmt.value, _base(stmt.target))
        self.emit(build.at(gast.AugAssign(target=place, op=stmt.op, value=value), stmt.origin))

    def effect(self, stmt: gast.Expr) -> None:
        value = stmt.value
        if is_atom(value):
            return
        if isinstance(value, gast.Call) and not becomes_statements(value, self.scope):
            self.emit(build.expression(self.expr(value, "value"), stmt.origin))
        else:
            self.atom(value, "unused")  # a copy or constant at most, which single assignment drops

    def while_(self, stmt: gast.While) -> None:
        if not self.needs_statements(stmt.test):
            test = self.test(stmt.test)
            self.emit(build.while_(test, self.block(stmt.body), stmt.origin))
            return
        name = self.scope.namer("test")
        again_ = build.assign(name, build.clone(stmt.test), stmt.origin)
        self.statement(build.assign(name, stmt.test, stmt.origin))
        self.emit(build.while_(build.load(name), self.block([*stmt.body, again_]), stmt.origin))

    def return_(self, stmt: gast.Return) -> None:
        value = stmt.value or build.constant(None)
        if not is_atom(value):
            name = self.scope.namer("result")
            self.statement(build.assign(name, value, getattr(value, "origin", None) or stmt.origin))
            value = build.load(name)
        self.emit(build.return_(value, stmt.origin))

    def assert_(self, stmt: gast.Assert) -> None:
        if stmt.msg is not None and any(isinstance(n, STATEMENTS) for n in walk(stmt.msg)):
            error = build.call(self.scope.use("AssertionError"), stmt.msg)
            failed = gast.UnaryOp(op=gast.Not(), operand=stmt.test)
            self.statement(
                build.if_(failed, [build.at(gast.Raise(exc=error, cause=None), stmt.origin)], [], stmt.origin)
            )
            return
        test = self.test(stmt.test)
        self.emit(build.at(gast.Assert(test=test, msg=stmt.msg), stmt.origin))

    # Expressions

    def plain(self, node: gast.expr) -> gast.expr:
        """An expression that is not differentiated: it stays as it is unless it needs statements."""
        if any(isinstance(n, STATEMENTS) for n in walk(node)):
            return self.atom(node, "value")
        return node

    def test(self, node: gast.expr) -> gast.expr:
        """A condition; nested unless it needs statements."""
        if self.needs_statements(node):
            return self.atom(node, "test")
        return node

    def needs_statements(self, test: gast.expr) -> bool:
        """Whether a condition has parts that become statements, or calls that may change something."""
        return any(
            isinstance(n, STATEMENTS) or is_any_all(n, self.scope) or may_have_effects(n, self.scope.denotes)
            for n in walk(test)
        )

    def atom(self, node: gast.expr, base: str) -> gast.expr:
        """A name or literal with the value of `node`; `base` is what a temporary is named after."""
        if isinstance(node, gast.Name):
            if node.id in self.scope.walrus:
                return self.temporary(node, base)
            return node
        if isinstance(node, gast.Constant) or is_atom(node):
            return node
        if isinstance(node, gast.NamedExpr):
            outer = self.origin
            self.bind(node.target.id, node.value, getattr(node, "origin", None) or outer)
            self.origin = outer
            return self.temporary(build.load(node.target.id), base)
        if becomes_statements(node, self.scope):
            name = self.scope.namer(base)
            outer = self.origin
            self.origin = getattr(node, "origin", None) or outer
            self.surface(self.expand(node, name))
            self.origin = outer
            return build.load(name)
        return self.temporary(self.expr(node, base), base, getattr(node, "origin", None))

    def temporary(self, value: gast.expr, base: str, origin: Any = None) -> gast.Name:
        name = self.scope.namer(base)
        self.emit(build.assign(name, value, origin or self.origin))
        return build.load(name)

    def expand(self, node: Any, target: str) -> list[Any]:
        """`target = node` as statements."""
        if isinstance(node, gast.GeneratorExp):
            raise TransformError(
                "cannot differentiate a generator expression that is kept",
                origin=self.scope.origin(node) or self.origin,
                why="its values can be taken only once, and are computed when they are taken",
                instead="write a list comprehension",
            )
        if getattr(node, "origin", None) is None:
            node.origin = self.origin
        match node:
            case gast.IfExp():
                return conditions.ternary(node, target)
            case gast.BoolOp():
                return conditions.boolean(node, target)
            case gast.Compare():
                return conditions.chain(node, target, self.scope)
            case gast.Call():
                callee = self.scope.denotes(node.func)
                if outputs.is_fill(node, self.scope) or outputs.writes_output(node, callee):
                    return outputs.expand(node, target, self.scope)
                if is_any_all(node, self.scope):
                    return comprehensions.any_or_all(node.args[0], target, callee is builtins.any)
                if sequences.makes_list(node, callee, self.scope):
                    return sequences.expand(node, callee, target, self.scope)
                return reductions.expand(node, callee, target, self.scope)
        return comprehensions.comprehension(node, target, self.scope)

    def expr(self, node: Any, base: str) -> gast.expr:
        """`node` with atoms for operands."""
        match node:
            case gast.Name():
                return node
            case gast.BinOp():
                left = self.atom(node.left, base)
                return gast.BinOp(left=left, op=node.op, right=self.atom(node.right, base))
            case gast.UnaryOp():
                if is_atom(node):
                    return node
                return gast.UnaryOp(op=node.op, operand=self.atom(node.operand, base))
            case gast.Compare(ops=[_]):
                left = self.atom(node.left, base)
                return gast.Compare(
                    left=left, ops=node.ops, comparators=[self.atom(node.comparators[0], base)]
                )
            case gast.Call():
                return self.call(node, base)
            case gast.Subscript():
                holder = self.atom(
                    node.value, _base(node.value) if isinstance(node.value, gast.Attribute) else base
                )
                return gast.Subscript(value=holder, slice=self.index(node.slice), ctx=gast.Load())
            case gast.Attribute():
                path = dotted(node)
                if path is not None and path[0] in self.scope.namespace:
                    return node
                holder = self.atom(node.value, _base(node.value))
                return gast.Attribute(value=holder, attr=node.attr, ctx=gast.Load())
            case gast.Tuple() | gast.List() | gast.Set():
                return self.display(node, base)
            case gast.Dict():
                return self.dictionary(node, base)
            case gast.JoinedStr():
                return gast.JoinedStr(values=[self.formatted(value) for value in node.values])
            case gast.Slice():
                parts = (
                    None if p is None else self.atom(p, base) for p in (node.lower, node.upper, node.step)
                )
                return self.scope.call("slice", *(build.constant(None) if p is None else p for p in parts))
            case gast.Constant():
                return node
        return self.atom(node, base)

    def formatted(self, node: Any) -> gast.expr:
        if isinstance(node, gast.FormattedValue):
            spec = node.format_spec
            if spec is not None:
                spec = gast.JoinedStr(values=[self.formatted(value) for value in spec.values])
            value = self.atom(node.value, "text")
            return gast.FormattedValue(value=value, conversion=node.conversion, format_spec=spec)
        return node

    def display(self, node: Any, base: str) -> gast.expr:
        if any(isinstance(e, gast.Starred) for e in node.elts):
            parts = self.starred(node, base)
            if isinstance(node, gast.List):
                return parts
            return self.scope.call("tuple" if isinstance(node, gast.Tuple) else "set", parts)
        if isinstance(node, gast.Set):
            return self.scope.call(
                "set", self.temporary(gast.List(elts=self.atoms(node.elts, base), ctx=gast.Load()), base)
            )
        return type(node)(elts=self.atoms(node.elts, base), ctx=gast.Load())

    def starred(self, node: Any, base: str) -> gast.Name:
        """`[a, *b]` as a list that is filled in order."""
        name = self.scope.namer(base)
        self.emit(build.assign(name, gast.List(elts=[], ctx=gast.Load()), getattr(node, "origin", None)))
        for element in node.elts:
            is_many = isinstance(element, gast.Starred)
            atom = self.atom(as_list(element.value) if is_many else element, base)
            func = gast.Attribute(
                value=build.load(name), attr="extend" if is_many else "append", ctx=gast.Load()
            )
            self.emit(build.expression(build.call(func, atom), self.origin))
        return build.load(name)

    def dictionary(self, node: gast.Dict, base: str) -> gast.expr:
        if all(key is not None for key in node.keys):
            atoms = [
                (self.atom(k, "key"), self.atom(v, base)) for k, v in zip(node.keys, node.values, strict=True)
            ]
            return gast.Dict(keys=[k for k, _ in atoms], values=[v for _, v in atoms])
        name = self.scope.namer(base)
        self.emit(build.assign(name, gast.Dict(keys=[], values=[]), getattr(node, "origin", None)))
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                update = gast.Attribute(value=build.load(name), attr="update", ctx=gast.Load())
                self.emit(build.expression(build.call(update, self.atom(value, base)), self.origin))
            else:
                index = self.atom(key, "key")
                place = gast.Subscript(value=build.load(name), slice=index, ctx=gast.Store())
                self.emit(build.assign(place, self.atom(value, base), self.origin))
        return build.load(name)

    def call(self, node: gast.Call, base: str) -> gast.Call:
        func = self.callee(node.func)
        args: list[gast.expr] = []
        for arg in node.args:
            if isinstance(arg, gast.Starred):
                spelled = self.displays.positional(arg.value)
                if spelled is not None:
                    args += self.atoms(spelled, base)
                else:
                    args.append(gast.Starred(value=self.atom(as_list(arg.value), base), ctx=gast.Load()))
            else:
                if isinstance(arg, gast.GeneratorExp):
                    arg = self.consumed(node, arg)
                args.append(self.atom(arg, base))
        keywords: list[gast.keyword] = []
        for keyword in node.keywords:
            named = self.displays.named(keyword.value) if keyword.arg is None else None
            for name, value in [(keyword.arg, keyword.value)] if named is None else named:
                keywords.append(gast.keyword(arg=name, value=self.atom(value, base)))
        return gast.Call(func=func, args=args, keywords=keywords)

    def consumed(self, node: gast.Call, generator: gast.GeneratorExp) -> gast.expr:
        """A generator expression that its consumer runs to the end at once: a list does as well."""
        callee = self.scope.denotes(node.func)
        eager = any(callee is c for c in _CONSUMERS) or reductions.is_expandable(node, callee, self.scope)
        eager = eager or (
            isinstance(node.func, gast.Attribute) and node.func.attr in ("join", "extend", "update")
        )
        eager = eager or (getattr(callee, "__module__", None) or "").partition(".")[0] in (
            "numpy",
            "math",
            "builtins",
        )
        if not eager:
            raise TransformError(
                "cannot differentiate a generator expression passed to this function",
                origin=self.scope.origin(generator),
                why="when its values are computed depends on the function that it is passed to",
                instead="write a list comprehension",
            )
        return as_list(generator)

    def callee(self, node: gast.expr) -> gast.expr:
        path = dotted(node)
        if path is not None and (path[0] in self.scope.namespace or len(path) == 1):
            return node
        if isinstance(node, gast.Attribute):
            holder = self.atom(node.value, _base(node.value))
            return gast.Attribute(value=holder, attr=node.attr, ctx=gast.Load())
        return self.atom(node, "function")

    def atoms(self, nodes: list[Any], base: str) -> list[gast.expr]:
        return [self.atom(node, base) for node in nodes]

    # Indices

    def index(self, node: Any) -> Any:
        """An index: tuples and slices of integer expressions."""
        if isinstance(node, gast.Tuple):
            if any(isinstance(e, gast.Starred) for e in node.elts):
                return self.atom(node, "index")
            return build.tuple_of([self.index(e) for e in node.elts])
        if isinstance(node, gast.Slice):
            parts = (None if p is None else self.index_part(p) for p in (node.lower, node.upper, node.step))
            return gast.Slice(*parts)
        return self.index_part(node)

    def index_part(self, node: Any) -> gast.expr:
        """A nested expression of names, literals, arithmetic and pure calls; anything else is bound to a name."""
        match node:
            case gast.Name():
                return self.atom(node, "index")
            case gast.Constant():
                return node
            case gast.UnaryOp():
                return gast.UnaryOp(op=node.op, operand=self.index_part(node.operand))
            case gast.BinOp():
                left = self.index_part(node.left)
                return gast.BinOp(left=left, op=node.op, right=self.index_part(node.right))
            case gast.Compare():
                if len(node.ops) == 1 or all(
                    isinstance(e, (gast.Name, gast.Constant)) for e in node.comparators
                ):
                    left = self.index_part(node.left)
                    others = [self.index_part(e) for e in node.comparators]
                    return gast.Compare(left=left, ops=node.ops, comparators=others)
            case gast.BoolOp() if all(isinstance(v, (gast.Name, gast.Constant)) for v in node.values):
                return node
            case gast.Call() if not node.keywords and is_pure_function(self.scope.denotes(node.func)):
                if not any(isinstance(arg, (gast.Starred, *STATEMENTS)) for arg in node.args):
                    return gast.Call(
                        func=node.func, args=[self.index_part(a) for a in node.args], keywords=[]
                    )
            case gast.Attribute():
                path = dotted(node)
                if path is not None and path[0] in self.scope.namespace:
                    return node
            case gast.Subscript() if self.is_shape(node.value) and not isinstance(
                node.slice, (gast.Tuple, gast.Slice)
            ):
                return gast.Subscript(
                    value=self.index_part(node.value), slice=self.index_part(node.slice), ctx=gast.Load()
                )
        return self.atom(node, "index")

    def is_shape(self, node: gast.expr) -> bool:
        callee = self.scope.denotes(node.func) if isinstance(node, gast.Call) else None
        return getattr(callee, "__name__", None) == "shape" and is_pure_function(callee)


def _no_pass(body: list[Any]) -> list[Any]:
    return [] if len(body) == 1 and isinstance(body[0], gast.Pass) else body


def _base(node: Any) -> str:
    """What a temporary that holds `node`, or what is stored there, is named after."""
    while isinstance(node, gast.Subscript):
        node = node.value
    if isinstance(node, gast.Name):
        return str(node.id)
    if isinstance(node, gast.Attribute):
        return str(node.attr).strip("_") or "value"
    return "value"


__all__ = ["again", "normalise"]
