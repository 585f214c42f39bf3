"""`match` as a chain of `if`.

match shape:                            if isinstance(shape, (list, tuple)) and len(shape) == 2 and shape[0] == "disc":
    case ("disc", r):                       r = shape[1]
        area = np.pi * r**2        ->       area = np.pi * r**2
    case _:                             else:
        area = 0.0                          area = 0.0
"""

from __future__ import annotations

from typing import Any

import gast

from tapegen.errors import TransformError
from tapegen.frontend.scope import Scope
from tapegen.frontend.targets import again
from tapegen.lang import build
from tapegen.lang.walk import walk

# Classes that match one positional sub-pattern against the subject itself.
_SELF_MATCHING = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


def lower_matches(body: list[Any], scope: Scope) -> list[Any]:
    """Statements without `match`."""
    out: list[Any] = []
    for stmt in body:
        if isinstance(stmt, gast.Match):
            out += _match(stmt, scope)
            continue
        for field in ("body", "orelse"):
            block = getattr(stmt, field, None)
            if block and isinstance(block, list):
                setattr(stmt, field, lower_matches(block, scope))
        out.append(stmt)
    return out


def _match(stmt: Any, scope: Scope) -> list[Any]:
    origin = stmt.origin
    out: list[Any] = []
    subject = stmt.subject
    captured = {n for case in stmt.cases for n in _captures(case.pattern)}
    if not isinstance(subject, gast.Name) or subject.id in captured:
        name = scope.namer("subject")
        out.append(build.assign(name, subject, origin))
        subject = build.load(name)
    chain: list[Any] = []
    for case in reversed([one for part in stmt.cases for one in _alternatives(part)]):
        tests: list[gast.expr] = []
        bindings: dict[str, gast.expr] = {}
        _pattern(case.pattern, subject, tests, bindings, scope)
        if case.guard is not None:
            tests.append(build.substitute(case.guard, bindings))
        assigned = [
            build.assign(name, build.at(again(value), origin), origin) for name, value in bindings.items()
        ]
        inner = [*assigned, *lower_matches(case.body, scope)]
        if not tests:
            chain = inner
            continue
        test = tests[0] if len(tests) == 1 else gast.BoolOp(op=gast.And(), values=tests)
        case_origin = getattr(case.body[0], "origin", None) or origin
        chain = [build.if_(build.at(test, case_origin), inner, chain, case_origin)]
    return out + chain


def _alternatives(case: Any) -> list[Any]:
    """A case for each alternative of a pattern whose alternatives bind names."""
    pattern = case.pattern
    if not isinstance(pattern, gast.MatchOr) or not _captures(pattern):
        return [case]
    return [
        gast.match_case(
            pattern=alternative,
            guard=None if case.guard is None else build.clone(case.guard),
            body=build.clone(case.body),
        )
        for alternative in pattern.patterns
    ]


def _captures(pattern: Any) -> set[str]:
    names = {n.name for n in walk(pattern) if isinstance(n, (gast.MatchAs, gast.MatchStar)) and n.name}
    return names | {n.rest for n in walk(pattern) if isinstance(n, gast.MatchMapping) and n.rest}


def _pattern(
    pattern: Any, subject: gast.expr, tests: list[gast.expr], bindings: dict[str, gast.expr], scope: Scope
) -> None:
    """Collect what `subject` has to satisfy and the names that it then binds."""
    match pattern:
        case gast.MatchAs():
            if pattern.pattern is not None:
                _pattern(pattern.pattern, subject, tests, bindings, scope)
            if pattern.name is not None:
                bindings[pattern.name] = subject
        case gast.MatchValue():
            tests.append(gast.Compare(left=again(subject), ops=[gast.Eq()], comparators=[pattern.value]))
        case gast.MatchSingleton():
            value = build.constant(pattern.value)
            tests.append(gast.Compare(left=again(subject), ops=[gast.Is()], comparators=[value]))
        case gast.MatchOr():
            ways: list[gast.expr] = []
            for alternative in pattern.patterns:
                if _captures(alternative):
                    raise _refused(pattern, "an alternative that binds a name", scope)
                parts: list[gast.expr] = []
                _pattern(alternative, subject, parts, bindings, scope)
                if not parts:
                    return
                ways.append(parts[0] if len(parts) == 1 else gast.BoolOp(op=gast.And(), values=parts))
            tests.append(gast.BoolOp(op=gast.Or(), values=ways))
        case gast.MatchSequence():
            _sequence(pattern.patterns, subject, tests, bindings, scope)
        case gast.MatchClass():
            _class(pattern, subject, tests, bindings, scope)
        case gast.MatchMapping():
            tests.append(scope.call("isinstance", again(subject), build.load(scope.use("dict"))))
            for key, part in zip(pattern.keys, pattern.patterns, strict=True):
                tests.append(gast.Compare(left=key, ops=[gast.In()], comparators=[again(subject)]))
                item = gast.Subscript(value=again(subject), slice=build.clone(key), ctx=gast.Load())
                _pattern(part, item, tests, bindings, scope)
            if pattern.rest is not None:
                bindings[pattern.rest] = _others(subject, pattern.keys, scope)
        case _:
            raise _refused(pattern, "this pattern", scope)


