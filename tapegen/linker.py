"""Follows a function into the functions that it calls: small ones are inlined, others become callees with pairs."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import gast
import numpy as np

from tapegen.analysis.outside import (
    attempts,
    depends_on_caller,
    effect_of,
    shares_memory,
)
from tapegen.analysis.outside import writes_arguments as writes_arguments
from tapegen.backends.load import load
from tapegen.errors import TransformError
from tapegen.frontend.lower import lower
from tapegen.frontend.resolve import FreeVariable, Guard, Keys
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.garbage import uncollected
from tapegen.lang.names import Namer, is_identifier
from tapegen.lang.walk import below
from tapegen.linked import Linked as Linked
from tapegen.linked import Stage as Stage
from tapegen.linked import find_hidden as find_hidden
from tapegen.rules import registry
from tapegen.transforms.checkpointed import SNAPSHOTS as SNAPSHOTS
from tapegen.transforms.checkpointed import check_recomputable, is_checkpointed
from tapegen.transforms.direct_calls import Direct, direct_calls
from tapegen.transforms.followed import FOLLOWED as FOLLOWED
from tapegen.transforms.followed import is_cached
from tapegen.transforms.followed import python_function as python_function
from tapegen.transforms.function_cleanup import drop_functions, unroll_functions
from tapegen.transforms.function_values import Values, is_function, is_table
from tapegen.transforms.inline import Callee, inline_calls
from tapegen.transforms.rebind import rebind
from tapegen.transforms.recursion import with_writes_returned
from tapegen.transforms.specialised import Specialised, specialise_call
from tapegen.transforms.spellings import SPELLINGS as SPELLINGS
from tapegen.transforms.spellings import called_objects, is_transform, respelled, transforms_made

UNROLL = "__tapegen_unroll__"  # the attribute in which a function says which of its loops are unrolled
SMALL = 6  # a function of at most so many statements is inlined wherever it is called
GROWTH, STATEMENTS = 8, 2000  # of calls of functions that are values: rounds, and statements at the end
SPECIALISATIONS = 16  # a recursive function is taken for so many choices of the functions that it is given


def inline_spelled_out(core: Core, linked: Linked, every: bool = False) -> tuple[Core, Linked]:
    """Inline callees that are called with starred arguments that are spelled out now, or `every` callee.

    Returns: the new `core`, and `linked` with the callees of what was inlined.
    """
    callees = dict(linked.callees)
    sites = _call_sites(core)

    def callee_of(obj: Any, call: gast.Call) -> Callee | None:
        target = linked.callees.get(obj) if type(obj).__hash__ is not None else None
        if target is None or is_starred(call) or target.is_recursive or target.recomputed or target.snapshots:
            return None
        if not every and not _is_inlined(target.core, target.own_params, sites.get(id(obj), 1)):
            return None
        callees.update(target.callees)
        hidden = dict(zip(target.free, linked.hidden_for(target), strict=True))
        return Callee(target.core, target.signature, hidden)

    inlined = inline_calls(core, callee_of)
    return inlined, linked if inlined is core else replace(linked, callees=callees)


def inline_every_call(core: Core, linked: Linked) -> tuple[Core, Linked]:
    """`inline_spelled_out` of all callees that are not recursive, as long as `core` is below `STATEMENTS`."""
    before = None
    while core is not before and len(core.statements) < STATEMENTS:
        before, (core, linked) = core, inline_spelled_out(core, linked, True)
    return core, linked


@uncollected()
def link(fn: Any) -> Linked:
    """`fn` with all that it calls, transitively, in any module.

    Raises: TransformError for what is not supported, at the user's line.
    """
    rule = registry.rule_for(fn)
    if rule is not None:
        fn = _wrapper(fn, rule)
    linker = Linker()
    root = linker.node(fn)
    return replace(linker.finish(root), unroll=getattr(fn, UNROLL, None))


@dataclass(eq=False)
class Node:
    """A function that is being linked."""

    signature: inspect.Signature
    core: Core | None = None
    own: list[str] = field(default_factory=list)
    free: dict[str, FreeVariable] = field(default_factory=dict)
    callees: dict[Any, Node] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)
    given: Mapping[str, Any] = field(default_factory=dict)  # parameters that are known functions
    origin: Any = None
    recomputed: bool = False
    snapshots: int | Literal["log"] | None = None
    must_inline: bool = (
        False  # only its caller knows what it calls, or how many arguments it has, or calls its result
    )

    def is_recursive(self) -> bool:
        """Whether it calls itself, directly."""
        return self in self.callees.values()


class Linker:
    """The functions that one function leads to."""

    def __init__(self) -> None:
        self.nodes: dict[Any, Node] = {}
        self.guards: list[Guard] = []

    def node(self, fn: Any) -> Node:
        """A function with what it calls."""
        if fn in self.nodes:
            return self.nodes[fn]
        special = fn if isinstance(fn, Specialised) else None
        if special is not None:
            self.check_bounded(special)
        node_of = fn.py_func if is_checkpointed(fn) else fn
        lowered = lower(node_of if special is None else special.function)
        self.guards.extend(lowered.guards)
        node = self.nodes[fn] = Node(lowered.params if special is None else special.signature())
        core = lowered.core
        if special is not None:
            core = special.core(core)
        node.free.update(lowered.free)
        node.own = core.params[: len(core.params) - len(lowered.free)]
        node.stages.extend(lowered.stages if special is None else [("specialised", core)])
        node.origin = getattr(core.tree, "origin", None)
        node.recomputed, node.snapshots = is_checkpointed(fn), getattr(node_of, SNAPSHOTS, None)
        self.follow(node, core)
        if node.recomputed and node.core is not None:
            check_recomputable(node.core, [*node.own, *node.free], plain=not node.must_inline)
        if node.core is not lowered.core:
            assert node.core is not None
            node.stages.append(("inlined", with_params(node.core, [*node.own, *node.free])))
        return node

    def follow(self, node: Node, core: Core) -> None:
        """Settle what a function calls."""
        core = self.linked_body(node, transforms_made(respelled(core)))
        for obj in called_objects(core):
            if is_transform(obj):
                for name, variable in obj.base().free.items():
                    if find_hidden(node.free, variable) is None:
                        node.free[Namer({*_names_in(core), *node.free})(name)] = variable
                self.guards.extend(obj.base().guards)
        node.core = core

    def linked_body(self, node: Node, core: Core) -> Core:
        """The function's Core with calls of known functions made direct, and of small ones replaced by what they do."""
        for count in itertools.count():
            self.check_ends(core, count, node)
            before = core
            direct = direct_calls(core, self.known_data(node), self.specialise, postponed=True)
            self.guards.extend(_table_guards(direct))
            core = drop_functions(unroll_functions(direct.core, direct.values), direct.values)
            taken = Namer(_names_in(core) | set(node.free))
            core = inline_calls(core, self.callee_of(node, core, taken, direct.values))
            if core is before and direct.has_choices:
                direct = direct_calls(core, self.known_data(node), self.specialise, postponed=False)
                self.guards.extend(_table_guards(direct))
                core = drop_functions(direct.core, direct.values)
            if core is before:
                break
        kinds = {p.kind for p in node.signature.parameters.values()}
        variadic = bool(kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD})
        node.must_inline = direct.returns_function or variadic or depends_on_caller(core)
        for attempt in attempts(core):
            self.check_attempt(attempt, node)
        called = called_objects(core)
        node.callees = {
            obj: callee for obj, callee in node.callees.items() if any(obj is c or obj == c for c in called)
        }
        return core

    def check_ends(self, core: Core, count: int, node: Node) -> None:
        """Refuse a function that does not end to grow: its helpers call each other through values."""
        if (count > GROWTH and len(core.statements) > STATEMENTS) or count > 8 * GROWTH:
            raise TransformError(
                f"cannot differentiate {core.tree.name}: its helpers never end to call each other",
                origin=node.origin,
                why="a function that is kept in a variable calls itself through that variable",
                instead="define the recursive function with `def` and call it by its name",
            )

    def check_attempt(self, attempt: Any, node: Node) -> None:
        """Refuse a `try` block that does more than compute: it runs twice."""
        what = None if attempt is None else self.effect_of(self.node(attempt))
        if attempt is not None and what is None:
            return
        raise TransformError(
            f"cannot differentiate this `try`: {what or 'what its block calls is not known'}",
            origin=getattr(self.nodes.get(attempt), "origin", None) or node.origin,
            why="the block is run once to see what it raises, and once more to be differentiated",
            instead="keep only computations in the block, and move what they are written to behind it, into `else`",
        )

    def effect_of(self, node: Node, seen: tuple[Node, ...] = ()) -> str | None:
        """What calling a function does besides computing, in words, or None."""
        if node.core is None or node in seen:
            return None
        inner = node.callees
        found = effect_of(node.core, [*node.own, *node.free], inner)
        parts = (self.effect_of(callee, (*seen, node)) for callee in inner.values())
        return found or next((what for what in parts if what is not None), None)

    def known_data(self, node: Node) -> dict[str, Any]:
        """Data from outside that is a function, or a table of functions: known, as functions by their names are."""
        found = dict(node.given)
        for name, variable in node.free.items():
            try:
                value = variable.read()
            except NameError:
                continue
            if is_function(value) or is_table(value):
                found[name] = value
                self.guards.append(Guard(variable.holder, variable.key, value))
        return found

    def callee_of(
        self, node: Node, core: Core, taken: Namer, values: Values
    ) -> Callable[[Any, gast.Call], Callee | None]:
        """Which functions are inlined into a node, and how; the others become its callees."""
        sites = _call_sites(core)

        def callee_of(obj: Any, call: gast.Call) -> Callee | None:
            function = followed(obj)
            if function is None:
                return None
            try:
                callee = self.node(function)
            except TransformError:
                if not is_cached(obj):
                    raise
                self.nodes.pop(function, None)
                return None
            arguments = [*call.args, *(k.value for k in call.keywords)]
            forced = callee.must_inline or any(map(values.holds_function, arguments))
            inlined = not (callee.core is None or is_starred(call) or callee.is_recursive())
            inlined = inlined and not (callee.recomputed or callee.snapshots or is_cached(obj))
            if not inlined or not (forced or self.is_inlined(callee, sites.get(id(obj), 1))):
                node.callees[obj] = callee
                return None
            assert callee.core is not None
            node.callees.update(callee.callees)
            hidden = {}
            for name, variable in callee.free.items():
                found = find_hidden(node.free, variable)
                if found is None:
                    found = taken(name)
                    node.free[found] = variable
                hidden[name] = found
            return Callee(callee.core, callee.signature, hidden)

        return callee_of

    def specialise(self, obj: Any, call: gast.Call, values: Values) -> tuple[Any, gast.Call] | None:
        """A recursive function that is given functions is taken for these functions."""
        function = python_function(obj)
        if function is None:
            return None
        callee = self.node(function)
        if callee.core is not None and not callee.is_recursive():
            return None
        return specialise_call(function, call, values)

    def check_bounded(self, special: Specialised) -> None:
        """Refuse a recursion whose functions grow."""
        same = [fn for fn in self.nodes if isinstance(fn, Specialised) and fn.function is special.function]
        if len(same) >= SPECIALISATIONS:
            raise TransformError(
                f"cannot differentiate the recursive function {special.__name__}",
                origin=self.nodes[special.function].origin,
                why="each recursive call gives it another function",
                instead="write the recursion as a loop, or pass the data instead of functions",
            )

    def is_inlined(self, callee: Node, sites: int) -> bool:
        """Whether the calls of a function that is not recursive are replaced by its body."""
        assert callee.core is not None
        return _is_inlined(callee.core, callee.own, sites)

    def finish(self, root: Node) -> Linked:
        """Give each function the hidden parameters of all that it calls."""
        nodes = self.reachable(root)
        for node, core in with_writes_returned([n for n in nodes if n is not root], root).items():
            node.core = core
            node.stages.append(("writes returned", with_params(core, [*node.own, *node.free])))
        changed = True
        while changed:
            changed = False
            for node in nodes:
                for callee in node.callees.values():
                    for name, variable in callee.free.items():
                        if find_hidden(node.free, variable) is None:
                            assert node.core is not None
                            names = {n.id for n in below(node.core.tree) if isinstance(n, gast.Name)}
                            node.free[Namer({*names, *node.core.namespace, *node.free})(name)] = variable
                            changed = True
        callees: dict[Node, dict[Any, Linked]] = {node: {} for node in nodes}
        result: dict[Node, Linked] = {}
        for node in nodes:
            assert node.core is not None
            core = with_params(node.core, [*node.own, *node.free])
            result[node] = Linked(
                core,
                node.signature,
                node.free,
                tuple(self.guards),
                callees[node],
                tuple(node.stages),
                recomputed=node.recomputed,
                snapshots=node.snapshots,
            )
        for node in nodes:
            callees[node].update({obj: result[callee] for obj, callee in node.callees.items()})
        return result[root]

    def reachable(self, root: Node) -> list[Node]:
        found, work = [root], [root]
        while work:
            for callee in work.pop().callees.values():
                if callee not in found:
                    found.append(callee)
                    work.append(callee)
        return found


