"""Residuals as they come off their stacks, or are computed again, in the loops of the adjoint."""

from __future__ import annotations

import re
from dataclasses import replace

import gast

from tapegen.analysis.values import SEVERAL, SOME, Dim, Size, Symbol
from tapegen.backends.numba import arrays
from tapegen.backends.numba.replay import mapping, replayed
from tapegen.backends.numba.stacks import LengthAgain, Stack, stored_view, times
from tapegen.backends.numba.state import Atom, Items, Known, Length, Scalar, SliceOf, Static, View, Work
from tapegen.lang import build


def count_of(work: Work, stack: Stack) -> str:
    """The local that holds the length of a list that is about to be walked."""
    if not stack.counted:
        raise work.fail("a walk over a list whose length is not known")
    if stack.inner:
        if stack.counts is None:
            raise work.fail("a walk over a list that nothing is put into")
        _pop_number(work, stack.counts, stack.count)
    return stack.count


def _pop_number(work: Work, stack: Stack, target: str) -> None:
    work.emit(gast.AugAssign(target=build.store(stack.top), op=gast.Sub(), value=build.constant(1)))
    place = gast.Subscript(value=build.load(stack.buffer), slice=build.load(stack.top), ctx=gast.Load())
    work.emit(build.assign(target, place))


def pop(work: Work, stack: Stack, target: str, taken: dict[Stack, str]) -> Known:
    """The value that comes off `stack` at the start of an iteration.

    Args:
        taken: the lengths popped in this iteration, by stack.
    """
    if stack.parts is not None and stack.holds_slices:
        return _popped_slice(work, stack.parts, target, taken)
    if stack.parts is not None:
        return Items(tuple(_pop_part(work, part, target, taken) for part in stack.parts))
    if stack.known is not None:
        return stack.known
    if stack.child is not None:
        return Items(())  # a list of lists: its elements are walked by the loops inside
    if stack.lengths is None:
        return Static(None)  # nothing was pushed that anybody reads
    if not stack.lengths and not _is_array(stack):
        if stack.recipe is not None:
            return replayed(work, stack.name, target, stack.recipe, [])
        if not stack.stores:
            zero = arrays.typed(0, stack.dtype)
            return Scalar(zero, stack.dtype, stack.python)
        _pop_number(work, stack, target)
        return Scalar(build.load(target), stack.dtype, stack.python)
    lengths = []
    for n in stack.lengths:
        if isinstance(n, Stack):
            if n not in taken:
                if n.walked:
                    raise work.fail("residuals that are pushed together and popped apart")
                n.walked = True
                taken[n] = work.namer("n")
                _pop_number(work, n, taken[n])
            n = Length(taken[n], _dim_here(work, n.dim, n.indices, n.not_one))
        elif isinstance(n, LengthAgain):
            n = _length_again(work, stack, n)
        lengths.append(n)
    if stack.recipe is not None:
        return replayed(work, stack.name, target, stack.recipe, lengths)
    if not stack.stores:
        return View(None, (), tuple(lengths), stack.dtype, arrays.typed(0, stack.dtype))
    size: gast.expr = build.constant(1)
    for n in lengths:
        size = times(size, n.atom)
    work.emit(gast.AugAssign(target=build.store(stack.top), op=gast.Sub(), value=size))
    return stored_view(work, stack, lengths, stack.top)


def _pop_part(work: Work, part: Stack | Scalar | Static, target: str, taken: dict[Stack, str]) -> Known:
    """One element of a tuple that comes off its stack."""
    return pop(work, part, work.namer(target), taken) if isinstance(part, Stack) else part


def _popped_slice(
    work: Work, parts: list[Stack | Scalar | Static], target: str, taken: dict[Stack, str]
) -> SliceOf:
    """A slice that comes off its stack, its bounds under names of their own."""
    bounds: list[gast.expr | None] = []
    for part in parts:
        known = _pop_part(work, part, target, taken)
        if isinstance(known, Static):
            bounds.append(None)
        else:
            name = work.namer(target)
            work.env[name] = known
            bounds.append(build.load(name))
    return SliceOf(gast.Slice(lower=bounds[0], upper=bounds[1], step=bounds[2]))


def _length_again(work: Work, stack: Stack, again: LengthAgain) -> Length:
    """A length computed again here."""
    holes = dict(mapping(work, stack.name, again.loops))
    n = again.length
    dim = _dim_here(work, n.dim, [loop.index for loop in again.loops], n.not_one)
    return Length(atom_of(work.once("n", build.substitute(again.expr, holes))), dim)


def atom_of(node: gast.expr) -> Atom:
    return int(node.value) if isinstance(node, gast.Constant) else str(node.id)


def _dim_here(work: Work, dim: Dim, there: list[str], not_one: bool) -> Dim:
    """What is known of a length that comes off a stack: what was known where it was pushed, if the loops correspond.

    That they do is likely, not certain: lengths that are taken to be equal by this are compared when the code runs.
    """
    here = [loop.index for loop in work.loops]
    if isinstance(dim, Size) and len(there) == len(here) and all(there) and all(here):
        new = dict(zip(there, here, strict=True))

        def renamed(symbol: Symbol) -> Symbol:
            name = re.sub(r"[\w~]+#[\w.]+", lambda found: new.get(found.group(), found.group()), symbol.name)
            return replace(symbol, name=name)

        terms = tuple(sorted((renamed(symbol), factor) for symbol, factor in dim.terms))
        return replace(dim, terms=terms)
    return SEVERAL if not_one else SOME


def _is_array(stack: Stack) -> bool:
    return bool(stack.lengths)
