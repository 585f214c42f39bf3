"""`try` without jumps: the block is tried in plain Python first, and what it raises decides which way is taken.

    try:                                     def attempt(a, b):
        x = np.linalg.solve(a, b)                x = np.linalg.solve(a, b)
    except LinAlgError:             ->       raised = exception_in(attempt, a, b)
        x = a.T @ b                          if raised is None:
                                                 x = np.linalg.solve(a, b)
                                             elif is_caught(raised, LinAlgError):
                                                 x = a.T @ b
                                             else:
                                                 raise raised

That is right for a block that does nothing but compute and bind variables, and whose variables nobody sees halfway.
Other blocks are refused: here, and, once the functions that it calls are known, by the linker.
"""

from __future__ import annotations

import builtins
import contextlib
import warnings
from dataclasses import replace
from typing import Any, cast

import gast

from tapegen.errors import TransformError
from tapegen.frontend.decorators import known_object
from tapegen.frontend.read_source import Source
from tapegen.frontend.scope import Scope
from tapegen.frontend.scoping import (
    FUNCTIONS,
    always_stored,
    bound_names,
    located,
    one_by_one,
    own_nodes,
    parameters,
    reads_before_stores,
)
from tapegen.kernels.functions import exception_in, is_caught
from tapegen.lang import build
from tapegen.lang.core import dotted
from tapegen.lang.walk import walk

ATTEMPT = "attempt"
_LOOPS = (gast.For, gast.While)
_JUMPS = (gast.Return, gast.Break, gast.Continue)


def lower_attempts(source: Source, scope: Scope) -> tuple[Source, dict[str, Any]]:
    """The source without `try` in the function's own statements, and what the new statements call.

    Raises: TransformError.
    """
    if isinstance(source.tree, gast.Lambda):
        return source, {}
    if not any(isinstance(node, (gast.Try, gast.With)) for node in own_nodes(source.tree.body)):
        return source, {}
    work = _Attempts(build.clone(source.tree), scope, source.function)
    work.tree.body = work.block(work.tree.body)
    return replace(source, tree=work.tree), work.given


