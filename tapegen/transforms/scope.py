"""What the parts of a differential transform share: the function, the facts about it, and the code being written."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import gast

from tapegen.analysis.aliasing import Aliasing
from tapegen.analysis.predicates import is_array, is_immutable, is_number
from tapegen.analysis.values import UNKNOWN, Value, abstract
from tapegen.errors import TransformError
from tapegen.lang import build
from tapegen.lang.core import Core, Generated
from tapegen.lang.flatten import flatten, is_atom
from tapegen.lang.names import Namer, base_name
from tapegen.lang.origin import Origin


class Callees(Protocol):
    """The derivatives of the Python functions that a function calls."""

    def arguments(self, callee: Any, call: gast.Call, scope: Scope) -> list[gast.expr] | None:
        """The arguments of a call, hidden ones included; None if the callee's source is not followed."""

    def pair(
        self, callee: Any, values: Sequence[Value], active: Sequence[bool]
    ) -> tuple[Generated, Generated]:
        """The forward and adjoint functions of a callee, for these descriptions and active arguments."""

    def tangent(self, callee: Any, values: Sequence[Value], active: Sequence[bool]) -> Generated:
        """The tangent function of a callee."""


@dataclass
class Scope:
    """The state of one transform of one function.

    Attributes:
        core: the primal.
        facts: descriptions of its names.
        classes: its aliasing.
        active: its active names.
        may_be_complex: whether a complex number can occur in it.
        namer: gives fresh names.
        namespace: the objects that the written code refers to.
        callees: gives the derivatives of functions that are called, not inlined.
        out: the statements being written.
        origin: the position given to written statements.
        snapshots: so many states of each outermost loop are kept at once, "log" for about the logarithm of its steps;
            None for all that the adjoint reads.
        repeatable: whether the adjoint sweep may run more than once.
        again: whether the primal is generated code itself.
    """

    core: Core
    facts: Mapping[str, Value]
    classes: Aliasing
    active: frozenset[str]
    may_be_complex: bool
    namer: Namer
    namespace: dict[str, Any]
    callees: Callees | None = None
    out: list[gast.stmt] = field(default_factory=list)
    origin: Origin | None = None
    snapshots: int | Literal["log"] | None = None
    repeatable: bool = False
    again: bool = False

    @contextmanager
    def writing_to(self, block: list[gast.stmt]) -> Iterator[list[gast.stmt]]:
        """Within the context, statements are written to `block`."""
        outer, self.out = self.out, block
        try:
            yield block
        finally:
            self.out = outer

    def emit(self, stmt: gast.stmt) -> None:
        """Write a statement."""
        if getattr(stmt, "origin", None) is None:
            stmt.origin = self.origin
        self.out.append(stmt)

    def bind(self, value: gast.expr, hint: str) -> gast.Name:
        """Write `fresh = value`, `value` brought to A-normal form, and return the fresh name."""
        name = self.namer(hint)
        flat = self.flat(value, hint)
        self.emit(build.assign(name, flat))
        return build.load(name)

    def flat(self, value: gast.expr, hint: str) -> gast.expr:
        """`value` with atoms for operands, the temporaries written first."""
        return flatten(value, lambda part: self.bind(part, hint))

    def atom(self, value: gast.expr, hint: str) -> gast.expr:
        """`value` if it is an atom, else a fresh name bound to it."""
        return value if is_atom(value) else self.bind(value, hint)

    def name_of(self, obj: Any, hint: str) -> str:
        """The name under which the written code finds `obj`; added to the namespace if it has none."""
        for name, known in self.namespace.items():
            if known is obj:
                return name
        name = self.namer(hint)
        self.namespace[name] = obj
        return name

    def kernel(self, function: Any) -> gast.Name:
        """The callee `function`, a kernel of ours."""
        return build.load(self.name_of(function, function.__name__))

    def generated(self, function: Generated) -> gast.Name:
        """The callee `function`, printed in the same module."""
        return build.load(self.name_of(function, function.name))

    def fact(self, node: gast.expr) -> Value:
        """The description of an atom."""
        if isinstance(node, gast.Name):
            return self.facts.get(node.id, UNKNOWN)
        return abstract(ast.literal_eval(gast.gast_to_ast(node)), "literal")

    def is_active(self, node: gast.AST) -> bool:
        """Whether `node` is an active variable."""
        return isinstance(node, gast.Name) and node.id in self.active

    def is_array(self, name: str) -> bool:
        """Whether `name` is known to be an array that can be written."""
        return is_array(self.facts.get(name))

    def is_number(self, name: str) -> bool:
        """Whether `name` is known to be a Python number or a NumPy scalar."""
        return is_number(self.facts.get(name))

    def is_written(self, name: str) -> bool:
        """Whether the memory of `name` may be written in place somewhere in the function."""
        return self.classes.is_written(name) and not is_immutable(self.facts.get(name))

    def refuse_expression(self, value: gast.expr) -> TransformError:
        """The error for an expression that has no derivative."""
        what = f"cannot differentiate {gast.unparse(value).strip()}"
        if isinstance(value, gast.Attribute):
            return self.refuse(
                what,
                why="it is not a field of a dataclass or namedtuple, or it is not known here whether it is one",
                instead="pass the value as an argument of its own, or keep it in a local variable",
            )
        return self.refuse(
            what,
            why="there is no rule for this kind of expression",
            instead="use NumPy operations, or wrap it in tg.stop_gradient",
        )

    def refuse(self, what: str, *, why: str, instead: str) -> TransformError:
        """The error for a construct at the present position."""
        return TransformError(what, origin=self.origin, why=why, instead=instead)


def bar(name: str) -> str:
    """The usual name for the cotangent of `name`."""
    return f"{base_name(name)}_bar"
