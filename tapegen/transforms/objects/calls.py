"""Calls: methods and functions that meet objects are run here, classes make objects, the rest is left to be called."""

from __future__ import annotations

import builtins
import copy
import dataclasses
import functools
import operator
import types
from typing import Any

import gast

from tapegen.analysis.records import record_fields
from tapegen.analysis.user_classes import MISSING, find_in_class, is_user_class
from tapegen.lang import build
from tapegen.lang.core import dotted
from tapegen.rules.stand_ins import is_display
from tapegen.transforms.objects import containers
from tapegen.transforms.objects.attributes import apply_method, get_attribute, has_attribute, set_attribute
from tapegen.transforms.objects.construct import bind, construct
from tapegen.transforms.objects.evaluate import Evaluator
from tapegen.transforms.objects.heap import Data, Partial, Ref, Static, Super, Tup, is_virtual
from tapegen.transforms.objects.operators import binary, in_place


def evaluate_call(work: Evaluator, node: gast.Call) -> Any:
    """The value of a call."""
    func = node.func
    if isinstance(func, gast.Attribute) and not _is_global(work, func):
        owner = work.evaluate(func.value)
        args, kwargs, exact = arguments(work, node)
        if isinstance(owner, Ref) and not work.is_object(owner):
            return containers.method(work, owner, func.attr, args, kwargs)
        if (text := _of_text(owner, func.attr, args, kwargs)) is not None:
            return text
        if func.attr == "get" and (found := containers.entry(work, owner, args)) is not None:
            return found
        if isinstance(owner, Data) or not exact:
            if any(map(is_virtual, args)):
                containers.must_be_apart(work, work.residual(owner))
            callee: Any = gast.Attribute(value=work.atom(owner), attr=func.attr, ctx=gast.Load())
            return residual_call(work, callee, args, kwargs)
        callee = get_attribute(work, owner, func.attr)
    else:
        callee = work.evaluate(func)
        args, kwargs, exact = arguments(work, node)
    if not exact:
        known = callee.object if isinstance(callee, Static) else None
        if is_user_class(known) or not isinstance(callee, Static | Data):
            for arg in node.args:
                if isinstance(arg, gast.Starred):
                    containers.must_be_apart(work, work.residual(work.evaluate(arg.value)))
        return residual_call(work, work.residual(callee), args, kwargs)
    return apply(work, callee, args, kwargs)


def _of_text(owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[Any, Any]) -> Data | None:
    """What a method of a string literal gives for literals: `"Tanh".lower()`."""
    literals = [owner, *args]
    if kwargs or not all(isinstance(value, Data) and value.is_constant for value in literals):
        return None
    text, *rest = (value.node.value for value in literals)
    if type(text) is not str or name not in _READING:
        return None
    return Data(build.constant(getattr(text, name)(*rest)))


_READING = frozenset({"lower", "upper", "strip", "title", "startswith", "endswith", "replace", "casefold"})


def _is_global(work: Evaluator, func: gast.Attribute) -> bool:
    path = dotted(func)
    return path is not None and path[0] not in work.frame.env and path[0] in work.frame.core.namespace


def arguments(work: Evaluator, node: gast.Call) -> tuple[tuple[Any, ...], dict[Any, Any], bool]:
    """The arguments of a call, and whether they are all known one by one; else some are trees of starred arguments."""
    args: list[Any] = []
    kwargs: dict[Any, Any] = {}
    exact = True
    for arg in node.args:
        if isinstance(arg, gast.Starred):
            whole = work.evaluate(arg.value)
            parts = containers.elements(work, whole)
            if parts is None:
                exact = False
                args.append(Data(gast.Starred(value=work.atom(whole), ctx=gast.Load())))
            else:
                args.extend(parts)
        else:
            args.append(work.evaluate(arg))
    for keyword in node.keywords:
        value = work.evaluate(keyword.value)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
        elif isinstance(value, Ref) and work.cell(value).cls is dict:
            kwargs.update(work.heap[value.cell])
        else:
            exact = False
            kwargs[None] = value
    return tuple(args), kwargs, exact


def residual_call(
    work: Evaluator, callee: gast.expr, args: tuple[Any, ...], kwargs: dict[Any, Any], keeps: bool = True
) -> Data:
    """A call that is left to be made.

    Args:
        keeps: whether what is called may keep a list that it gets, or write into it.
    """
    before = [cell.fixed for cell in work.cells]

    def operand(value: Any) -> gast.expr:
        return work.residual(value) if isinstance(value, Data) else work.atom(value)

    call = gast.Call(
        func=callee,
        args=[operand(a) for a in args],
        keywords=[gast.keyword(arg=k, value=operand(v)) for k, v in kwargs.items()],
    )
    if not keeps:
        for cell, fixed in zip(work.cells, before, strict=True):
            cell.fixed = fixed
    return Data(call)


