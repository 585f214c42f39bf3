"""Names: which are locals, which denote functions and modules, and which are data read from outside.

    K = 3.0                                     def f(x, K):
    def f(x, *, scale=1.0):          ->             return np.sin(x) * scale * K
        return np.sin(x) * scale * K

Functions, classes and modules are looked up once, here, and guarded; data (numbers, arrays, objects) become hidden
parameters, read again for each call, as Python does.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute_field
from typing import Any

import gast

from tapegen.errors import TransformError
from tapegen.frontend.fence import fence_call
from tapegen.frontend.scope import RESERVED, Scope
from tapegen.lang import build
from tapegen.lang.core import dotted
from tapegen.lang.walk import walk
from tapegen.rules.stand_ins import stand_in_for

_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "scipy", "numba"}
_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodType,
    types.ModuleType,
    type,
)
_MISSING = object()


@dataclass(frozen=True)
class FreeVariable:
    """Data that a function reads from outside.

    Attributes:
        place: "global", "cell" or "module".
        holder: the mapping or the cell that holds it.
        key: its name there.
    """

    place: str
    holder: Any = attribute_field(repr=False)
    key: str

    def read(self) -> Any:
        """The value that it has now.

        Raises: NameError if it has none.
        """
        try:
            return self.holder.cell_contents if self.place == "cell" else self.holder[self.key]
        except (KeyError, ValueError):
            raise NameError(f"name '{self.key}' is not defined", name=self.key) from None


@dataclass(frozen=True)
class Guard:
    """A function, class or module that was looked up when the function was transformed."""

    holder: Any = attribute_field(repr=False)
    key: str
    value: Any

    def holds(self) -> bool:
        """Whether the name still denotes the same object."""
        if isinstance(self.holder, types.CellType):
            try:
                return self.holder.cell_contents is self.value
            except ValueError:
                return False
        try:
            return self.holder[self.key] is self.value
        except LookupError:
            return False


@dataclass(frozen=True)
class Keys:
    """The keys that a table of functions had, as a holder for a guard: `Keys(table, keys)["same"]`."""

    table: Any
    keys: tuple[Any, ...]

    def __getitem__(self, key: str) -> bool:
        if isinstance(self.table, dict):
            return tuple(self.table) == self.keys
        return len(self.table) == len(self.keys)


@dataclass
class Resolved:
    """What `resolve` finds."""

    tree: gast.FunctionDef
    free: dict[str, FreeVariable]
    guards: list[Guard]


def is_static(value: Any) -> bool:
    """Whether `value` is code (a function, class or module) and not data."""
    if isinstance(value, _FUNCTIONS) or value is NotImplemented:
        return True
    if not callable(value):
        return False
    kind = type(value)
    root = (kind.__module__ or "").partition(".")[0]
    if stand_in_for(value) is not None:
        return False
    return (
        hasattr(value, "__wrapped__") or root in _LIBRARIES or root == "tapegen" or hasattr(value, "py_func")
    )


def is_user_class(value: Any) -> bool:
    """Whether `value` is a class that the user wrote, and no kind of array."""
    root = (getattr(value, "__module__", None) or "").partition(".")[0]
    foreign = root in _LIBRARIES or root == "tapegen" or hasattr(value, "__array__")
    return isinstance(value, type) and not foreign


def resolve(tree: Any, function: Any, scope: Scope, given: Mapping[str, Any]) -> Resolved:
    """A copy of `tree` as a definition with plain positional parameters, each name settled.

    Args:
        tree: the definition or lambda.
        function: the function object, whose globals and cells give the free names their meaning.
        scope: gets the namespace and the taken names.
        given: functions and modules that the tree may use besides.

    Raises: TransformError for a name that denotes nothing.
    """
    return _Resolver(tree, function, scope, given).run()


class _Resolver:
    def __init__(self, tree: Any, function: Any, scope: Scope, given: Mapping[str, Any]) -> None:
        self.tree = tree
        self.scope = scope
        self.given = given
        code = function.__code__
        self.cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
        self.globals: Mapping[str, Any] = function.__globals__
        self.builtins: Mapping[str, Any] = function.__builtins__
        self.free: dict[str, FreeVariable] = {}
        self.guards: dict[tuple[int, str], Guard] = {}
        self.names: dict[str, str] = {}  # the user's name -> the name in Core

    def run(self) -> Resolved:
        tree, scope = self.tree, self.scope
        params = parameter_names(tree)
        body = [gast.Return(value=tree.body)] if isinstance(tree, gast.Lambda) else tree.body
        if isinstance(tree, gast.Lambda):
            body[0].origin = scope.origin(tree.body)
        imported = {**self.given, **dict(self.imports(body))}
        self.declared = _declared_global(body)
        self.locals = (set(params) | _bound(body)) - self.declared
        inner, everything = _mentioned(body)
        scope.namer.reserve(everything | self.locals | inner | set(RESERVED))
        scope.users = everything | self.locals
        for name in imported:
            if name in self.locals:
                raise TransformError(
                    f"cannot follow `{name}`: it is both imported and assigned",
                    origin=scope.origin(tree),
                    why="what the name denotes must not depend on the path taken",
                    instead="use two names",
                )
        for name, value in imported.items():
            self.names[name] = name
            scope.namespace[name] = value
        self.imported = imported
        for name in [*params, *sorted(self.locals.difference(params))]:
            self.names[name] = scope.namer(name) if name in RESERVED else name
        self.inner_seen: set[str] = set()
        statements = self.block(body)
        hidden = list(self.free)
        name = tree.name if isinstance(tree, gast.FunctionDef) else "function"
        fresh = build.function(
            name, [*(self.names[p] for p in params), *hidden], statements, scope.origin(tree)
        )
        return Resolved(fresh, self.free, list(self.guards.values()))

    def imports(self, body: list[Any]) -> Iterator[tuple[str, Any]]:
        """Modules and names that the body imports."""
        for node in _statements(body):
            if isinstance(node, gast.Import):
                for alias in node.names:
                    module = importlib.import_module(alias.name)
                    if alias.asname:
                        yield alias.asname, module
                    else:
                        yield alias.name.partition(".")[0], sys.modules[alias.name.partition(".")[0]]
            elif isinstance(node, gast.ImportFrom):
                package = self.globals.get("__package__")
                module = importlib.import_module("." * (node.level or 0) + (node.module or ""), package)
                for alias in node.names:
                    value = getattr(module, alias.name, _MISSING)
                    if value is _MISSING:
                        value = importlib.import_module(f"{module.__name__}.{alias.name}")
                    yield alias.asname or alias.name, value

    # Copying. Each statement and each compound expression of the copy carries its origin.

    def block(self, body: list[Any]) -> list[Any]:
        out = [self.copy(stmt) for stmt in body if not _is_declaration(stmt)]
        return out or [gast.Pass()]

    def copy(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.copy(item) for item in node]
        if not isinstance(node, gast.AST):
            return node
        kind = type(node)
        if kind is gast.Name:
            return self.name(node)
        if kind is gast.Attribute:
            fresh = self.attribute(node)
        elif kind in _COMPREHENSIONS:
            fresh = self.comprehension(node)
        elif kind is gast.AnnAssign and node.value is not None:
            fresh = gast.Assign(
                targets=[self.copy(node.target)], value=self.copy(node.value), type_comment=None
            )
        elif kind in (gast.MatchAs, gast.MatchStar):
            fields = {f: self.copy(getattr(node, f, None)) for f in node._fields}
            fresh = kind(**{**fields, "name": self.names.get(node.name or "", node.name)})
        elif not node._fields and not isinstance(node, gast.stmt):
            return node
        else:
            fresh = kind(
                *[
                    self.block(value) if field in ("body", "orelse") and isinstance(value, list) and value
                    else self.copy(value)
                    for field, value in ((f, getattr(node, f, None)) for f in node._fields)
                ]
            )  # fmt: skip
        if kind is gast.Call and self.scope.denotes(fresh.func) is super and not fresh.args:
            fresh.args = self.arguments_of_super(node)
        if kind is gast.Call:
            fence_call(node, self.scope.denotes(fresh.func), self.scope)
        if kind is not gast.Constant and getattr(node, "lineno", None) is not None:
            fresh.origin = self.scope.origin(node)
        return fresh

    def name(self, node: gast.Name) -> gast.expr:
        if node.id in self.names:
            return gast.Name(id=self.names[node.id], ctx=node.ctx, annotation=None, type_comment=None)
        return self.load(self.global_name(node))

    @staticmethod
    def load(name: str) -> gast.Name:
        return gast.Name(id=name, ctx=gast.Load(), annotation=None, type_comment=None)

    def global_name(self, node: gast.Name) -> str:
        """Settle a free name; gives the name that stands for it in Core."""
        key = node.id
        holder, value, place = self.find(key)
        if value is _MISSING:
            raise TransformError(
                f"cannot find `{key}`",
                origin=self.scope.origin(node),
                why="it is neither a local nor defined in the enclosing functions, the module or the builtins",
                instead="define it before the function is differentiated",
            )
        if is_static(value):
            spelled = self.scope.namer(key) if RESERVED.get(key, value) is not value else key
            self.names[key] = spelled
            self.scope.namespace[spelled] = value
            self.guards[id(holder), key] = Guard(holder, key, value)
            return spelled
        spelled = self.scope.namer(key) if key in RESERVED else key
        self.names[key] = spelled
        self.free[spelled] = FreeVariable(place, holder, key)
        return spelled

    def arguments_of_super(self, node: gast.Call) -> list[gast.expr]:
        """What `super()` means in a method: the class that it was defined in, and its first argument."""
        first = next(iter(parameter_names(self.tree)), None)
        if "__class__" not in self.cells or first is None:
            raise TransformError(
                "cannot differentiate a call of `super` outside of a method",
                origin=self.scope.origin(node),
                why="the class that it belongs to is not known",
                instead="name the class and the object: super(Class, self)",
            )
        return [self.name(build.load("__class__")), self.name(build.load(first))]

    def find(self, key: str) -> tuple[Any, Any, str]:
        if key in self.cells:
            cell = self.cells[key]
            try:
                return cell, cell.cell_contents, "cell"
            except ValueError:
                return cell, _MISSING, "cell"
        if key in self.globals:
            return self.globals, self.globals[key], "global"
        return self.builtins, self.builtins.get(key, _MISSING), "global"

    def attribute(self, node: gast.Attribute) -> gast.expr:
        path = dotted(node)
        if path is None or not self.is_module_name(path[0]):
            return gast.Attribute(value=self.copy(node.value), attr=node.attr, ctx=node.ctx)
        root = node
        while isinstance(root, gast.Attribute):
            root = root.value
        spelled = self.name(root).id
        return self.module_path(node, spelled, path)

    def is_module_name(self, key: str) -> bool:
        if key in self.names and key not in self.scope.namespace:
            return False
        if key in self.imported:
            return isinstance(self.imported[key], types.ModuleType)
        if key in self.locals:
            return False
        return isinstance(self.find(key)[1], types.ModuleType)

    def module_path(self, node: gast.Attribute, spelled: str, path: tuple[str, ...]) -> gast.expr:
        """`np.linalg.solve` stays as it is; `settings.RATE`, data in the user's module, is a hidden parameter."""
        value = self.scope.namespace[spelled]
        for depth, part in enumerate(path[1:], 1):
            module, value = value, getattr(value, part, _MISSING)
            if value is _MISSING or isinstance(value, types.ModuleType):
                if value is not _MISSING:
                    continue
                break
            library = module.__name__.partition(".")[0] in _LIBRARIES
            if is_static(value):
                if not library:
                    self.guards[id(vars(module)), part] = Guard(vars(module), part, value)
                break
            if library:
                break
            hidden = self.hidden_attribute("_".join([spelled, *path[1 : depth + 1]]), module, part)
            expr: gast.expr = self.load(hidden)
            for rest in path[depth + 1 :]:
                expr = gast.Attribute(value=expr, attr=rest, ctx=gast.Load())
                expr.origin = self.scope.origin(node)
            if isinstance(expr, gast.Attribute):
                expr.ctx = node.ctx
            return expr
        expr = self.load(spelled)
        for part in path[1:]:
            expr = gast.Attribute(value=expr, attr=part, ctx=gast.Load())
        expr.ctx = node.ctx
        return expr

    def hidden_attribute(self, name: str, module: Any, part: str) -> str:
        for known, variable in self.free.items():
            if variable.holder is vars(module) and variable.key == part:
                return known
        name = self.scope.namer(name)
        self.free[name] = FreeVariable("module", vars(module), part)
        return name

    def comprehension(self, node: Any) -> Any:
        """The targets of a comprehension are its own: they get names that nobody else has."""
        first = self.copy(node.generators[0].iter)
        outer = self.names
        self.names = dict(outer)
        targets = {n.id for g in node.generators for n in walk(g.target) if isinstance(n, gast.Name)}
        for name in sorted(targets):
            clashes = name in self.locals or name in self.inner_seen or name in self.declared
            if clashes or name in outer or name in RESERVED or name in self.cells or name in self.globals:
                self.names[name] = self.scope.namer(name)
            else:
                self.names[name] = name
        self.inner_seen |= targets
        generators = [
            gast.comprehension(
                target=self.copy(g.target),
                iter=first if position == 0 else self.copy(g.iter),
                ifs=self.copy(g.ifs),
                is_async=0,
            )
            for position, g in enumerate(node.generators)
        ]
        if isinstance(node, gast.DictComp):
            fresh = gast.DictComp(key=self.copy(node.key), value=self.copy(node.value), generators=generators)
        else:
            fresh = type(node)(elt=self.copy(node.elt), generators=generators)
        inner, self.names = self.names, outer
        for name, spelled in inner.items():  # free names found inside
            if name not in targets:
                outer.setdefault(name, spelled)
        return fresh


