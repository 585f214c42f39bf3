"""The fence: constructs that the frontend does not take, each refused with its reason and a way out."""

from __future__ import annotations

import builtins
from typing import Any, NamedTuple

import gast

from tapegen.errors import TransformError
from tapegen.frontend.scope import Scope
from tapegen.lang.walk import walk


class Refusal(NamedTuple):
    """What to tell about a construct."""

    what: str
    why: str
    instead: str


_ASYNC = Refusal(
    "cannot differentiate asynchronous code",
    "its statements interleave with other code, so there is no one order to reverse",
    "compute in an ordinary function and await only around it",
)
_GENERATOR = Refusal(
    "cannot differentiate a generator function",
    "its body runs piecewise, as its caller asks for values",
    "return a list of the values",
)
_TRY = Refusal(
    "cannot differentiate `except*`",
    "it splits groups of exceptions",
    "catch one exception with `except`, or move the try statement into the caller",
)
REFUSED: dict[str, Refusal] = {
    "AsyncFunctionDef": _ASYNC,
    "AsyncFor": _ASYNC,
    "AsyncWith": _ASYNC,
    "Await": _ASYNC,
    "Yield": _GENERATOR,
    "YieldFrom": _GENERATOR,
    "TryStar": _TRY,
    "ClassDef": Refusal(
        "cannot differentiate a class defined inside a function",
        "each call would make a new class",
        "define the class at module level",
    ),
    "TypeAlias": Refusal(
        "cannot differentiate a `type` statement",
        "it defines a type, not a value",
        "move it to module level",
    ),
}

_REFLECTION = Refusal(
    "cannot differentiate a call of `{name}`",
    "it looks at the running function's own variables, which generated code names differently",
    "pass the values explicitly",
)
_REFUSED_CALLS = {
    getattr(builtins, name): name for name in ("eval", "exec", "locals", "globals", "vars", "dir")
}


def refuse(scope: Scope, node: gast.AST, refusal: Refusal, **details: str) -> TransformError:
    """The error for `node`."""
    return TransformError(
        refusal.what.format(**details),
        origin=scope.origin(node),
        why=refusal.why.format(**details),
        instead=refusal.instead.format(**details),
    )


def fence(tree: Any, scope: Scope) -> None:
    """Refuse what is not supported, wherever it is in the body of `tree`.

    Raises: TransformError.
    """
    if isinstance(tree, gast.AsyncFunctionDef):
        raise refuse(scope, tree, _ASYNC)
    stack: list[Any] = [tree.body] if isinstance(tree, gast.Lambda) else list(reversed(tree.body))
    inner = {
        id(part)
        for function in walk(tree)
        if isinstance(function, gast.FunctionDef) and function is not tree
        for part in walk(function.body)
    }
    while stack:
        node = stack.pop()
        kind = type(node).__name__
        if kind in ("Yield", "YieldFrom") and id(node) in inner:
            continue  # of a function inside, which is judged where it is called
        if kind in REFUSED:
            raise refuse(scope, node, REFUSED[kind])
        if kind == "Global":
            _check_global(node, tree, scope)
        elif kind == "comprehension" and node.is_async:
            raise refuse(scope, node.target, _ASYNC)
        for name in reversed(node._fields):
            value = getattr(node, name, None)
            if isinstance(value, list):
                stack.extend(item for item in reversed(value) if isinstance(item, gast.AST))
            elif isinstance(value, gast.AST) and value._fields:
                stack.append(value)


def fence_call(node: gast.Call, callee: Any, scope: Scope) -> None:
    """Refuse calls that look at the running function.

    Raises: TransformError.
    """
    try:
        name = _REFUSED_CALLS.get(callee)
    except TypeError:
        return
    if name is None or (node.args and name in ("vars", "dir")):
        return
    raise refuse(scope, node, _REFLECTION, name=name)


def _check_global(node: gast.Global, tree: gast.AST, scope: Scope) -> None:
    """Reading a name that is declared global is fine."""
    for other in walk(tree):
        if isinstance(other, gast.Name) and other.id in node.names and not isinstance(other.ctx, gast.Load):
            raise TransformError(
                f"cannot differentiate an assignment to the global `{other.id}`",
                origin=scope.origin(other),
                why="the derivative would have to undo a write that other code can see",
                instead="return the new value and assign it in the caller",
            )
