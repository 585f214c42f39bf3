"""The tree that is printed: in `ast`'s own classes, constants made legal, every identifier looked at, in one walk."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

import gast

from tapegen.errors import InternalError
from tapegen.lang.literals import literal
from tapegen.lang.names import IDENTIFIERS, check_node, is_identifier


@dataclass
class Printable:
    """A module ready to be printed.

    Attributes:
        module: the tree. A statement with a comment carries it in its attribute `comment`.
        reads: the names that it reads.
        binds: the names that it binds, parameters aside.
    """

    module: ast.Module
    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)


def printable(body: list[gast.stmt], numpy_name: str | None = "np") -> Printable:
    """The statements `body` as they are printed; the trees themselves are left alone.

    Args:
        body: statements. Fields that whoever built them left out are filled in.
        numpy_name: the name of NumPy where they stand, or None if there is none.
    Raises: InternalError if a name is no identifier or a constant has no literal.

    >>> made = printable(gast.parse("y = -x").body)
    >>> ast.dump(made.module.body[0].value), made.reads, made.binds
    ("UnaryOp(op=USub(), operand=Name(id='x', ctx=Load()))", {'x'}, {'y'})
    """
    made = Printable(ast.Module(body=[], type_ignores=[]))
    convert = _Conversion(numpy_name, made)
    made.module.body = [convert(stmt) for stmt in body]
    return made


class _Conversion:
    """Nodes of gast to nodes of `ast`."""

    def __init__(self, numpy_name: str | None, made: Printable) -> None:
        self.numpy_name = numpy_name
        self.made = made

    def __call__(self, node: Any) -> Any:
        kind = type(node)
        if kind is gast.Name:
            return self.name(node)
        if kind is gast.Constant:
            return self.constant(node)
        target = _CLASSES.get(kind)
        if target is None:
            return _leaf(node)
        kind_of_ast, fields, checked = target
        if checked:
            check_node(node)
        given = node.__dict__
        fresh = kind_of_ast.__new__(kind_of_ast)
        contents = fresh.__dict__
        for name in fields:
            value = given.get(name)
            if type(value) is list:
                value = [self(item) if isinstance(item, gast.AST) else item for item in value]
            elif isinstance(value, gast.AST):
                value = self(value)
            elif value is None and name in _LISTS:
                value = []
            contents[name] = value
        if given.get("comment"):
            contents["comment"] = given["comment"]
        if kind is gast.JoinedStr:
            contents["values"] = _merged(contents["values"])
        elif kind is gast.ExceptHandler and isinstance(contents["name"], ast.Name):
            contents["name"] = contents["name"].id
        return fresh

    def name(self, node: gast.Name) -> ast.AST:
        name, context = node.id, type(node.ctx)
        if not is_identifier(name):
            check_node(node)
        if context is gast.Load:
            self.made.reads.add(name)
        elif context is gast.Store:
            self.made.binds.add(name)
        elif context is gast.Param:
            annotation = getattr(node, "annotation", None)
            return ast.arg(name, None if annotation is None else self(annotation), None)
        fresh = ast.Name.__new__(ast.Name)
        fresh.__dict__.update(id=name, ctx=_leaf(node.ctx))
        return fresh

    def constant(self, node: gast.Constant) -> ast.AST:
        value = node.value
        if type(value) in _PRINTED and not (type(value) is int and value < 0):
            return ast.Constant(value, getattr(node, "kind", None))
        made = literal(value, self.numpy_name)
        return ast.Constant(made.value, None) if type(made) is gast.Constant else self(made)


def _leaf(node: gast.AST) -> ast.AST:
    """An operator or context; all trees share one of each."""
    found = _LEAVES.get(type(node))
    if found is None:
        raise InternalError(f"{type(node).__name__} is nothing that this Python can print")
    return found


def _merged(values: list[Any]) -> list[Any]:
    """The parts of an f-string with neighbouring pieces of text joined, as the parser has them."""
    merged: list[Any] = []
    for part in values:
        text: Any = part.value if isinstance(part, ast.Constant) else None
        if text is not None and merged and isinstance(merged[-1], ast.Constant):
            before: Any = merged[-1].value
            merged[-1] = ast.Constant(before + text, None)
        elif text != "":
            merged.append(part)
    return merged


_PRINTED = frozenset({bool, int, str, bytes, type(None), type(Ellipsis)})
_LISTS = {"decorator_list", "type_params", "keywords", "orelse", "finalbody", "handlers", "type_ignores"}
_LISTS |= {"posonlyargs", "kwonlyargs", "kw_defaults", "defaults"}
_SAME = [
    (kind, getattr(ast, name))
    for name, kind in vars(gast).items()
    if isinstance(kind, type) and issubclass(kind, ast.AST) and getattr(ast, name, kind) is not kind
]
_OPERATORS = (ast.boolop, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context)
_LEAVES: dict[type, ast.AST] = {kind: twin() for kind, twin in _SAME if issubclass(twin, _OPERATORS)}
_CLASSES: dict[type, tuple[Any, tuple[str, ...], bool]] = {
    kind: (twin, twin._fields, kind.__name__ in IDENTIFIERS) for kind, twin in _SAME if kind not in _LEAVES
}
