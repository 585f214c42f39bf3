"""Functions under other names, and transforms such as `tg.grad` that a function carries out on functions."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from tapegen.kernels.option_programs import HELPERS, OPTIONS, program_for
from tapegen.kernels.programs import (
    PROGRAMS,
    always,
    check_vectorized,
    computed_where,
    each,
    put_flat,
    vectorized,
)
from tapegen.kernels.ufunc_programs import program_of
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.lang.walk import below
from tapegen.rules.registry import rule_for
from tapegen.rules.stand_ins import call_for
from tapegen.transforms.followed import FOLLOWED

SPELLINGS: dict[Any, Any] = {**PROGRAMS, np.ndarray: np.empty}
"""Functions that do the same to arrays as another, under another name: TensorFlow's names for NumPy's functions."""


FOLLOWED.update(
    {
        *PROGRAMS.values(),
        *OPTIONS.values(),
        *HELPERS,
        always,
        computed_where,
        each,
        put_flat,
        vectorized,
    }
)


def respelled(core: Core) -> Core:
    """The function with each call of a function in `SPELLINGS` as one of its NumPy namesake, or of a program."""
    added: dict[str, Any] = {}
    taken = Namer(core.names)

    def name_of(obj: Any) -> str:
        name = next((n for n, known in {**core.namespace, **added}.items() if known is obj), None)
        if name is None:
            name = taken(obj.__name__ if obj.__name__.isidentifier() else "function")
            added[name] = obj
        return name

    class Respell(gast.NodeTransformer):
        def visit_Call(self, node: gast.Call) -> gast.AST:
            self.generic_visit(node)
            obj = lookup(core, node.func)
            if _is_masked(obj, node):
                return _masked(node, name_of(computed_where))
            if isinstance(obj, np.vectorize):
                given = [build.load(name_of(obj.pyfunc)), build.constant(check_vectorized(obj).otypes)]
                return gast.Call(build.load(name_of(vectorized)), [*given, *node.args], node.keywords)
            if _is_for_each(obj, node):
                return gast.Call(build.load(name_of(each)), [node.func, *node.args], node.keywords)
            spelled = option_program(obj, node) or spelling_of(obj)
            if spelled is not None and not (obj is np.ndarray and not _makes_new(node)):
                node.func = build.load(name_of(spelled))
            return node

    calls = [node for node in below(core.tree) if isinstance(node, gast.Call)]
    objects = [(lookup(core, node.func), node) for node in calls]
    if not any(
        spelling_of(obj) is not None
        or _is_masked(obj, node)
        or _is_for_each(obj, node)
        or option_program(obj, node)
        for obj, node in objects
    ):
        return core
    body = [Respell().visit(build.clone(stmt)) for stmt in core.body]
    return core.with_body(body, **added)


def spelling_of(obj: Any) -> Any | None:
    """What to call instead of a function, or None."""
    if isinstance(obj, np.vectorize):
        return vectorized
    if type(obj).__hash__ is None:
        return None
    found = SPELLINGS.get(obj)
    if found is None and isinstance(getattr(obj, "__self__", None), np.ufunc) and not has_rule(obj):
        found = program_of(obj)
        FOLLOWED.add(found)
    return call_for(obj) if found is None else found


def option_program(obj: Any, node: gast.Call) -> Any | None:
    """The program for a call of NumPy's with options that the function's rule has not got, or None."""
    rule = rule_for(obj) if type(obj).__hash__ is not None and obj in OPTIONS else None
    if rule is None:
        return None
    given = [*node.args[2:3], *(k.value for k in node.keywords if k.arg == "mode")]
    mode = given[0].value if given and isinstance(given[0], gast.Constant) else None
    return program_for(obj, [*rule.params, *rule.spelled], [k.arg for k in node.keywords], mode)


def has_rule(method: Any) -> bool:
    """Whether a method of a ufunc has a rule of its own. Sums at repeated indices need no order."""
    return rule_for(method) is not None or method in (np.add.at, np.subtract.at)


def _is_masked(obj: Any, node: gast.Call) -> bool:
    """Whether a call is `ufunc(..., out=y, where=mask)`."""
    names = sorted(str(k.arg) for k in node.keywords)
    return isinstance(obj, np.ufunc) and names == ["out", "where"] and len(node.args) == obj.nin


def _masked(node: gast.Call, name: str) -> gast.Call:
    given = {k.arg: k.value for k in node.keywords}
    return build.call(name, node.func, given["out"], given["where"], *node.args)


def called_objects(core: Core) -> list[Any]:
    """The objects that the calls of a function call; None for those that are not known."""
    return [lookup(core, node.func) for node in below(core.tree) if isinstance(node, gast.Call)]


def is_transform(obj: Any) -> bool:
    """Whether a callee is a derivative, such as `tg.grad(f)`, that brings its own generated code."""
    return getattr(type(obj), "is_derivative", False)


def transforms_made(core: Core) -> Core:
    """The function with `g = tg.grad(f)`, where `f` is known, carried out: `g` is then the derivative itself."""
    made: dict[str, Any] = {}
    body: list[gast.stmt] = []
    counts: dict[str, int] = {}
    for stmt in core.statements:
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            counts[stmt.targets[0].id] = counts.get(stmt.targets[0].id, 0) + 1
    for stmt in core.body:
        match stmt:
            case gast.Assign(
                targets=[gast.Name(id=name)], value=gast.Call(func=func, args=[argument], keywords=keywords)
            ):
                maker = lookup(core, func)
                fn = made.get(argument.id) if isinstance(argument, gast.Name) else None
                fn = fn or lookup(core, argument)
                plain = all(isinstance(k.value, gast.Constant) and k.arg is not None for k in keywords)
                derives = getattr(maker, "makes_derivative", False)
                if maker is not None and derives and fn is not None and plain and counts[name] == 1:
                    made[name] = maker(fn, **{k.arg: k.value.value for k in keywords})
                    continue
        body.append(stmt)
    return core.with_body(body, **made) if made else core


def _makes_new(call: gast.Call) -> bool:
    """Whether a call of `np.ndarray` takes no memory that is there, as `buffer=` says."""
    return len(call.args) <= 2 and all(k.arg in ("shape", "dtype", "order") for k in call.keywords)


def _is_for_each(obj: Any, call: gast.Call) -> bool:
    """Whether a call of a function of one array has several."""
    return (obj is np.atleast_1d or obj is np.atleast_2d or obj is np.atleast_3d) and len(call.args) > 1
