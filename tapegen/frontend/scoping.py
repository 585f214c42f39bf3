"""Which names the functions of a text bind and read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import gast

from tapegen.lang.walk import CHILDREN, walk

FUNCTIONS = (gast.FunctionDef, gast.Lambda)
COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_SCOPES = (*FUNCTIONS, *COMPREHENSIONS)


def bound_names(body: list[Any]) -> set[str]:
    """Names that statements bind in their own scope, inner functions included."""
    names: set[str] = set()
    for node in own_nodes(body):
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            names.add(node.id)
        elif isinstance(node, gast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, (gast.MatchAs, gast.MatchStar)) and node.name:
            names.add(node.name)
        elif isinstance(node, gast.alias):
            names.add((node.asname or node.name).partition(".")[0])
    return names


def free_names(node: Any) -> set[str]:
    """Names that a function reads from outside, through the functions inside it too."""
    own = parameters(node) | bound_names(body_of(node)) | targets_of(body_of(node))
    names: set[str] = set()
    for part in own_nodes(body_of(node), into_comprehensions=True):
        if isinstance(part, gast.Name) and isinstance(part.ctx, gast.Load):
            names.add(part.id)
        elif isinstance(part, FUNCTIONS):
            names |= free_names(part)
    return names - own


def own_nodes(body: list[Any], into_comprehensions: bool = False) -> list[Any]:
    """The nodes of a function's own scope; inner functions are given but not entered."""
    found = walk(body)
    if not any(isinstance(node, _SCOPES) for node in found):
        return found
    found = []
    stack: list[Any] = list(reversed(body))
    while stack:
        node = stack.pop()
        found.append(node)
        if isinstance(node, FUNCTIONS):
            stack.extend(computed_outside(node))
            continue
        below = [c for f in CHILDREN[type(node)] for c in _children(getattr(node, f, None))]
        if isinstance(node, COMPREHENSIONS) and not into_comprehensions:
            below = [n for n in walk(node) if isinstance(n, (gast.NamedExpr, *FUNCTIONS))]
            below = [n.target if isinstance(n, gast.NamedExpr) else n for n in below]
        stack.extend(reversed(below))
    return found


def computed_outside(node: Any) -> list[Any]:
    """The parts of a function that are computed in the scope around it: decorators and default arguments."""
    decorators = node.decorator_list if isinstance(node, gast.FunctionDef) else []
    return [*decorators, *node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]


def _children(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [v for v in value if isinstance(v, gast.AST)]
    return [value] if isinstance(value, gast.AST) else []


def body_of(node: Any) -> list[Any]:
    """The statements of a function, or the expression of a lambda."""
    return node.body if isinstance(node.body, list) else [node.body]


def parameters(node: Any) -> set[str]:
    """The names of a function's parameters."""
    a = node.args
    return {n.id for n in [*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg] if n is not None}


def targets_of(body: list[Any]) -> set[str]:
    """Names that comprehensions bind."""
    return {
        n.id
        for node in walk(body)
        if isinstance(node, gast.comprehension)
        for n in walk(node.target)
        if isinstance(n, gast.Name)
    }


def located(node: Any, like: Any) -> Any:
    """`node` at the place of `like`."""
    for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
        setattr(node, name, getattr(like, name, None))
    return node


def one_by_one(stmt: Any) -> None:
    """Make `with a, b: ...` a `with a:` around a `with b: ...`."""
    if isinstance(stmt, gast.With) and len(stmt.items) > 1:
        rest = gast.With(items=stmt.items[1:], body=stmt.body, type_comment=None)
        stmt.items, stmt.body = stmt.items[:1], [located(rest, stmt)]


def always_stored(body: list[Any]) -> set[str]:
    """Names that the plain assignments of a block bind."""
    return {
        n.id
        for stmt in body
        if isinstance(stmt, (gast.Assign, gast.AnnAssign))
        for n in walk(stmt)
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
    }


def reads_before_stores(body: list[Any], before: Collection[str] = ()) -> set[str]:
    """Names that a block may read before it binds them; those in `before` are bound."""
    stored = set(before)
    found: set[str] = set()
    for stmt in body:
        found |= _reads_of(stmt, stored)
        stored |= always_stored([stmt])
    return found


def _reads_of(stmt: Any, stored: set[str]) -> set[str]:
    """Names that a statement may read before they are bound."""
    blocks = [getattr(stmt, field, None) for field in ("body", "orelse", "finalbody")]
    inner = [block for block in blocks if isinstance(block, list) and block]
    if not inner or isinstance(stmt, (*FUNCTIONS, gast.ClassDef)):
        reads = {n.id for n in walk(stmt) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load)}
        if isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name):
            reads.add(stmt.target.id)
        return reads - stored
    nested = [*getattr(stmt, "handlers", ()), *getattr(stmt, "cases", ())]
    within = {id(n) for part in (*inner, *(one.body for one in nested)) for n in walk(part)}
    heads = [n for n in walk(stmt) if id(n) not in within and isinstance(n, gast.Name)]
    found = {n.id for n in heads if isinstance(n.ctx, gast.Load)} - stored
    bound = stored | {n.id for n in heads if isinstance(n.ctx, gast.Store)} if not nested else stored
    for block in inner:
        # What a `try` block binds, its `else` sees.
        after = always_stored(stmt.body) if isinstance(stmt, gast.Try) and block is stmt.orelse else set()
        found |= reads_before_stores(block, bound | after if block is stmt.body else stored | after)
    for one in nested:
        names = {n.id for n in walk(one) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
        found |= reads_before_stores(one.body, stored | (names - bound_names(one.body)))
    return found
