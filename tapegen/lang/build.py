"""Building Core by quoting: templates with holes, never joined strings.

Templates are parsed once and copied on use; holes are names that the caller fills with trees.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import gast

from tapegen.lang.origin import Origin
from tapegen.lang.walk import clone as clone
from tapegen.lang.walk import replaced

_LOAD, _STORE = gast.Load(), gast.Store()


def _name(name: str, ctx: gast.expr_context) -> gast.Name:
    # Half of all nodes are names: the fields are set at once, without the constructor.
    node = gast.Name.__new__(gast.Name)
    node.__dict__.update(id=name, ctx=ctx, annotation=None, type_comment=None)
    return node


def load(name: str) -> gast.Name:
    """The expression `name`."""
    return _name(name, _LOAD)


def store(name: str) -> gast.Name:
    """The target `name`."""
    return _name(name, _STORE)


def param(name: str) -> gast.Name:
    """The parameter `name`."""
    return gast.Name(id=name, ctx=gast.Param(), annotation=None, type_comment=None)


def constant(value: Any) -> gast.Constant:
    """A literal: a number, string, bool, None or Ellipsis."""
    return gast.Constant(value=value, kind=None)


def tuple_of(elements: Sequence[gast.expr], ctx: gast.expr_context | None = None) -> gast.Tuple:
    """The tuple of `elements`."""
    return gast.Tuple(elts=list(elements), ctx=ctx or gast.Load())


def attribute(path: str) -> gast.expr:
    """The dotted name `path`, such as `np.linalg.solve`."""
    root, *rest = path.split(".")
    node: gast.expr = load(root)
    for part in rest:
        node = gast.Attribute(value=node, attr=part, ctx=gast.Load())
    return node


def call(callee: str | gast.expr, *args: gast.expr, **keywords: gast.expr) -> gast.Call:
    """The call `callee(*args, **keywords)`."""
    func = attribute(callee) if isinstance(callee, str) else callee
    given = [gast.keyword(arg=key, value=value) for key, value in keywords.items()] if keywords else []
    node = gast.Call.__new__(gast.Call)
    node.__dict__.update(func=func, args=list(args), keywords=given)
    return node


def assign(target: str | gast.expr, value: gast.expr, origin: Origin | None = None) -> gast.Assign:
    """The statement `target = value`."""
    left = store(target) if isinstance(target, str) else target
    node = gast.Assign.__new__(gast.Assign)
    node.__dict__.update(targets=[left], value=value, type_comment=None, origin=origin)
    return node


def move(targets: Sequence[str], values: Sequence[gast.expr], origin: Origin | None = None) -> gast.Assign:
    """The assignment `a = x`, or for several the parallel `(a, b) = (x, y)`."""
    if len(targets) == 1:
        return assign(targets[0], values[0], origin)
    left = tuple_of([store(t) for t in targets], gast.Store())
    return assign(left, tuple_of(values), origin)


def expression(value: gast.expr, origin: Origin | None = None) -> gast.Expr:
    """The statement `value`, evaluated for its effect."""
    return at(gast.Expr(value=value), origin)


def if_(
    test: gast.expr, body: list[gast.stmt], orelse: list[gast.stmt], origin: Origin | None = None
) -> gast.If:
    """The statement `if test: body else: orelse`; an empty body becomes `pass`."""
    return at(gast.If(test=test, body=body or [gast.Pass()], orelse=orelse), origin)


def for_(
    target: str | gast.expr, iterable: gast.expr, body: list[gast.stmt], origin: Origin | None = None
) -> gast.For:
    """The statement `for target in iterable: body`."""
    node = store(target) if isinstance(target, str) else target
    return at(
        gast.For(target=node, iter=iterable, body=body or [gast.Pass()], orelse=[], type_comment=None), origin
    )


def while_(test: gast.expr, body: list[gast.stmt], origin: Origin | None = None) -> gast.While:
    """The statement `while test: body`."""
    return at(gast.While(test=test, body=body or [gast.Pass()], orelse=[]), origin)


def return_(value: gast.expr, origin: Origin | None = None) -> gast.Return:
    """The statement `return value`."""
    return at(gast.Return(value=value), origin)


def function(
    name: str, params: Sequence[str], body: list[gast.stmt], origin: Origin | None = None
) -> gast.FunctionDef:
    """The definition `def name(params): body`."""
    arguments = gast.arguments(
        args=[param(p) for p in params],
        posonlyargs=[],
        vararg=None,
        kwonlyargs=[],
        kw_defaults=[],
        kwarg=None,
        defaults=[],
    )
    tree = gast.FunctionDef(
        name=name,
        args=arguments,
        body=body,
        decorator_list=[],
        returns=None,
        type_comment=None,
        type_params=[],
    )
    return at(tree, origin)


def at(node: Any, origin: Origin | None) -> Any:
    """`node` with its origin set."""
    node.origin = origin
    return node


def substitute(node: Any, holes: Mapping[str, gast.expr | str]) -> Any:
    """A copy of `node` (a tree or a list of statements) with names replaced by trees or by other names."""

    def step(part: gast.AST) -> gast.AST | None:
        hole = holes.get(part.id) if type(part) is gast.Name else None
        if isinstance(hole, str):
            return gast.Name(id=hole, ctx=part.ctx, annotation=None, type_comment=None)
        return None if hole is None else clone(hole)

    return replaced(node, step)


@functools.cache
def _parse(template: str) -> gast.Module:
    return gast.parse(template)


def quote(template: str, **holes: gast.expr | str) -> gast.expr:
    """The expression written in `template`, its holes filled.

    >>> import gast
    >>> print(gast.unparse(quote("np.cos(x) * ct", x=load("angle"))).strip())
    np.cos(angle) * ct
    """
    return substitute(_parse(template).body[0].value, holes)
