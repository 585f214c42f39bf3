"""Derivatives in many directions at once: tangent functions and pairs that take seeds along a first axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tapegen.analysis.records import cotangent_value
from tapegen.analysis.values import UNKNOWN, Array, Number, Scalar, Size, Value
from tapegen.compiler import Compilation, compile_pair, compile_tangent
from tapegen.generated import Compiled, Ready
from tapegen.kernels.seeds import copies_of, entry, seed_count, stacked
from tapegen.lang.core import Core
from tapegen.linker import Linked
from tapegen.transforms.assemble import Request, joint, split
from tapegen.transforms.batch import Unbatchable, batch
from tapegen.transforms.dependence import dependence
from tapegen.transforms.forward import tangent


def many(value: Value) -> Value:
    """The description of seeds for a value of this description."""
    match value:
        case Array(dtype=dtype, shape=tuple() as shape):
            return Array(dtype, (Size.of("seeds"), *shape), False)
        case Number(kind="float"):
            return Array("float64", (Size.of("seeds"),), False)
        case Scalar(dtype=str(dtype)):
            return Array(dtype, (Size.of("seeds"),), False)
    return UNKNOWN


def compile_tangents(
    linked: Linked, signature: Mapping[str, Value], name: str, inputs: Sequence[str]
) -> Compiled:
    """The function `name(params, tangents) -> (out, tangents of out)`."""
    work = Compilation(linked, name)
    target = work.ready(linked, signature, [])
    core = tangent(work.scope(target, inputs), inputs, name)
    seeds = core.params[len(linked.core.params) :]
    dots = {seed: cotangent_value(signature.get(p, UNKNOWN)) for seed, p in zip(seeds, inputs, strict=True)}
    try:
        batched = _batched(work, work.tidy(core, {**signature, **dots}, linked), signature, dots, linked)
    except Unbatchable:
        plain = compile_tangent(linked, signature, name, inputs, None)
        return replace(
            plain, functions={**plain.functions, name: _tangents(plain.functions[name], len(seeds))}
        )
    return work.compiled(target, batched)


def compile_pullbacks(
    linked: Linked, signature: Mapping[str, Value], name: str, inputs: Sequence[str]
) -> Compiled:
    """The functions `name_fwd(params) -> (out, residuals)` and `name_adj(residuals, cts) -> cotangents`."""
    work = Compilation(linked, f"{name}_fwd")
    target = work.ready(linked, signature, inputs)
    both = joint(work.scope(target, _request(target, inputs).leaves()), _request(target, inputs), name)
    ct = {both.params[-1]: cotangent_value(target.result)}
    try:
        batched = _batched(work, work.tidy(both, {**signature, **ct}, linked), signature, ct, linked)
    except Unbatchable:
        plain = compile_pair(linked, signature, name, inputs)
        namespace = plain.functions[plain.main].__globals__
        namespace[f"{name}_adj"] = _pullbacks(namespace[f"{name}_adj"])
        return plain
    forward, adjoint = work.parted(batched, f"{name}_fwd", f"{name}_adj", split)
    work.functions.append(adjoint)
    return work.compiled(target, forward)


def _request(target: Ready, inputs: Sequence[str]) -> Request:
    return Request(inputs, target.nests, True, None, False)


def _batched(
    work: Compilation,
    core: Core,
    signature: Mapping[str, Value],
    seeds: Mapping[str, Value],
    linked: Linked,
) -> Core:
    """The simplified function `core` for many seeds, with its facts."""
    callees = {adjoint: 0 for _, adjoint in work.pairs.values()}
    callees |= {function: sum(active) for (_, _, active), function in work.tangents.items()}
    batched = batch(core, work.facts[id(core)], seeds, callees)
    by_name = {function.name: count for function, count in callees.items()}
    for place, callee in enumerate(work.functions):
        count = by_name.get(callee.tree.name)
        if count is not None:
            facts = work.facts.get(id(callee), {})
            inner = callee.params[-max(count, 1) :]
            work.functions[place] = batch(callee, facts, inner, callees, whole=count == 0)
    work.stages.append(("batched", batched))
    described = {**signature, **{name: many(value) for name, value in seeds.items()}}
    work.facts[id(batched)] = work.infer(batched, described, linked)
    return batched


def _tangents(run: Callable[..., Any], inputs: int) -> Callable[..., Any]:
    """A tangent function that takes its seeds one by one, the primal with them."""

    def run_each(*args: Any) -> tuple[Any, Any]:
        primals, dots = args[:-inputs], args[-inputs:]
        found = []
        for k in range(seed_count(dots)):
            found.append(run(*copies_of(primals), *[entry(dot, k) for dot in dots]))
        return found[0][0], stacked([out_dot for _, out_dot in found])

    return run_each


def _pullbacks(adjoint: Callable[..., Any]) -> Callable[..., Any]:
    """An adjoint function that takes its seeds one by one."""

    def run_each(residuals: Any, cts: Any) -> Any:
        return stacked([adjoint(residuals, entry(cts, k)) for k in range(seed_count(cts))])

    return run_each


def compile_dependence(
    linked: Linked, signature: Mapping[str, Value], name: str, inputs: Sequence[str]
) -> Compiled:
    """The function `name(params, dependences) -> (out, dependence of out)`; see `transforms/dependence.py`."""
    work = Compilation(linked, name)
    target = work.ready(linked, signature, [])
    return work.compiled(target, dependence(work.scope(target, inputs), inputs, name))