def parameter_names(tree: Any) -> list[str]:
    """All parameters in the order of Core: positional, *args, keyword-only, **kwargs."""
    arguments = tree.args
    nodes = [
        *arguments.posonlyargs,
        *arguments.args,
        arguments.vararg,
        *arguments.kwonlyargs,
        arguments.kwarg,
    ]
    return [node.id for node in nodes if node is not None]


def _is_declaration(stmt: Any) -> bool:
    """Whether a statement only declares: imports, `global`, docstrings, annotations without a value."""
    if isinstance(stmt, (gast.Import, gast.ImportFrom, gast.Global)):
        return True
    if isinstance(stmt, gast.AnnAssign):
        return stmt.value is None
    return isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Constant)


def _statements(body: list[Any]) -> Iterator[Any]:
    for stmt in body:
        yield stmt
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(stmt, field, None) or [])
        for part in (*getattr(stmt, "cases", ()), *getattr(stmt, "handlers", ())):
            yield from _statements(part.body)


def _declared_global(body: list[Any]) -> set[str]:
    return {name for stmt in _statements(body) if isinstance(stmt, gast.Global) for name in stmt.names}


def _bound(body: list[Any]) -> set[str]:
    """Names that the statements bind in the function's own scope."""
    names: set[str] = set()
    stack: list[Any] = list(body)
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is gast.Name:
            if not isinstance(node.ctx, gast.Load):
                names.add(node.id)
            continue
        if kind in _COMPREHENSIONS:
            names |= _walrus_targets(node)
            continue
        if kind in (gast.MatchAs, gast.MatchStar) and node.name:
            names.add(node.name)
        if kind is gast.MatchMapping and node.rest:
            names.add(node.rest)
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                stack.extend(item for item in value if isinstance(item, gast.AST))
            elif isinstance(value, gast.AST) and value._fields:
                stack.append(value)
    return names


def _walrus_targets(node: gast.AST) -> set[str]:
    return {n.target.id for n in walk(node) if isinstance(n, gast.NamedExpr)}


def _mentioned(body: list[Any]) -> tuple[set[str], set[str]]:
    """Names bound by comprehensions, and all names."""
    inner: set[str] = set()
    everything: set[str] = set()
    for stmt in body:
        for node in walk(stmt):
            if isinstance(node, gast.Name):
                everything.add(node.id)
            elif isinstance(node, gast.comprehension):
                inner |= {n.id for n in walk(node.target) if isinstance(n, gast.Name)}
    return inner, everything


def signature_of(function: Any) -> inspect.Signature:
    """Kinds and defaults of the parameters of the very function, not of what it wraps."""
    return inspect.signature(function, follow_wrapped=False)
