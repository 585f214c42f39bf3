"""Source text of trees: printed with astor, read back, compared, and printed with `ast.unparse` if astor was wrong.

No printer is trusted: all of them turn some trees into text that means something else (see `literals`, `names`), and
astor does not know the newer statements. So what leaves here has been parsed and found equal to the tree.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import gast
import numpy as np

from tapegen.errors import InternalError
from tapegen.lang.core import Core
from tapegen.lang.names import nodes
from tapegen.lang.printable import Printable, printable
from tapegen.lang.quiet import quiet
from tapegen.lang.wrap import wrap


def show(tree: Core | gast.AST | list[gast.stmt]) -> str:
    """The source text of a function, module, statement, expression, or list of statements, without a final newline.

    A statement's attribute `comment` becomes comment lines above it.

    Raises: InternalError if a name is no identifier, a constant has no literal, or no printer gets the tree right.

    >>> from tapegen.lang.build import assign, quote, return_, function, load
    >>> step = assign("y", quote("np.sin(x)[1:, 0] * (x + 1)"))
    >>> step.comment = "the only step"
    >>> print(show(function("f", ["x"], [step, return_(load("y"))])))
    def f(x):
        # the only step
        y = np.sin(x)[1:, 0] * (x + 1)
        return y
    """
    origin = getattr(tree.tree if isinstance(tree, Core) else tree, "origin", None)
    try:
        return show_module(as_module(tree).module, origin)
    except RecursionError as error:
        why = f"it nests too deeply: {error}"
        raise InternalError("cannot print generated code", origin=origin, why=why) from None


def show_module(module: ast.Module, origin: Any = None) -> str:
    """The source text of a module that `as_module` made; `origin` is where an error says that it comes from."""
    reasons: list[str] = []
    for printer in (_astor, _unparse):
        try:
            return _checked(printer, module)
        except Exception as error:  # whatever goes wrong in a printer or the parser, depth included
            reasons.append(f"{type(error).__name__}: {error}")
    raise InternalError("cannot print generated code", origin=origin, why="; ".join(reasons))


def as_module(tree: Core | gast.AST | list[gast.stmt]) -> Printable:
    """A module holding a copy of `tree` that can be printed."""
    namespace = tree.namespace if isinstance(tree, Core) else {}
    root = tree.tree if isinstance(tree, Core) else tree
    if isinstance(root, gast.Module):
        body = root.body
    elif isinstance(root, list):
        body = root
    elif isinstance(root, gast.expr):
        body = [gast.Expr(value=root)]
    elif isinstance(root, gast.stmt):
        body = [root]
    else:
        raise TypeError(f"cannot show a {type(root).__name__}")
    # Core assigns no name of its namespace, so only where that is silent the tree must be looked at.
    known = namespace["np"] is np if "np" in namespace else not any(_binds(stmt, "np") for stmt in body)
    return printable(body, "np" if known else None)


def comment_lines(text: str) -> list[str]:
    """`text` as comment lines that hold nothing but a comment, whatever is in it.

    >>> comment_lines("one\\ntwo\\r\\n\\nimport os")
    ['# one', '# two', '#', '# import os']
    """
    plain = text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")
    # A comment `coding: latin-1` at the top would change how the file is read.
    plain = re.sub(r"coding(?=[:=])", "coding ", plain)
    return [f"# {line}".rstrip() for line in plain.splitlines()]


def _binds(tree: gast.AST, name: str) -> bool:
    """Whether anything in `tree` gives `name` a meaning."""
    for node in nodes(tree):
        if isinstance(node, gast.Name):
            if node.id == name and not isinstance(node.ctx, gast.Load):
                return True
        elif isinstance(node, (gast.FunctionDef, gast.ClassDef)) and node.name == name:
            return True
    return False


def _checked(printer: Callable[[ast.AST], str], wanted: ast.Module) -> str:
    """The text of `wanted` by `printer`, with its comments; raises ValueError if it reads differently."""
    text = wrap(printer(wanted).strip("\n"))
    with quiet():
        parsed = ast.parse(text)
    commented = _insert_comments(text, list(statements(wanted)), list(statements(parsed)))
    if commented != text:
        with quiet():
            parsed = ast.parse(commented)
    if not same(wanted, parsed):
        raise ValueError("the printed text reads as a different tree")
    return commented


def _insert_comments(text: str, originals: list[ast.stmt], printed: list[ast.stmt]) -> str:
    """`text` with the comments of `originals` above the lines where their `printed` twins begin."""
    above: dict[int, list[str]] = {}
    for original, twin in zip(originals, printed, strict=True):
        comment = getattr(original, "comment", None)
        if comment:
            first = min([twin.lineno, *(d.lineno for d in getattr(twin, "decorator_list", ()))])
            above.setdefault(first, []).extend(comment_lines(comment))
    if not above:
        return text
    lines: list[str] = []
    # Split as the parser counts lines: at "\n" alone, for a form feed or U+2028 inside a string ends no line.
    for number, line in enumerate(text.split("\n"), 1):
        indent = line[: len(line) - len(line.lstrip())]
        lines += [indent + comment for comment in above.get(number, ())]
        lines.append(line)
    return "\n".join(lines)


def statements(tree: Any) -> Iterator[Any]:
    """All statements below `tree`, gast or ast, in the order of the text."""
    contents = tree.__dict__
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        block = contents.get(name)
        for node in block if type(block) is list else ():
            if isinstance(node, ast.stmt):
                yield node
            if type(node) not in _FLAT:
                yield from statements(node)


_FLAT = frozenset({ast.Assign, ast.AugAssign, ast.Expr, ast.Return, gast.Assign, gast.AugAssign, gast.Expr})


def same(left: Any, right: Any) -> bool:
    """Whether two `ast` trees mean the same: equal but for contexts, type comments and the kind of string quotes.

    >>> same(ast.parse("x = 0.0"), ast.parse("x = -0.0")), same(ast.parse("(a, b) = c"), ast.parse("a, b = c"))
    (False, True)
    """
    kind = type(left)
    if kind is not type(right):
        return False
    if kind is list:
        return len(left) == len(right) and all(map(same, left, right))
    fields = _compared(kind)  # type: ignore[arg-type]
    if fields is None:
        return bool(left == right)
    if kind is ast.Constant or kind is ast.MatchSingleton:
        # By type and text: `1 == 1.0 == True`, `0.0 == -0.0`, `nan != nan`.
        return type(left.value) is type(right.value) and repr(left.value) == repr(right.value)
    if kind is ast.JoinedStr:
        return same(_pieces(left), _pieces(right))
    ours, theirs = left.__dict__, right.__dict__
    for name in fields:
        # A field left out is None or empty.
        one, other = ours.get(name) or None, theirs.get(name) or None
        if one is not other and not same(one, other):
            return False
    return True


@functools.cache
def _compared(kind: Any) -> tuple[str, ...] | None:
    """The fields of a class of nodes that mean something; None for what is no node."""
    if not issubclass(kind, ast.AST):
        return None
    return tuple([name for name in kind._fields if name not in _MEANINGLESS])


def _pieces(node: ast.JoinedStr) -> list[ast.expr]:
    """The parts of an f-string, without the empty text that some parsers (3.12.1) put between them."""
    return [part for part in node.values if not (isinstance(part, ast.Constant) and part.value == "")]


_MEANINGLESS = ("ctx", "kind", "type_comment", "type_ignores")


def _unparse(tree: ast.AST) -> str:
    # Unlike astor it asks for line numbers.
    return ast.unparse(ast.fix_missing_locations(tree))


def _astor(tree: ast.AST) -> str:
    to_source, generator, pretty_string = _printer()
    with quiet():
        text: str = to_source(
            tree, pretty_source="".join, pretty_string=pretty_string, source_generator_class=generator
        )
    return text


@functools.cache
def _printer() -> tuple[Callable[..., str], type, Callable[..., str]]:
    """astor's `to_source` and our variant of its printer; imported here, for the import is slow and warns."""
    with quiet():
        import astor
        from astor.code_gen import set_precedence
        from astor.op_util import Precedence
        from astor.string_repr import pretty_string

    class Generator(astor.SourceGenerator):
        """astor's printer with parentheses around `(a,)`, and `lambda: 0` without a space."""

        def visit_Tuple(self, node: ast.Tuple) -> None:
            if len(node.elts) == 1:
                set_precedence(Precedence.Comma, node.elts[0])
                self.write("(", node.elts[0], ",)")
            else:
                super().visit_Tuple(node)

        def visit_Lambda(self, node: ast.Lambda) -> None:
            start = len(self.result)
            super().visit_Lambda(node)
            if "lambda " in self.result[start:] and not ast.unparse(node.args):
                self.result[self.result.index("lambda ", start)] = "lambda"

    def string(text: str, embedded: int, line: str, *rest: Any) -> str:
        # Only a string on its own (a docstring) is worth several lines.
        return repr(text) if line.strip() else pretty_string(text, embedded, line, *rest)

    return astor.to_source, Generator, string
