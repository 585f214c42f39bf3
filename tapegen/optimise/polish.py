"""The last passes: what they make is no longer in single assignment, and reads as a person would write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import gast

from tapegen.analysis.predicates import fits_in_place, floats, is_array, is_container, known_length
from tapegen.analysis.regions import Regions
from tapegen.analysis.values import Array, Value
from tapegen.lang.core import Core
from tapegen.optimise.broadcasts import sink_broadcasts
from tapegen.optimise.buffers import accumulate_in_place, shorten_stores
from tapegen.optimise.common_subexpressions import share_subexpressions
from tapegen.optimise.constants import fold_constants
from tapegen.optimise.contractions import contract_sums
from tapegen.optimise.copies import propagate_copies, split_moves
from tapegen.optimise.dead_code import drop_dead_code
from tapegen.optimise.displays import gather_elements
from tapegen.optimise.factors import gather_factors
from tapegen.optimise.first_stores import store_first_terms
from tapegen.optimise.first_terms import start_with_first_term
from tapegen.optimise.fold import fold_temporaries
from tapegen.optimise.layout import mark_lines
from tapegen.optimise.names import merge_versions
from tapegen.optimise.resugar import loop_over_elements, use_attributes
from tapegen.optimise.results import settle_results
from tapegen.optimise.rewrite import is_cotangent
from tapegen.optimise.shares import find_shares
from tapegen.optimise.unpackings import unpack_in_one


def settled(core: Core, facts: Mapping[str, Value]) -> tuple[Core, Mapping[str, Value]]:
    """The last passes of both backends, which keep single assignment; with the facts, those about new names too."""
    gathered, facts = gather_factors(core, facts)
    if gathered is not core:
        core = propagate_copies(share_subexpressions(gathered))
    core = settle_results(sink_broadcasts(core, facts), facts)
    regions = Regions(core)
    return drop_dead_code(fold_constants(core, is_float=floats(facts), regions=regions), regions), facts


def before_loops(core: Core, facts: Mapping[str, Value]) -> Core:
    """What is done to code that is compiled as loops: sums in place; names keep their facts, expressions stay flat."""
    for _, improve in _sums(facts):
        core = improve(core)
    return core


def _sums(facts: Mapping[str, Value]) -> tuple[tuple[str, Callable[[Core], Core]], ...]:
    def same_type(name: str, term: gast.expr) -> bool:
        if not is_cotangent(name):
            return False  # what the user wrote stays as he wrote it
        other = facts.get(term.id) if isinstance(term, gast.Name) else None
        return fits_in_place(facts.get(name), other)

    return (
        ("sums begun", lambda core: start_with_first_term(core, facts)),
        ("sums in place", partial(accumulate_in_place, same_type=same_type)),
        ("copies propagated", propagate_copies),
    )


def last_passes(facts: Mapping[str, Value]) -> tuple[tuple[str, Callable[[Core], Core]], ...]:
    """The last passes, in order: the first three need single assignment, names are merged before moves are parted."""

    def array(name: str) -> bool:
        return is_array(facts.get(name))

    def double(name: str) -> bool:
        fact = facts.get(name)
        return array(name) and isinstance(fact, Array) and fact.dtype == "float64"

    def shares(core: Core) -> Core:
        found = find_shares(core, facts)
        return core if found is core else drop_dead_code(found)

    return (
        ("elements gathered", lambda core: gather_elements(core, facts)),
        ("shares found", shares),
        ("sums of products contracted", lambda core: contract_sums(core, facts)),
        *_sums(facts),
        ("first terms stored", lambda core: store_first_terms(core, facts)),
        (
            "loops over elements",
            partial(loop_over_elements, is_sequence=lambda n: is_container(facts.get(n)) or array(n)),
        ),
        ("unpacked in one", lambda core: unpack_in_one(core, lambda name: known_length(facts.get(name)))),
        ("temporaries folded", fold_temporaries),
        ("attributes used", partial(use_attributes, is_array=array, is_double=double)),
        ("versions merged", merge_versions),
        ("moves split", split_moves),
        ("stores shortened", shorten_stores),
        ("lines marked", mark_lines),
    )
