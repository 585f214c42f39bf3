"""Who reads and who binds a name: the syntax of Core, read off quickly.

All functions here are linear in the size of what they look at and allocate little, for every pass starts with them.
What a node reads is kept with it: Core is never changed, and copies leave it behind (`REMEMBERED` in `lang/walk.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import gast

from tapegen.lang.core import Core, walk_statements
from tapegen.lang.walk import CHILDREN


def names_in(node: gast.AST | None) -> Sequence[str]:
    """The names in an expression, once for each time that they stand there, callees included.

    >>> names_in(gast.parse("np.sum(x * y[i], axis=x)").body[0].value)
    ('np', 'x', 'y', 'i', 'x')
    """
    if node is None or type(node) is gast.Constant:
        return ()
    if type(node) is gast.Name:
        return (node.id,)
    found: tuple[str, ...] | None = node.__dict__.get("_names")
    if found is None:
        names: list[str] = []
        _collect(node, names)
        found = node.__dict__["_names"] = tuple(names)
    return found


def _collect(node: gast.AST, found: list[str]) -> None:
    kind = type(node)
    if kind is gast.Name:
        found.append(node.id)
        return
    for field in CHILDREN[kind]:
        child = getattr(node, field)
        below = type(child)
        if below is gast.Name:
            found.append(child.id)
        elif below is list:
            for item in child:
                if type(item) is gast.Name:
                    found.append(item.id)
                elif item is not None:
                    _collect(item, found)
        elif below is not gast.Constant and isinstance(child, gast.AST):
            _collect(child, found)


def expressions(stmt: gast.stmt) -> list[gast.expr]:
    """The expressions that a statement evaluates itself, without those of statements nested in it.

    Targets are included if they are subscripts or attributes, for these read their base and index.
    """
    kind = type(stmt)
    if kind is gast.Assign:
        target = stmt.targets[0]
        return (
            [stmt.value] if type(target) is gast.Name or type(target) is gast.Tuple else [stmt.value, target]
        )
    if kind is gast.AugAssign:
        return [stmt.target, stmt.value]
    if kind is gast.Expr:
        return [stmt.value]
    if kind is gast.Return:
        return [stmt.value] if stmt.value is not None else []
    if kind is gast.If or kind is gast.While:
        return [stmt.test]
    if kind is gast.For:
        return [stmt.iter]
    if kind is gast.Assert:
        return [stmt.test] if stmt.msg is None else [stmt.test, stmt.msg]
    if kind is gast.Raise:
        return [node for node in (stmt.exc, stmt.cause) if node is not None]
    if kind is gast.With:
        return [item.context_expr for item in stmt.items]
    return []


def reads(stmt: gast.stmt) -> Sequence[str]:
    """The names that a statement reads itself, with repetitions; `x += 1` reads `x`."""
    try:
        found: tuple[str, ...] = stmt._names
    except AttributeError:
        names: list[str] = []
        for node in expressions(stmt):
            _collect(node, names)
        found = stmt.__dict__["_names"] = tuple(names)
    return found


def binds(stmt: gast.stmt) -> Sequence[str]:
    """The names that a statement binds itself.

    >>> [binds(s) for s in gast.parse("a = 1; (b, c) = t; x[i] = 1; x += 1").body]
    [('a',), ('b', 'c'), (), ('x',)]
    """
    kind = type(stmt)
    if kind is gast.Assign:
        target = stmt.targets[0]
    elif kind is gast.For or kind is gast.AugAssign:
        target = stmt.target
    else:
        return ()
    return (target.id,) if type(target) is gast.Name else tuple(_bound(target))


def _bound(target: gast.expr) -> Iterator[str]:
    if type(target) is gast.Name:
        yield target.id
    elif type(target) is gast.Tuple or type(target) is gast.List:
        for element in target.elts:
            yield from _bound(element)
    elif type(target) is gast.Starred:
        yield from _bound(target.value)


def all_binds(body: list[gast.stmt]) -> set[str]:
    """The names bound anywhere in a block, nested statements included."""
    return {name for stmt in walk_statements(body) for name in binds(stmt)}


def use_counts(core: Core) -> Counter[str]:
    """How often each name is read in the text of the function; kept with `core`, not to be changed.

    >>> from tapegen.lang.build import function, assign, quote, return_, load
    >>> f = Core(function("f", ["x"], [assign("y", quote("x * x")), return_(load("y"))]))
    >>> sorted(use_counts(f).items())
    [('x', 2), ('y', 1)]
    """
    found: Counter[str] | None = core.__dict__.get("_use_counts")
    if found is None:
        found = core.__dict__["_use_counts"] = Counter([n for stmt in core.statements for n in reads(stmt)])
    return found


def binding_counts(core: Core) -> Counter[str]:
    """How many statements bind each name; a parameter counts as one.

    In single assignment, names with a count above one are the merge variables of branches and the carried variables
    of loops. The counts are kept with `core`, for every pass asks for them: not to be changed.
    """
    found: Counter[str] | None = core.__dict__.get("_binding_counts")
    if found is None:
        names = [name for stmt in core.statements for name in binds(stmt)]
        found = core.__dict__["_binding_counts"] = Counter([*core.params, *names])
    return found
