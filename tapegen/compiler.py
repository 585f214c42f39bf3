"""The pipeline on one page: from a linked function to the functions that compute its derivatives.

`Compilation.ready` specialises a function to what is known of its arguments; `compile_gradient`, `compile_pair` and
`compile_tangent` differentiate, simplify, print and load. Each stage is a Core, kept under its name for `tg.explain`.
"""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gast

import tapegen.rules  # noqa: F401  (the book is read before anything is looked up in it)
from tapegen.analysis.activity import activity
from tapegen.analysis.aliasing import aliasing
from tapegen.analysis.complexity import may_be_complex
from tapegen.analysis.functions import is_effect_free
from tapegen.analysis.joins import join_all
from tapegen.analysis.predicates import floats
from tapegen.analysis.records import cotangent_value
from tapegen.analysis.regions import Regions
from tapegen.analysis.shape_symbols import canonical
from tapegen.analysis.shapes import infer
from tapegen.analysis.shifts import cancelling_maxima
from tapegen.analysis.values import UNKNOWN, Array, Number, Value
from tapegen.analysis.values import Sequence as Sequence_
from tapegen.backends.emit import emit
from tapegen.backends.load import load
from tapegen.backends.options import Numba
from tapegen.generated import Compiled as Compiled
from tapegen.generated import Ready
from tapegen.generated import link_generated as link_generated
from tapegen.lang.build import load as load_name
from tapegen.lang.core import Core, Generated
from tapegen.lang.garbage import uncollected
from tapegen.lang.names import Namer
from tapegen.lang.walk import below
from tapegen.linker import Linked, Stage, inline_every_call, inline_spelled_out
from tapegen.optimise.borrowed_shapes import borrow_shapes
from tapegen.optimise.common_subexpressions import share_subexpressions
from tapegen.optimise.constants import fold_constants
from tapegen.optimise.copies import propagate_copies
from tapegen.optimise.cotangent_trees import spell_out_cotangents
from tapegen.optimise.dead_code import drop_dead_code
from tapegen.optimise.dicts import forward_entries
from tapegen.optimise.invariants import hoist_invariants
from tapegen.optimise.inverses import reuse_inverses
from tapegen.optimise.polish import before_loops, last_passes, settled
from tapegen.optimise.settled import settle_known
from tapegen.optimise.slots import forward_slots
from tapegen.optimise.specialise import specialise
from tapegen.transforms.assemble import (
    Request,
    gradient,
    in_adjoint,
    joint,
    run_again,
    split,
    with_auxiliary,
    without_value,
)
from tapegen.transforms.carried import separate_carried
from tapegen.transforms.containers import take_containers_apart
from tapegen.transforms.deep_copies import spell_out_copies
from tapegen.transforms.forward import tangent
from tapegen.transforms.in_place import resolve_in_place
from tapegen.transforms.inline import Callee, bind_arguments, inline_calls
from tapegen.transforms.list_growth import grow_item_by_item
from tapegen.transforms.listed import lists_as_arrays
from tapegen.transforms.mirrors import marks_of_callers, mirror_writes
from tapegen.transforms.pullbacks import constant_for
from tapegen.transforms.records import may_hold_records, settle_records
from tapegen.transforms.scope import Scope
from tapegen.transforms.spellings import is_transform
from tapegen.transforms.starred import spell_out_starred
from tapegen.transforms.unpack import refuse_changed_lengths, unpack, written_containers
from tapegen.transforms.unroll import STATEMENTS, unroll

Cut = Callable[[Core, str, str], tuple[Core, Core]]
UNROLL_LIMIT = 8
ROUNDS = 8  # of the passes that settle what the arguments are; each may make more known to the others
WIDEN_AFTER = 3  # a callee is specialised so often before it is compiled for any argument


# -- specialisation ---------------------------------------------------------------------------------------------------


