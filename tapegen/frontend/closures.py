"""Functions defined inside a function are lifted: what they capture becomes their first parameters.

    def f(x, a):                            def f(x, a):
        def g(y):                   ->          return g(a, x)
            return a * y                    # and, elsewhere, def g(a, y): return a * y
        return g(x)

A direct call passes what the captured variables are at the call, which is what Python's closures see. Where the
function is used as a value, it is `functools.partial(g, a)`; that is the same as long as `a` is not rebound
afterwards, and refused where it is.

Source: Johnsson, Lambda Lifting: Transforming Programs to Recursive Equations (1985).
"""

from __future__ import annotations

import ast
import functools
import types
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from tapegen.errors import TransformError
from tapegen.frontend.read_source import Source
from tapegen.frontend.scope import Scope
from tapegen.frontend.scoping import (
    FUNCTIONS,
    body_of,
    bound_names,
    free_names,
    located,
    own_nodes,
    parameters,
    targets_of,
)
from tapegen.kernels.functions import with_defaults
from tapegen.lang import build
from tapegen.lang.walk import walk

SOURCE = "__tapegen_source__"


@dataclass
class _Inner:
    """A function defined inside.

    Attributes:
        node: its definition.
        name: the name that it is called by.
        free: names that it, or a function inside it, reads from outside.
        captured: variables of the enclosing function that it needs, directly or through functions that it calls.
    """

    node: Any
    name: str
    free: set[str]
    captured: list[str] = field(default_factory=list)
    function: Any = None


def lift_functions(source: Source, scope: Scope) -> tuple[Any, dict[str, Any]]:
    """The tree without inner functions, and the lifted functions by name.

    Raises: TransformError where a captured variable is rebound although the function is used as a value.
    """
    tree = source.tree
    body = tree.body if isinstance(tree.body, list) else [tree.body]
    if not any(isinstance(node, FUNCTIONS) for node in walk(body)):
        return tree, {}
    return _Lifter(source, scope).run()


