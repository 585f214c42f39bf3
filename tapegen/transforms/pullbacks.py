"""The adjoint of one expression: the rule's body, quoted at the cotangent of the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import gast
import numpy as np

from tapegen.analysis import predicates
from tapegen.analysis.values import Array, Number, Opaque, Static, agree
from tapegen.analysis.values import Sequence as Sequence_
from tapegen.errors import TransformError
from tapegen.kernels import unbroadcast, unreduce
from tapegen.kernels.trees import element
from tapegen.lang import build
from tapegen.lang.core import lookup, walk_statements
from tapegen.lang.flatten import is_atom
from tapegen.lang.walk import below, replaced
from tapegen.rules import registry, tables
from tapegen.rules.body import OTHERS, shared_body
from tapegen.transforms.scope import Scope, bar

Contribution = tuple[gast.expr, gast.expr]
ValueOf = Callable[[gast.expr], gast.expr]


def pullback(scope: Scope, value: gast.expr, out: str, ct: gast.expr, read: ValueOf) -> list[Contribution]:
    """Write the adjoint of `out = value` and return (operand, cotangent) for its active operands.

    Args:
        ct: an atom, the cotangent of `out`.
        read: gives, for an operand or the result, the expression that has the value it had at this statement.
    """
    match value:
        case gast.Name():
            return [(value, ct)]
        case gast.BinOp(left=left, op=op, right=right):
            return _by_rule(scope, _operator_rule(scope, op), (left, right), out, ct, read)
        case gast.UnaryOp(op=op, operand=operand):
            return _by_rule(scope, _operator_rule(scope, op), (operand,), out, ct, read)
        case gast.Tuple(elts=elements) | gast.List(elts=elements):
            return _elements(scope, enumerate(elements), ct)
        case gast.Dict(keys=keys, values=values):
            return _elements(scope, zip(keys, values, strict=True), ct)
        case gast.Call():
            return _call(scope, value, out, ct, read)
    raise scope.refuse_expression(value)


def _operator_rule(scope: Scope, op: gast.AST) -> registry.Rule:
    primitive = tables.OPERATORS.get(type(op).__name__)
    rule = registry.rule_for(primitive)
    if rule is None:
        raise scope.refuse(
            f"cannot differentiate the operator {type(op).__name__}",
            why="there is no rule for it",
            instead="write it with arithmetic operators",
        )
    return rule


def _elements(scope: Scope, items: Any, ct: gast.expr) -> list[Contribution]:
    contributions = []
    for key, item in items:
        if scope.is_active(item):
            node = build.constant(key) if isinstance(key, int) else key
            contributions.append((item, build.call(scope.kernel(element), ct, node)))
    return contributions


def find_rule(scope: Scope, call: gast.Call) -> tuple[Any, registry.Rule]:
    """The callee of an active call and its rule.

    Raises: TransformError if there is none.
    """
    callee = lookup(scope.core, call.func) or method_of(scope, call)
    rule = registry.rule_for(callee)
    if rule is None or rule.kind == "constant":
        name = gast.unparse(call.func).strip()
        raise scope.refuse(
            f"no derivative rule for {name}",
            why=f"{name} has no rule and its source cannot be followed",
            instead=three_lines(name, call),
        )
    return callee, rule


def method_of(scope: Scope, call: gast.Call) -> Any | None:
    """The method that is called on an object of a library's class, such as `Generator.normal`, or None."""
    match call.func:
        case gast.Attribute(value=gast.Name(id=name), attr=attr):
            fact = scope.facts.get(name)
            return getattr(fact.type, attr, None) if isinstance(fact, Opaque) else None
    return None


def three_lines(name: str, call: gast.Call) -> str:
    """How to add a rule for the function called here."""
    keys = [None] * len(call.args) + [k.arg for k in call.keywords]
    params = [key or f"x{i}" if len(keys) > 1 else "x" for i, key in enumerate(keys, 1)] or ["x"]
    listed = ", ".join(params)
    given = ", ".join(f"{k}={p}" if k else p for k, p in zip(keys, params, strict=False))
    cts = ", ".join(f"{p}_bar" for p in params) + ("," if len(params) == 1 else "")
    own = f"my_{name.rpartition('.')[2].strip('_')}"
    return (
        "call a primitive with a rule of your own: a cotangent for each argument, None for one without,\n"
        f"    {own} = tg.primitive(lambda {listed}: {name}({given}))\n"
        f"    {own}.defvjp(lambda ct, out, {listed}: ({cts}))\n"
        f"    {own}.defjvp(lambda dots, out, {listed}: out_dot)\n"
        '  or record the function on a tape, with @tg.function(fallback="eager")'
    )


