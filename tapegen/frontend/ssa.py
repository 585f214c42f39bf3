"""Single assignment: every version of a variable gets its own name.

    x = x * 2                         x_1 = x * 2
    s = 0.0                           s = 0.0
    for i in range(n):                for i in range(n):
        if i > 1:                         if i > 1:
            s = s + x          ->             s_2 = s + x_1
                                              s_1 = s_2
                                          else:
                                              s_1 = s
                                          s = s_1
    return s                          return s

Where paths meet, the phi functions of structured code stand: the last statements of both branches of an `if` bind the
merge variable, the last statement of a loop's body rebinds the carried ones. Only variables that are read
afterwards get one. Copies and constants bound to the frontend's own names (flags, mostly) vanish into their uses.

Source: Brandis and Moessenboeck, Single-Pass Generation of Static Single-Assignment Form for Structured Languages
(1994); pruned by liveness as in Cytron et al. (1991).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from typing import Any

import gast

from tapegen.lang import build
from tapegen.lang.core import loaded_names
from tapegen.lang.flatten import is_atom
from tapegen.lang.names import Namer

Env = dict[str, gast.expr]


def single_assignment(tree: gast.FunctionDef, namer: Namer, users: Set[str]) -> gast.FunctionDef:
    """`tree`, in A-normal form, with each local bound once up to merges and carried variables.

    Args:
        users: the names that the user wrote.
    """
    params = [arg.id for arg in tree.args.args]
    maker = _Maker(params, namer, users)
    env: Env = {name: build.load(name) for name in params}
    body: list[Any] = []
    maker.block(tree.body, env, body, frozenset())
    return build.function(tree.name, params, body, tree.origin)


class _Flow:
    """Which variables a piece of code reads before it binds them, and which it binds.

    `must` are those bound on every path, `may` those bound on some.
    """

    __slots__ = ("may", "must", "reads")

    def __init__(self, reads: set[str], must: set[str], may: dict[str, None]) -> None:
        self.reads, self.must, self.may = reads, must, may


class _Maker:
    def __init__(self, params: list[str], namer: Namer, users: Set[str]) -> None:
        self.namer = namer
        self.users = users
        self.versioned: set[str] = set(params)
        self.reads: Counter[str] = Counter()
        self.plain: dict[
            str, list[Any]
        ] = {}  # SSA names bound once by a plain assignment -> the block they are in
        self.flows: dict[int, _Flow] = {}

    # Data flow on the code before renaming

    def flow(self, stmt: Any) -> _Flow:
        known = self.flows.get(id(stmt))
        if known is None:
            known = self.flows[id(stmt)] = self._flow(stmt)
        return known

    def _flow(self, stmt: Any) -> _Flow:
        match stmt:
            case gast.If():
                reads = loaded_names(stmt.test)
                one, two = self.flow_of(stmt.body), self.flow_of(stmt.orelse)
                ends = _always_raises(stmt.body), _always_raises(stmt.orelse)
                must = two.must if ends[0] else one.must if ends[1] else one.must & two.must
                return _Flow(reads | one.reads | two.reads, must, one.may | two.may)
            case gast.For():
                reads = loaded_names(stmt.iter)
                body = self.flow_of(stmt.body)
                target = stmt.target.id
                return _Flow(reads | (body.reads - {target}), set(), {target: None} | body.may)
            case gast.While():
                body = self.flow_of(stmt.body)
                return _Flow(loaded_names(stmt.test) | body.reads, set(), body.may)
        reads = loaded_names(stmt)
        bound: dict[str, None] = {}
        if isinstance(stmt, gast.Assign):
            target = stmt.targets[0]
            if isinstance(target, gast.Name):
                bound = {target.id: None}
            elif isinstance(target, gast.Tuple):
                bound = {t.id: None for t in target.elts}
        return _Flow(reads, set(bound), bound)

    def flow_of(self, body: list[Any]) -> _Flow:
        reads: set[str] = set()
        must: set[str] = set()
        may: dict[str, None] = {}
        for stmt in body:
            one = self.flow(stmt)
            reads |= one.reads - must
            must = must | one.must
            may |= one.may
        return _Flow(reads, must, may)

    def live_after(self, body: list[Any], live: frozenset[str]) -> list[frozenset[str]]:
        """What is read after each statement of a block, given what is read after the block."""
        out: list[frozenset[str]] = []
        for stmt in reversed(body):
            out.append(live)
            one = self.flow(stmt)
            live = (live - one.must) | one.reads
        out.reverse()
        return out

    # Renaming

    def version(self, name: str) -> str:
        if name not in self.versioned:
            self.versioned.add(name)
            return name
        return self.namer(name)

    def rename(self, node: Any, env: Env) -> Any:
        kind = type(node)
        if kind is gast.Name:
            value = env.get(node.id)
            if value is None:
                return build.load(node.id)
            if type(value) is gast.Name:
                self.reads[value.id] += 1
                return build.load(value.id)
            return build.clone(value)
        if kind is gast.Constant:
            return build.constant(node.value)
        if not isinstance(node, gast.AST) or not node._fields:
            return node
        parts = []
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                value = [self.rename(item, env) for item in value]
            elif isinstance(value, gast.AST):
                value = self.rename(value, env)
            parts.append(value)
        return kind(*parts)

    def block(self, body: list[Any], env: Env, out: list[Any], live: frozenset[str]) -> None:
        for stmt, after in zip(body, self.live_after(body, live), strict=True):
            self.statement(stmt, env, out, after)

    def statement(self, stmt: Any, env: Env, out: list[Any], after: frozenset[str]) -> None:
        match stmt:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Name(id=value)) if name == value:
                pass
            case gast.Assign(targets=[gast.Name() as target]):
                if target.id not in self.users and is_atom(stmt.value):
                    env[target.id] = self.rename(stmt.value, env)
                    return
                value = self.rename(stmt.value, env)
                name = self.version(target.id)
                out.append(build.assign(name, value, stmt.origin))
                env[target.id] = build.load(name)
                self.plain[name] = out
            case gast.Assign(targets=[gast.Tuple() as target]):
                values = [self.rename(value, env) for value in stmt.value.elts]
                for one, value in zip(target.elts, values, strict=True):
                    name = self.version(one.id)
                    out.append(build.assign(name, value, stmt.origin))
                    env[one.id] = build.load(name)
                    self.plain[name] = out
            case gast.If(body=[gast.Break()]):
                out.append(build.if_(self.rename(stmt.test, env), [gast.Break()], [], stmt.origin))
                out[-1].body[0].origin = stmt.origin
            case gast.If():
                self.branch(stmt, env, out, after)
            case gast.For() | gast.While():
                self.loop(stmt, env, out, after)
            case gast.Pass():
                pass
            case _:
                out.append(build.at(self.rename(stmt, env), stmt.origin))

    def branch(self, stmt: gast.If, env: Env, out: list[Any], after: frozenset[str]) -> None:
        test = self.rename(stmt.test, env)
        may = self.flow_of(stmt.body).may | self.flow_of(stmt.orelse).may
        ends = _always_raises(stmt.body), _always_raises(stmt.orelse)
        merged = {} if any(ends) else {name: self.version(name) for name in may if name in after}
        one, two = dict(env), dict(env)
        body: list[Any] = []
        orelse: list[Any] = []
        self.block(stmt.body, one, body, after)
        self.block(stmt.orelse, two, orelse, after)
        for name, merge in merged.items():
            for branch, block in ((one, body), (two, orelse)):
                block.append(build.assign(merge, self.value(name, branch), stmt.origin))
            env[name] = build.load(merge)
        if any(ends):
            env.update(two if ends[0] else one)
        out.append(build.if_(test, body or _nothing(stmt.origin), orelse, stmt.origin))

    def value(self, name: str, env: Env) -> gast.expr:
        """The current version of a variable; None where the user's program would find it unbound."""
        current = env.get(name)
        if current is None:
            return build.constant(None)
        if isinstance(current, gast.Name):
            self.reads[current.id] += 1
            return build.load(current.id)
        return build.clone(current)

    def loop(self, stmt: Any, env: Env, out: list[Any], after: frozenset[str]) -> None:
        is_for = isinstance(stmt, gast.For)
        flow = self.flow_of(stmt.body)
        head = self.rename(stmt.iter, env) if is_for else None
        target: str = stmt.target.id if is_for else ""
        entry = flow.reads | after
        if is_for:
            entry_reads = (flow.reads - {target}) | after
        else:
            entry_reads = entry | loaded_names(stmt.test)
        bound = ({target: None} if is_for else {}) | flow.may
        carried: dict[str, str] = {}
        for name in bound:
            if name in entry_reads:
                carried[name] = self.carry(name, env, out, stmt.origin)
        inner = dict(env)
        for name, version in carried.items():
            inner[name] = env[name] = build.load(version)
        test = None if is_for else self.rename(stmt.test, inner)
        index = ""
        if is_for:
            # A target that outlives the loop is carried under one name and counted under another.
            index = self.version(target) if target not in carried else self.namer(target)
            inner[target] = build.load(index)
        body: list[Any] = []
        live = frozenset(entry_reads)
        stop = stmt.body[-1] if is_for and _is_stop(stmt.body[-1]) else None
        if stop is not None:
            live |= loaded_names(stop.test)
        self.block(stmt.body[:-1] if stop is not None else stmt.body, inner, body, live)
        stopped: Any = None
        where = getattr(stop, "origin", None)
        if stop is not None:
            flag = stop.test.id
            stopped = build.load(carried[flag]) if flag in carried else self.rename(stop.test, inner)
            if isinstance(stopped, gast.Constant) and not stopped.value:
                stopped = None
            elif isinstance(stopped, gast.Constant):  # the flag is always set here: it still needs a name
                name = self.version(flag)
                body.append(build.assign(name, stopped, where))
                stopped = build.load(name)
        moves = [
            (c, self.value(name, inner)) for name, c in carried.items() if not _is_name(inner.get(name), c)
        ]
        if moves:
            body.append(build.move([c for c, _ in moves], [v for _, v in moves], stmt.origin))
        if stopped is not None:
            body.append(build.if_(stopped, [build.at(gast.Break(), where)], [], where))
        body = body or _nothing(stmt.origin)
        if is_for:
            out.append(build.for_(index, head, body, stmt.origin))
        else:
            out.append(build.while_(test, body, stmt.origin))

    def carry(self, name: str, env: Env, out: list[Any], origin: Any) -> str:
        """The name that carries a variable through a loop, bound before it."""
        current = env.get(name)
        if (
            isinstance(current, gast.Name)
            and self.plain.get(current.id) is out
            and not self.reads[current.id]
        ):
            # Its only reader is this loop: let the initial value have the name itself.
            del self.plain[current.id]
            return str(current.id)
        initial = self.value(name, env)
        version = self.version(name)
        out.append(build.assign(version, initial, origin))
        return version


def _nothing(origin: Any) -> list[Any]:
    return [build.at(gast.Pass(), origin)]


def _is_name(node: Any, name: str) -> bool:
    return isinstance(node, gast.Name) and node.id == name


def _is_stop(stmt: Any) -> bool:
    return isinstance(stmt, gast.If) and len(stmt.body) == 1 and isinstance(stmt.body[0], gast.Break)


def _always_raises(body: list[Any]) -> bool:
    return bool(body) and (
        isinstance(body[-1], gast.Raise)
        or (
            isinstance(body[-1], gast.If)
            and _always_raises(body[-1].body)
            and _always_raises(body[-1].orelse)
        )
    )
