"""New objects: what calling a class does."""

from __future__ import annotations

import dataclasses
import inspect
import types
from typing import Any

from tapegen.analysis.user_classes import MISSING, is_user_class
from tapegen.lang import build
from tapegen.transforms.objects.attributes import apply_method
from tapegen.transforms.objects.evaluate import Evaluator
from tapegen.transforms.objects.heap import Data, Ref, Static, Tup


def construct(work: Evaluator, cls: Any, args: tuple[Any, ...], kwargs: dict[Any, Any]) -> Ref:
    """`cls(*args, **kwargs)`."""
    if type(cls).__call__ is not type.__call__:
        raise work.refuse(
            f"cannot follow how an object of class {cls.__name__} is made",
            why="its metaclass changes what calling the class does",
            instead="make the object outside of the function",
        )
    hint = _hint(cls)
    if issubclass(cls, tuple):
        if not _is_generated(cls.__new__):
            raise _own_new(work, cls)
        _, *values = bind(work, inspect.signature(cls.__new__), (None, *args), kwargs, cls.__name__).values()
        return work.new_cell(cls, hint, dict(zip(cls._fields, map(work.bound_part, values), strict=True)))
    if cls.__new__ is not object.__new__ and is_user_class(_owner(cls, "__new__")):
        raise _own_new(work, cls)
    ref = work.new_cell(cls, hint, {})
    init = cls.__init__
    if dataclasses.is_dataclass(cls) and _is_generated(init):
        _fill(work, cls, ref, args, kwargs)
    elif isinstance(init, types.FunctionType) and is_user_class(_owner(cls, "__init__")):
        work.sources.guard(cls, "__init__", init)
        work.apply(Static(init), (ref, *args), kwargs)
    elif args or kwargs:
        raise work.refuse(
            f"cannot follow how an object of class {cls.__name__} is made",
            why="its __init__ is not the user's own Python",
            instead="write an __init__",
        )
    return ref


def bind(
    work: Evaluator, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[Any, Any], name: str
) -> dict[str, Any]:
    """The value of each parameter in a call."""
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise work.refuse(
            f"the call does not fit {name}: {error}",
            why="it would raise a TypeError when it runs",
            instead="pass the arguments that the function takes",
        ) from None
    values: dict[str, Any] = {}
    for key, parameter in signature.parameters.items():
        given = bound.arguments.get(key, MISSING)
        if parameter.kind is parameter.VAR_POSITIONAL:
            values[key] = Tup(() if given is MISSING else tuple(given))
        elif parameter.kind is parameter.VAR_KEYWORD:
            values[key] = work.new_cell(dict, key, {} if given is MISSING else dict(given))
        elif given is not MISSING:
            values[key] = given
        else:
            values[key] = default(work, parameter.default)
    return values


def default(work: Evaluator, value: Any) -> Any:
    """The value of a parameter or field that a call says nothing of."""
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return Data(build.constant(value))
    if value == () and type(value) is tuple:
        return Tup(())
    made = type(value).__name__ == "_HAS_DEFAULT_FACTORY_CLASS"
    if callable(value) or isinstance(value, types.ModuleType) or made:
        return Static(value)
    return Data(work.imported(value, "default"))


def _fill(work: Evaluator, cls: Any, ref: Ref, args: tuple[Any, ...], kwargs: dict[Any, Any]) -> None:
    """What the `__init__` that `dataclass` writes does."""
    given = bind(work, inspect.signature(cls.__init__), (ref, *args), kwargs, cls.__name__)
    only_for_init = []
    fields = cls.__dataclass_fields__
    for name, field in fields.items():
        kind = getattr(field._field_type, "name", "_FIELD")
        if kind == "_FIELD_CLASSVAR":
            continue
        value = given.get(name)
        made = isinstance(value, Static) and type(value.object).__name__ == "_HAS_DEFAULT_FACTORY_CLASS"
        if field.default_factory is not dataclasses.MISSING and (value is None or made):
            value = _made(work, field)
        elif value is None and field.default is not dataclasses.MISSING:
            value = default(work, field.default)
        if kind == "_FIELD_INITVAR":
            only_for_init.append(value)
        elif value is not None:
            work.heap[ref.cell][name] = work.bound(value, f"{_hint(cls)}_{name}")
    apply_method(work, ref, "__post_init__", tuple(only_for_init))


def _made(work: Evaluator, field: Any) -> Any:
    kind = field.default_factory
    if kind in (list, dict):
        return work.new_container(kind, id(field), {})
    return work.apply(Static(kind), (), {})


def _hint(cls: type) -> str:
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).strip("_")
    return name or "value"


def _is_generated(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename.startswith("<")


def _owner(cls: type, name: str) -> type | None:
    return next((base for base in cls.__mro__ if name in vars(base)), None)


def _own_new(work: Evaluator, cls: type) -> Exception:
    return work.refuse(
        f"cannot follow how an object of class {cls.__name__} is made",
        why="its class has a __new__ of its own",
        instead="use __init__, or a class method that makes objects",
    )
