"""What a function reads through the attributes of objects, as further hidden parameters.

    def loss(model, x):                     def loss(model, x, model_w):
        w = model.w                 ->          w = model_w
        return np.sum(w * x)                    return np.sum(w * x)

To the compiler an object is opaque: it can't tell that `model.w` is a Variable. At a call the objects are known, so
those attributes that are, or hold, Tensors and Variables become arguments. Where that can't be done (the object is
handed on, a property computes the value) and the object holds Tensors, the call is refused rather than half recorded.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from tapegen.api.contexts import generated
from tapegen.errors import TransformError
from tapegen.kernels.objects import keep_attribute, keep_change, keep_item, keep_items
from tapegen.lang import build
from tapegen.lang.names import Namer
from tapegen.linker import Linked, with_hidden, writes_arguments
from tapegen.pytree import leaves
from tapegen.runtime import Tensor, Variable

Step = tuple[str, Any]
"""`("attribute", name)` or `("item", key)`."""

_PLAIN = (
    *(int, float, complex, str, bytes, range, slice, type(None), type(Ellipsis), type, types.ModuleType),
    *(np.ndarray, np.generic, np.dtype, np.ufunc, types.FunctionType, types.BuiltinFunctionType),
)
_TENSORS = (Tensor, Variable)
_USUAL = frozenset({Tensor, Variable, np.ndarray, float, int, bool, str, type(None)})
_ENOUGH = 10_000
"""So many objects are looked into; what holds more is taken to hold a Tensor."""


@dataclass(frozen=True)
class Read:
    """The statement `name = base.attribute` or `name = base[constant]`."""

    base: str
    step: Step
    origin: Any


@dataclass(frozen=True)
class Reads:
    """How a function uses its parameters, and what it reads of them.

    Attributes:
        chains: for each variable that is read of another by a constant step, how.
        uses: variables with a use that is no such read, and where that is.
        stores: parameters, and what is read of them, that get an attribute, and where.
        written: parameters that may be written in place, or grow.
    """

    chains: dict[str, Read]
    uses: dict[str, Any]
    stores: dict[str, Any]
    written: frozenset[str]


@functools.lru_cache(maxsize=256)
def reads(linked: Linked) -> Reads:
    """The chains of constant steps that start at the parameters of a function."""
    core = linked.core
    roots = set(core.params)
    chains: dict[str, Read] = {}
    uses: dict[str, Any] = {}
    stores: dict[str, Any] = {}
    for stmt in core.statements:
        origin = getattr(stmt, "origin", None)
        match stmt:
            case gast.Assign(targets=[gast.Name(id=name)], value=value):
                read = _step(value)
                if read is not None and (read[0] in roots or read[0] in chains):
                    chains[name] = Read(*read, origin)
                    continue
            case gast.Assign(targets=[gast.Attribute(value=gast.Name(id=name))]):
                stores.setdefault(name, origin)
        for node in _own_expressions(stmt):
            for part in gast.walk(node):
                if isinstance(part, gast.Name) and isinstance(part.ctx, gast.Load):
                    uses.setdefault(part.id, origin)
    for callee in linked.callees.values():
        for name in linked.hidden_for(callee):
            uses.setdefault(name, getattr(core.tree, "origin", None))
    return Reads(chains, uses, stores, frozenset(p for p in core.params if writes_arguments(core, [p])))


def _step(value: Any) -> tuple[str, Step] | None:
    match value:
        case gast.Attribute(value=gast.Name(id=base), attr=name):
            return base, ("attribute", name)
        case gast.Subscript(value=gast.Name(id=base), slice=gast.Constant(value=key)):
            return base, ("item", key)
    return None


def _own_expressions(stmt: Any) -> Iterable[Any]:
    """The expressions of a statement, not those of the statements in it."""
    for _, value in gast.iter_fields(stmt):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, gast.AST) and not isinstance(part, gast.stmt):
                yield part


def lift(linked: Linked, arguments: Sequence[Any]) -> tuple[Linked, list[Any]]:
    """The function with the attributes that hold Tensors as hidden parameters, and all its arguments.

    What is computed from Tensors is not written in place by `+=`, as Tensors are immutable.
    Raises: TransformError where an object that holds Tensors is used in a way that can't be followed.
    """
    params = linked.core.params
    objects = {
        p: value
        for p, value in zip(params, arguments, strict=True)
        if type(value) not in _USUAL and is_opaque(value)
    }
    lifted = _lifted(linked, objects) if objects else {}
    values = [*arguments, *lifted.values()]
    immutable = tuple([i for i, v in enumerate(values) if type(v) is Tensor or isinstance(v, Variable)])
    return _with_lifted(linked, tuple(lifted), immutable), values


def _lifted(linked: Linked, known: dict[str, Any]) -> dict[str, Any]:
    """The variables that are read from objects and are or hold Tensors, with their values now."""
    plan = reads(linked)
    lifted: dict[str, Any] = {}
    for name, read in plan.chains.items():
        if read.base not in known:
            continue
        found, value = _follow(known[read.base], read.step)
        if not found:
            if holds_tensors(known[read.base]):
                raise _refusal(read.base, read.step, read.origin)
        elif is_opaque(value):
            known[name] = value
        elif holds_tensors(value):
            lifted[name] = value
    for name, value in known.items():
        if name in plan.stores:
            raise TransformError(
                f"cannot store into an attribute of {name}",
                origin=plan.stores[name],
                why="what is computed here are arrays, which no tape follows once they have been stored",
                instead="return the new value",
            )
        if name in plan.uses and holds_tensors(value):
            raise TransformError(
                f"cannot see which Tensors are read from {name}",
                origin=plan.uses[name],
                why=f"it is a {type(value).__name__} that holds Tensors, and it is used as a whole",
                instead="read the Tensors from its attributes here, or pass them as arguments",
            )
    return lifted


def refuse_kept(function: Any) -> None:
    """Refuse generated code that stores what it computes in an object of the caller's.

    Raises: TransformError.
    """
    stored = (keep_attribute, keep_change, keep_item, keep_items)
    if any(value is kernel for value in generated(function).__globals__.values() for kernel in stored):
        raise TransformError(
            "cannot store into the attributes of an object of the caller's",
            why="what is computed here are arrays, which no tape follows once they have been stored",
            instead="return the new value",
        )


def refuse_written(linked: Linked, arguments: Sequence[Any]) -> None:
    """Refuse to write Tensors into a container of the caller's, who would find arrays there.

    Raises: TransformError that names the container.
    """
    for name, value in zip(linked.core.params, arguments, strict=True):
        if isinstance(value, (list, dict)) and name in reads(linked).written:
            raise TransformError(
                f"cannot write into the {type(value).__name__} {name}",
                origin=getattr(linked.core.tree, "origin", None),
                why="what is computed here are arrays, which no tape follows once they are in a container of the "
                "caller's",
                instead="return the values",
            )


@functools.lru_cache(maxsize=256)
def _with_lifted(linked: Linked, names: tuple[str, ...], immutable: tuple[int, ...]) -> Linked:
    """The function with the variables in `names`, each read of an object, bound to parameters of their own.

    `immutable` are the positions of the parameters that are Tensors.
    """
    core = linked.core
    chains = reads(linked).chains
    taken = {n.id for n in gast.walk(core.tree) if isinstance(n, gast.Name)} | set(core.namespace)
    namer = Namer(taken)
    fresh = {name: namer(_spelled(name, chains)) for name in names}

    class Bind(gast.NodeTransformer):
        def visit_Assign(self, node: gast.Assign) -> gast.Assign:
            match node.targets:
                case [gast.Name(id=name)] if name in fresh:
                    return build.assign(name, build.load(fresh[name]), getattr(node, "origin", None))
            return node

    body = [Bind().visit(build.clone(stmt)) for stmt in core.body]
    params = [*core.params, *fresh.values()]
    return with_hidden(linked, core.with_body(body), tuple(fresh.values()), [params[i] for i in immutable])


def _spelled(name: str, chains: dict[str, Read]) -> str:
    """A name for what is read there: `model_layer_w`."""
    read = chains[name]
    base = _spelled(read.base, chains) if read.base in chains else read.base
    return f"{base}_{read.step[1]}" if str(read.step[1]).replace("_", "a").isalnum() else base


def _follow(value: Any, step: Step) -> tuple[bool, Any]:
    """The part of an object at a step: whether it is plain data, found without running the user's code, and what."""
    kind, key = step
    if kind == "item":
        if type(value) in (list, tuple, dict):
            try:
                return True, value[key]
            except (LookupError, TypeError):
                return False, None
        return False, None
    if isinstance(value, types.ModuleType):
        return False, None
    attributes = getattr(value, "__dict__", {})
    try:
        static = inspect.getattr_static(value, key)
    except AttributeError:
        return False, None
    if key in attributes and static is attributes[key]:
        return True, static
    if isinstance(static, (types.MemberDescriptorType, *_TENSORS, *_PLAIN)) and not callable(static):
        return True, getattr(value, key, None)
    return False, None