class _Lifter:
    def __init__(self, source: Source, scope: Scope) -> None:
        self.source, self.scope = source, scope
        self.tree = build.clone(source.tree)
        self.body = self.tree.body if isinstance(self.tree.body, list) else [self.tree.body]
        self.params = parameters(self.tree)
        self.locals = self.params | bound_names(self.body) | targets_of(self.body)
        self.current: Any = self.body  # the statement that is being rewritten
        self.named: dict[str, _Inner] = {}
        self.given: dict[str, Any] = {}
        self.values: dict[str, str] = {}
        self.defaulted: set[str] = (
            set()
        )  # named functions with defaults that are computed when they are defined
        self.taken = {n.id for n in walk(self.body) if isinstance(n, gast.Name)} | self.locals

    def run(self) -> tuple[Any, dict[str, Any]]:
        stores = _store_counts(self.body)
        for node in own_nodes(self.body):
            if isinstance(node, gast.FunctionDef):
                self.name_inner(node, node.name, stores)
            elif (
                isinstance(node, gast.Assign)
                and isinstance(node.value, gast.Lambda)
                and len(node.targets) == 1
            ):
                target = node.targets[0]
                if (
                    isinstance(target, gast.Name)
                    and stores.get(target.id) == 1
                    and target.id not in self.params
                ):
                    self.name_inner(node.value, target.id, stores)
        self.capture()
        for inner in self.named.values():
            self.lift(inner)
        for name in self.needed_as_values():
            self.values[name] = self.fresh(f"{name}_value")
        if isinstance(self.tree.body, list):
            self.tree.body = self.block(self.tree.body)
        else:
            self.tree.body = self.rewrite(self.tree.body, None)
        return self.tree, self.given

    def fresh(self, name: str) -> str:
        fresh, count = name, 0
        while fresh in self.taken:
            count += 1
            fresh = f"{name}_{count}"
        self.taken.add(fresh)
        return fresh

    # Finding out

    def name_inner(self, node: Any, name: str, stores: dict[str, int]) -> None:
        if stores.get(name) != 1 or name in self.params:
            raise TransformError(
                f"cannot differentiate the inner function `{name}`: the name is bound more than once",
                origin=self.scope.origin(node),
                why="which function is called would depend on the path taken",
                instead="give each function its own name",
            )
        self.named[name] = _Inner(node, name, free_names(node))
        if _computed_defaults(node):
            self.defaulted.add(name)

    def uses_as_values(self, body: list[Any]) -> set[str]:
        """Inner functions that are read other than by calling them, or that are partly given when they are defined."""
        return _value_uses(body, set(self.named), self.defaulted)

    def capture(self) -> None:
        """Captured variables, those of called inner functions included."""
        for inner in self.named.values():
            used_as_value = self.uses_as_values(body_of(inner.node)) - {inner.name}
            inner.captured = sorted((inner.free & self.locals) - (set(self.named) - used_as_value))
            if inner.name in self.uses_as_values(body_of(inner.node)):
                raise TransformError(
                    f"cannot differentiate `{inner.name}`, a function that uses itself as a value",
                    origin=self.scope.origin(inner.node),
                    why="the value would have to contain itself",
                    instead="define it at module level",
                )
        changed = True
        while changed:
            changed = False
            for inner in self.named.values():
                for other in inner.free & set(self.named):
                    missing = [
                        n for n in self.named[other].captured if n not in inner.captured and n != inner.name
                    ]
                    if missing:
                        inner.captured = sorted({*inner.captured, *missing})
                        changed = True
        for inner in self.named.values():
            own = parameters(inner.node) | bound_names(body_of(inner.node))
            clash = own & set(inner.captured)
            if clash:
                raise TransformError(
                    f"cannot differentiate `{inner.name}`: `{min(clash)}` is its own variable and the outer function's",
                    origin=self.scope.origin(inner.node),
                    why="a function that it calls needs the outer one",
                    instead="rename one of the two",
                )

    def needed_as_values(self) -> list[str]:
        """Inner functions that are used other than by calling them."""
        used = self.uses_as_values(self.body)
        for node in walk(self.body):
            if isinstance(node, FUNCTIONS):
                used |= self.uses_as_values(body_of(node)) & free_names(node)
        return sorted(used)

    # Lifting

    def lift(self, inner: _Inner) -> Any:
        """Make the function object of an inner function, its captured variables first."""
        node = inner.node
        if isinstance(node, gast.Lambda):
            body: list[Any] = [located(gast.Return(value=node.body), node.body)]
        else:
            body = node.body
        body = build.clone(body)
        shadowed = parameters(node) | bound_names(body)
        for stmt in body:
            for call in walk(stmt):
                if isinstance(call, gast.Call) and isinstance(call.func, gast.Name):
                    called = self.named.get(call.func.id)
                    if called is not None and call.func.id not in shadowed | self.defaulted:
                        call.args = [*(located(build.load(n), call) for n in called.captured), *call.args]
        arguments = build.clone(node.args)
        arguments.defaults = [
            d if _is_literal(d) else located(build.constant(None), d) for d in arguments.defaults
        ]
        arguments.kw_defaults = [
            d if d is None or _is_literal(d) else located(build.constant(None), d)
            for d in arguments.kw_defaults
        ]
        first = [located(build.param(name), node) for name in inner.captured]
        if arguments.posonlyargs:
            arguments.posonlyargs = [*first, *arguments.posonlyargs]
        else:
            arguments.args = [*first, *arguments.args]
        tree = located(build.function(inner.name, [], body), node)
        tree.args = arguments
        inner.function = self.compile(tree, inner)
        self.given[inner.name] = inner.function
        return inner.function

    def compile(self, tree: Any, inner: _Inner) -> Any:
        """The function object: the user's globals and file, the cells of the outer and of lifted functions."""
        outer = self.source.function
        cells = dict(zip(outer.__code__.co_freevars, outer.__closure__ or (), strict=True))
        for name in inner.free & set(self.named):
            cells[name] = self.cell(name)
        around = build.function("around", sorted(set(cells) - set(inner.captured)), [build.clone(tree)])
        around.body.append(build.return_(build.load(inner.name)))
        module = ast.fix_missing_locations(gast.gast_to_ast(gast.Module(body=[around], type_ignores=[])))
        space: dict[str, Any] = {}
        exec(compile(module, self.source.filename, "exec", dont_inherit=True), space)
        made = space["around"](*around.args.args)
        closure = tuple(cells[name] for name in made.__code__.co_freevars)
        function = types.FunctionType(
            made.__code__, outer.__globals__, inner.name, made.__defaults__, closure
        )
        function.__kwdefaults__ = made.__kwdefaults__
        function.__qualname__ = f"{self.source.qualname}.<locals>.{inner.name}"
        function.__module__ = outer.__module__
        source = replace(self.source, tree=tree, qualname=function.__qualname__, function=function)
        setattr(function, SOURCE, source)
        if inner.name in self.named:
            self.cell(inner.name).cell_contents = function
        return function

    @functools.cached_property
    def cells(self) -> dict[str, Any]:
        return {}

    def cell(self, name: str) -> Any:
        return self.cells.setdefault(name, types.CellType())

    # Rewriting the enclosing function

    def block(self, body: list[Any], loops: tuple[Any, ...] = ()) -> list[Any]:
        out: list[Any] = []
        for stmt in body:
            self.current = stmt
            inner = self.definition(stmt)
            if inner is not None:
                if inner.name in self.values:
                    self.check_not_rebound(inner, stmt, loops)
                    value = self.value_of(inner, stmt, stmt, loops)
                    out.append(located(build.assign(self.values[inner.name], value), stmt))
                continue
            around = (*loops, stmt) if isinstance(stmt, (gast.For, gast.While)) else loops
            for name in stmt._fields:
                value = getattr(stmt, name, None)
                if name in ("body", "orelse", "finalbody") and isinstance(value, list):
                    setattr(stmt, name, self.block(value, around))
                elif name == "cases":
                    for case in stmt.cases:
                        case.guard = self.rewrite(case.guard, stmt)
                        case.body = self.block(case.body, around)
                elif isinstance(value, list):
                    setattr(
                        stmt,
                        name,
                        [self.rewrite(v, stmt, loops) if isinstance(v, gast.AST) else v for v in value],
                    )
                elif isinstance(value, gast.AST):
                    setattr(stmt, name, self.rewrite(value, stmt, loops))
            out.append(stmt)
        return out or [gast.Pass()]

    def definition(self, stmt: Any) -> _Inner | None:
        if isinstance(stmt, gast.FunctionDef):
            return self.named[stmt.name]
        if isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.Lambda):
            target = stmt.targets[0]
            inner = self.named.get(target.id) if isinstance(target, gast.Name) else None
            return inner if inner is not None and inner.node is stmt.value else None
        return None

    def rewrite(self, node: Any, parent: Any, loops: tuple[Any, ...] = ()) -> Any:
        """An expression with inner functions called directly, or turned into values."""
        if node is None or not node._fields:
            return node
        if isinstance(node, gast.Name):
            if isinstance(node.ctx, gast.Load) and node.id in self.values:
                return located(build.load(self.values[node.id]), node)
            return node
        if isinstance(node, gast.Lambda):
            return self.anonymous(node, parent, loops)
        if isinstance(node, gast.Call):
            extra: list[str] = []
            if isinstance(node.func, gast.Name) and node.func.id in set(self.named) - self.defaulted:
                extra = self.named[node.func.id].captured
            elif isinstance(node.func, gast.Lambda) and not _computed_defaults(node.func):
                inner = self.literal(node.func)
                node.func, extra = located(build.load(inner.name), node.func), inner.captured
            else:
                node.func = self.rewrite(node.func, node, loops)
            args = [self.rewrite(arg, node, loops) for arg in node.args]
            node.args = [*(located(self.captured_value(n), node) for n in extra), *args]
            for keyword in node.keywords:
                keyword.value = self.rewrite(keyword.value, node, loops)
            return node
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                setattr(
                    node,
                    name,
                    [self.rewrite(v, node, loops) if isinstance(v, gast.AST) else v for v in value],
                )
            elif isinstance(value, gast.AST):
                setattr(node, name, self.rewrite(value, node, loops))
        return node

    def captured_value(self, name: str) -> gast.Name:
        return build.load(self.values.get(name, name))

    def literal(self, node: gast.Lambda) -> _Inner:
        """A lambda without a name, lifted."""
        inner = _Inner(node, self.fresh("function"), free_names(node))
        used_as_value = self.uses_as_values([node.body])
        called = (inner.free & set(self.named)) - used_as_value
        captured = (inner.free & self.locals) - called
        for name in called:
            captured |= set(self.named[name].captured)
        inner.captured = sorted(captured)
        self.lift(inner)
        return inner

    def anonymous(self, node: gast.Lambda, parent: Any, loops: tuple[Any, ...]) -> gast.expr:
        inner = self.literal(node)
        is_argument = isinstance(parent, gast.Call) and not (
            isinstance(parent.func, gast.Attribute) and parent.func.attr in ("append", "insert", "setdefault")
        )
        rebound = {n.target.id for n in walk(self.current) if isinstance(n, gast.NamedExpr)}
        if (not is_argument and not isinstance(parent, (gast.Return, gast.keyword))) or rebound & set(
            inner.captured
        ):
            self.check_not_rebound(inner, node, loops)
        return self.value_of(inner, node, parent, loops)

    def value_of(self, inner: _Inner, node: Any, parent: Any, loops: tuple[Any, ...]) -> gast.expr:
        """The inner function as a value: with what it captures, and with the defaults that are computed here."""
        value: gast.expr = located(build.load(inner.name), node)
        if inner.captured:
            self.given["functools"] = functools
            args = [located(self.captured_value(c), node) for c in inner.captured]
            value = located(build.call("functools.partial", value, *args), node)
        defaults = _computed_defaults(inner.node)
        if defaults:
            maker = next((n for n, given in self.given.items() if given is with_defaults), None)
            if maker is None:
                maker = self.fresh("with_defaults")
                self.given[maker] = with_defaults
            held = {name: self.rewrite(build.clone(d), parent, loops) for name, d in defaults.items()}
            value = located(build.call(maker, value, **held), node)
            for keyword in value.keywords:
                located(keyword, node)
        return value

    def check_not_rebound(self, inner: _Inner, node: Any, loops: tuple[Any, ...]) -> None:
        """A value keeps what is captured now: it must not change later."""
        after = (node.end_lineno, node.end_col_offset)
        for other in walk(self.body):
            if (
                not isinstance(other, gast.Name)
                or isinstance(other.ctx, gast.Load)
                or other.id not in inner.captured
            ):
                continue
            later = (getattr(other, "lineno", 0) or 0, getattr(other, "col_offset", 0) or 0) >= after
            again = any(
                loop.lineno <= (other.lineno or 0) <= loop.end_lineno for loop in loops if other.lineno
            )
            if later or again:
                raise TransformError(
                    f"cannot differentiate a function that captures `{other.id}`, which is assigned again",
                    origin=self.scope.origin(node),
                    why="the function would see the new value",
                    instead=f"give the new value another name, or pass `{other.id}` as an argument",
                )


