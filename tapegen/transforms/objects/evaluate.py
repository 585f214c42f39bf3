"""Runs a function on what is known of its values: objects are taken apart, the rest is left as it is.

    def f(k, n):                                def f(k, n):
        s = Spring(k)                               s_x = 1.0
        for _ in range(n):              ->          for _ in range(n):
            s.step(0.1)                                 s_x_1 = 0.1 * k
        return s.x                                      s_x_2 = s_x - s_x_1
                                                        s_x = s_x_2
                                                    return s_x

Source: Jones, Gomard and Sestoft, Partial Evaluation and Automatic Program Generation (1993), chapter 5, with objects
as partially static structures (section 10.4).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import gast

from tapegen.analysis.predicates import is_container
from tapegen.analysis.records import constructor
from tapegen.analysis.values import UNKNOWN
from tapegen.analysis.values import Value as Fact
from tapegen.errors import TransformError
from tapegen.kernels.objects import keep_attribute, keep_item
from tapegen.lang import build
from tapegen.lang.core import Core
from tapegen.lang.flatten import is_atom
from tapegen.lang.names import Namer
from tapegen.rules.stand_ins import WHOLE, is_stand_in
from tapegen.transforms.objects.heap import (
    Cell,
    Conflict,
    Data,
    Heap,
    Partial,
    Ref,
    Static,
    TakeApart,
    Tup,
    is_virtual,
)
from tapegen.transforms.records import bindings
from tapegen.transforms.unpack import written_parameters


class Sources(Protocol):
    """Where functions come from: the linker."""

    def lowered(self, function: Any) -> Any:
        """A Python function in Core: with `core`, `params` (its signature) and `free`."""

    def followed(self, obj: Any) -> Any:
        """The Python function to follow for a callee, or None."""

    def touches(self, function: Any) -> bool:
        """Whether a function makes objects."""

    def hidden(self, variable: Any) -> str:
        """The parameter through which data from outside come."""

    def data_of_class(self, cls: type, name: str) -> str:
        """The parameter for an attribute of a class that is data."""

    def guard(self, cls: type, name: str, value: Any) -> None:
        """Notice when the attribute of a class is no longer `value`."""


class Doors(NamedTuple):
    """What the parts of the evaluator ask of each other, all around."""

    evaluate: Callable[[Evaluator, gast.expr], Any]
    apply: Callable[[Evaluator, Any, tuple[Any, ...], dict[Any, Any]], Any]
    block: Callable[[Evaluator, list[gast.stmt]], None]


class Frame:
    """One function that is being run: its text and its variables."""

    def __init__(self, core: Core, env: dict[str, Any]) -> None:
        self.core, self.env = core, env


class Evaluator:
    """The state of a run."""

    def __init__(
        self, core: Core, sources: Sources, facts: Mapping[str, Fact], sites: dict[int, bool], doors: Doors
    ) -> None:
        self.core, self.sources, self.sites, self.doors = core, sources, sites, doors
        self.namer = Namer({*core.names, *core.params, *core.namespace})
        self.facts: dict[str, Fact] = dict(facts)
        self.namespace: dict[str, Any] = {}
        self.cells: list[Cell] = []
        self.heap: Heap = {}
        self.out: list[gast.stmt] = []
        self.mirrored: set[int] = set()  # objects of the caller's that are written
        self._bindings: dict[int, Any] = {}
        self._written: dict[int, set[str]] = {}
        self.loops: list[bool] = []  # the loops around, that are not unrolled: whether each is short
        self.whole_lists: dict[
            str, int
        ] = {}  # variable -> the display of the list or dict that was left whole in it
        self.frames: list[Frame] = []
        self.origin: Any = getattr(core.tree, "origin", None)

    def evaluate(self, node: Any) -> Any:
        """The value of an expression."""
        return self.doors.evaluate(self, node)

    def apply(self, callee: Any, args: tuple[Any, ...], kwargs: dict[Any, Any]) -> Any:
        """The value of a call."""
        return self.doors.apply(self, callee, args, kwargs)

    def block(self, body: list[gast.stmt]) -> None:
        """Run statements."""
        self.doors.block(self, body)

    # -- state --------------------------------------------------------------------------------------------------------

    @property
    def frame(self) -> Frame:
        """The function that is being run."""
        return self.frames[-1]

    def readable(self, value: Any, name: str) -> Any:
        """A value that is read.

        Raises: TransformError if it is not known what it is.
        """
        if isinstance(value, Conflict):
            raise self.refuse(
                f"cannot follow {name!r}",
                why=value.why,
                instead="let it be the same kind of object on every path, and held in one place",
            )
        return value

    def new_cell(self, cls: type, hint: str, contents: dict[Any, Any], source: str | None = None) -> Ref:
        """A new object."""
        self.cells.append(Cell(cls, hint, source))
        ref = Ref(len(self.cells) - 1)
        self.heap[ref.cell] = contents
        return ref

    def new_container(self, cls: type, site: int, contents: dict[Any, Any]) -> Any:
        """A new list or dict: taken apart, unless it has turned out that it must be left whole."""
        if self.sites.get(site):
            if any(map(is_virtual, contents.values())):
                raise TakeApart(site)
            parts = [self.atom(v) for v in contents.values()]
            keys = [build.constant(k) for k in contents]
            whole = (
                gast.List(elts=parts, ctx=gast.Load()) if cls is list else gast.Dict(keys=keys, values=parts)
            )
            whole.site = site
            return Data(whole)
        ref = self.new_cell(
            cls, "items" if cls is list else "entries", {k: self.bound_part(v) for k, v in contents.items()}
        )
        self.cell(ref).site = site
        return ref

    def bound_part(self, value: Any) -> Any:
        """A part of something, as a value whose data is a name or literal."""
        return self.bound(value, "part")

    def outer(self, name: str) -> Any:
        """The value of a hidden parameter."""
        return self.frames[0].env.get(name, Data(build.load(name)))

    def bindings_of(self, core: Core) -> Any:
        """How often each name of a function is bound."""
        known = self._bindings.get(id(core))
        if known is None:
            known = self._bindings[id(core)] = bindings(core)
        return known

    def mirror_attribute(self, ref: Ref, name: str, value: Any) -> None:
        """Write an attribute of the caller's object too."""
        source = self.cell(ref).source
        if source is not None:
            self.mirrored.add(ref.cell)
            kept = self.imported(keep_attribute, "keep_attribute")
            self.emit(
                build.expression(build.call(kept, build.load(source), build.constant(name), self.atom(value)))
            )

    def mirror_item(self, ref: Ref, key: Any, value: Any) -> None:
        """Write an entry of the caller's list or dict too."""
        source = self.cell(ref).source
        if source is not None:
            self.mirrored.add(ref.cell)
            kept = self.imported(keep_item, "keep_item")
            self.emit(
                build.expression(build.call(kept, build.load(source), build.constant(key), self.atom(value)))
            )

    def cell(self, ref: Ref) -> Cell:
        """What is known of an object apart from what is in it."""
        return self.cells[ref.cell]

    def class_of(self, value: Any) -> type | None:
        """The class of an object, None for any other value."""
        return self.cells[value.cell].cls if isinstance(value, Ref) else None

    def is_object(self, value: Any) -> bool:
        """Whether a value is an instance of a class of the user's own."""
        return isinstance(value, Ref) and self.cells[value.cell].cls not in (list, dict)

    def write(self, ref: Ref, key: Any, value: Any) -> None:
        """Put a value into an object, list or dict."""
        cell = self.cell(ref)
        if cell.fixed is not None:
            raise self.refuse(
                f"cannot differentiate the write into {self.kind(ref)}",
                why=cell.fixed,
                instead="make a new object with the new values, or write before",
            )
        self.heap[ref.cell][key] = value

    def kind(self, value: Any) -> str:
        """What a value is, in words."""
        match value:
            case Ref():
                cls = self.cell(value).cls
                return f"a {cls.__name__}" if cls in (list, dict) else f"an object of class {cls.__name__}"
            case Static():
                return f"{getattr(value.object, '__name__', value.object)!s}"
            case Tup():
                return "a tuple"
            case Partial():
                return "a method"
        return "a value"

    def refuse(self, what: str, why: str, instead: str) -> TransformError:
        """The error at the statement that is being run."""
        return TransformError(what, origin=self.origin, why=why, instead=instead)

    # -- what is left -------------------------------------------------------------------------------------------------

    def emit(self, stmt: gast.stmt) -> None:
        """Append a statement to what is left."""
        if getattr(stmt, "origin", None) is None:
            stmt.origin = self.origin
        self.out.append(stmt)

    def bound(self, value: Any, hint: str) -> Any:
        """A value whose data is a name or literal."""
        if not isinstance(value, Data) or isinstance(value.node, gast.Slice) or is_atom(value.node):
            return value
        name = self.namer(hint if hint.isidentifier() else "value")
        self.emit(build.assign(name, value.node))
        self.facts[name] = self.fact(value.node)
        if hasattr(value.node, "site"):
            self.whole_lists[name] = value.node.site
        return Data(build.load(name))

    def fact(self, node: gast.expr) -> Fact:
        """What is known of a residual expression, as far as arguments and their parts go."""
        from_table = self.facts.get(node.id) if isinstance(node, gast.Name) else None
        return from_table or UNKNOWN

    def imported(self, obj: Any, hint: str) -> gast.Name:
        """The name under which the result has an object."""
        known = {**self.core.namespace, **self.namespace}
        if known.get(hint) is obj:
            self.namespace[hint] = obj
            return build.load(hint)
        for name, value in known.items():
            if value is obj:
                self.namespace[name] = obj
                return build.load(name)
        name = self.namer(hint if hint.isidentifier() else "function")
        self.namespace[name] = obj
        return build.load(name)

    def residual(self, value: Any) -> gast.expr:
        """The expression for a value in what is left: an atom, or the nested expression that it is."""
        match value:
            case Data(node=node):
                return build.clone(node)
            case Static(node=gast.Attribute() as node):
                return build.clone(node)
            case Static(object=obj, node=node):
                return self.imported(
                    obj, node.id if isinstance(node, gast.Name) else getattr(obj, "__name__", "value")
                )
            case Tup(items=items):
                return build.tuple_of([self.atom(item) for item in items])
            case Partial(function=function, args=args, kwargs=kwargs) if not any(map(self.is_object, args)):
                made = build.call(
                    self.imported(functools.partial, "partial"), *map(self.atom, (function, *args))
                )
                made.keywords = [gast.keyword(arg=k, value=self.atom(v)) for k, v in kwargs.items()]
                return made
            case Ref():
                return self.whole(value)
            case Conflict(why=why):
                raise self.refuse(
                    "cannot tell what is used here",
                    why=why,
                    instead="use the same kind of object on every path",
                )
        raise self.refuse(
            f"cannot differentiate the use of {self.kind(value)} as a value",
            why="only calls of it can be followed",
            instead="call it here, or pass what it computes",
        )

    def atom(self, value: Any) -> gast.expr:
        """A name or literal for a value."""
        node = self.residual(value)
        if isinstance(node, gast.Slice):
            parts = (build.constant(None) if p is None else p for p in (node.lower, node.upper, node.step))
            node = build.call(self.imported(slice, "slice"), *parts)
        if is_atom(node):
            return node
        hint = self.cell(value).hint if isinstance(value, Ref) else "value"
        name = self.namer(hint)
        self.emit(build.assign(name, node))
        return build.load(name)

    def whole(self, ref: Ref) -> gast.expr:
        """An object, list or dict put together again, for code that is not followed."""
        cell, contents = self.cell(ref), self.heap[ref.cell]
        if cell.cls is list:
            parts = [self.atom(contents[i]) for i in range(len(contents))]
            cell.fixed = cell.fixed or "the list was passed on or returned, and is shared from then on"
            return gast.List(elts=parts, ctx=gast.Load())
        if cell.cls is dict:
            keys = [build.constant(key) for key in contents]
            cell.fixed = cell.fixed or "the dict was passed on or returned, and is shared from then on"
            return gast.Dict(keys=keys, values=[self.atom(v) for v in contents.values()])
        if is_stand_in(cell.cls) and WHOLE in contents:
            return self.atom(contents[WHOLE])
        if constructor(cell.cls) is not None:
            fields = {key: self.atom(part) for key, part in contents.items()}
            cell.fixed = cell.fixed or "the object was passed on or returned, and is shared from then on"
            return build.call(self.imported(cell.cls, cell.cls.__name__), **fields)
        raise self.refuse(
            f"cannot differentiate code that passes on or returns {self.kind(ref)}",
            why="the derivative has no such object, only the values of its attributes",
            instead="return its attributes, or make it a dataclass or namedtuple whose fields are the arguments",
        )

    def forget_written(self, core: Core, env: Mapping[str, Any]) -> None:
        """Know no longer what is in the lists and dicts, left whole, that a function may write."""
        for name in self._written.setdefault(id(core), written_parameters(core)):
            value = env.get(name)
            if isinstance(value, Data) and is_container(self.fact(value.node)):
                self.facts.pop(value.node.id)

    # -- calls of functions -------------------------------------------------------------------------------------------

    def run(self, core: Core, env: dict[str, Any]) -> Any:
        """Run a function's body: what it returns."""
        if len(self.frames) > 60:
            raise self.refuse(
                f"cannot follow {core.tree.name}: it calls itself too often",
                why="methods and functions of objects are followed call by call",
                instead="write the recursion as a loop",
            )
        origin = self.origin
        self.forget_written(core, env)
        self.frames.append(Frame(core, env))
        *body, last = core.body
        self.block(body)
        result = self.evaluate(last.value) if last.value is not None else Data(build.constant(None))
        self.frames.pop()
        self.origin = origin
        return result