def is_opaque(value: Any) -> bool:
    """Whether a value is an object into which the compiler doesn't look, or a container that holds one."""
    if isinstance(value, (_TENSORS, _PLAIN)):
        return False
    if type(value) in (list, tuple, dict):
        return any(is_opaque(part) for part in (value.values() if type(value) is dict else value))
    return not isinstance(value, (list, tuple, dict)) and not _is_record(value)


def _is_record(value: Any) -> bool:
    """Whether the compiler takes an object apart: a dataclass whose leaves are plain."""
    parts = leaves(value)
    return not (len(parts) == 1 and parts[0] is value) and not any(map(is_opaque, parts))


def holds_tensors(value: Any) -> bool:
    """Whether a Tensor or Variable can be reached from a value, through containers, attributes and closures."""
    work, known = [value], set[int]()
    while work:
        part = work.pop()
        if isinstance(part, _TENSORS):
            return True
        if isinstance(part, types.FunctionType):
            work.extend(cell.cell_contents for cell in part.__closure__ or () if _is_filled(cell))
        if isinstance(part, _PLAIN) or id(part) in known:
            continue
        known.add(id(part))
        if len(known) > _ENOUGH:
            return True
        if isinstance(part, dict):
            work.extend(part.values())
        elif isinstance(part, (list, tuple, set, frozenset)):
            work.extend(part)
        else:
            work.extend(getattr(part, "__dict__", {}).values())
            names = [n for cls in type(part).__mro__ for n in _slots(cls)]
            work.extend(getattr(part, n) for n in names if hasattr(part, n))
            work.extend(v for v in vars(type(part)).values() if isinstance(v, _TENSORS))
    return False


def _slots(cls: type) -> Sequence[str]:
    slots = cls.__dict__.get("__slots__", ())
    return [slots] if isinstance(slots, str) else [s for s in slots if not s.startswith("__")]


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018  (reading is the question)
    except ValueError:
        return False
    return True


def _refusal(base: str, step: Step, origin: Any) -> TransformError:
    text = f"{base}.{step[1]}" if step[0] == "attribute" else f"{base}[{step[1]!r}]"
    return TransformError(
        f"cannot see which Tensors are read by {text}",
        origin=origin,
        why="it is computed when it is read, as properties are, or not stored in the object",
        instead="store the value in a plain attribute, or pass it as an argument",
    )
