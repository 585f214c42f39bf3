"""From a function to the tree of exactly the code that runs: found by bytecode, never by line (see `compiled_file`)."""

from __future__ import annotations

import ast
import functools
import importlib
import linecache
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import gast
import numpy as np

from tapegen.errors import TransformError
from tapegen.frontend.compiled_file import CompiledFile, FunctionNode, compile_file, future_flags
from tapegen.frontend.mangle import mangle
from tapegen.lang.origin import Origin


@dataclass(frozen=True)
class Source:
    """A function and its text.

    Attributes:
        tree: the definition, with the positions that it has in the file, private names mangled; the caller's own copy.
        filename: the file.
        qualname: the function's name, with the classes and functions around it.
        function: the Python function that runs, without the method or `staticmethod` around it.
        lines: the lines of the file.
        cells: variables that were made lists of one item, see `cells`.
        given: functions that it and those inside it may call besides, by name.
    """

    tree: gast.FunctionDef | gast.Lambda
    filename: str
    qualname: str
    function: types.FunctionType
    lines: tuple[str, ...]
    cells: frozenset[str] = frozenset()
    given: Mapping[str, Any] = field(default_factory=dict)

    def origin(self, node: gast.AST) -> Origin | None:
        """Where `node`, a part of `tree`, stands in the file."""
        return _origin(self.filename, self.qualname, node)


def read_source(fn: Callable[..., Any]) -> Source:
    """Find the text of `fn`.

    Args:
        fn: a function or method written in Python. A wrapper made by a decorator is itself, not what it wraps.
    Raises: TransformError if `fn` is something else, or its text cannot be had, or is no longer what runs.

    >>> source = read_source(read_source)
    >>> source.tree.name, source.qualname, source.lines[source.tree.lineno - 1][:16]
    ('read_source', 'read_source', 'def read_source(')
    """
    function = python_function(fn)
    filename, name = function.__code__.co_filename, function.__qualname__
    seen: list[str] = []
    for lines in _texts(function):
        text = "".join(lines)
        if not text or text in seen:
            continue
        seen.append(text)
        for compiled in _compilations(text, function):
            node = compiled.find(function.__code__)
            if node is not None:
                tree = _definition(node, compiled, filename, name)
                return Source(tree, filename, name, function, tuple(lines))
    if not seen:
        raise TransformError(
            f"cannot read the source of {name}",
            why=f"there is no text for {filename}, only compiled code",
            instead='define the function in a file, or record it on a tape, with @tg.function(fallback="eager")',
        )
    raise TransformError(
        f"cannot find the source of {name}",
        why=f"the text of {filename} does not compile to the code that runs: "
        "it was edited after it was imported, or an import hook or a decorator changed the code",
        instead='import the module again, or record it on a tape, with @tg.function(fallback="eager")',
    )


def python_function(fn: Any) -> types.FunctionType:
    """The Python function behind a function, method, `staticmethod` or `classmethod`.

    Raises: TransformError for anything else, saying what to pass instead.
    """
    while isinstance(fn, (types.MethodType, staticmethod, classmethod)):
        fn = fn.__func__
    if isinstance(fn, types.FunctionType):
        return fn
    _refuse(fn)


