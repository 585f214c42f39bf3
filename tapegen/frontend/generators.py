"""Generator functions that a loop runs through: the generator is given the body of the loop, and calls it.

    def powers(v, n):                        def powers_each(consume, v, n):
        for _ in range(n):                       for _ in range(n):
            yield v                                  consume(v)
            v = v * v                ->              v = v * v
    for p in powers(x, 3):                   def consume(p):
        total += p                               nonlocal total
                                                 total += p
                                             powers_each(consume, x, 3)

So the two bodies take turns as Python has it. Where the loop is left early, `consume` says so, and the generator
returns. Source: Liskov et al., Abstraction Mechanisms in CLU (1977): iterators as procedures that take the loop's body.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import sys
import types
from dataclasses import replace
from typing import Any

import gast

from tapegen.errors import TransformError
from tapegen.frontend.decorators import known_object
from tapegen.frontend.read_source import Source, read_source
from tapegen.frontend.scope import Scope
from tapegen.frontend.scoping import (
    FUNCTIONS,
    bound_names,
    located,
    one_by_one,
    own_nodes,
    parameters,
    reads_before_stores,
)
from tapegen.lang import build
from tapegen.lang.walk import walk

_YIELDS = (gast.Yield, gast.YieldFrom)
_LOOPS = (gast.For, gast.While)
_COMPREHENSIONS = (gast.ListComp, gast.GeneratorExp)
_PLAIN = (gast.Assign, gast.AugAssign, gast.AnnAssign, gast.Return, gast.Expr)
_CONSUMERS = ("list", "tuple", "max", "min", "sorted")


def is_generator(node: Any) -> bool:
    """Whether the definition of a function has a `yield` of its own."""
    return isinstance(node, gast.FunctionDef) and any(isinstance(n, _YIELDS) for n in own_nodes(node.body))


def lower_generators(source: Source, scope: Scope, attribute: str) -> tuple[Source, dict[str, Any]]:
    """The source without loops over calls of generator functions, and what the new statements call.

    Args:
        attribute: under which a function carries its source.
    """
    if isinstance(source.tree, gast.Lambda):
        return source, {}
    probe = _Generators(source, source.tree, scope, attribute)
    nodes = own_nodes(source.tree.body, into_comprehensions=True)
    if not any(isinstance(n, gast.Call) and probe.definition(n) is not None for n in nodes):
        return source, {}
    tree = build.clone(source.tree)
    work = _Generators(source, tree, scope, attribute)
    body = work.block(tree.body)
    first = [work.at(build.assign(name, build.constant(None)), tree) for name in sorted(work.unbound)]
    tree.body = [*first, *body]
    return replace(source, tree=tree), work.given


_MANAGER = contextlib.contextmanager(lambda: None).__code__  # type: ignore[arg-type, return-value]


def is_manager(obj: Any) -> bool:
    """Whether `contextlib.contextmanager` made an object of a generator function."""
    home = (getattr(obj, "__module__", None) or "").partition(".")[0]
    library = home == "numpy" or home in sys.stdlib_module_names
    return isinstance(obj, types.FunctionType) and obj.__code__ is _MANAGER and not library


def _without_try(body: list[Any]) -> list[Any]:
    """The body of a context manager's generator without what it does where the block raises."""
    out: list[Any] = []
    for stmt in body:
        if isinstance(stmt, gast.Try) and any(isinstance(n, gast.Yield) for n in own_nodes([stmt])):
            out += _without_try([*stmt.body, *stmt.orelse, *stmt.finalbody])
        else:
            out.append(stmt)
    return out


def _targets(node: Any) -> list[Any]:
    """What a loop or `with` binds."""
    if isinstance(node, gast.For):
        return [node.target]
    return [i.optional_vars for i in getattr(node, "items", ()) if i.optional_vars is not None]


