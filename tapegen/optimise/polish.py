"""The last passes: what they make is no longer in single assignment, and reads as a person would write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import gast

from tapegen.analysis.predicates import is_array, is_container, is_same_type, known_length
from tapegen.analysis.values import Value
from tapegen.lang.core import Core
from tapegen.optimise.buffers import accumulate_in_place, shorten_stores
from tapegen.optimise.copies import propagate_copies, split_moves
from tapegen.optimise.displays import gather_elements
from tapegen.optimise.first_terms import start_with_first_term
from tapegen.optimise.fold import fold_temporaries
from tapegen.optimise.layout import mark_lines
from tapegen.optimise.names import merge_versions
from tapegen.optimise.resugar import loop_over_elements, shorten_transposes
from tapegen.optimise.rewrite import is_cotangent
from tapegen.optimise.unpackings import unpack_in_one


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
        return is_same_type(facts.get(name), other)

    return (
        ("sums begun", lambda core: start_with_first_term(core, facts)),
        ("sums in place", partial(accumulate_in_place, same_type=same_type)),
        ("copies propagated", propagate_copies),
    )


def last_passes(facts: Mapping[str, Value]) -> tuple[tuple[str, Callable[[Core], Core]], ...]:
    """The last passes, in order: the first three need single assignment, names are merged before moves are parted."""

    def array(name: str) -> bool:
        return is_array(facts.get(name))

    return (
        ("elements gathered", lambda core: gather_elements(core, facts)),
        *_sums(facts),
        (
            "loops over elements",
            partial(loop_over_elements, is_sequence=lambda n: is_container(facts.get(n)) or array(n)),
        ),
        ("unpacked in one", lambda core: unpack_in_one(core, lambda name: known_length(facts.get(name)))),
        ("temporaries folded", fold_temporaries),
        ("transposes shortened", partial(shorten_transposes, is_array=array)),
        ("versions merged", merge_versions),
        ("moves split", split_moves),
        ("stores shortened", shorten_stores),
        ("lines marked", mark_lines),
    )