def _store_counts(body: list[Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for node in own_nodes(body):
        name = None
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            name = node.id
        elif isinstance(node, gast.FunctionDef):
            name = node.name
        if name is not None:
            counts[name] = counts.get(name, 0) + 1
    return counts


def _value_uses(body: list[Any], names: set[str], always: set[str]) -> set[str]:
    """Which of `names` are read other than as the function of a call; those in `always` even so."""
    called = {id(n.func) for n in walk(body) if isinstance(n, gast.Call)}
    return {
        n.id
        for n in walk(body)
        if isinstance(n, gast.Name)
        and isinstance(n.ctx, gast.Load)
        and n.id in names
        and (id(n) not in called or n.id in always)
    }


def _computed_defaults(node: Any) -> dict[str, Any]:
    """Default arguments that are not literals, by parameter."""
    a = node.args
    positional = [*a.posonlyargs, *a.args]
    found = dict(
        zip([p.id for p in positional[len(positional) - len(a.defaults) :]], a.defaults, strict=True)
    )
    found |= {p.id: d for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is not None}
    return {name: default for name, default in found.items() if not _is_literal(default)}


def _is_literal(node: Any) -> bool:
    if isinstance(node, gast.UnaryOp):
        return isinstance(node.operand, gast.Constant)
    return isinstance(node, gast.Constant) or (
        isinstance(node, gast.Tuple) and all(map(_is_literal, node.elts))
    )