class Compilation:
    """One module being generated: the function asked for, and the pairs of the functions that it calls."""

    def __init__(self, linked: Linked, name: str, numba: Numba | None = None) -> None:
        self.linked, self.numba = linked, numba
        self.complex = False  # whether complex numbers can occur in what has been met so far
        self.names = Namer({name, *vars(builtins)})
        self.functions: list[Core] = []
        self.stages: list[Stage] = []
        self.pairs: dict[Any, tuple[Generated, Generated]] = {}
        self.tangents: dict[Any, Generated] = {}
        self._results: dict[Any, Value] = {}
        self.facts: dict[int, Mapping[str, Value]] = {}
        self._inferred: dict[int, tuple[Core, Mapping[str, Value], dict[str, Value]]] = {}
        self._running: list[Linked] = []
        self._count: dict[Linked, dict[Any, None]] = {}

    # -- specialisation -----------------------------------------------------------------------------------------------

    def infer(self, core: Core, signature: Mapping[str, Value], linked: Linked) -> dict[str, Value]:
        """The facts about `core`, with those about its callees."""
        known = self._inferred.get(id(core))
        if known is None or known[0] is not core or known[1] is not signature:
            results = partial(self.result_of, linked)
            facts = infer(core, signature, results, linked.readers())
            known = self._inferred[id(core)] = (core, signature, facts)
        return known[2]

    def result_of(self, linked: Linked, callee: Any, values: Sequence[Value]) -> Value:
        """The description of the result of calling `callee` with arguments of these descriptions."""
        if isinstance(callee, Generated):
            return callee.result if callee.result is not None else UNKNOWN
        target = linked.callee(callee)
        if target is None or len(values) != len(target.own_params):
            return UNKNOWN
        if target in self._running:
            return UNKNOWN
        key = (target, tuple(values))
        if key not in self._results:
            self._running.append(target)
            signature = dict(zip(target.core.params, [*values, *[UNKNOWN] * len(target.free)], strict=True))
            self._results[key] = self.result_of_linked(target, signature)
            self._running.pop()
        return self._results[key]

    @uncollected()
    def ready(
        self,
        linked: Linked,
        signature: Mapping[str, Value],
        inputs: Sequence[str],
        whole: frozenset[str] = frozenset(),
    ) -> Ready:
        """Specialise to what is known of the arguments: types settled, short loops unrolled, arguments taken apart.

        Args:
            whole: arguments, lists and dicts that are written, which can't be taken apart.
        """
        start = linked
        stages = list(linked.stages)
        core = linked.core

        def stage(name: str, new: Core) -> Core:
            if new is not core:
                stages.append((name, new))
            return new

        def known() -> Mapping[str, Value]:
            return self.infer(core, signature, linked)

        def settled() -> Core:
            return settle_records(core, known()) if may_hold_records(core) else core

        if self.numba is not None:  # a call would leave the compiled code
            core, linked = inline_every_call(core, linked)
        core = stage("records settled", settled())
        containers = written_containers(core, signature)
        plain = [p for p in inputs if p not in whole]
        unpacked, nests = unpack(core, signature, plain, containers - whole)
        core = stage("arguments taken apart", unpacked)
        for _ in range(ROUNDS):
            core = before = stage("copies propagated", propagate_copies(forward_entries(core)))
            spelled = spell_out_cotangents(core, known())
            core = stage("cotangents of containers spelled out", spelled)
            core = stage("containers taken apart", take_containers_apart(core, known()))
            spelled = spell_out_starred(core, known())
            if spelled is not core:
                core, linked = inline_spelled_out(stage("starred arguments spelled out", spelled), linked)
                core = stage("inlined", core)
            core = stage("records settled", settled())
            core = stage("copies spelled out", spell_out_copies(core, known()))
            core = stage("known branches taken", settle_known(core, known()))
            core = stage("in-place writes settled", resolve_in_place(core, known(), final=False))
            core = stage("lists as arrays", lists_as_arrays(core, known()))
            core = stage("derivatives inlined", self.with_derivatives(core, signature, linked))
            core = stage("unrolled", unroll(core, known(), *self.unroll_limits()))
            if core is before:
                core = stage("writes mirrored", mirror_writes(core))
                core = stage("lists grown", grow_item_by_item(core, known()))
                if core is before:
                    break
        if marks_of_callers(core):
            refuse_changed_lengths(start.core, containers)
            return self.ready(start, signature, inputs, frozenset(containers))
        core = stage("in-place writes settled", resolve_in_place(core, known()))
        core = stage("invariants hoisted", hoist_invariants(core, known()))
        # What is computed once has one cotangent, which is summed before it is passed on.
        core = stage("subexpressions shared", propagate_copies(share_subexpressions(core)))
        core = stage("carried variables initialised apart", separate_carried(core))
        # Of generated code that is differentiated again, the pairs keep their names: those to come get others.
        self.names.reserve(name[:-4] for name in core.namespace if name.endswith(("_fwd", "_adj")))
        return Ready(core, self.infer(core, signature, linked), nests, tuple(stages), linked)

    def unroll_limits(self) -> tuple[int, int | None]:
        """So many rounds of a loop, and so many statements, are written out at most."""
        limit = self.linked.unroll
        return (UNROLL_LIMIT, STATEMENTS) if limit is None else (limit, None)

    def with_derivatives(self, core: Core, signature: Mapping[str, Value], linked: Linked) -> Core:
        """The function with the generated code of the derivatives that it calls in place of the calls."""
        if not any(is_transform(obj) for obj in core.namespace.values()):
            return core

        def callee_of(obj: Any, call: gast.Call) -> Callee | None:
            if not is_transform(obj) or call.keywords:
                return None
            base = obj.base()
            hidden = dict(zip(base.free, linked.hidden_for(base), strict=True))
            facts = self.infer(core, signature, linked)
            values = [
                *(facts.get(a.id, UNKNOWN) if isinstance(a, gast.Name) else UNKNOWN for a in call.args),
                *(facts.get(name, UNKNOWN) for name in hidden.values()),
            ]
            if len(values) != len(base.core.params):
                return None
            compiled = obj.compiled_for(values, obj.code_for(base))
            generated = link_generated(compiled, base)
            if generated.callees:
                return None
            own = generated.core.params[: len(call.args)]
            inner = generated.core.params[len(call.args) :]
            signature_ = inspect.Signature(
                [inspect.Parameter(p, inspect.Parameter.POSITIONAL_ONLY) for p in own]
            )
            return Callee(generated.core, signature_, dict(zip(inner, hidden.values(), strict=True)))

        return inline_calls(core, callee_of)

    # -- callees ------------------------------------------------------------------------------------------------------

    def scope(self, target: Ready, inputs: Sequence[str]) -> Scope:
        """The state of a transform of `target` with respect to the variables `inputs`."""
        core = target.core
        classes = aliasing(core, target.facts, target.linked.fresh_callees())
        last = core.body[-1]
        outputs = {n.id for n in below(last) if isinstance(n, gast.Name)} - set(core.namespace)
        constants = cancelling_maxima(core, target.facts)
        found = activity(core, frozenset(inputs), frozenset(outputs), target.facts, classes, constants)
        namer = Namer({*core.names, *vars(builtins)})
        self.complex |= may_be_complex(core, target.facts, (c.core for c in target.linked.reached().values()))
        return Scope(
            core,
            target.facts,
            classes,
            found.active,
            self.complex,
            namer,
            dict(core.namespace),
            _Callees(self, target.linked),
            snapshots=target.linked.snapshots,
            again=target.linked.again,
        )

    def pair(
        self, linked: Linked, values: Sequence[Value], active: Sequence[bool]
    ) -> tuple[Generated, Generated]:
        """The pair of a callee; generated when it is first asked for."""
        values = self.widened(
            linked, [canonical(v, p) for v, p in zip(values, linked.core.params, strict=True)]
        )
        key = (linked, tuple(values), tuple(active))
        if key not in self.pairs:
            signature = dict(zip(linked.core.params, values, strict=True))
            name = self.names(linked.core.tree.name)
            inputs = [p for p, wanted in zip(linked.core.params, active, strict=True) if wanted]
            result = self.result_of_linked(linked, signature)
            pure = is_effect_free(linked.core)
            forward = Generated(f"{name}_fwd", pure, Sequence_(tuple, (result, UNKNOWN)))
            cotangents = [
                v if isinstance(v, (Array, Number)) else UNKNOWN
                for v, a in zip(values, active, strict=True)
                if a
            ]
            adjoint = Generated(f"{name}_adj", True, Sequence_(tuple, tuple(cotangents)))
            self.pairs[key] = (forward, adjoint)
            target = self.ready(linked, signature, [])
            request = Request(inputs, {}, True, None, False, owned=False)
            both = joint(self.scope(target, inputs), request, name)
            signature = {**signature, both.params[-1]: cotangent_value(result)}
            whole = without_value(both) if linked.recomputed else both
            cut = partial(run_again, target.core) if linked.recomputed else split
            tidied = self.tidy(whole, signature, linked)
            self.functions.extend(self.parted(tidied, forward.name, adjoint.name, cut))
        return self.pairs[key]

    def result_of_linked(self, linked: Linked, signature: Mapping[str, Value]) -> Value:
        """The description of the result of a callee."""
        facts = self.infer(linked.core, signature, linked)
        last = linked.core.body[-1].value
        return facts.get(last.id, UNKNOWN) if isinstance(last, gast.Name) else UNKNOWN

    def widened(self, linked: Linked, values: Sequence[Value]) -> Sequence[Value]:
        """The descriptions to specialise a callee for: what all have in common once there are too many (recursion)."""
        known = self._count.setdefault(linked, {})
        if tuple(values) not in known and len(known) >= WIDEN_AFTER:
            values = [join_all(column) for column in zip(*known, values, strict=True)]
        if tuple(values) not in known and len(known) >= 2 * WIDEN_AFTER:
            return [UNKNOWN] * len(values)
        known[tuple(values)] = None
        return values

    def tangent(self, linked: Linked, values: Sequence[Value], active: Sequence[bool]) -> Generated:
        """The tangent function of a callee."""
        values = self.widened(
            linked, [canonical(v, p) for v, p in zip(values, linked.core.params, strict=True)]
        )
        key = (linked, tuple(values), tuple(active))
        if key not in self.tangents:
            signature = dict(zip(linked.core.params, values, strict=True))
            inputs = [p for p, wanted in zip(linked.core.params, active, strict=True) if wanted]
            name = self.names(f"{linked.core.tree.name}_jvp")
            result = self.result_of_linked(linked, signature)
            self.tangents[key] = Generated(
                name, is_effect_free(linked.core), Sequence_(tuple, (result, cotangent_value(result)))
            )
            target = self.ready(linked, signature, [])
            core = tangent(self.scope(target, inputs), inputs, name)
            dots = dict(
                zip(
                    core.params[len(linked.core.params) :],
                    [cotangent_value(signature[p]) for p in inputs],
                    strict=True,
                )
            )
            self.functions.append(self.tidy(core, {**signature, **dots}, linked))
        return self.tangents[key]

    # -- after differentiation ----------------------------------------------------------------------------------------

    @uncollected()
    def tidy(self, core: Core, signature: Mapping[str, Value], linked: Linked) -> Core:
        """The same function, simplified; still in single assignment."""
        self.stages.append(("differentiated", core))
        core = propagate_copies(core)
        for _ in range(2):
            facts = self.infer(core, signature, linked)
            core = borrow_shapes(specialise(reuse_inverses(core, facts), facts), facts)
            core = self.with_plain_cotangents(core, facts, signature, linked)
            # These passes bring in no writes and no aliases that they do not enter there: one set of regions does.
            regions = Regions(core)
            core = fold_constants(core, is_float=floats(facts), regions=regions)
            core = propagate_copies(share_subexpressions(core, regions))
            core = drop_dead_code(core, regions)
        core, known = settled(core, self.infer(core, signature, linked))
        self.stages.append(("simplified", core))
        self.facts[id(core)] = known
        return core

    def with_plain_cotangents(
        self, core: Core, facts: Mapping[str, Value], signature: Mapping[str, Value], linked: Linked
    ) -> Core:
        """The same function with variables for the cotangents of the items of containers."""
        spelled = spell_out_cotangents(core, facts)
        if spelled is core:
            return core
        spelled = forward_slots(spelled)
        known = self.infer(spelled, signature, linked)
        return in_adjoint(spelled, lambda sweep: take_containers_apart(sweep, known))

    def parted(self, core: Core, forward: str, adjoint: str, cut: Cut = split) -> tuple[Core, Core]:
        """The two functions of a joint one, with its facts."""
        parts = cut(core, forward, adjoint)
        for part in parts:
            self.facts[id(part)] = self.facts[id(core)]
        return parts

    def finish(self, core: Core, facts: Mapping[str, Value]) -> Core:
        """The same function as a person would write it; no longer in single assignment."""
        for name, improve in last_passes(facts):
            core = improve(core)
            self.stages.append((f"{core.tree.name}: {name}", core))
        return core

    def compiled(self, target: Ready, core: Core) -> Compiled:
        """Print and load the module."""
        with uncollected():
            pieces = [*self.functions, core]
            functions = [self.finish(piece, self.facts.get(id(piece), {})) for piece in pieces]
            emitted = emit(functions, title=target.title)
        name = core.tree.name
        module = load(emitted.text, name, emitted.namespace)
        loaded = {piece.tree.name: module[piece.tree.name] for piece in functions}
        result = Compiled(name, loaded, emitted.text, (*target.stages, *self.stages))
        return result if self.numba is None else self.accelerated(result, target, core)

    def accelerated(self, compiled: Compiled, target: Ready, core: Core) -> Compiled:
        """The same, with the function asked for compiled by Numba if that is possible."""
        from tapegen.backends.numba.run import accelerate

        assert self.numba is not None
        facts = self.facts.get(id(core), {})
        plain = compiled.functions[compiled.main]
        loops = before_loops(core, facts)
        fast = accelerate(loops, facts, plain, self.functions, target.title, self.numba)
        return replace(compiled, fast=fast.function, source=fast.source or compiled.source, slow=fast.reason)