class _Attempts:
    def __init__(self, tree: gast.FunctionDef, scope: Scope, function: Any) -> None:
        self.tree, self.scope, self.function = tree, scope, function
        self.taken = {n.id for n in walk(tree) if isinstance(n, gast.Name)}
        self.locals = parameters(tree) | bound_names(tree.body)
        self.locals -= {n.name for n in own_nodes(tree.body) if isinstance(n, gast.FunctionDef)}
        self.given: dict[str, Any] = {}

    def fresh(self, name: str) -> str:
        fresh, count = name, 0
        while fresh in self.taken:
            count += 1
            fresh = f"{name}_{count}"
        self.taken.add(fresh)
        return fresh

    def kernel(self, function: Any) -> gast.Name:
        name = next((n for n, known in self.given.items() if known is function), None)
        if name is None:
            name = self.fresh(function.__name__)
            self.given[name] = function
        return build.load(name)

    def block(self, body: list[Any]) -> list[Any]:
        out: list[Any] = []
        for stmt in body:
            if isinstance(stmt, gast.With):
                one_by_one(stmt)
                stmt = self.suppressing(stmt) or stmt
            if isinstance(stmt, gast.Try):
                out += self.attempt(stmt)
                continue
            if not isinstance(stmt, FUNCTIONS):
                for field in ("body", "orelse"):
                    block = getattr(stmt, field, None)
                    if isinstance(block, list):
                        setattr(stmt, field, self.block(block))
                for case in getattr(stmt, "cases", ()):
                    case.body = self.block(case.body)
            out.append(stmt)
        return out

    def suppressing(self, stmt: gast.With) -> gast.Try | None:
        """`with contextlib.suppress(E): ...` as `try: ...` with `except E: pass`."""
        call = stmt.items[0].context_expr
        if not isinstance(call, gast.Call) or call.keywords or len(stmt.items) > 1:
            return None
        if known_object(call.func, self.function) is not contextlib.suppress:
            return None
        kind = call.args[0] if len(call.args) == 1 else build.tuple_of(call.args)
        handler = gast.ExceptHandler(type=kind, name=None, body=[gast.Pass()])
        fresh = gast.Try(body=stmt.body, handlers=[handler], orelse=[], finalbody=[])
        return cast(gast.Try, self.at(located(fresh, stmt), stmt))

    def attempt(self, stmt: gast.Try) -> list[Any]:
        if stmt.finalbody:
            return self.finally_(stmt)
        if all(map(self.only_reports, stmt.handlers)):
            return self.block([*stmt.body, *stmt.orelse])
        self.check_halfway(stmt)
        raised = self.fresh("raised")
        out = self.probe(stmt.body, raised, stmt)
        chain: list[Any] = [self.reraise(raised, stmt)]
        for handler in reversed(stmt.handlers):
            inner: list[Any] = []
            if handler.name is not None:
                inner.append(self.at(build.assign(build.store(handler.name.id), build.load(raised)), handler))
            inner += self.block(_raising(handler.body, raised))
            if handler.type is None:
                chain = inner
                continue
            func = self.kernel(is_caught)
            test = self.at(build.call(func, build.load(raised), handler.type), handler)
            chain = [self.at(build.if_(test, inner, chain), handler)]
        none = gast.Compare(left=build.load(raised), ops=[gast.Is()], comparators=[build.constant(None)])
        body = self.block([*stmt.body, *stmt.orelse])
        return [*out, self.at(build.if_(self.at(none, stmt), body, chain), stmt)]

    def only_reports(self, handler: Any) -> bool:
        """Whether a handler hands every exception on, and prints or warns at most: then it decides nothing.

        What it says is not said by generated code. Any other call may write what the caller sees.
        """
        *first, last = handler.body
        return (
            isinstance(last, gast.Raise)
            and last.exc is None
            and all(
                isinstance(stmt, gast.Expr)
                and isinstance(stmt.value, gast.Call)
                and self.outside(stmt.value.func) in (builtins.print, warnings.warn)
                for stmt in first
            )
        )

    def outside(self, node: gast.expr) -> Any:
        """The object behind a dotted name of the module or of Python; None for names of functions."""
        root, *parts = dotted(node) or ("",)
        if root in self.locals or root in self.function.__code__.co_freevars:
            return None
        found = self.function.__globals__.get(root, getattr(builtins, root, None))
        for part in parts:
            found = getattr(found, part, None)
        return found

    def finally_(self, stmt: gast.Try) -> list[Any]:
        """`try: ... finally: ...`: what is left to do before each way out."""
        inner: list[Any] = stmt.body
        if stmt.handlers:
            fresh = gast.Try(body=stmt.body, handlers=stmt.handlers, orelse=stmt.orelse, finalbody=[])
            inner = [located(fresh, stmt)]
        if any(isinstance(n, _JUMPS) for n in walk(stmt.finalbody)):
            raise self.refuse(
                stmt.finalbody[0], "`finally` jumps", "it would hide an exception", "jump after it"
            )
        halfway = bound_names(stmt.body[:-1]) | (
            set() if _is_one_binding(stmt.body[-1]) else bound_names(stmt.body)
        )
        seen = sorted(halfway & {n.id for n in walk(stmt.finalbody) if isinstance(n, gast.Name)})
        if seen:
            raise self.halfway(stmt.finalbody[0], seen[0])
        out: list[Any] = []
        if any(isinstance(n, (gast.Call, gast.Subscript, gast.Attribute)) for n in walk(stmt.finalbody)):
            raised = self.fresh("raised")
            out = self.probe(inner, raised, stmt)
            found = gast.Compare(
                left=build.load(raised), ops=[gast.IsNot()], comparators=[build.constant(None)]
            )
            leave = [*self.block(build.clone(stmt.finalbody)), self.reraise(raised, stmt)]
            out.append(self.at(build.if_(self.at(found, stmt), leave, []), stmt))
        left = self.leaving(self.block(build.clone(inner)), stmt.finalbody, in_loop=False)
        ends = bool(left) and isinstance(left[-1], _JUMPS)
        return [*out, *left, *([] if ends else self.block(stmt.finalbody))]

    def leaving(self, body: list[Any], last: list[Any], in_loop: bool) -> list[Any]:
        """The block with `last` before each jump out of it."""
        out: list[Any] = []
        for stmt in body:
            if isinstance(stmt, gast.Return):
                if stmt.value is not None and not isinstance(stmt.value, gast.Constant):
                    value = self.fresh("value")
                    out.append(self.at(build.assign(value, stmt.value), stmt))
                    stmt = located(build.return_(build.load(value)), stmt)
                out += [*self.block(build.clone(last)), stmt]
                continue
            if isinstance(stmt, (gast.Break, gast.Continue)) and not in_loop:
                out += [*self.block(build.clone(last)), stmt]
                continue
            if not isinstance(stmt, FUNCTIONS):
                inner = in_loop or isinstance(stmt, _LOOPS)
                for field in ("body", "orelse"):
                    block = getattr(stmt, field, None)
                    if isinstance(block, list):
                        setattr(stmt, field, self.leaving(block, last, inner if field == "body" else in_loop))
                for case in getattr(stmt, "cases", ()):
                    case.body = self.leaving(case.body, last, in_loop)
            out.append(stmt)
        return out

    def probe(self, body: list[Any], raised: str, like: Any) -> list[Any]:
        """`raised = exception_in(attempt, ...)`, and the definition of `attempt`."""
        name = self.fresh(ATTEMPT)
        params = sorted(reads_before_stores(body) & self.locals)
        inner = _without_jumps(build.clone(body), like)
        if any(isinstance(n, (gast.Nonlocal, gast.Global)) for n in own_nodes(inner)):
            raise self.refuse(like, "it declares names of other functions", "", "declare them at the top")
        function = located(build.function(name, [], inner), like)
        function.args.args = [located(build.param(p), like) for p in params]
        args = [build.load(p) for p in params]
        call = build.call(self.kernel(exception_in), build.load(name), *args)
        return [function, self.at(build.assign(raised, call), like)]

    def at(self, node: Any, like: Any) -> Any:
        """`node`, and what in it has no position yet, at the place of `like`."""
        for inner in walk(node):
            if getattr(inner, "lineno", None) is None:
                located(inner, like)
        return node

    def reraise(self, raised: str, like: Any) -> Any:
        return self.at(gast.Raise(exc=build.load(raised), cause=None), like)

    def check_halfway(self, stmt: gast.Try) -> None:
        """Refuse a block that binds a variable and may then be interrupted, where the variable is read afterwards."""
        body = list(stmt.body)
        while len(body) > 1 and isinstance(body[-1], (gast.Break, gast.Continue, gast.Pass)):
            body.pop()  # these raise nothing
        *first, last = body
        bound = bound_names(first)
        if not _is_one_binding(last):
            bound |= bound_names([last])
        if not bound:
            return
        outside = _loads_outside(self.tree, {id(n) for s in (*stmt.body, *stmt.orelse) for n in walk(s)})
        for handler in stmt.handlers:
            ends = handler.body and isinstance(handler.body[-1], (gast.Raise, gast.Return))
            seen = reads_before_stores(handler.body) if ends else outside - always_stored(handler.body)
            seen |= reads_before_stores(handler.body)
            for name in sorted(bound & seen):
                raise self.halfway(stmt, name)

    def halfway(self, node: Any, name: str) -> TransformError:
        return self.refuse(
            node,
            f"`{name}` may be read after an exception",
            "whether the block had bound it then depends on where the exception came from",
            f"make the statement that binds `{name}` the only one in the block, or bind it in the handler",
        )

    def refuse(self, node: Any, what: str, why: str, instead: str) -> TransformError:
        return TransformError(
            f"cannot differentiate this `try`: {what}",
            origin=self.scope.origin(node),
            why=why or "which statements ran is only known when it runs",
            instead=instead,
        )


