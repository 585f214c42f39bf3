"""Attributes of objects and classes, looked up as Python does."""

from __future__ import annotations

import enum
import functools
import types
from typing import Any

import gast

from tapegen.analysis.user_classes import MISSING, find_in_class, is_frozen, is_user_class
from tapegen.lang import build
from tapegen.rules.registry import rule_for
from tapegen.transforms.objects.evaluate import Evaluator
from tapegen.transforms.objects.heap import Data, Partial, Ref, Static, Super

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, type, enum.Enum)


def get_attribute(work: Evaluator, owner: Any, name: str) -> Any:
    """`owner.name`."""
    match owner:
        case Ref() if work.is_object(owner):
            return _of_object(work, owner, name)
        case Static(object=cls) if isinstance(cls, type) and is_user_class(cls):
            return class_attribute(work, cls, name)
        case Static(object=obj, node=node):
            plain = isinstance(obj, (types.ModuleType, type)) or name in ("__name__", "__qualname__")
            if plain or rule_for(getattr(obj, name, None)) is not None:
                value = getattr(obj, name)
                if isinstance(value, str):
                    return Data(build.constant(value))
                read = (
                    None
                    if node is None
                    else gast.Attribute(value=work.residual(owner), attr=name, ctx=gast.Load())
                )
                return Static(value, read)
        case Super(cls=cls, self=self):
            return _after(work, cls, self, name)
        case Data(node=node):
            return Data(gast.Attribute(value=work.atom(owner), attr=name, ctx=gast.Load()))
        case Ref():
            return Partial(Static(getattr(work.cell(owner).cls, name)), (owner,))
    return Data(gast.Attribute(value=work.atom(owner), attr=name, ctx=gast.Load()))


def _of_object(work: Evaluator, ref: Ref, name: str) -> Any:
    cls: Any = work.cell(ref).cls
    contents = work.heap[ref.cell]
    if name == "__class__":
        return Static(cls)
    if cls.__getattribute__ not in (object.__getattribute__, tuple.__getattribute__):
        raise work.refuse(
            f"cannot follow the attributes of {work.kind(ref)}",
            why="its class computes them in __getattribute__",
            instead="use properties",
        )
    found = find_in_class(cls, name)
    is_field = isinstance(found, types.MemberDescriptorType) or (
        issubclass(cls, tuple) and name in cls._fields
    )
    if found is not MISSING and not is_field and hasattr(type(found), "__set__"):
        return _descriptor(work, ref, name, found)
    if name in contents:
        return work.readable(contents[name], name)
    if found is MISSING or is_field:
        raise work.refuse(
            f"cannot follow the attribute {name!r} of {work.kind(ref)}",
            why="its class computes attributes in __getattr__"
            if hasattr(cls, "__getattr__")
            else "it is not set here, or not on every path that leads here",
            instead="set it in __init__",
        )
    return bind(work, cls, name, found, ref)


def _descriptor(work: Evaluator, ref: Ref, name: str, found: Any) -> Any:
    if not isinstance(found, property):
        raise work.refuse(
            f"cannot follow the attribute {name!r} of {work.kind(ref)}",
            why=f"it is computed by a descriptor of class {type(found).__name__}",
            instead="use a property",
        )

    work.sources.guard(work.cell(ref).cls, name, found)
    return work.apply(Static(found.fget), (ref,), {})


def bind(work: Evaluator, cls: type, name: str, found: Any, ref: Any) -> Any:
    """What the attribute `found` of a class is when it is read through the object `ref`."""

    if isinstance(found, functools.cached_property):
        work.sources.guard(cls, name, found)
        value = work.bound(work.apply(Static(found.func), (ref,), {}), name)
        set_attribute(work, ref, name, value, plainly=True)
        return value
    if isinstance(found, (types.FunctionType, types.BuiltinFunctionType)) or hasattr(found, "py_func"):
        work.sources.guard(cls, name, found)
        return (
            Partial(Static(found), (ref,))
            if not isinstance(found, types.BuiltinFunctionType)
            else Static(found)
        )
    return _of_class(work, cls, name, found)


