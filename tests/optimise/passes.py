"""The passes under test, with whether they keep results to the last bit."""

from tapegen import optimise

PASSES = {
    "constants": (optimise.fold_constants, False),
    "constants, all floats": (lambda fn: optimise.fold_constants(fn, is_float=lambda name: True), False),
    "copies": (optimise.propagate_copies, True),
    "moves": (optimise.split_moves, True),
    "common subexpressions": (optimise.share_subexpressions, True),
    "common subexpressions, refined": (
        lambda fn: optimise.share_subexpressions(fn, may_alias=lambda a, b: True),
        True,
    ),
    "dead code": (optimise.drop_dead_code, True),
    "zero buffers": (optimise.drop_zero_buffers, True),
    "in place": (optimise.accumulate_in_place, True),
    "in place, all": (lambda fn: optimise.accumulate_in_place(fn, lambda name, term: True), True),
    "fold": (optimise.fold_temporaries, True),
    "fold, all": (
        lambda fn: optimise.fold_temporaries(fn, keep=lambda name: False, columns=200, depth=20),
        True,
    ),
    "names": (optimise.merge_versions, True),
    "stores": (optimise.shorten_stores, True),
    "elements": (optimise.loop_over_elements, True),
    "transposes": (optimise.use_attributes, True),
    "lines": (optimise.mark_lines, True),
}

ORDER = (
    optimise.fold_constants,
    optimise.propagate_copies,
    optimise.share_subexpressions,
    optimise.propagate_copies,
    optimise.drop_dead_code,
    optimise.drop_zero_buffers,
    optimise.accumulate_in_place,
    optimise.propagate_copies,
    optimise.fold_temporaries,
    optimise.merge_versions,
    optimise.split_moves,
    optimise.shorten_stores,
    optimise.loop_over_elements,
    optimise.use_attributes,
    optimise.mark_lines,
)


def everything(fn):
    """All passes, one after the other."""
    for step in ORDER:
        fn = step(fn)
    return fn


def everything_bold(fn):
    """All passes, as bold as they may be for floating arrays of one shape; sums in place after names too."""
    for step in (
        lambda fn: optimise.fold_constants(fn, is_float=lambda name: True, keep=lambda name: False),
        optimise.share_subexpressions,
        optimise.propagate_copies,
        optimise.drop_dead_code,
        lambda fn: optimise.accumulate_in_place(fn, lambda name, term: True),
        optimise.propagate_copies,
        lambda fn: optimise.fold_temporaries(fn, keep=lambda name: False, columns=120, depth=8),
        optimise.merge_versions,
        lambda fn: optimise.accumulate_in_place(fn, lambda name, term: True),
        optimise.split_moves,
        optimise.loop_over_elements,
    ):
        fn = step(fn)
    return fn