def apply(work: Evaluator, callee: Any, args: tuple[Any, ...], kwargs: dict[Any, Any]) -> Any:
    """`callee(*args, **kwargs)`."""
    match callee:
        case Partial(function=function, args=first, kwargs=given):
            if isinstance(first[0] if first else None, Ref) and not work.is_object(first[0]):
                if isinstance(function, Static) and len(first) == 1 and not given:
                    name = getattr(function.object, "__name__", "")
                    return containers.method(work, first[0], name, args, kwargs)
            return apply(work, function, (*first, *args), {**given, **kwargs})
        case Ref() if work.is_object(callee):
            found = apply_method(work, callee, "__call__", args, kwargs)
            if found is None:
                raise work.refuse(
                    f"cannot call {work.kind(callee)}",
                    why="its class has no __call__",
                    instead="define the method",
                )
            return found
        case Static(object=obj):
            return _apply_known(work, callee, obj, args, kwargs)
    return residual_call(work, work.atom(callee), args, kwargs)


def _apply_known(
    work: Evaluator, callee: Static, obj: Any, args: tuple[Any, ...], kwargs: dict[Any, Any]
) -> Any:
    if isinstance(obj, functools.partial):
        return _apply_known(work, Static(obj.func), obj.func, (*map(_known, obj.args), *args), {
            **{k: _known(v) for k, v in obj.keywords.items()}, **kwargs
        })  # fmt: skip
    if isinstance(obj, types.MethodType) and isinstance(obj.__self__, type):
        return apply(work, Static(obj.__func__), (Static(obj.__self__), *args), kwargs)
    if isinstance(obj, type) and is_user_class(obj):
        return construct(work, obj, args, kwargs)
    if obj is functools.partial:
        return Partial(args[0], args[1:], kwargs)
    virtual = any(map(is_virtual, args)) or any(map(is_virtual, kwargs.values()))
    function = work.sources.followed(obj)
    if function is not None and (
        _meets_object(work, (*args, *kwargs.values())) or work.sources.touches(function)
    ):
        return inline(work, function, args, kwargs)
    if obj in _SPECIAL if type(obj).__hash__ is not None else False:
        found = _SPECIAL[obj](work, args, kwargs)
        if found is not None:
            return found
    if virtual or any(isinstance(a, Tup) for a in args):
        found = _of_library(work, obj, args, kwargs)
        if found is not None:
            return found
    return residual_call(work, work.residual(callee), args, kwargs, keeps=not _is_library(obj))


def _is_library(obj: Any) -> bool:
    """Whether a function reads its arguments and forgets them, as those of NumPy and Python do."""
    module = getattr(obj, "__module__", None) or getattr(type(obj), "__module__", "") or ""
    return module.partition(".")[0] in ("numpy", "math", "builtins", "scipy")


