"""Variables that inner functions share with the function around them: one that changes after it was captured is a cell.

    def f(x):                                def f(x):
        total = 0.0                              total_cell = [None]
        def add(v):                              total_cell[0] = 0.0
            nonlocal total               ->      def add(v):
            total += v                               total_cell[0] += v
        add(x)                                   add(x)
        return total                             return total_cell[0]

A cell is a list of one item, which is never bound again, so a function may capture it when it is defined. Once the
functions are inlined, `transforms/containers.py` makes plain variables of the cells.

Source: Kranz et al., ORBIT: An Optimizing Compiler for Scheme (1986): assignment conversion.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import gast

from tapegen.errors import TransformError
from tapegen.frontend.read_source import Source
from tapegen.frontend.scope import Scope
from tapegen.frontend.scoping import (
    COMPREHENSIONS,
    FUNCTIONS,
    body_of,
    bound_names,
    located,
    own_nodes,
    parameters,
    targets_of,
)
from tapegen.lang import build
from tapegen.lang.walk import walk

_LOOPS = (gast.For, gast.While)


@dataclass(eq=False)
class _Region:
    """The scope of one function.

    Attributes:
        locals: its own variables.
        shared: those of them that are cells, and the names of these.
    """

    node: Any
    outer: _Region | None
    locals: set[str]
    inner: list[_Region] = field(default_factory=list)
    shared: dict[str, str] = field(default_factory=dict)

    def owner(self, name: str) -> _Region | None:
        """The function that a name is a variable of."""
        region: _Region | None = self
        while region is not None and name not in region.locals:
            region = region.outer
        return region

    def everything(self) -> list[_Region]:
        """This region and those inside it."""
        return [self, *(region for child in self.inner for region in child.everything())]


def share_variables(source: Source, scope: Scope) -> Source:
    """The source with cells for the variables that need them.

    Raises: TransformError for `nonlocal` names of functions around the one that is read, and for targets that cannot be
        the item of a list.
    """
    nodes = walk(body_of(source.tree))
    if not any(isinstance(node, FUNCTIONS) for node in nodes):
        _check_nonlocal(body_of(source.tree), None, scope)
        return source
    root = _region(source.tree, None, scope)
    for region in root.everything():
        for name in _changed_later(region):
            region.shared[name] = ""
    for region in root.everything():
        for name in _declared(region.node):
            owner = region.owner(name)
            if owner is not None and name in bound_names(body_of(region.node)):
                owner.shared[name] = ""
    if not any(region.shared for region in root.everything()):
        return source
    tree = build.clone(source.tree)
    taken = {n.id for n in walk(tree) if isinstance(n, gast.Name)}
    again = _region(tree, None, scope)
    cells: set[str] = set()
    for old, new in zip(root.everything(), again.everything(), strict=True):
        for name in sorted(old.shared):
            cell = f"{name}_cell"
            while cell in taken:
                cell += "_"
            taken.add(cell)
            cells.add(cell)
            new.shared[name] = cell
    _Rewriter(again, scope).function(again)
    return replace(source, tree=tree, cells=frozenset(cells))


def _region(node: Any, outer: _Region | None, scope: Scope) -> _Region:
    body = body_of(node)
    declared = _check_nonlocal(body, outer, scope)
    region = _Region(node, outer, (parameters(node) | bound_names(body)) - declared)
    for part in own_nodes(body, into_comprehensions=True):
        if isinstance(part, FUNCTIONS):
            region.inner.append(_region(part, region, scope))
    return region


def _declared(node: Any) -> set[str]:
    return {
        name for part in own_nodes(body_of(node)) if isinstance(part, gast.Nonlocal) for name in part.names
    }


def _check_nonlocal(body: list[Any], outer: _Region | None, scope: Scope) -> set[str]:
    """The names that are declared nonlocal, all of them variables of functions that are read."""
    found: set[str] = set()
    for part in own_nodes(body):
        if not isinstance(part, gast.Nonlocal):
            continue
        for name in part.names:
            found.add(name)
            if (outer is None or outer.owner(name) is None) and name in bound_names(body):
                raise TransformError(
                    f"cannot differentiate an assignment to the nonlocal `{name}`",
                    origin=scope.origin(part),
                    why="the write is seen by functions that are not part of the derivative",
                    instead="return the new value and assign it in the caller",
                )
    return found


def _changed_later(region: _Region) -> set[str]:
    """Variables that are assigned after a function that is used as a value has captured them."""
    body = body_of(region.node)
    inner = {id(child.node): child for child in region.inner}
    stores: dict[str, list[Any]] = {}
    functions: set[str] = set()
    loops: list[Any] = []
    called: set[int] = set()
    for part in own_nodes(body):
        if isinstance(part, gast.Name) and not isinstance(part.ctx, gast.Load):
            stores.setdefault(part.id, []).append(part)
        elif isinstance(part, _LOOPS):
            loops.append(part)
        elif isinstance(part, gast.FunctionDef):
            functions.add(part.name)
        elif isinstance(part, gast.Assign) and isinstance(part.value, gast.Lambda):
            functions |= {t.id for t in part.targets if isinstance(t, gast.Name)}
    for node in walk(body):
        if isinstance(node, gast.Call):
            called.add(id(node.func))
    values = {
        n.id
        for n in walk(body)
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load) and id(n) not in called
    }
    names = _names_of_functions(body)
    found: set[str] = set()
    for key, child in inner.items():
        name = names.get(key)
        plain = not child.node.decorator_list if isinstance(child.node, gast.FunctionDef) else True
        if key in called or (name is not None and plain and name not in values):
            continue  # only called: each call passes what the variables are then
        end = (child.node.end_lineno, child.node.end_col_offset)
        around = [loop for loop in loops if _encloses(loop, child.node)]
        for captured in _captured(child, region):
            for store in stores.get(captured, ()):
                later = (store.lineno, store.col_offset) >= end
                again = any(_encloses(loop, store) for loop in around)
                if (later or again) and captured not in functions:
                    found.add(captured)
    return found


def _names_of_functions(body: list[Any]) -> dict[int, str]:
    names: dict[int, str] = {}
    for part in own_nodes(body):
        if isinstance(part, gast.FunctionDef):
            names[id(part)] = part.name
        elif isinstance(part, gast.Assign) and isinstance(part.value, gast.Lambda):
            if len(part.targets) == 1 and isinstance(part.targets[0], gast.Name):
                names[id(part.value)] = part.targets[0].id
    return names


def _captured(region: _Region, owner: _Region) -> set[str]:
    """Variables of `owner` that a function, or one inside it, reads."""
    found: set[str] = set()
    for inner in region.everything():
        for part in own_nodes(body_of(inner.node), into_comprehensions=True):
            if isinstance(part, gast.Name) and inner.owner(part.id) is owner:
                found.add(part.id)
    return found


def _encloses(loop: Any, node: Any) -> bool:
    start, end = (loop.lineno, loop.col_offset), (loop.end_lineno, loop.end_col_offset)
    return start <= (node.lineno, node.col_offset) < end


class _Rewriter:
    """Rewrites a tree of its own, in place."""

    def __init__(self, root: _Region, scope: Scope) -> None:
        self.scope = scope
        self.regions = {id(region.node): region for region in root.everything()}

    def function(self, region: _Region) -> None:
        node = region.node
        if isinstance(node, gast.Lambda):
            node.body = self.visit(node.body, region, frozenset())
            return
        node.body = [self.visit(stmt, region, frozenset()) for stmt in node.body]
        node.body = [stmt for stmt in node.body if stmt is not None] or [located(gast.Pass(), node)]
        given = parameters(node)
        made = []
        for name, cell in region.shared.items():
            first = build.load(name) if name in given else build.constant(None)
            value = gast.List(elts=[located(first, node)], ctx=gast.Load())
            made.append(located(build.assign(located(build.store(cell), node), located(value, node)), node))
        node.body = [*made, *node.body]

    def cell_of(self, name: str, region: _Region, hidden: frozenset[str]) -> str | None:
        owner = None if name in hidden else region.owner(name)
        return None if owner is None else owner.shared.get(name)

    def visit(self, node: Any, region: _Region, hidden: frozenset[str]) -> Any:
        """`node` with cells; names in `hidden` are variables of a comprehension."""
        if isinstance(node, gast.Name):
            cell = self.cell_of(node.id, region, hidden)
            if cell is None:
                return node
            index = located(build.constant(0), node)
            holder = located(build.load(cell), node)
            return located(gast.Subscript(value=holder, slice=index, ctx=node.ctx), node)
        if isinstance(node, FUNCTIONS):
            defaults = [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
            changed = {id(d): self.visit(d, region, hidden) for d in defaults}
            node.args.defaults = [changed[id(d)] for d in node.args.defaults]
            node.args.kw_defaults = [d if d is None else changed[id(d)] for d in node.args.kw_defaults]
            if isinstance(node, gast.FunctionDef):
                node.decorator_list = [self.visit(d, region, hidden) for d in node.decorator_list]
            self.function(self.regions[id(node)])
            return node
        if isinstance(node, gast.Nonlocal):
            node.names = [name for name in node.names if self.cell_of(name, region, hidden) is None]
            return node if node.names else None
        if isinstance(node, gast.Delete):
            node.targets = [
                t
                for t in node.targets
                if not (isinstance(t, gast.Name) and self.cell_of(t.id, region, hidden))
            ]
            if not node.targets:
                return None
        self.check(node, region, hidden)
        if isinstance(node, COMPREHENSIONS):
            hidden |= targets_of([node])
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                items = [self.visit(v, region, hidden) if isinstance(v, gast.AST) else v for v in value]
                kept = [v for old, v in zip(value, items, strict=True) if v is not None or old is None]
                setattr(node, name, kept or ([located(gast.Pass(), node)] if name == "body" else []))
            elif isinstance(value, gast.AST) and value._fields:
                setattr(node, name, self.visit(value, region, hidden))
        return node

    def check(self, node: Any, region: _Region, hidden: frozenset[str]) -> None:
        name = None
        if isinstance(node, gast.NamedExpr):
            name = node.target.id
        elif isinstance(node, (gast.MatchAs, gast.MatchStar, gast.ExceptHandler)):
            name = getattr(node.name, "id", node.name)
        elif isinstance(node, gast.MatchMapping):
            name = node.rest
        if name and self.cell_of(name, region, hidden) is not None:
            raise TransformError(
                f"cannot differentiate a function that captures `{name}`, which is assigned again",
                origin=self.scope.origin(node),
                why="the function would see the new value",
                instead=f"give the new value another name, or pass `{name}` as an argument",
            )