def _own_jumps(body: list[Any]) -> list[Any]:
    """The `break` and `continue` of a block that belong to loops around it."""
    found: list[Any] = []
    for stmt in body:
        if isinstance(stmt, (gast.Break, gast.Continue)):
            found.append(stmt)
        elif not isinstance(stmt, FUNCTIONS):
            fields = ("orelse",) if isinstance(stmt, _LOOPS) else ("body", "orelse", "finalbody")
            blocks = [getattr(stmt, field, None) for field in fields]
            blocks += [part.body for part in (*getattr(stmt, "cases", ()), *getattr(stmt, "handlers", ()))]
            found += [jump for block in blocks if isinstance(block, list) for jump in _own_jumps(block)]
    return found


class _Generators:
    def __init__(self, source: Source, tree: Any, scope: Scope, attribute: str) -> None:
        self.source, self.tree, self.scope, self.attribute = source, tree, scope, attribute
        self.taken = {n.id for n in walk(tree) if isinstance(n, gast.Name)}
        self.locals = parameters(tree) | bound_names(tree.body)
        self.inner = {n.name: n for n in own_nodes(tree.body) if is_generator(n)}
        self.given: dict[str, Any] = {}
        self.unbound: set[str] = set()  # variables that only loops over generators bind
        self.made: dict[tuple[Any, bool], str] = {}

    def fresh(self, name: str) -> str:
        fresh, count = name, 0
        while fresh in self.taken:
            count += 1
            fresh = f"{name}_{count}"
        self.taken.add(fresh)
        return fresh

    def definition(self, call: Any) -> Any | None:
        """The generator function that a call calls: an inner definition or a function object."""
        func = call.func
        if isinstance(func, gast.Name) and func.id in self.inner:
            return self.inner[func.id]
        root = func
        while isinstance(root, gast.Attribute):
            root = root.value
        if not isinstance(root, gast.Name) or root.id in self.locals:
            return None
        obj = known_object(func, self.source.function)
        obj = obj.__wrapped__ if is_manager(obj) else obj
        is_one = isinstance(obj, types.FunctionType) and obj.__code__.co_flags & 0x20
        return obj if is_one else None

    # Statements

    def block(self, body: list[Any]) -> list[Any]:
        out: list[Any] = []
        for stmt in body:
            if isinstance(stmt, FUNCTIONS):
                out.append(stmt)
                if is_generator(stmt):
                    out += [self.each(stmt, stops) for stops in (False, True)]
                continue
            if isinstance(stmt, _PLAIN):
                self.expressions(stmt, out)
            one_by_one(stmt)
            for field in ("body", "orelse", "finalbody"):
                block = getattr(stmt, field, None)
                if isinstance(block, list):
                    setattr(stmt, field, self.block(block))
            for part in (*getattr(stmt, "cases", ()), *getattr(stmt, "handlers", ())):
                part.body = self.block(part.body)
            if isinstance(stmt, gast.With) and self.manages(stmt.items[0].context_expr):
                out += self.managed(stmt)
                continue
            if isinstance(stmt, gast.For) and isinstance(stmt.iter, gast.Call):
                if self.definition(stmt.iter) is not None:
                    out += self.loop(stmt)
                    continue
            out.append(stmt)
        return out

    def manages(self, node: Any) -> bool:
        """Whether an expression calls what `contextlib.contextmanager` made of a generator function."""
        if not isinstance(node, gast.Call) or self.definition(node) is None:
            return False
        return is_manager(known_object(node.func, self.source.function))

    def managed(self, stmt: gast.With) -> list[Any]:
        """`with manager(...) as v: ...` as a loop over the one value that the generator gives."""
        item = stmt.items[0]
        if any(isinstance(n, (gast.Break, gast.Continue)) for n in _own_jumps(stmt.body)):
            raise TransformError(
                "cannot differentiate a jump out of this `with`",
                origin=self.scope.origin(stmt.items[0].context_expr),
                why="the context manager is a generator, which runs on after the block",
                instead="jump after the block, by a variable that says so",
            )
        name = self.fresh("managed")
        self.locals.add(name)
        target = item.optional_vars or build.store(name)
        loop = gast.For(target=target, iter=item.context_expr, body=stmt.body, orelse=[], type_comment=None)
        return self.loop(self.at(located(loop, stmt), stmt), managed=True)

    def loop(self, stmt: gast.For, managed: bool = False) -> list[Any]:
        """A loop over the call of a generator function, or what a `with` manages, which is left at the end only."""
        definition = self.definition(stmt.iter)
        assert definition is not None
        broke, returned, result = self.fresh("broke"), self.fresh("returned"), self.fresh("result")
        leaves: set[str] = set()
        body = self.leaving(stmt.body, broke, returned, result, leaves)
        item, consume = self.fresh("item"), self.fresh("consume")
        first = build.assign(stmt.target, build.load(item))
        names = sorted(self.shared(stmt, [first, *body]) | leaves)
        inner = [first, *body]
        if names:
            inner.insert(0, gast.Nonlocal(names=names))
        function = build.function(consume, [item], inner)
        call = gast.Call(
            func=build.load(self.runner(definition, bool(leaves) and not managed, managed)),
            args=[build.load(consume), *stmt.iter.args],
            keywords=stmt.iter.keywords,
        )
        out = [build.assign(name, build.constant(name == result and None)) for name in sorted(leaves)]
        out += [function, build.expression(call)]
        if returned in leaves:
            out.append(build.if_(build.load(returned), [build.return_(build.load(result))], []))
        if stmt.orelse:
            negated = gast.UnaryOp(op=gast.Not(), operand=build.load(broke))
            out += [build.if_(negated, stmt.orelse, [])] if broke in leaves else stmt.orelse
        self.locals |= leaves
        return [self.at(s, stmt) for s in out]

    def shared(self, stmt: gast.For, body: list[Any]) -> set[str]:
        """Variables of the body that outlive a round of the loop; those without a value before it get one."""
        inside = {id(n) for n in walk(stmt)}
        outside = [n for n in walk(self.tree.body) if id(n) not in inside and isinstance(n, gast.Name)]
        bound = bound_names(body) & self.locals
        read = {n.id for n in outside} | reads_before_stores(body)
        shared = bound & read
        # The targets of other loops may become variables of functions, as those of this one.
        heads = [part for n in walk(self.tree.body) for part in _targets(n)]
        others = {id(n) for part in heads for n in walk(part)}
        plain = {n.id for n in outside if not isinstance(n.ctx, gast.Load) and id(n) not in others}
        stored = plain | parameters(self.tree)
        self.unbound |= shared - stored
        return shared

    def leaving(
        self, body: list[Any], broke: str, returned: str, result: str, leaves: set[str], depth: int = 0
    ) -> list[Any]:
        """The body of a loop as that of a function, which returns True to have the loop left."""
        out: list[Any] = []
        for stmt in body:
            stop = build.return_(build.constant(True))
            if isinstance(stmt, gast.Return):
                leaves |= {returned, result}
                out += [build.assign(result, stmt.value or build.constant(None))]
                out += [build.assign(returned, build.constant(True)), stop]
            elif isinstance(stmt, gast.Break) and not depth:
                leaves.add(broke)
                out += [build.assign(broke, build.constant(True)), stop]
            elif isinstance(stmt, gast.Continue) and not depth:
                out.append(build.return_(build.constant(False)))
            else:
                if not isinstance(stmt, FUNCTIONS):
                    for field in ("body", "orelse", "finalbody"):
                        block = getattr(stmt, field, None)
                        if isinstance(block, list):
                            inner = depth + (isinstance(stmt, _LOOPS) and field == "body")
                            setattr(stmt, field, self.leaving(block, broke, returned, result, leaves, inner))
                    for part in (*getattr(stmt, "cases", ()), *getattr(stmt, "handlers", ())):
                        part.body = self.leaving(part.body, broke, returned, result, leaves, depth)
                out.append(stmt)
        return out

    # Expressions

    def expressions(self, stmt: Any, out: list[Any]) -> None:
        """Loops for the generators that an expression of the statement runs through."""
        value = getattr(stmt, "value", None)
        if value is None:
            return
        # Only what is evaluated in any case, and before anything else of the statement has an effect.
        stack: list[tuple[Any, str, int | None]] = [(stmt, "value", None)]
        while stack:
            holder, field, index = stack.pop()
            node = getattr(holder, field)
            node = node if index is None else node[index]
            fresh = self.consumed(node, out, stmt)
            if fresh is not None:
                if index is None:
                    setattr(holder, field, fresh)
                else:
                    getattr(holder, field)[index] = fresh
                continue
            if isinstance(
                node, (*FUNCTIONS, gast.IfExp, gast.BoolOp, *_COMPREHENSIONS, gast.DictComp, gast.SetComp)
            ):
                continue
            for name in getattr(node, "_fields", ()):
                child = getattr(node, name, None)
                if isinstance(child, list):
                    stack += [(node, name, k) for k, c in enumerate(child) if isinstance(c, gast.AST)]
                elif isinstance(child, gast.AST) and child._fields:
                    stack.append((node, name, None))

    def consumed(self, node: Any, out: list[Any], stmt: Any) -> gast.expr | None:
        """A name for a consumer of a generator, computed by a loop."""
        if not isinstance(node, (gast.Call, *_COMPREHENSIONS)):
            return None
        is_sum = self.calls(node, "sum")
        source = node.args[0] if isinstance(node, gast.Call) and node.args else node
        wrapped = isinstance(node, gast.Call) and any(self.calls(node, name) for name in _CONSUMERS)
        if isinstance(node, gast.Call) and not (is_sum or wrapped):
            return None
        if isinstance(node, gast.GeneratorExp):
            return None
        loop = self.running(source)
        if loop is None:
            return None
        target, call, tests, element = loop
        total = self.fresh("total" if is_sum else "items")
        self.locals.add(total)
        if is_sum:
            start = node.args[1] if len(node.args) > 1 else build.constant(0)
            step: Any = build.assign(total, gast.BinOp(left=build.load(total), op=gast.Add(), right=element))
        else:
            start = gast.List(elts=[], ctx=gast.Load())
            append = gast.Attribute(value=build.load(total), attr="append", ctx=gast.Load())
            step = build.expression(build.call(append, element))
        for test in reversed(tests):
            step = build.if_(test, [step], [])
        fresh = gast.For(target=target, iter=call, body=[step], orelse=[], type_comment=None)
        out.append(self.at(build.assign(total, start), stmt))
        out += self.loop(self.at(fresh, stmt))
        if not wrapped:
            return self.at(build.load(total), stmt)
        node.args[0] = self.at(build.load(total), stmt)
        return None

    def running(self, node: Any) -> tuple[Any, Any, list[Any], Any] | None:
        """Target, call, conditions and element of the loop that an expression stands for."""
        if isinstance(node, gast.Call) and self.definition(node) is not None:
            name = self.fresh("item")
            self.locals.add(name)
            return build.store(name), node, [], build.load(name)
        if not isinstance(node, _COMPREHENSIONS) or len(node.generators) != 1:
            return None
        part = node.generators[0]
        if not isinstance(part.iter, gast.Call) or self.definition(part.iter) is None:
            return None
        names = {n.id: self.fresh(n.id) for n in walk(part.target) if isinstance(n, gast.Name)}
        self.locals |= set(names.values())
        target, element, tests = (build.substitute(p, names) for p in (part.target, node.elt, part.ifs))
        return target, part.iter, tests, element

    def calls(self, node: Any, name: str) -> bool:
        """Whether a node calls a builtin."""
        if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Name) or node.func.id != name:
            return False
        known = self.source.function.__globals__.get(name, getattr(builtins, name))
        return name not in self.locals and known is getattr(builtins, name)

    # Generators that call

    def runner(self, definition: Any, stops: bool, managed: bool) -> str:
        """The name of a generator function that is given what to do with its values."""
        key = (definition, stops or managed)
        if isinstance(definition, gast.FunctionDef):
            return f"{definition.name}_each" + ("_until" if stops else "")
        if key not in self.made:
            name = self.fresh(f"{definition.__name__}_each")
            self.made[key] = name
            source = read_source(definition)
            if managed:
                tree = build.clone(source.tree)
                tree.body = _without_try(tree.body)
                source = replace(source, tree=tree)
            self.given[name] = self.compiled(source, stops)
        return self.made[key]

    def each(self, definition: gast.FunctionDef, stops: bool) -> gast.FunctionDef:
        """The generator function as one that calls `consume` for each value."""
        tree = build.clone(definition)
        tree.name = f"{definition.name}_each" + ("_until" if stops else "")
        tree.decorator_list = []
        consume = "consume"
        names = {n.id for n in walk(tree) if isinstance(n, gast.Name)}
        self.taken |= names  # also of functions of other modules
        while consume in names:
            consume += "_"
        first = located(build.param(consume), definition)
        tree.args = build.clone(tree.args)
        if tree.args.posonlyargs:
            tree.args.posonlyargs = [first, *tree.args.posonlyargs]
        else:
            tree.args.args = [first, *tree.args.args]
        tree.body = self.calling(tree.body, consume, stops)
        return tree

    def calling(self, body: list[Any], consume: str, stops: bool) -> list[Any]:
        out: list[Any] = []
        for stmt in body:
            if isinstance(stmt, FUNCTIONS):
                out.append(stmt)
                continue
            if isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.YieldFrom):
                name = self.fresh("part")
                given = gast.Expr(value=gast.Yield(value=build.load(name)))
                stmt = self.at(build.for_(name, stmt.value.value, [given]), stmt)
            if isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Yield):
                call = build.call(consume, stmt.value.value or build.constant(None))
                if stops:
                    stop = self.fresh("stop")
                    out.append(self.at(build.assign(stop, call), stmt))
                    fresh: Any = build.if_(build.load(stop), [build.return_(build.constant(None))], [])
                else:
                    fresh = build.expression(call)
                out.append(self.at(fresh, stmt))
                continue
            if isinstance(stmt, gast.Return):
                stmt = self.at(build.return_(build.constant(None)), stmt)
            for field in ("body", "orelse", "finalbody"):
                block = getattr(stmt, field, None)
                if isinstance(block, list):
                    setattr(stmt, field, self.calling(block, consume, stops))
            for part in (*getattr(stmt, "cases", ()), *getattr(stmt, "handlers", ())):
                part.body = self.calling(part.body, consume, stops)
            if any(isinstance(n, _YIELDS) for n in own_nodes([stmt])):
                raise TransformError(
                    "cannot differentiate a `yield` whose value is used",
                    origin=self.scope.origin(stmt),
                    why="what is sent to the generator is not followed",
                    instead="pass the value to a function",
                )
            out.append(stmt)
        return out

    def compiled(self, source: Source, stops: bool) -> Any:
        """The function object of a generator function of a module, calling `consume`."""
        original = source.function
        tree = self.each(source.tree, stops)
        names = original.__code__.co_freevars
        around = build.function("around", names, [build.clone(tree), build.return_(build.load(tree.name))])
        module = ast.fix_missing_locations(gast.gast_to_ast(gast.Module(body=[around], type_ignores=[])))
        space: dict[str, Any] = dict(original.__globals__)
        exec(compile(module, source.filename, "exec", dont_inherit=True), space)
        made = space["around"](*[None] * len(names))
        cells = dict(zip(names, original.__closure__ or (), strict=True))
        closure = tuple(cells[name] for name in made.__code__.co_freevars)
        function = types.FunctionType(
            made.__code__, original.__globals__, tree.name, original.__defaults__, closure
        )
        function.__kwdefaults__ = original.__kwdefaults__
        function.__module__ = original.__module__
        setattr(function, self.attribute, replace(source, tree=tree, function=function))
        return function

    def at(self, node: Any, like: Any) -> Any:
        """`node`, and what in it has no position yet, at the place of `like`."""
        for inner in walk(node):
            if getattr(inner, "lineno", None) is None:
                located(inner, like)
        return node