def bind(scope: Scope, rule: registry.Rule, call: gast.Call) -> tuple[Any, ...]:
    """The operands of a call by the rule's parameters; a variadic parameter gets a tuple."""
    args = call.args if lookup(scope.core, call.func) is not None else [call.func.value, *call.args]
    try:
        return rule.bind(
            args,
            {k.arg: k.value for k in call.keywords},
            default=lambda v: constant_for(scope, v),
        )
    except TypeError as error:
        raise TransformError(
            str(error),
            origin=scope.origin,
            why="the derivative rule has no such argument",
            instead="leave it out, or write it with other functions",
        ) from None


def constant_for(scope: Scope, value: Any) -> gast.expr:
    """The expression for a default value of a rule."""
    if value is None or isinstance(value, (bool, int, float, complex, str, type(...))):
        return build.constant(value)
    if isinstance(value, tuple):
        return build.tuple_of([constant_for(scope, item) for item in value])
    return build.load(scope.name_of(value, getattr(value, "__name__", "default").lstrip("_")))


def _call(scope: Scope, call: gast.Call, out: str, ct: gast.expr, read: ValueOf) -> list[Contribution]:
    _, rule = find_rule(scope, call)
    return _by_rule(scope, rule, bind(scope, rule, call), out, ct, read)


def check_lacking(scope: Scope, rule: registry.Rule, operands: Sequence[Any]) -> None:
    """Refuse a call in which an argument is active whose derivative is not in the book."""
    for position in rule.lacking:
        if any(map(scope.is_active, _parts(operands[position]))):
            raise scope.refuse(
                f"{rule.name} has no derivative in its argument {rule.params[position]!r}",
                why="the rule covers the other arguments",
                instead="pass it through tg.stop_gradient if it is to be a constant",
            )


def rule_body(
    scope: Scope,
    rule: registry.Rule,
    active: tuple[int, ...],
    operands: Sequence[Any],
    mode: Literal["vjp", "jvp"] = "vjp",
) -> Any:
    """The rule's body for these operands.

    Raises: TransformError if it depends on an argument whose value must be known, or an argument is active that has no
        derivative.
    """
    check_lacking(scope, rule, operands)
    ranks = [rank(scope, node) for node in operands]
    try:
        values = [known_value(scope, node) for node in operands] if rule.cases else operands
        return shared_body(rule, active, mode=mode, ndim=ranks, values=values)
    except TypeError as error:
        raise scope.refuse(
            str(error),
            why="the derivative has another form for each value",
            instead="write the value into the call",
        ) from None


def known_value(scope: Scope, node: Any) -> Any:
    """An operand as a literal, if its value is known: `np.inf`, or a variable that is always the same."""
    value: Any = None
    if isinstance(node, gast.Name):
        match scope.facts.get(node.id):
            case Number(value=known) | Static(object=known):
                value = known
        if value is None:
            definition = _definition(scope, node.id)
            if isinstance(definition, gast.Tuple):  # of axes
                return definition
            value = _number_behind(scope, definition)
    else:
        value = _number_behind(scope, node)
    return build.constant(value) if isinstance(value, (bool, int, float, str)) else node


def _definition(scope: Scope, name: str) -> gast.expr | None:
    """The value of the only assignment to a name, or None."""
    found = [
        stmt.value
        for stmt in walk_statements(scope.core.body)
        if isinstance(stmt, gast.Assign)
        and isinstance(stmt.targets[0], gast.Name)
        and stmt.targets[0].id == name
    ]
    return found[0] if len(found) == 1 else None