def _known(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return Data(build.constant(value))
    return Static(value)


def _meets_object(work: Evaluator, values: Any) -> bool:
    """Whether there is an object, a container that is taken apart or a method among values."""
    return any(
        isinstance(v, (Ref, Partial, Super)) or (isinstance(v, Tup) and _meets_object(work, v.items))
        or (isinstance(v, Static) and isinstance(v.object, type) and is_user_class(v.object))
        for v in values
    )  # fmt: skip


def inline(work: Evaluator, function: Any, args: tuple[Any, ...], kwargs: dict[Any, Any]) -> Any:
    """Run a Python function on its arguments."""
    lowered = work.sources.lowered(function)
    env = bind(work, lowered.params, args, kwargs, function.__name__)
    own = lowered.core.params[: len(lowered.core.params) - len(lowered.free)]
    values = dict(zip(own, env.values(), strict=True))
    for name, variable in lowered.free.items():
        values[name] = work.outer(work.sources.hidden(variable))
    values = {name: work.bound(value, name) for name, value in values.items()}
    return work.run(lowered.core, values)


# -- builtins on objects -------------------------------------------------------------------------------------------


def _isinstance(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
    value, classes = args
    every = [c.object for c in containers.elements(work, classes) or [classes] if isinstance(c, Static)]
    own = work.class_of(value)
    if own is not None:
        return Data(build.constant(any(issubclass(own, c) for c in every)))
    if isinstance(value, Tup):
        return Data(build.constant(any(issubclass(tuple, c) for c in every)))
    if isinstance(value, Static):
        return Data(build.constant(any(isinstance(value.object, c) for c in every)))
    if isinstance(value, Data):
        rest = [c for c in every if not is_user_class(c)]
        if value.is_constant:
            return Data(build.constant(isinstance(value.node.value, tuple(rest))))
        if not rest:
            return Data(build.constant(False))
        if len(rest) < len(every):
            return residual_call(
                work, work.imported(isinstance, "isinstance"), (value, Tup(tuple(map(Static, rest)))), {}
            )
    return None


def _is_display(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
    return Data(build.constant(isinstance(args[0], Tup) or work.class_of(args[0]) is list))


def _getattr(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
    if not (isinstance(args[1], Data) and args[1].is_constant):
        return None
    name = args[1].node.value
    if len(args) == 3 and work.is_object(args[0]) and not has_attribute(work, args[0], name):
        return args[2]
    return get_attribute(work, args[0], name) if is_virtual(args[0]) else None


def _setattr(work: Evaluator, args: tuple[Any, ...], kwargs: Any, plainly: bool = False) -> Any:
    if not (work.is_object(args[0]) and isinstance(args[1], Data) and args[1].is_constant):
        return None
    set_attribute(work, args[0], args[1].node.value, args[2], plainly)
    return Data(build.constant(None))


def _hasattr(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
    if not (work.is_object(args[0]) and isinstance(args[1], Data) and args[1].is_constant):
        return None
    return Data(build.constant(has_attribute(work, args[0], args[1].node.value)))


def _type(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
    own = work.class_of(args[0]) if len(args) == 1 else None
    return None if own is None else Static(own)


def _super(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
    return Super(args[0].object, args[1]) if len(args) == 2 and isinstance(args[0], Static) else None


def _callable(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
    if isinstance(args[0], (Static, Partial)):
        return Data(build.constant(callable(getattr(args[0], "object", len))))
    own = work.class_of(args[0])
    return None if own is None else Data(build.constant(find_in_class(own, "__call__") is not MISSING))


def _converted(method: str) -> Any:
    def convert(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
        if method == "__str__" and len(args) == 1 and isinstance(args[0], Data) and args[0].is_constant:
            return Data(build.constant(str(args[0].node.value)))
        if len(args) != 1 or not work.is_object(args[0]):
            return None
        return apply_method(work, args[0], method, ())

    return convert


def _augmented(op: type) -> Any:
    def augment(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
        left, right = args
        if not (is_virtual(left) or is_virtual(right) or isinstance(left, Tup)):
            both = (
                isinstance(left, Data) and isinstance(right, Data) and left.is_constant and right.is_constant
            )
            folded = binary(work, op(), left, right) if both else None
            return folded if isinstance(folded, Data) and folded.is_constant else None
        return in_place(work, op(), left, right)

    return augment


def _object_init(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
    return Data(build.constant(None)) if len(args) == 1 and not kwargs else None


def _total(work: Evaluator, args: tuple[Any, ...], kwargs: dict[Any, Any]) -> Any:
    """`sum(...)` of objects."""
    parts = containers.elements(work, args[0]) if args and containers.is_apart(args[0]) else None
    if parts is None:
        return None
    result = args[1] if len(args) > 1 else kwargs.get("start", Data(build.constant(0)))
    for part in parts:
        result = work.bound(binary(work, gast.Add(), result, part), "total")
    return result


def _replaced(work: Evaluator, ref: Ref, changes: dict[Any, Any]) -> Any:
    """`dataclasses.replace(obj, **changes)`."""
    cls: Any = work.cell(ref).cls
    if record_fields(cls) is None:
        return None
    parts = {
        name: work.heap[ref.cell][name]
        for name, field in cls.__dataclass_fields__.items()
        if field.init and name in work.heap[ref.cell]
    }
    return construct(work, cls, (), {**parts, **changes})


def _copied(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
    """`copy.copy(obj)`."""
    if len(args) != 1 or kwargs or not is_virtual(args[0]):
        return None
    if isinstance(args[0], Ref):
        if work.is_object(args[0]) and (own := apply_method(work, args[0], "__copy__", ())) is not None:
            return own
        cell = work.cell(args[0])
        return work.new_cell(cell.cls, cell.hint, dict(work.heap[args[0].cell]))
    return args[0]


def _deeply_copied(work: Evaluator, args: tuple[Any, ...], kwargs: Any) -> Any:
    """`copy.deepcopy(obj)`: what is met twice is copied once."""
    if len(args) != 1 or kwargs or not is_virtual(args[0]):
        return None
    return _deep(work, args[0], {})


def _deep(work: Evaluator, value: Any, made: dict[Any, Any]) -> Any:
    match value:
        case Ref(cell=number) if number in made:
            return made[number]
        case Ref(cell=number):
            if work.is_object(value) and has_attribute(work, value, "__deepcopy__"):
                raise work.refuse(
                    f"cannot follow copy.deepcopy of {work.kind(value)}",
                    why="its class defines __deepcopy__",
                    instead="call a method of your own that copies it",
                )
            cell = work.cell(value)
            fresh = made[number] = work.new_cell(cell.cls, cell.hint, {})
            for key, part in work.heap[number].items():
                work.heap[fresh.cell][key] = _deep(work, part, made)
            return fresh
        case Tup(items=items):
            return Tup(tuple(_deep(work, item, made) for item in items))
        case Data(node=gast.Name(id=name)):
            if name not in made:
                copied = residual_call(
                    work, work.imported(copy.deepcopy, "deepcopy"), (value,), {}, keeps=False
                )
                made[name] = work.bound(copied, name)
            return made[name]
        case Partial():
            raise work.refuse(
                "cannot follow copy.deepcopy of a method or a partial",
                why="the object behind it would be copied too",
                instead="copy the object and take the method of the copy",
            )
    return value


_SPECIAL: dict[Any, Any] = {
    isinstance: _isinstance, getattr: _getattr, setattr: _setattr, hasattr: _hasattr, type: _type,
    builtins.super: _super, callable: _callable, object.__init__: _object_init,
    object.__setattr__: functools.partial(_setattr, plainly=True),
    is_display: _is_display,
    abs: _converted("__abs__"), float: _converted("__float__"), int: _converted("__int__"),
    round: _converted("__round__"), bool: _converted("__bool__"), repr: _converted("__repr__"),
    str: _converted("__str__"), reversed: _converted("__reversed__"),
    len: lambda work, args, kwargs: containers.length(work, args[0]),
    list: lambda work, args, kwargs: containers.to_list(work, args),
    tuple: lambda work, args, kwargs: containers.to_tuple(work, args),
    dict: lambda work, args, kwargs: containers.to_dict(work, args, kwargs),
    iter: lambda work, args, kwargs: containers.iterator(work, args),
    sum: lambda work, args, kwargs: _total(work, args, kwargs),
    copy.copy: _copied, copy.deepcopy: _deeply_copied,
    operator.iadd: _augmented(gast.Add), operator.isub: _augmented(gast.Sub), operator.imul: _augmented(gast.Mult),
    operator.itruediv: _augmented(gast.Div), operator.ipow: _augmented(gast.Pow),
    operator.imatmul: _augmented(gast.MatMult), operator.ifloordiv: _augmented(gast.FloorDiv),
    operator.imod: _augmented(gast.Mod),
}  # fmt: skip


def _of_library(work: Evaluator, obj: Any, args: tuple[Any, ...], kwargs: dict[Any, Any]) -> Any:
    """A function of a library that gets an object; most come of `obj.mean()`, which was taken for an array's method."""
    name = getattr(obj, "__name__", "")
    first = args[0] if args else None
    if obj is dataclasses.replace and isinstance(first, Ref) and work.is_object(first):
        return _replaced(work, first, kwargs)
    if (getattr(obj, "__module__", None) or "").partition(".")[0] == "numpy" and isinstance(first, Ref):
        if not work.is_object(first):
            return containers.method(work, first, name, args[1:], kwargs) if name == "copy" else None
        spelled = [name] if name not in _ARRAY_ATTRIBUTES else [_ARRAY_ATTRIBUTES[name], name]
        known = [n for n in spelled if has_attribute(work, first, n)]
        if len(known) == 1 and known[0] not in ("reshape", "transpose"):
            value = get_attribute(work, first, known[0])
            if known[0] in _READ and not args[1:] and not kwargs and not isinstance(value, Partial):
                return value
            return apply(work, value, args[1:], kwargs)
        raise work.refuse(
            f"cannot tell what {name} of {work.kind(first)} is",
            why=f"arrays have a method or attribute {name!r} too, and this was taken for one",
            instead=f"call it something else, or use getattr(..., {name!r})",
        )
    return None


_ARRAY_ATTRIBUTES = {"transpose": "T", "matrix_transpose": "mT"}
_READ = frozenset({"T", "mT", "shape", "ndim", "size", "real", "imag"})
