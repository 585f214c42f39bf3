"""Calls rules: the eager reading of the book, for the tape.

For each rule and each set of active arguments one Python function is compiled from the body, sliced to what these
need, with everything around it that the rules leave to their reader: multiplying partials, broadcasting back, casting,
conjugating. Values may be duck arrays: they meet only operators, NumPy functions and kernels.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gast
import numpy as np

from ..kernels import broadcast_like, unbroadcast, unreduce, zeros_like
from .body import Body, copy_node, slice_body
from .registry import Rule

Pullback = Callable[[Any], tuple[Any, ...]]


def pullback(
    rule: Rule, args: Sequence[Any], kwargs: Mapping[str, Any] | None, out: Any, active: tuple[int, ...]
) -> Pullback:
    """The map from the cotangent of `out` to those of the arguments.

    Args:
        args, kwargs: of the call; where `kwargs` is None, `args` are bound already. `out`: its result.
        active: positions, among the rule's parameters, of the arguments whose cotangents are wanted.
    Returns: a function that takes `ct`, of the shape and dtype of `out`, and returns a tuple of cotangents, one per
        position in `active`, each of the shape and dtype of its argument; for a sequence a list. A cotangent may share
        memory with `ct` or be read-only.
    Raises: TypeError for an argument that the rule does not support.

    >>> import tapegen.rules as rules
    >>> pullback(rules.rule_for(np.multiply), (3.0, 4.0), None, 12.0, (0,))(1.0)
    (4.0,)
    """
    bound = args if kwargs is None else rule.bind(args, kwargs)
    function = rule.body_for(_ranks(bound), bound) if rule.variants or rule.cases else None
    key = (active, function, is_complex(rule, bound, out))
    make = rule.cache.get(key)
    if make is None:
        make = rule.cache[key] = _compile_pullback(rule, active, key[2], bound)
    pull: Pullback = make(*bound, out)
    return pull


def pushforward(
    rule: Rule, args: Sequence[Any], kwargs: Mapping[str, Any] | None, out: Any, tangents: Mapping[int, Any]
) -> Any:
    """The tangent of `out`, given those of some arguments.

    Args:
        args, kwargs, out: as for `pullback`.
        tangents: by position among the rule's parameters; what is missing is zero. For a sequence, a list.
    Returns: the tangent, of the shape and dtype of `out`.

    >>> import tapegen.rules as rules
    >>> pushforward(rules.rule_for(np.multiply), (3.0, 4.0), None, 12.0, {0: 1.0})
    4.0
    """
    bound = args if kwargs is None else rule.bind(args, kwargs)
    active = tuple(tangents)
    function = rule.body_for(_ranks(bound), bound) if rule.variants or rule.cases else None
    key = ("jvp", active, function, is_complex(rule, bound, out))
    push = rule.cache.get(key)
    if push is None:
        push = rule.cache[key] = _compile_pushforward(rule, active, key[3], bound)
    return push(*bound, out, *tangents.values())


def is_complex(rule: Rule, bound: Sequence[Any], out: Any) -> bool:
    """Whether conjugation matters in a call: a holomorphic function of complex arguments has complex results."""
    if type(out) is float or rule.complex == "adjoint":
        return rule.kind in ("elementwise", "reduction") and any(map(_is_complex_value, bound))
    found = _is_complex_value(out)
    if found and rule.complex == "refused":
        raise TypeError(f"{rule.name} has no derivative for complex arguments")
    return found


def _is_complex_value(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    if dtype is not None:
        return bool(dtype.kind == "c")
    if isinstance(value, (list, tuple)):
        return any(map(_is_complex_value, value))
    return isinstance(value, complex)


def _ranks(bound: Sequence[Any]) -> list[int]:
    return [getattr(value, "ndim", 0) for value in bound]


# -- building functions -----------------------------------------------------------------------------------------------


def _name(identifier: str) -> gast.expr:
    return gast.Name(identifier, gast.Load(), None, None)


def _call(function: str, *args: gast.expr) -> gast.expr:
    node: gast.expr = _name(function.split(".")[0])
    for part in function.split(".")[1:]:
        node = gast.Attribute(node, part, gast.Load())
    return gast.Call(node, list(args), [])


def _assign(target: str, value: gast.expr) -> gast.stmt:
    return gast.Assign([gast.Name(target, gast.Store(), None, None)], value, None)


def _constant(node: gast.expr) -> Any:
    """The number that a literal denotes, or None."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        value = _constant(node.operand)
        return None if value is None else -value
    if isinstance(node, gast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    return None


def _times(partial: gast.expr, factor: gast.expr, conjugate: bool) -> gast.expr:
    """`factor * partial`, simplified where the partial is 1 or -1; conjugating the partial on demand."""
    number = _constant(partial)
    if number == 1:
        return factor
    if number == -1:
        return gast.UnaryOp(gast.USub(), factor)
    if conjugate and number is None:
        partial = _call("np.conj", partial)
    return gast.BinOp(factor, gast.Mult(), partial)


def _sum(terms: Sequence[gast.expr]) -> gast.expr:
    total = terms[0]
    for term in terms[1:]:
        total = gast.BinOp(total, gast.Add(), term)
    return total


_TEMPLATE = """
def make():
    def pull(ct):
        pass
    return pull
"""


def _compile(
    params: Sequence[str],
    statements: list[gast.stmt],
    namespace: Mapping[str, Any],
    *,
    curried: bool,
    label: str,
) -> Any:
    """A function of `params` that runs `statements`; curried, it returns one of `ct` that does."""
    tree = gast.parse(_TEMPLATE)
    make = tree.body[0]
    make.args.args = [gast.Name(name, gast.Param(), None, None) for name in params]
    if curried:
        make.body[0].body = statements
    else:
        make.body = statements
    code = compile(ast.fix_missing_locations(gast.gast_to_ast(tree)), f"<rule for {label}>", "exec")
    made = dict(namespace)
    exec(code, made)
    return made["make"]


def _arguments(rule: Rule, names: Sequence[str] = ()) -> list[gast.expr]:
    """The rule's parameters as arguments for the primitive, those in `names` replaced by their tangents."""
    nodes = [_name(f"{p}_dot" if p in names else p) for p in rule.params]
    if rule.variadic is not None:
        nodes[rule.variadic] = gast.Starred(nodes[rule.variadic], gast.Load())
    return nodes


def _primitive_call(rule: Rule, names: Sequence[str]) -> gast.expr:
    """A call of the primitive, on the tangents of `names`."""
    nodes, keyword_only = _arguments(rule, names), rule.keyword_only
    call = _call(
        "_primitive", *(node for node, p in zip(nodes, rule.params, strict=True) if p not in keyword_only)
    )
    named = zip(nodes, rule.params, strict=True)
    call.keywords = [gast.keyword(keyword_only[p], node) for node, p in named if p in keyword_only]
    return call


def _unreduced(rule: Rule, value: str) -> gast.expr:
    """`unreduce(value, a, axis, keepdims)`."""
    axis = [_name(p) if p in rule.params else gast.Constant(None, None) for p in ("axis", "keepdims")]
    return _call("unreduce", _name(value), _name(rule.params[rule.wrt[0]]), *axis)


def _prepared(rule: Rule, body: Body) -> list[gast.stmt]:
    """The statements of a body; first, if it reads it, `out` in the form that it expects."""
    if "out" not in body.reads:
        return list(body.statements)
    out = _unreduced(rule, "_result") if rule.kind == "reduction" else _name("_result")
    return [_assign("out", out), *body.statements]


def pullback_code(
    rule: Rule, active: tuple[int, ...], is_complex: bool, bound: Sequence[Any]
) -> tuple[list[gast.stmt], list[gast.expr], Mapping[str, Any]]:
    """The pullback of a call as straight-line code.

    Returns: statements; the cotangent of each argument in `active`; the object behind each free name. They read the
        rule's parameters, `_result`, and its cotangent `ct`.
    """
    body = slice_body(rule, active, ndim=_ranks(bound), values=bound)
    conjugate = is_complex and rule.complex == "holomorphic"
    statements, results = _prepared(rule, body), list(body.results)
    if rule.kind in ("elementwise", "reduction"):
        ct = _unreduced(rule, "ct") if rule.kind == "reduction" else _name("ct")
        results = [_times(partial, copy_node(ct), conjugate) for partial in results]
    elif conjugate:
        results = [_call("_conjugate", result) for result in results]
        if "ct" in body.reads:
            statements.insert(0, _assign("ct", _call("_conjugate", _name("ct"))))
    returns = [
        _call("unbroadcast", result, _name(rule.params[position]))
        for position, result in zip(active, results, strict=True)
    ]
    return statements, returns, {**body.namespace, **_HELPERS}


def _compile_pullback(rule: Rule, active: tuple[int, ...], is_complex: bool, bound: Sequence[Any]) -> Any:
    statements, returns, namespace = pullback_code(rule, active, is_complex, bound)
    statements.append(gast.Return(gast.Tuple(returns, gast.Load())))
    return _compile((*rule.params, "_result"), statements, namespace, curried=True, label=rule.name)


def _conjugate(value: Any) -> Any:
    """The complex conjugate, element by element for sequences."""
    if isinstance(value, (list, tuple)):
        return [_conjugate(element) for element in value]
    return np.conj(value)


def _compile_pushforward(rule: Rule, active: tuple[int, ...], is_complex: bool, bound: Sequence[Any]) -> Any:
    names = [rule.params[position] for position in active]
    body = Body((), (), [], [], frozenset(), {"_primitive": rule.primitive})
    if rule.kind in ("elementwise", "reduction"):
        body = slice_body(rule, active, ndim=_ranks(bound), values=bound)
        tangent = _partials_tangent(rule, body, names, is_complex)
    elif rule.kind == "bilinear":
        tangent = _sum([_primitive_call(rule, [name]) for name in names])
    elif rule.kind == "linear":
        tangent = _primitive_call(rule, [rule.params[position] for position in rule.wrt])
    else:
        body = slice_body(rule, active, mode="jvp", ndim=_ranks(bound), values=bound)
        tangent = body.results[0]
        for term in body.results[1:]:
            tangent = _call("_add", tangent, term)
    statements = _zero_tangents(rule, tangent, body, names) + _prepared(rule, body)
    statements.append(gast.Return(_call("_like_result", tangent, _name("_result"))))
    params = (*rule.params, "_result", *(f"{name}_dot" for name in names))
    return _compile(params, statements, {**body.namespace, **_HELPERS}, curried=False, label=rule.name)


def _zero_tangents(rule: Rule, tangent: gast.expr, body: Body, names: Sequence[str]) -> list[gast.stmt]:
    """Definitions of the tangents that are read but not given."""
    read = {n.id for n in gast.walk(tangent) if isinstance(n, gast.Name)} | body.reads
    absent = [p for p in rule.params if p not in names and f"{p}_dot" in read]
    return [_assign(f"{p}_dot", _call("zeros_like", _name(p))) for p in absent]


def _add(a: Any, b: Any) -> Any:
    return tuple(map(_add, a, b)) if isinstance(a, tuple) else a + b


def _like_result(tangent: Any, out: Any) -> Any:
    """The tangent in the shape and dtype of the result; part by part for several results."""
    if isinstance(out, (list, tuple)):
        return [broadcast_like(part, o) for part, o in zip(tangent, out, strict=True)]
    return broadcast_like(tangent, out)


def _partials_tangent(rule: Rule, body: Body, names: Sequence[str], is_complex: bool) -> gast.expr:
    """The sum of partials times tangents, for elementwise rules and reductions."""
    gradient = is_complex and rule.complex == "adjoint"
    terms = [
        _times(partial, _name(f"{name}_dot"), gradient)
        for partial, name in zip(body.results, names, strict=True)
    ]
    tangent = _sum([_call("np.real", term) for term in terms] if gradient else terms)
    if rule.kind == "reduction":
        keywords = [gast.keyword(p, _name(p)) for p in ("axis", "keepdims") if p in rule.params]
        tangent = gast.Call(_call("np.sum").func, [tangent], keywords)
    return tangent


_HELPERS: Mapping[str, Any] = {
    "np": np,
    "unbroadcast": unbroadcast,
    "_add": _add,
    "_conjugate": _conjugate,
    "_like_result": _like_result,
    "unreduce": unreduce,
    "zeros_like": zeros_like,
}
