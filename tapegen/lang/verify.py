"""Whether a tree is legal Core: the grammar and the name discipline of docs/architecture.md, section 1."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import NoReturn

import gast

from tapegen.errors import InternalError
from tapegen.lang.bindings import check_bindings
from tapegen.lang.core import Core
from tapegen.lang.names import check_identifiers
from tapegen.lang.printable import printable


def verify(core: Core, *, folded: bool = False, single: bool = True) -> None:
    """Check that `core` is legal Core.

    Args:
        core: the function.
        folded: allow nested expressions anywhere, as there are after the optimiser folded temporaries.
        single: check single assignment; False after the optimiser gave several values one name.
    Raises: InternalError naming the first statement at fault.

    >>> from tapegen.lang.build import function, load, quote, return_
    >>> verify(Core(function("f", ["x"], [return_(load("x"))])))
    >>> verify(Core(function("f", ["x"], [return_(quote("x + 1"))])))
    Traceback (most recent call last):
    tapegen.InternalError: not Core: return x + 1
      why: an atom is a name, a constant, or a negated constant
    """
    tree = core.tree
    check_identifiers(tree)
    _check_parameters(tree)
    if not tree.body or not isinstance(tree.body[-1], gast.Return):
        _fail(tree, "the last statement is a return")
    body = tree.body[1:] if _is_docstring(tree.body[0]) else tree.body
    grammar = _Grammar(folded)
    for stmt in body[:-1]:
        grammar.statement(stmt)
    value = body[-1].value
    grammar.atom(body[-1], value if value is not None else gast.Constant(None, None))
    if single:
        check_bindings(core)
    _check_defined(core)


class _Grammar:
    """The productions, one method each. Each raises if its tree does not fit."""

    def __init__(self, folded: bool) -> None:
        self.folded = folded

    def block(self, stmt: gast.stmt, body: list[gast.stmt], *, breaks: bool = False) -> None:
        if not body:
            _fail(stmt, "a block holds at least one statement")
        *rest, last = body
        for inner in rest:
            self.statement(inner)
        if not (breaks and is_break(last)):
            self.statement(last)

    def statement(self, stmt: gast.stmt) -> None:
        if isinstance(stmt, gast.Assign):
            self.assignment(stmt)
        elif isinstance(stmt, gast.AugAssign):
            if not isinstance(stmt.target, gast.Subscript) or not isinstance(stmt.op, (gast.Add, gast.Sub)):
                _fail(stmt, "only an element takes an augmented assignment, += or -=")
            self.element(stmt, stmt.target)
            self.atom(stmt, stmt.value)
        elif isinstance(stmt, gast.Expr):
            if not isinstance(stmt.value, gast.Call):
                _fail(stmt, "an expression that stands alone is a call")
            self.expression(stmt, stmt.value)
        elif isinstance(stmt, gast.If):
            self.pure(stmt, stmt.test)
            self.block(stmt, stmt.body)
            for inner in stmt.orelse:
                self.statement(inner)
        elif isinstance(stmt, gast.For):
            self.loop(stmt)
        elif isinstance(stmt, gast.While):
            self.pure(stmt, stmt.test)
            self.no_else(stmt)
            self.block(stmt, stmt.body)
        elif isinstance(stmt, (gast.Raise, gast.Assert)):
            for child in gast.iter_child_nodes(stmt):
                self.pure(stmt, child)
        elif isinstance(stmt, gast.Return):
            _fail(stmt, "there is one return, the last statement of the function")
        elif not isinstance(stmt, gast.Pass):
            _fail(stmt, f"Core has no {type(stmt).__name__} here")

    def assignment(self, stmt: gast.Assign) -> None:
        if len(stmt.targets) != 1:
            _fail(stmt, "an assignment has one target")
        target, value = stmt.targets[0], stmt.value
        if isinstance(target, gast.Name):
            self.expression(stmt, value)
        elif isinstance(target, gast.Tuple):
            if not all(isinstance(name, gast.Name) for name in target.elts):
                _fail(stmt, "a parallel move binds names")
            if isinstance(value, gast.Tuple) and len(value.elts) == len(target.elts):
                for element in value.elts:
                    self.atom(stmt, element)
            elif not self.folded:
                _fail(stmt, "a parallel move has as many values as names")
        elif isinstance(target, gast.Subscript):
            self.element(stmt, target)
            self.atom(stmt, value)
        elif isinstance(target, gast.Attribute):
            self.atom(stmt, target.value)
            self.atom(stmt, value)
        else:
            _fail(stmt, "a target is a name, a tuple of names, an element or an attribute")

    def loop(self, stmt: gast.For) -> None:
        names = stmt.target.elts if isinstance(stmt.target, gast.Tuple) else [stmt.target]
        if not all(isinstance(name, gast.Name) for name in names):
            _fail(stmt, "a loop binds names")
        self.iterable(stmt, stmt.iter)
        self.no_else(stmt)
        self.block(stmt, stmt.body, breaks=True)

    def iterable(self, stmt: gast.stmt, node: gast.expr) -> None:
        callee = node.func.id if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) else None
        if callee == "range":
            for argument in node.args:
                self.pure(stmt, argument)
        elif callee in ("reversed", "zip"):
            for argument in node.args:
                self.iterable(stmt, argument)
        elif not isinstance(node, gast.Name):
            _fail(stmt, "a loop runs over range, a list, or reversed and zip of these")

    def no_else(self, stmt: gast.For | gast.While) -> None:
        if stmt.orelse:
            _fail(stmt, "a loop has no else")

    def expression(self, stmt: gast.stmt, node: gast.expr) -> None:
        if self.folded or isinstance(node, gast.JoinedStr):
            self.pure(stmt, node)
        elif isinstance(node, gast.Subscript):
            self.element(stmt, node)
        elif isinstance(node, gast.Call):
            if isinstance(node.func, gast.Attribute):
                self.dotted(stmt, node.func)
            elif not isinstance(node.func, gast.Name):
                _fail(stmt, "a callee is a dotted name, or a method of an atom")
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                self.atom(stmt, argument.value if isinstance(argument, gast.Starred) else argument)
        elif isinstance(node, gast.Attribute):
            self.dotted(stmt, node)
        elif isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare, gast.Tuple, gast.List, gast.Dict)):
            if isinstance(node, gast.Compare) and len(node.ops) != 1:
                _fail(stmt, "a comparison has two sides")
            for child in gast.iter_child_nodes(node):
                if isinstance(child, gast.expr):
                    self.atom(stmt, child)
        else:
            self.atom(stmt, node)

    def dotted(self, stmt: gast.stmt, node: gast.expr) -> None:
        while isinstance(node, gast.Attribute):
            node = node.value
        self.atom(stmt, node)

    def element(self, stmt: gast.stmt, node: gast.Subscript) -> None:
        self.atom(stmt, node.value)
        self.index(stmt, node.slice)

    def index(self, stmt: gast.stmt, node: gast.expr) -> None:
        if isinstance(node, gast.Tuple):
            for element in node.elts:
                self.index(stmt, element)
        elif isinstance(node, gast.Slice):
            for bound in gast.iter_child_nodes(node):
                self.pure(stmt, bound)
        else:
            self.pure(stmt, node)

    def atom(self, stmt: gast.stmt, node: gast.expr) -> None:
        if self.folded:
            self.pure(stmt, node)
        elif not is_atom(node):
            _fail(stmt, "an atom is a name, a constant, or a negated constant")
        elif isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            _fail(stmt, f"{node.id} is read, so its context is Load")

    def pure(self, stmt: gast.stmt, node: gast.AST) -> None:
        for inner in gast.walk(node):
            if isinstance(inner, _NEVER):
                _fail(stmt, f"Core has no {type(inner).__name__}")
            if isinstance(inner, gast.Name) and not isinstance(inner.ctx, gast.Load):
                _fail(stmt, f"{inner.id} is read, so its context is Load")


_NEVER = (
    gast.Lambda,
    gast.ListComp,
    gast.SetComp,
    gast.DictComp,
    gast.GeneratorExp,
    gast.NamedExpr,
    gast.Yield,
    gast.YieldFrom,
    gast.Await,
)


def is_atom(node: gast.AST | None) -> bool:
    """Whether `node` is a name, a constant, or a negated constant."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        return isinstance(node.operand, gast.Constant)
    return isinstance(node, (gast.Name, gast.Constant))