def _number_behind(scope: Scope, node: Any) -> float | None:
    """What `np.inf` or `-np.inf` is, or None."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        value = _number_behind(scope, node.operand)
        return None if value is None else -value
    value = lookup(scope.core, node) if isinstance(node, (gast.Attribute, gast.Name)) else None
    if value is None and isinstance(node, gast.Name):
        return _number_behind(scope, _definition(scope, node.id))
    return value if isinstance(value, float) else None


def _by_rule(
    scope: Scope, rule: registry.Rule, operands: Sequence[Any], out: str, ct: gast.expr, read: ValueOf
) -> list[Contribution]:
    for part in (part for operand in operands for part in _parts(operand)):
        assert is_atom(part) or not any(map(scope.is_active, below(part))), gast.unparse(part)
    active = tuple(i for i in rule.wrt if any(map(scope.is_active, _parts(operands[i]))))
    body = rule_body(scope, rule, active, operands)
    conjugate = conjugates(scope, rule, out, operands)
    holes = dict(zip(rule.params, operands, strict=True))
    if rule.kind == "reduction":
        reduced = (
            build.clone(read(holes[rule.params[rule.wrt[0]]])),
            holes.get("axis", build.constant(None)),
            holes.get("keepdims", build.constant(False)),
        )
        ct = scope.atom(build.call(scope.kernel(unreduce), ct, *reduced), bar(out))
        if "out" in body.reads:
            unreduced = build.call(scope.kernel(unreduce), read(build.load(out)), *reduced)
            holes["out"] = scope.bind(unreduced, out)
    if conjugate and rule.kind not in {"elementwise", "reduction"}:
        ct = scope.bind(_conj(scope, ct), bar(out))
    quote = quoter(scope, rule, body, {"out": build.load(out), "ct": ct, **holes}, out, read)
    contributions: list[Contribution] = []
    for position, result in zip(active, body.results, strict=True):
        term = quote(result)
        if rule.kind in {"elementwise", "reduction"}:
            term = times(scope, ct, term, conjugate)
        elif conjugate:
            term = _conj_for(scope, term, operands[position], out)
        operand = operands[position]
        if isinstance(operand, tuple):
            whole = scope.atom(term, bar(out))
            for index, part in enumerate(operand):
                if scope.is_active(part):
                    piece = gast.Subscript(value=whole, slice=build.constant(index), ctx=gast.Load())
                    contributions.append((part, fitted(scope, piece, part)))
        elif isinstance(operand, gast.Name) and predicates.is_sequence(scope.facts.get(operand.id)):
            contributions.append((operand, term))
        else:
            fits = (rule.kind == "elementwise" or _is_plus_or_minus(term, ct)) and _same_form(
                scope, out, operand
            )
            contributions.append((operand, term if fits else fitted(scope, term, operand)))
    return contributions


def _is_plus_or_minus(term: gast.expr, ct: gast.expr) -> bool:
    if isinstance(term, gast.UnaryOp) and isinstance(term.op, gast.USub):
        term = term.operand
    return isinstance(term, gast.Name) and isinstance(ct, gast.Name) and term.id == ct.id


def _same_form(scope: Scope, out: str, operand: gast.expr) -> bool:
    """Whether a cotangent of `out` times a real partial surely has the shape and dtype of `operand`.

    Only what is plain to see is decided here, for the sake of speed; `optimise/specialise.py` decides the rest.
    """
    wanted = scope.facts.get(operand.id) if isinstance(operand, gast.Name) else None
    given = scope.facts.get(out)
    if not isinstance(wanted, Array) or not isinstance(given, Array):
        return False
    if given.shape is None or wanted.shape is None or given.scalar is not wanted.scalar:
        return False
    return given.dtype == wanted.dtype == "float64" and agree(given.shape, wanted.shape)


def fitted(scope: Scope, ct: gast.expr, operand: gast.expr) -> gast.expr:
    """`ct` brought to the shape and dtype of `operand`."""
    return build.call(scope.kernel(unbroadcast), ct, operand)


def quoter(
    scope: Scope, rule: registry.Rule, body: Any, holes: dict[str, Any], out: str, read: ValueOf
) -> Callable[[gast.expr], gast.expr]:
    """Write the statements of a rule's body; return a function that quotes its result expressions."""
    names: dict[str, gast.expr | str] = {}
    for name, obj in body.namespace.items():
        names[name] = scope.name_of(obj, name)
    values = {key: node for key, node in holes.items() if not isinstance(node, tuple)}
    for key, node in holes.items():
        if isinstance(node, tuple):
            values[key] = build.tuple_of(list(node))

    def quote(node: gast.expr) -> gast.expr:
        return _filled(scope, node, values, names, read)

    for stmt in body.statements:
        target = stmt.targets[0]
        if isinstance(target, gast.Name):
            value = _given_options(rule, stmt.value, holes) if target.id == OTHERS else stmt.value
            names[target.id] = scope.bind(quote(value), f"{out}_{target.id}").id
        else:
            whole = scope.atom(quote(stmt.value), f"{out}_parts")
            for index, part in enumerate(target.elts):
                item = gast.Subscript(value=whole, slice=build.constant(index), ctx=gast.Load())
                names[part.id] = scope.bind(item, f"{out}_{part.id}").id
    return quote


def _given_options(rule: registry.Rule, display: gast.Dict, holes: dict[str, Any]) -> gast.Dict:
    """The dict of a call's options without those that have their default values."""
    kept = [
        (key, value)
        for key, value in zip(display.keys, display.values, strict=True)
        if not (isinstance(value, gast.Name) and _is_default(rule, value.id, holes.get(value.id)))
    ]
    return gast.Dict(keys=[key for key, _ in kept], values=[value for _, value in kept])


