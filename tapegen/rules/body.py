"""Reads the body of a rule as syntax, sliced down to the results that a reader wants.

A body is parsed when it is first asked for, not at import.
"""

from __future__ import annotations

import inspect
import linecache
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import gast

from .registry import UNKNOWN, Rule

OTHERS = "others"
"""What a rule calls all parameters without derivative, in a dict."""


@dataclass(frozen=True)
class Body:
    """A rule as straight-line code.

    Attributes:
        params: positional parameter names.
        keywords: what the rule asks for by keyword: `out`, `ct`, tangents.
        statements: assignments, in order.
        results: the expressions that are returned, one for each parameter in the rule's `wrt`.
        reads: the names among `params` and `keywords` that `statements` and `results` read.
        namespace: the object for each free name, `{"np": numpy, ...}`.

    The nodes of `slice_body` are fresh copies, which a reader may build into its tree; those of `shared_body` are not.
    """

    params: tuple[str, ...]
    keywords: tuple[str, ...]
    statements: list[gast.stmt]
    results: list[gast.expr]
    reads: frozenset[str]
    namespace: Mapping[str, Any]


def slice_body(rule: Rule, wanted: Sequence[int] | None = None, **known: Any) -> Body:
    """A copy of `shared_body`, with the same arguments."""
    return _copy(shared_body(rule, wanted, **known))


def shared_body(
    rule: Rule,
    wanted: Sequence[int] | None = None,
    *,
    mode: Literal["vjp", "jvp"] = "vjp",
    ndim: Sequence[int | None] = (),
    values: Sequence[Any] | None = None,
) -> Body:
    """The part of a rule that computes the results for the parameters `wanted`.

    Args:
        wanted: positions of parameters, each of them in `rule.wrt`; all of `rule.wrt` if None. The results come in
            this order.
        mode: "vjp" reads `rule.function` (partials or cotangents), "jvp" the tangent terms of a general rule.
        ndim: ranks of the arguments as far as known, to choose a simpler body where the rule has one.
        values: the bound arguments, `registry.UNKNOWN` where not known, for rules with cases. Of a syntax tree the
            value is known where it is a literal.
    """
    if rule.cases and values is not None:
        values = [literal(value) if isinstance(value, gast.AST) else value for value in values]
    function = rule.jvp_for(ndim, values) if mode == "jvp" else rule.body_for(ndim, values)
    if function is None:
        raise ValueError(f"the rule for {rule.name} has no {mode}")
    wanted = rule.wrt if wanted is None else tuple(wanted)
    key = (function, wanted)
    found = rule.cache.get(key)
    if found is None:
        found = rule.cache[key] = _slice(function, rule, wanted)
    body: Body = found
    return body


def literal(node: gast.AST) -> Any:
    """The value of a literal: a constant, its negative, a tuple or list of such; else `UNKNOWN`."""
    match node:
        case gast.Constant(value=value):
            return value
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=value)):
            return -value
        case gast.Tuple(elts=elements) | gast.List(elts=elements):
            values = tuple(map(literal, elements))
            return UNKNOWN if any(value is UNKNOWN for value in values) else values
    return UNKNOWN


def _slice(function: Callable[..., Any], rule: Rule, wanted: tuple[int, ...]) -> Body:
    definition = _definition(function)
    *statements, last = _without_docstring(definition.body)
    if not isinstance(last, gast.Return) or last.value is None:
        raise SyntaxError(f"the rule for {rule.name} must end in a return")
    for stmt in statements:
        if not isinstance(stmt, gast.Assign) or len(stmt.targets) != 1 or not _names(stmt.targets[0]):
            raise SyntaxError(f"the rule for {rule.name} is not straight-line: {gast.unparse(stmt)}")
    results = [last.value]
    if len(rule.wrt) > 1:
        if not isinstance(last.value, gast.Tuple) or len(last.value.elts) != len(rule.wrt):
            raise SyntaxError(f"the rule for {rule.name} must return {len(rule.wrt)} values")
        results = list(last.value.elts)
    results = [results[rule.wrt.index(position)] for position in wanted]
    if rule.times is not None:
        factor = _without_docstring(_definition(rule.times).body)[0].value
        results = [gast.BinOp(copy_node(factor), gast.Mult(), result) for result in results]
    args = definition.args
    if any(a.id == OTHERS for a in args.kwonlyargs):
        statements = [_options(rule), *statements]
    statements, needed = _needed_statements(statements, results)
    params = tuple(a.id for a in args.args) + ((args.vararg.id,) if args.vararg else ())
    keywords = tuple(a.id for a in args.kwonlyargs if a.id not in (*rule.params, OTHERS))
    if rule.times is not None and "out" not in keywords:
        keywords = (*keywords, "out")
    params += tuple(name for name in rule.params if name not in params)
    bound = {name for stmt in statements for name in _names(stmt.targets[0])}
    free = needed - bound - set(params) - set(keywords)
    namespace = {name: _global(function, name) for name in sorted(free)}
    known = {name: value for name, value in namespace.items() if isinstance(value, (str, int))}
    if known:
        statements = [_with_known(copy_node(stmt), known) for stmt in statements]
        results = [_with_known(copy_node(result), known) for result in results]
        namespace = {name: value for name, value in namespace.items() if name not in known}
    body = Body(params, keywords, statements, results, frozenset(needed & {*params, *keywords}), namespace)
    return _swap_modules(body, *rule.module_swap) if rule.module_swap else body