def is_break(stmt: gast.stmt) -> bool:
    """Whether `stmt` is `if Name: break`."""
    return (
        isinstance(stmt, gast.If)
        and isinstance(stmt.test, gast.Name)
        and len(stmt.body) == 1
        and isinstance(stmt.body[0], gast.Break)
        and not stmt.orelse
    )


def _is_docstring(stmt: gast.stmt) -> bool:
    return (
        isinstance(stmt, gast.Expr)
        and isinstance(stmt.value, gast.Constant)
        and isinstance(stmt.value.value, str)
    )


def _check_parameters(tree: gast.FunctionDef) -> None:
    arguments = tree.args
    if (
        arguments.posonlyargs
        or arguments.kwonlyargs
        or arguments.vararg
        or arguments.kwarg
        or arguments.defaults
    ):
        _fail(tree, "parameters are plain names")
    names = [arg.id for arg in arguments.args]
    if len(set(names)) < len(names):
        _fail(tree, "parameters differ in their names")


def _check_defined(core: Core) -> None:
    """Each name read is bound before on every path, or is free and has a meaning."""
    params = set(core.params)
    assigned = {name.id for stmt in core.statements for name in _targets(stmt)}
    for name in sorted((params | assigned) & set(core.namespace)):
        _fail(core.tree, f"{name} is assigned but stands for an object of the namespace")
    known = params | (set(core.namespace) | set(vars(builtins))) - assigned
    _defined_after(core.body, known)