@dataclass(frozen=True)
class _Callees:
    """The callees of one function, for its transform."""

    compilation: Compilation
    linked: Linked

    def arguments(self, callee: Any, call: gast.Call, scope: Scope) -> list[gast.expr] | None:
        target = self.linked.callee(callee)
        if target is None:
            return None
        own = bind_arguments(target.signature, call, lambda v: constant_for(scope, v), scope.origin)
        arguments = [scope.atom(value, name) for name, value in own.items()]
        return [*arguments, *map(load_name, self.linked.hidden_for(target))]

    def pair(
        self, callee: Any, values: Sequence[Value], active: Sequence[bool]
    ) -> tuple[Generated, Generated]:
        return self.compilation.pair(self.linked.callees[callee], values, active)

    def tangent(self, callee: Any, values: Sequence[Value], active: Sequence[bool]) -> Generated:
        return self.compilation.tangent(self.linked.callees[callee], values, active)


def compile_gradient(
    linked: Linked,
    signature: Mapping[str, Value],
    name: str,
    inputs: Sequence[str],
    *,
    with_value: bool,
    has_aux: bool,
    single: bool,
    numba: Numba | None = None,
) -> Compiled:
    """The fused function `name` that computes the gradient, with the value if asked for."""
    work = Compilation(linked, name, numba)
    target = work.ready(linked, signature, inputs)
    aux = None
    if has_aux:
        aux = Namer(target.core.names)("aux")
        core = with_auxiliary(target.core, aux)
        target = replace(target, core=core, facts=work.infer(core, signature, linked))
    request = Request(inputs, target.nests, with_value, aux, single)
    fused = gradient(work.scope(target, request.leaves()), request, name)
    return work.compiled(target, work.tidy(fused, signature, linked))