def _options(rule: Rule) -> gast.stmt:
    """`others = {"axis": axis, ...}`: the parameters without derivative, under the primitive's own names."""
    original = {name: own for own, name in rule.spelled.items()}
    names = [p for i, p in enumerate(rule.params) if i not in rule.wrt and not p.startswith("_")]
    keys = [gast.Constant(original.get(name, name), None) for name in names]
    display = gast.Dict(keys, [gast.Name(name, gast.Load(), None, None) for name in names])
    return gast.Assign([gast.Name(OTHERS, gast.Store(), None, None)], display, None)


def _definition(function: Callable[..., Any]) -> gast.FunctionDef:
    try:
        (definition,) = gast.parse(textwrap.dedent(_lines(function))).body
    except SyntaxError:
        (definition,) = gast.parse(textwrap.dedent(inspect.getsource(function))).body
    if not isinstance(definition, gast.FunctionDef):
        raise SyntaxError(f"{function.__name__} is not a function definition")
    return definition


def _lines(function: Callable[..., Any]) -> str:
    """The lines that a function's code came from: `inspect.getsource` takes ten times as long to find the last one.

    Empty if the code does not tell, and short by a line where the last bracket stands alone on it.
    """
    code = inspect.unwrap(function).__code__
    ends = [end for _, end, _, _ in code.co_positions() if end is not None]
    lines = linecache.getlines(code.co_filename, function.__globals__)
    return "".join(lines[code.co_firstlineno - 1 : max(ends, default=0)])


def _without_docstring(body: list[gast.stmt]) -> list[gast.stmt]:
    first = body[0]
    if (
        isinstance(first, gast.Expr)
        and isinstance(first.value, gast.Constant)
        and isinstance(first.value.value, str)
    ):
        return body[1:]
    return body


def _names(target: gast.AST) -> list[str]:
    """The names that an assignment target binds; none if it is not a name or a tuple of names."""
    if isinstance(target, gast.Name):
        return [target.id]
    if isinstance(target, gast.Tuple) and all(isinstance(e, gast.Name) for e in target.elts):
        return [e.id for e in target.elts]
    return []


def _loads(node: gast.AST) -> set[str]:
    """Free names that an expression reads; the variables of its own comprehensions are not free."""
    names = [n for n in gast.walk(node) if isinstance(n, gast.Name)]
    own = {n.id for n in names if isinstance(n.ctx, (gast.Store, gast.Param))}
    return {n.id for n in names if isinstance(n.ctx, gast.Load)} - own


def _needed_statements(
    statements: list[gast.stmt], results: list[gast.expr]
) -> tuple[list[gast.stmt], set[str]]:
    """The statements that `results` depend on, and all names that these and the results read."""
    needed = set().union(*map(_loads, results)) if results else set()
    kept = []
    for stmt in reversed(statements):
        if needed & set(_names(stmt.targets[0])):
            kept.append(stmt)
            needed |= _loads(stmt.value)
    return kept[::-1], needed


def _global(function: Callable[..., Any], name: str) -> Any:
    if name in function.__code__.co_freevars:
        return inspect.getclosurevars(function).nonlocals[name]
    if name in function.__globals__:
        return function.__globals__[name]
    builtins = function.__globals__["__builtins__"]
    builtins = builtins if isinstance(builtins, dict) else vars(builtins)
    if name not in builtins:
        raise NameError(f"the rule {function.__name__} reads {name}, which is not defined in its module")
    return builtins[name]


def _with_known(node: gast.AST, known: Mapping[str, Any]) -> Any:
    """The node with names of strings and numbers, which a rule was made for, as literals."""

    class Literals(gast.NodeTransformer):
        def visit_Name(self, part: gast.Name) -> gast.AST:
            return gast.parse(repr(known[part.id])).body[0].value if part.id in known else part

    return Literals().visit(node)


def _swap_modules(body: Body, old: Any, new: Any) -> Body:
    """Call the functions of module `new` where there is one of the same name as that of `old`."""
    names = {name for name, value in body.namespace.items() if value is old}
    namespace = dict(body.namespace)

    class Swap(gast.NodeTransformer):
        def visit_Attribute(self, node: gast.Attribute) -> gast.AST:
            if isinstance(node.value, gast.Name) and node.value.id in names and hasattr(new, node.attr):
                namespace[new.__name__] = new
                return gast.Attribute(
                    gast.Name(new.__name__, gast.Load(), None, None), node.attr, gast.Load()
                )
            return self.generic_visit(node)

    fresh = _copy(body)
    statements = [Swap().visit(stmt) for stmt in fresh.statements]
    results = [Swap().visit(result) for result in fresh.results]
    read = set().union(set(), *map(_loads, [*statements, *results]))
    namespace = {name: value for name, value in namespace.items() if name in read}
    return Body(body.params, body.keywords, statements, results, body.reads, namespace)


def copy_node(node: Any) -> Any:
    """A copy of a syntax tree; `copy.deepcopy` would take ten times as long."""
    if isinstance(node, list):
        return [copy_node(item) for item in node]
    if isinstance(node, gast.AST):
        fresh = type(node)(*[copy_node(getattr(node, name, None)) for name in node._fields])
        for name in node._attributes:
            if getattr(node, name, None) is not None:
                setattr(fresh, name, getattr(node, name))
        return fresh
    return node


def _copy(body: Body) -> Body:
    return Body(
        body.params,
        body.keywords,
        copy_node(body.statements),
        copy_node(body.results),
        body.reads,
        dict(body.namespace),
    )