def _targets(stmt: gast.stmt) -> Iterator[gast.Name]:
    """The names that `stmt` itself binds."""
    roots = (
        stmt.targets if isinstance(stmt, gast.Assign) else [stmt.target] if isinstance(stmt, gast.For) else []
    )
    for root in roots:
        for node in gast.walk(root):
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store):
                yield node


def _defined_after(body: list[gast.stmt], known: set[str]) -> set[str] | None:
    """The names bound after `body`, given those before; None if control never gets there."""
    for stmt in body:
        _check_reads(stmt, known)
        bound = {name.id for name in _targets(stmt)}
        if isinstance(stmt, gast.If):
            ends = [_defined_after(stmt.body, set(known)), _defined_after(stmt.orelse, set(known))]
            reached = [end for end in ends if end is not None]
            if not reached:
                return None
            known = set.intersection(*reached)
        elif isinstance(stmt, (gast.For, gast.While)):
            _defined_after(stmt.body, known | bound)
        elif isinstance(stmt, (gast.Raise, gast.Return, gast.Break)):
            return None
        else:
            known = known | bound
    return known


def _check_reads(stmt: gast.stmt, known: set[str]) -> None:
    """The expressions of `stmt` itself, not of the blocks within, read only `known` names."""
    for field, value in gast.iter_fields(stmt):
        if field in ("body", "orelse"):
            continue
        for root in value if isinstance(value, list) else [value]:
            for node in gast.walk(root) if isinstance(root, gast.AST) else ():
                if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load) and node.id not in known:
                    _fail(stmt, f"{node.id} is read but not bound on every path to here")


def _fail(stmt: gast.AST, why: str) -> NoReturn:
    try:
        tree = ast.fix_missing_locations(printable([stmt]).module)
        text = ast.unparse(tree).strip().partition("\n")[0]
    except Exception:  # a tree so wrong that it does not print
        text = gast.dump(stmt)
    raise InternalError(f"not Core: {text}", origin=getattr(stmt, "origin", None), why=why)