def is_starred(call: gast.Call) -> bool:
    """Whether a call has `*args` or `**kwargs`."""
    return any(isinstance(a, gast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


def _is_inlined(core: Core, params: Sequence[str], sites: int) -> bool:
    """Whether the calls of a function that is not recursive are replaced by its body."""
    small = sites == 1 or len(core.statements) <= SMALL
    return small or shares_memory(core, params)


def followed(obj: Any) -> Any | None:
    """What to link for a callee, or None."""
    return obj if isinstance(obj, Specialised) or is_checkpointed(obj) else python_function(obj)


def _table_guards(direct: Direct) -> list[Guard]:
    """What must stay as it was in the tables that functions were taken from."""
    return [
        Guard(Keys(holder, value), "same", True) if key is None else Guard(holder, key, value)
        for holder, key, value in direct.looked_up
    ]


def _names_in(core: Core) -> set[str]:
    return {n.id for n in below(core.tree) if isinstance(n, gast.Name)} | set(core.namespace)


def _wrapper(primitive: Any, rule: registry.Rule) -> Any:
    """A Python function that calls a primitive, so that `tg.grad(np.sin)` has something to transform."""
    params = (
        _required(primitive)
        if rule.kind == "constant"
        else [p for p in rule.params if p not in rule.defaults]
    )
    name = rule.primitive.__name__ if is_identifier(getattr(rule.primitive, "__name__", "")) else "primitive"
    text = f"def {name}({', '.join(params)}):\n    return wrapped({', '.join(params)})\n"
    return load(text, name, {"wrapped": primitive})[name]


def _required(primitive: Any) -> list[str]:
    """Names for the positional arguments that a function without derivative needs."""
    count = primitive.nin if isinstance(primitive, np.ufunc) else 1
    return ["x", "y", "z"][:count]


def with_hidden(linked: Linked, core: Core, names: Sequence[str], immutable: Collection[str] = ()) -> Linked:
    """The function with another text, and further hidden parameters, whose values the caller reads himself.

    What is computed from the parameters in `immutable` is never written in place by `+=`.
    """
    core = rebind(core, immutable)
    places = {name: FreeVariable("caller", {}, name) for name in names}
    return replace(
        linked, core=with_params(core, [*linked.core.params, *names]), free={**linked.free, **places}
    )


def _call_sites(core: Core) -> dict[int, int]:
    sites: dict[int, int] = {}
    for node in below(core.tree):
        if isinstance(node, gast.Call):
            obj = lookup(core, node.func)
            if obj is not None:
                sites[id(obj)] = sites.get(id(obj), 0) + 1
    return sites


def with_params(core: Core, params: Sequence[str]) -> Core:
    """The same function with other parameters."""
    tree = build.function(core.tree.name, params, core.body, getattr(core.tree, "origin", None))
    return Core(tree, core.namespace)