def _refuse(fn: Any) -> NoReturn:
    # Names only: the `repr` of a user's object may be long, slow, or raise.
    name = getattr(fn, "__qualname__", None) or getattr(fn, "__name__", None)
    kind = _with_article(type(fn).__name__)
    what = f"cannot read the source of {name if isinstance(name, str) else kind}"
    instead: str | None = "pass a function written in Python"
    if isinstance(fn, functools.partial):
        what = "cannot read the source of a functools.partial"
        why, instead = "it is an object that calls a function", "write the call as a def or a lambda"
    elif isinstance(fn, type):
        why, instead = "it is a class", "pass a function that calls it"
    elif isinstance(fn, np.ufunc):
        why, instead = "it is a NumPy ufunc, compiled code", "call it in a def or a lambda and pass that"
    elif isinstance(fn, (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)):
        why, instead = "it is compiled code", "call it in a def or a lambda and pass that"
    elif isinstance(getattr(fn, "py_func", None), types.FunctionType):
        why, instead = "numba compiles it", "pass its py_func"
    elif isinstance(getattr(fn, "__wrapped__", None), types.FunctionType):
        why, instead = f"it is {kind} around a function", "pass its __wrapped__"
    elif callable(fn) and isinstance(type(fn).__call__, types.FunctionType):
        what = f"cannot read the source of {kind}"
        why, instead = "it is an object that can be called, not a function", "pass its method __call__"
    else:
        why = f"it is {kind}, not a function"
    raise TransformError(what, why=why, instead=instead)


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"


def _texts(function: types.FunctionType) -> Iterator[list[str]]:
    """The texts to try: the one read first, which may be older than the file and be what runs, then the file's."""
    filename = function.__code__.co_filename
    # Python 3.13 keeps the text of `python -c` there.
    from_code = getattr(linecache, "_getlines_from_code", None)
    if from_code is not None:
        yield from_code(function.__code__)
    yield linecache.getlines(filename, function.__globals__)
    linecache.checkcache(filename)
    yield linecache.getlines(filename, function.__globals__)


def _compilations(text: str, function: types.FunctionType) -> Iterator[CompiledFile]:
    """`text` compiled in the ways in which it may have been: plainly, by pytest's import hook, at other `-O` levels."""
    filename, flags = function.__code__.co_filename, future_flags(function.__code__)
    level = sys.flags.optimize
    rewrite = _pytest_rewrite(text, function)
    attempts: list[tuple[int, Any]] = [(level, None)]
    attempts += [(level, rewrite)] if rewrite else []
    attempts += [(other, None) for other in (0, 1, 2) if other != level]
    for optimize, hook in attempts:
        try:
            yield compile_file(text, filename, flags, optimize, hook)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue


def _pytest_rewrite(text: str, function: types.FunctionType) -> Callable[[ast.Module], None] | None:
    """What pytest does to a test module before compiling it, if `function` comes from one."""
    loader = function.__globals__.get("__loader__")
    if type(loader).__module__ != "_pytest.assertion.rewrite":
        return None
    return _Rewrite(text, function.__code__.co_filename, getattr(loader, "config", None))


@dataclass(frozen=True)
class _Rewrite:
    text: str
    filename: str
    config: Any

    def __call__(self, tree: ast.Module) -> None:
        hook = importlib.import_module("_pytest.assertion.rewrite")
        hook.rewrite_asserts(tree, self.text.encode(), self.filename, self.config)


def _definition(
    node: FunctionNode, compiled: CompiledFile, filename: str, qualname: str
) -> gast.FunctionDef | gast.Lambda:
    """A gast copy of `node`."""
    if isinstance(node, ast.AsyncFunctionDef):
        raise TransformError(
            "cannot differentiate an async function",
            origin=_origin(filename, qualname, node),
            why="it returns a coroutine, not a value",
            instead="move the computation into a plain def",
        )
    owner = compiled.classes.get(node)
    try:
        tree: gast.FunctionDef | gast.Lambda = gast.ast_to_gast(node)
        return tree if owner is None else mangle(tree, owner)
    except RecursionError:
        raise TransformError(
            f"cannot differentiate {qualname}",
            origin=_origin(filename, qualname, node),
            why="an expression in it nests too deeply",
            instead="split it into several statements",
        ) from None


def _origin(filename: str, qualname: str, node: Any) -> Origin | None:
    line = getattr(node, "lineno", None)
    if line is None:
        return None
    end_line, end_column = node.end_lineno, node.end_col_offset
    return Origin(filename, line, node.col_offset, end_line, end_column, qualname)