def _is_default(rule: registry.Rule, name: str, node: Any) -> bool:
    """Whether an argument is surely the default of its parameter."""
    if name not in rule.defaults or not isinstance(node, gast.Constant):
        return False
    default = rule.defaults[name]
    return type(node.value) is type(default) and bool(node.value == default)


def _filled(
    scope: Scope, node: gast.expr, values: dict[str, gast.expr], names: dict[str, Any], read: ValueOf
) -> gast.expr:
    """A copy of a rule's expression with its holes filled; where only a shape is read, the variable itself is."""

    def step(part: gast.AST) -> gast.AST | None:
        if type(part) is gast.Name:
            if part.id in values:
                return build.clone(read(values[part.id]))
            return build.load(names[part.id]) if part.id in names else None
        if type(part) is not gast.Call:
            return None
        func = replaced(part.func, step)
        shape_only = tables.reads_shape_only(_resolve(scope, func))
        args = [
            build.clone(values[arg.id])
            if index in shape_only and type(arg) is gast.Name and arg.id in values
            else replaced(arg, step)
            for index, arg in enumerate(part.args)
        ]
        return gast.Call(func=func, args=args, keywords=replaced(part.keywords, step))

    filled: gast.expr = replaced(node, step)
    return filled


def _resolve(scope: Scope, node: gast.AST) -> Any:
    parts = []
    while isinstance(node, gast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, gast.Name) or node.id not in scope.namespace:
        return None
    value = scope.namespace[node.id]
    for part in reversed(parts):
        value = getattr(value, part, None)
    return value


def _parts(operand: Any) -> Sequence[gast.expr]:
    return operand if isinstance(operand, tuple) else (operand,)


def rank(scope: Scope, node: Any) -> int | None:
    """The rank of an operand, if it is known."""
    if isinstance(node, gast.Name):
        return predicates.rank(scope.facts.get(node.id))
    return 0 if literal(node) is not None else None


def is_real(scope: Scope, node: Any) -> bool:
    """Whether an operand is known to be real."""
    if isinstance(node, gast.Constant):
        return not isinstance(node.value, complex)
    return isinstance(node, gast.Name) and predicates.is_real(scope.facts.get(node.id))


def conjugates(scope: Scope, rule: registry.Rule, out: str, operands: Sequence[Any]) -> bool:
    """Whether the adjoint of a call needs complex conjugates."""
    if not scope.may_be_complex or rule.complex != "holomorphic":
        if rule.complex == "refused" and scope.may_be_complex:
            if not all(is_real(scope, part) for i in rule.wrt for part in _parts(operands[i])):
                raise scope.refuse(
                    f"{rule.name} has no derivative for complex arguments",
                    why="an argument may be complex here",
                    instead="split it into real and imaginary parts",
                )
        return False
    real = is_real(scope, build.load(out)) and all(
        is_real(scope, p) for i in rule.wrt for p in _parts(operands[i])
    )
    return not real


def _conj(scope: Scope, node: gast.expr) -> gast.expr:
    return build.call(f"{scope.name_of(np, 'np')}.conj", node)


def _conj_for(scope: Scope, term: gast.expr, operand: Any, out: str) -> gast.expr:
    """The conjugate of a cotangent; of one for several arrays, which may have different shapes, that of each."""
    fact = scope.facts.get(operand.id) if isinstance(operand, gast.Name) else None
    count = (
        len(operand)
        if isinstance(operand, tuple)
        else len(fact.items)
        if isinstance(fact, Sequence_)
        else None
    )
    if count is None:
        return _conj(scope, term)
    whole = scope.atom(term, bar(out))
    parts = [gast.Subscript(value=whole, slice=build.constant(i), ctx=gast.Load()) for i in range(count)]
    return gast.List(elts=[scope.atom(_conj(scope, part), bar(out)) for part in parts], ctx=gast.Load())


def literal(node: gast.expr) -> Any:
    """The number that a literal stands for, or None."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        value = literal(node.operand)
        return None if value is None else -value
    if isinstance(node, gast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    return None


def times(scope: Scope, factor: gast.expr, partial: gast.expr, conjugate: bool) -> gast.expr:
    """`factor * partial`, without the product where the partial is 1 or -1."""
    number = literal(partial)
    if number == 1:
        return factor
    if number == -1:
        return gast.UnaryOp(op=gast.USub(), operand=factor)
    if conjugate and number is None:
        partial = _conj(scope, partial)
    return gast.BinOp(left=factor, op=gast.Mult(), right=partial)