def compile_pair(
    linked: Linked, signature: Mapping[str, Value], name: str, inputs: Sequence[str]
) -> Compiled:
    """The functions `name_fwd(params) -> (out, residuals)` and `name_adj(residuals, ct) -> cotangents`."""
    work = Compilation(linked, f"{name}_fwd")
    work.names.reserve([name])  # a callee of that name gets a pair of its own
    target = work.ready(linked, signature, inputs)
    request = Request(inputs, target.nests, True, None, False)
    both = joint(work.scope(target, request.leaves()), request, name)
    ct = {both.params[-1]: cotangent_value(target.result)}
    forward, adjoint = work.parted(work.tidy(both, {**signature, **ct}, linked), f"{name}_fwd", f"{name}_adj")
    work.functions.append(adjoint)
    return work.compiled(target, forward)


def compile_adjoint(
    linked: Linked, signature: Mapping[str, Value], name: str, inputs: Sequence[str], fast: Numba | None
) -> Compiled:
    """The function `name(params, ct) -> cotangents`, which runs the forward sweep too."""
    work = Compilation(linked, name, fast)
    target = work.ready(linked, signature, inputs)
    request = Request(inputs, target.nests, True, None, False)
    both = joint(work.scope(target, request.leaves()), request, name)
    ct = {both.params[-1]: cotangent_value(target.result)}
    return work.compiled(target, work.tidy(without_value(both), {**signature, **ct}, linked))


def compile_tangent(
    linked: Linked, signature: Mapping[str, Value], name: str, inputs: Sequence[str], fast: Numba | None
) -> Compiled:
    """The function `name(params, tangents) -> (out, out_dot)`."""
    work = Compilation(linked, name, fast)
    target = work.ready(linked, signature, [])
    core = tangent(work.scope(target, inputs), inputs, name)
    dots = dict(
        zip(
            core.params[len(linked.core.params) :],
            [cotangent_value(signature.get(p, UNKNOWN)) for p in inputs],
            strict=True,
        )
    )
    return work.compiled(target, work.tidy(core, {**signature, **dots}, linked))
