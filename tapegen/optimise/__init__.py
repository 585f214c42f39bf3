"""Passes from Core to Core with the same meaning. They know nothing of derivatives."""

from tapegen.optimise.buffers import accumulate_in_place, drop_zero_buffers, shorten_stores
from tapegen.optimise.common_subexpressions import share_subexpressions
from tapegen.optimise.constants import fold_constants
from tapegen.optimise.copies import propagate_copies, split_moves
from tapegen.optimise.dead_code import drop_dead_code
from tapegen.optimise.fold import fold_temporaries
from tapegen.optimise.layout import mark_lines
from tapegen.optimise.names import merge_versions
from tapegen.optimise.resugar import loop_over_elements, use_attributes

__all__ = [
    "accumulate_in_place",
    "drop_dead_code",
    "drop_zero_buffers",
    "fold_constants",
    "fold_temporaries",
    "loop_over_elements",
    "mark_lines",
    "merge_versions",
    "propagate_copies",
    "share_subexpressions",
    "shorten_stores",
    "split_moves",
    "use_attributes",
]
