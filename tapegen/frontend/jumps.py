"""`break`, `continue` and early `return` without jumps: what follows moves into the branch that goes on.

    for i in range(n):                    for i in range(n):
        if x[i] < 0:                          broke = False
            break                  ->         if x[i] < 0:
        s = s + x[i]                              broke = True
    return s                                  else:
                                                  s = s + x[i]
                                              if broke:
                                                  break
                                          return s

Where more than one path goes on, a flag is set and tested. A `while` takes its flag into its test. A `return` in a
loop sets the result and breaks. Afterwards there is one return, the last statement, and the only `break` is
`if flag: break` at the end of a `for`.

Source: the continuation is pushed into the branches as in Erosa and Hendren, Taming Control Flow (1994).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast

from tapegen.frontend.scope import Scope
from tapegen.lang import build

_RESULT = "result"
_LOOPS = (gast.For, gast.While)


def lower_jumps(body: list[Any], scope: Scope) -> list[Any]:
    """The body of a function with one return at its end."""
    jumps = _Jumps(scope)
    if jumps.exits(body)[0]:
        body = [*body, build.return_(build.constant(None))]
    if isinstance(body[-1], gast.Return) and not any(_returns([stmt]) for stmt in body[:-1]):
        return [*jumps.block(body[:-1], [], None), body[-1]]
    jumps.result = scope.namer(_RESULT)
    out = jumps.block(body, [], None)
    return [*out, build.return_(build.load(jumps.result), jumps.last_origin)]


def lower_loop_jumps(body: list[Any], scope: Scope) -> list[Any]:
    """Statements that have no return, their loops without jumps."""
    return _Jumps(scope).block(body, [], None)


@dataclass
class _Loop:
    """The innermost loop: the flags that a `break` and a `return` set."""

    broke: str | None
    returned: str | None


def _returns(body: list[Any]) -> bool:
    """Whether a return is nested in the statements."""
    for stmt in body:
        if isinstance(stmt, gast.Return):
            return True
        for field in ("body", "orelse"):
            if _returns(getattr(stmt, field, None) or []):
                return True
    return False


def _breaks(body: list[Any]) -> bool:
    """Whether the statements break the loop that they are the body of."""
    for stmt in body:
        if isinstance(stmt, gast.Break):
            return True
        inner = (
            [stmt.orelse]
            if isinstance(stmt, _LOOPS)
            else [getattr(stmt, f, None) for f in ("body", "orelse")]
        )
        if any(_breaks(block) for block in inner if block):
            return True
    return False


class _Jumps:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.result: str | None = None
        self.returned: str | None = None
        self.last_origin: Any = None
        self.known: dict[int, tuple[int, bool]] = {}
        self.kept: list[Any] = []  # keeps the statements alive whose ids are in `known`

    def exits(self, body: list[Any]) -> tuple[int, bool]:
        """On how many paths control reaches the end of a block, and whether some path jumps away."""
        falls, jumps = 1, False
        for stmt in body:
            count, away = self.exits_of(stmt)
            falls, jumps = falls * count, jumps or away
            if not count:
                break
        return falls, jumps

    def exits_of(self, stmt: Any) -> tuple[int, bool]:
        found = self.known.get(id(stmt))
        if found is None:
            if isinstance(stmt, gast.If):
                (one, left), (two, right) = self.exits(stmt.body), self.exits(stmt.orelse)
                found = (one + two, left or right) if left or right or not (one and two) else (1, False)
            elif isinstance(stmt, (gast.Break, gast.Continue, gast.Return)):
                found = (0, True)
            elif isinstance(stmt, gast.Raise):
                found = (0, False)
            elif isinstance(stmt, _LOOPS) and _is_endless(stmt):
                found = (0, _returns(stmt.body))
            elif isinstance(stmt, _LOOPS):
                found = (1, _returns([stmt]))
            else:
                found = (1, False)
            self.known[id(stmt)] = found
            self.kept.append(stmt)
        return found

    def block(self, body: list[Any], flags: list[str], loop: _Loop | None) -> list[Any]:
        """Lower a block; `flags` are set where it jumps."""
        out: list[Any] = []
        for position, stmt in enumerate(body):
            rest = body[position + 1 :]
            match stmt:
                case gast.Return():
                    return out + self.leave(stmt, flags, loop)
                case gast.Break():
                    assert loop is not None and loop.broke is not None
                    return out + self.set([loop.broke, *flags], stmt)
                case gast.Continue():
                    return out + self.set(flags, stmt)
                case gast.Raise():
                    return [*out, stmt]
                case gast.If():
                    lowered, done = self.branch(stmt, rest, flags, loop)
                    out += lowered
                    if done:
                        return out
                case gast.For() | gast.While():
                    lowered, follow = self.loop(stmt, loop)
                    out += lowered
                    if follow or _is_endless(stmt):
                        return out + self.block(follow if _is_endless(stmt) else follow + rest, flags, loop)
                case _:
                    out.append(stmt)
        return out

    def set(self, flags: list[str], stmt: Any) -> list[Any]:
        return [build.assign(flag, build.constant(True), stmt.origin) for flag in dict.fromkeys(flags)]

    def leave(self, stmt: gast.Return, flags: list[str], loop: _Loop | None) -> list[Any]:
        """`return value`: bind the result and, in a loop, break."""
        out = []
        self.last_origin = stmt.origin
        again = isinstance(stmt.value, gast.Name) and stmt.value.id == self.result
        if not again:
            out.append(build.assign(self.result or _RESULT, stmt.value or build.constant(None), stmt.origin))
        if loop is not None:
            assert loop.returned is not None
            raised = [loop.returned, loop.broke, *flags]
            return out + self.set([f for f in raised if f and not (again and f == loop.returned)], stmt)
        return out + self.set(flags, stmt)

    def branch(
        self, stmt: gast.If, rest: list[Any], flags: list[str], loop: _Loop | None
    ) -> tuple[list[Any], bool]:
        """An `if` and what follows it; says whether `rest` is dealt with."""
        (one, left), (two, right) = self.exits(stmt.body), self.exits(stmt.orelse)

        def lowered(body: list[Any], orelse: list[Any], extra: tuple[str, ...] = ()) -> gast.If:
            inner = [*flags, *extra]
            return build.if_(
                stmt.test, self.block(body, inner, loop), self.block(orelse, inner, loop), stmt.origin
            )

        if not one and not left:  # the branch always raises
            first = build.if_(stmt.test, self.block(stmt.body, flags, loop), [], stmt.origin)
            return [first, *self.block(stmt.orelse + rest, flags, loop)], True
        if not two and not right:
            negated = gast.UnaryOp(op=gast.Not(), operand=stmt.test)
            negated.origin = getattr(stmt.test, "origin", None)
            first = build.if_(negated, self.block(stmt.orelse, flags, loop), [], stmt.origin)
            return [first, *self.block(stmt.body + rest, flags, loop)], True
        if not left and not right:
            return [lowered(stmt.body, stmt.orelse)], False
        if not rest or not (one or two):
            return [lowered(stmt.body, stmt.orelse)], True
        if not one:
            return [lowered(stmt.body, stmt.orelse + rest)], True
        if not two:
            return [lowered(stmt.body + rest, stmt.orelse)], True
        flag = self.scope.namer("skip")
        return [
            build.assign(flag, build.constant(False), stmt.origin),
            lowered(stmt.body, stmt.orelse, (flag,)),
            build.if_(
                _negation(flag), self.block(rest, flags, loop), [], getattr(rest[0], "origin", stmt.origin)
            ),
        ], True

    def loop(self, stmt: Any, outer: _Loop | None) -> tuple[list[Any], list[Any]]:
        """A loop without jumps, and the statements, not lowered yet, that have to follow it."""
        origin = stmt.origin
        out: list[Any] = []
        breaks, returns = _breaks(stmt.body), _returns(stmt.body)
        if returns:
            if self.returned is None:
                self.returned = self.scope.namer("returned")
            if outer is None:
                out.append(build.assign(self.returned, build.constant(False), origin))
        broke = self.scope.namer("broke") if breaks else None
        flag = broke or (self.returned if returns else None)
        inner = _Loop(broke=flag, returned=self.returned)
        body = self.block(stmt.body, [], inner)
        clear = [] if broke is None else [build.assign(broke, build.constant(False), origin)]
        if isinstance(stmt, gast.While):
            out += clear
            test = stmt.test
            if flag is not None:
                test = _negation(flag)
                if not (isinstance(stmt.test, gast.Constant) and stmt.test.value):
                    test = gast.BoolOp(op=gast.And(), values=[test, stmt.test])
                test.origin = getattr(stmt.test, "origin", origin)
            out.append(build.while_(test, body, origin))
        else:
            if stmt.orelse:
                out += clear
            if flag is not None:
                stop = build.if_(build.load(flag), [gast.Break()], [], origin)
                fresh = [build.assign(broke, build.constant(False), origin)] if broke else []
                body = [*fresh, *body, stop]
            loop = gast.For(target=stmt.target, iter=stmt.iter, body=body, orelse=[], type_comment=None)
            out.append(build.at(loop, origin))
        follow: list[Any] = []
        if returns:
            leave = build.return_(build.load(self.result or _RESULT), origin)
            if _is_endless(stmt):
                return out, [leave]
            follow.append(build.if_(build.load(self.returned or ""), [leave], [], origin))
        if stmt.orelse:
            follow += [build.if_(_negation(broke), stmt.orelse, [], origin)] if broke else stmt.orelse
        return out, follow


def _negation(flag: str) -> gast.UnaryOp:
    return gast.UnaryOp(op=gast.Not(), operand=build.load(flag))


def _is_endless(stmt: Any) -> bool:
    """Whether a loop is left by `return` and `raise` only."""
    endless = isinstance(stmt, gast.While) and isinstance(stmt.test, gast.Constant) and bool(stmt.test.value)
    return endless and not _breaks(stmt.body)