def _others(subject: gast.expr, keys: list[gast.expr], scope: Scope) -> gast.expr:
    """A dict of what is under other keys."""
    key, value = scope.namer("key"), scope.namer("value")
    items = gast.Attribute(value=again(subject), attr="items", ctx=gast.Load())
    listed = gast.List(elts=[build.clone(k) for k in keys], ctx=gast.Load())
    test = gast.Compare(left=build.load(key), ops=[gast.NotIn()], comparators=[listed])
    target = gast.Tuple(elts=[build.store(key), build.store(value)], ctx=gast.Store())
    part = gast.comprehension(target=target, iter=build.call(items), ifs=[test], is_async=0)
    return gast.DictComp(key=build.load(key), value=build.load(value), generators=[part])


def _sequence(
    patterns: list[Any],
    subject: gast.expr,
    tests: list[gast.expr],
    bindings: dict[str, gast.expr],
    scope: Scope,
) -> None:
    kinds = build.tuple_of([build.load(scope.use("list")), build.load(scope.use("tuple"))])
    tests.append(scope.call("isinstance", again(subject), kinds))
    stars = [k for k, part in enumerate(patterns) if isinstance(part, gast.MatchStar)]
    op = gast.GtE() if stars else gast.Eq()
    count = build.constant(len(patterns) - len(stars))
    tests.append(gast.Compare(left=scope.call("len", again(subject)), ops=[op], comparators=[count]))
    for k, part in enumerate(patterns):
        behind = len(patterns) - 1 - k
        if isinstance(part, gast.MatchStar):
            upper = gast.UnaryOp(op=gast.USub(), operand=build.constant(behind)) if behind else None
            piece = gast.Slice(lower=build.constant(k), upper=upper, step=None)
            rest = gast.Subscript(value=again(subject), slice=piece, ctx=gast.Load())
            if part.name is not None:
                bindings[part.name] = scope.call("list", rest)
            continue
        index: gast.expr = build.constant(k)
        if stars and k > stars[0]:
            index = gast.UnaryOp(op=gast.USub(), operand=build.constant(behind + 1))
        item = gast.Subscript(value=again(subject), slice=index, ctx=gast.Load())
        _pattern(part, item, tests, bindings, scope)


def _class(
    pattern: Any, subject: gast.expr, tests: list[gast.expr], bindings: dict[str, gast.expr], scope: Scope
) -> None:
    kind = scope.denotes(pattern.cls)
    if not isinstance(kind, type):
        raise _refused(pattern, "a class pattern whose class is not known", scope)
    tests.append(scope.call("isinstance", again(subject), pattern.cls))
    names: list[str] = list(pattern.kwd_attrs)
    parts = list(pattern.kwd_patterns)
    if pattern.patterns:
        if kind in _SELF_MATCHING:
            _pattern(pattern.patterns[0], subject, tests, bindings, scope)
        else:
            order = getattr(kind, "__match_args__", ())
            if len(order) < len(pattern.patterns):
                raise _refused(pattern, f"{kind.__name__} with this many positional patterns", scope)
            names = [*order[: len(pattern.patterns)], *names]
            parts = [*pattern.patterns, *parts]
    for name, part in zip(names, parts, strict=True):
        value = gast.Attribute(value=again(subject), attr=name, ctx=gast.Load())
        _pattern(part, value, tests, bindings, scope)


def _refused(node: Any, what: str, scope: Scope) -> TransformError:
    return TransformError(
        f"cannot differentiate `match` with {what}",
        origin=scope.origin(node),
        why="it has no simple test with the same meaning",
        instead="write `if` and `elif`",
    )