def apply_method(
    work: Evaluator, ref: Ref, name: str, args: tuple[Any, ...], kwargs: dict[Any, Any] | None = None
) -> Any:
    """The result of a special method, looked up in the class as Python does; None if the class has none."""
    cls = work.cell(ref).cls
    found = find_in_class(cls, name)
    if found is MISSING or found is None or not isinstance(found, types.FunctionType):
        return None
    work.sources.guard(cls, name, found)
    return work.apply(Static(found), (ref, *args), kwargs or {})


def class_attribute(work: Evaluator, cls: type, name: str) -> Any:
    """`cls.name`."""
    if name in ("__name__", "__qualname__"):
        return Data(build.constant(getattr(cls, name)))
    found = find_in_class(cls, name)
    if found is MISSING:
        return Static(getattr(cls, name))
    return _of_class(work, cls, name, found)


def _of_class(work: Evaluator, cls: type, name: str, found: Any) -> Any:
    if isinstance(found, staticmethod):
        work.sources.guard(cls, name, found)
        return Static(found.__func__)
    if isinstance(found, classmethod):
        work.sources.guard(cls, name, found)
        return Partial(Static(found.__func__), (Static(cls),))
    if found is None or isinstance(found, (bool, str)):
        work.sources.guard(cls, name, found)
        return Data(build.constant(found))
    if isinstance(found, _FUNCTIONS) or callable(found):
        work.sources.guard(cls, name, found)
        return Static(found)
    return work.outer(work.sources.data_of_class(cls, name))


def _after(work: Evaluator, cls: type, self: Any, name: str) -> Any:
    """`super().name`: looked up from the class after `cls` on."""
    own = self.object if isinstance(self, Static) else work.class_of(self)
    if own is None:
        raise work.refuse(
            "cannot follow `super()` here",
            why="the class of the object is not known",
            instead="name the class",
        )
    order = own.__mro__
    for base in order[order.index(cls) + 1 :]:
        if name not in vars(base):
            continue
        found = vars(base)[name]
        work.sources.guard(base, name, found)
        if isinstance(found, property):
            return work.apply(Static(found.fget), (self,), {})
        if isinstance(found, classmethod):
            return Partial(Static(found.__func__), (Static(own),))
        if isinstance(found, types.FunctionType):
            return Partial(Static(found), (self,)) if isinstance(self, Ref) else Static(found)
        if base is object:
            return Partial(Static(found), (self,))
        return _of_class(work, base, name, found)
    raise work.refuse(f"cannot find {name!r} after {cls.__name__}", why="no base has it", instead="define it")


def has_attribute(work: Evaluator, ref: Ref, name: str) -> bool:
    """Whether an object has an attribute."""
    return name in work.heap[ref.cell] or find_in_class(work.cell(ref).cls, name) is not MISSING


def set_attribute(work: Evaluator, owner: Any, name: str, value: Any, plainly: bool = False) -> None:
    """`owner.name = value`.

    Args:
        plainly: past properties and what the class forbids, as `object.__setattr__` does.
    """
    if not work.is_object(owner):
        target = gast.Attribute(value=work.atom(owner), attr=name, ctx=gast.Store())
        work.emit(build.assign(target, work.atom(value)))
        return
    cls: Any = work.cell(owner).cls
    if not plainly:
        found = find_in_class(cls, name)
        if isinstance(found, property):
            if found.fset is None:
                raise work.refuse(
                    f"cannot set the property {name!r} of {work.kind(owner)}",
                    why="it has no setter",
                    instead="define one",
                )
            work.sources.guard(cls, name, found)
            work.apply(Static(found.fset), (owner, value), {})
            return
        if is_frozen(cls):
            raise work.refuse(
                f"cannot set the attribute {name!r} of {work.kind(owner)}",
                why="the class is frozen, so plain Python raises an error here",
                instead="make a new object, with dataclasses.replace for example",
            )
        if cls.__setattr__ is not object.__setattr__ or (
            found is not MISSING
            and hasattr(type(found), "__set__")
            and not isinstance(found, types.MemberDescriptorType)
        ):
            raise work.refuse(
                f"cannot follow the write of the attribute {name!r} of {work.kind(owner)}",
                why="its class stores attributes in a way of its own",
                instead="use plain attributes or properties",
            )
    hint = f"{work.cell(owner).hint}_{name.strip('_') or 'value'}"
    kept = work.bound(value, hint)
    work.write(owner, name, kept)
    work.mirror_attribute(owner, name, kept)