def _is_one_binding(stmt: Any) -> bool:
    """Whether all that can raise in a statement comes before what it binds."""
    if isinstance(stmt, gast.With) and not any(item.optional_vars for item in stmt.items):
        return len(stmt.body) == 1 and _is_one_binding(stmt.body[0])
    return isinstance(
        stmt, (gast.Assign, gast.AugAssign, gast.Return, gast.Expr, gast.AnnAssign, gast.Raise)
    ) and not any(isinstance(n, gast.NamedExpr) for n in walk(stmt))


def _loads_outside(tree: Any, inside: set[int]) -> set[str]:
    return {
        n.id
        for n in walk(tree.body)
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load) and id(n) not in inside
    }


def _raising(body: list[Any], raised: str) -> list[Any]:
    """A handler with `raise raised` for `raise`."""
    for stmt in body:
        if isinstance(stmt, gast.Raise) and stmt.exc is None:
            stmt.exc = located(build.load(raised), stmt)
        elif not isinstance(stmt, (*FUNCTIONS, gast.Try)):
            for field in ("body", "orelse"):
                block = getattr(stmt, field, None)
                if isinstance(block, list):
                    _raising(block, raised)
            for case in getattr(stmt, "cases", ()):
                _raising(case.body, raised)
    return body


def _without_jumps(body: list[Any], like: Any, in_loop: bool = False) -> list[Any]:
    """The block as the body of a function: what jumps out of it returns."""
    out: list[Any] = []
    for stmt in body:
        if isinstance(stmt, (gast.Break, gast.Continue)) and not in_loop:
            stmt = located(build.return_(located(build.constant(None), stmt)), stmt)
        elif not isinstance(stmt, FUNCTIONS):
            inner = in_loop or isinstance(stmt, _LOOPS)
            for field in ("body", "orelse", "finalbody"):
                block = getattr(stmt, field, None)
                if isinstance(block, list):
                    setattr(stmt, field, _without_jumps(block, like, inner if field == "body" else in_loop))
            for part in (*getattr(stmt, "cases", ()), *getattr(stmt, "handlers", ())):
                part.body = _without_jumps(part.body, like, in_loop)
        out.append(stmt)
    return out
