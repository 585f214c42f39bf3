"""Residual stacks as flat buffers: what lists (of lists) of numbers or arrays become that are walked back in order.

The adjoint loops walk each list back exactly once, and the lists in it too. So all values that one statement pushes, in
whatever iteration, come off one buffer from its end; lists of lists need no storage at all. An array is stored element
by element and read where it lies. Lengths that the adjoint can't know otherwise are pushed on a buffer of integers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import gast

from tapegen.analysis.values import SEVERAL, SOME, Dim, Size, Symbol
from tapegen.backends.numba import arrays, views
from tapegen.backends.numba.state import (
    Affine,
    Atom,
    Items,
    Length,
    Scalar,
    Static,
    Subscript,
    Unsupported,
    View,
    Work,
    atom_expr,
)
from tapegen.kernels import unbroadcast, unreduce
from tapegen.lang import build
from tapegen.lang.core import Core, lookup, walk_statements

INITIAL = 64
_SHAPE_READERS = (unbroadcast, unreduce)


@dataclass(eq=False)
class Stack:
    """One list of Core.

    Attributes:
        name: of the list where it is filled.
        child: the list whose values are what is stored, for a list of lists.
        inner: whether it is put into another list.
        generated: whether it is a list of the reverse sweep, whose elements are not written before they are read back.
        counted: whether its length must be kept, for the adjoint loop knows it from nowhere else.
        stores: whether anybody reads the elements, and not only their shapes.
        buffer, top: the locals that hold the elements and their number.
        python: whether the numbers are Python's.
        not_one, dim, indices, walked: of a stack of lengths: whether they are never 1, what is known of them in terms
            of the symbols of the loops around, and whether a loop walks it already.
        dtype, lengths: of what is pushed; lengths that change stand on a stack of integers.
    """

    name: str
    child: Stack | None = None
    inner: bool = False
    counted: bool = False
    generated: bool = False
    stores: bool = False
    buffer: str = ""
    top: str = ""
    dtype: str = ""
    lengths: list[Length | Stack] | None = None
    count: str = ""
    counts: Stack | None = None
    python: bool = False
    not_one: bool = False
    dim: Dim = SOME
    indices: list[str] = field(default_factory=list)
    walked: bool = False


def find_stacks(core: Core) -> dict[str, Stack]:
    """The lists of `core` by all their names, if each is pushed at one place and walked back at one place.

    Raises: Unsupported if one is used in any other way.
    """
    stacks: dict[str, Stack] = {}
    uses: dict[str, int] = {}
    accounted: dict[str, int] = {}
    shapes_only: dict[str, int] = {}
    popped: list[tuple[str, Stack]] = []

    def account(name: str) -> None:
        accounted[name] = accounted.get(name, 0) + 1
        if accounted[name] > 2 or (name in pushes and pushes[name] > 1):
            raise Unsupported(f"the list {name}, which is more than a stack")

    pushes: dict[str, int] = {}
    origins: dict[str, object] = {}
    for stmt in walk_statements(core.body):
        for node in _own_nodes(stmt):
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
                uses[node.id] = uses.get(node.id, 0) + 1
            elif (
                isinstance(node, gast.Call)
                and len(node.args) > 1
                and lookup(core, node.func) in _SHAPE_READERS
            ):
                if isinstance(node.args[1], gast.Name):
                    shapes_only[node.args[1].id] = shapes_only.get(node.args[1].id, 0) + 1
        if is_empty_list(stmt):
            stacks.setdefault(stmt.targets[0].id, Stack(stmt.targets[0].id))
            origins[stmt.targets[0].id] = getattr(stmt, "origin", None)
        pushed = push_of(stmt)
        if pushed is not None and pushed[0] in stacks:
            name, value = pushed
            pushes[name] = pushes.get(name, 0) + 1
            account(name)
            # The reverse sweep makes and fills its lists at the place of the loop; a user does on lines of their own.
            stacks[name].generated = getattr(stmt, "origin", None) == origins.get(name)
            if isinstance(value, gast.Name) and value.id in stacks:
                stacks[name].child = stacks[value.id]
                stacks[value.id].inner = True
                account(value.id)
        elif isinstance(stmt, gast.For):
            parts = walks(core, stmt)
            walked = [stacks[part] for _, part in parts if part in stacks]
            if walked and all(part is not None for _, part in parts):
                walked[0].counted = True
            for name, part in parts:
                if part in stacks:
                    account(part)
                    child = stacks[part].child
                    if child is not None:
                        stacks[name] = child
                    else:
                        popped.append((name, stacks[part]))
            if walked and any(isinstance(inner, gast.Break) for inner in gast.walk(stmt)):
                raise Unsupported("a walk over a list that is left early", getattr(stmt, "origin", None))
    for name in stacks:
        if uses.get(name, 0) != accounted.get(name, 0):
            raise Unsupported(f"the list {name}, which is more than a stack")
    for name, stack in popped:
        stack.stores = uses.get(name, 0) > shapes_only.get(name, 0)
    return stacks


def _own_nodes(stmt: gast.stmt) -> list[gast.AST]:
    """The nodes of a statement without those of the blocks in it."""
    parts: list[gast.AST] = [stmt]
    if isinstance(stmt, gast.For):
        parts = [stmt.target, stmt.iter]
    elif isinstance(stmt, (gast.While, gast.If)):
        parts = [stmt.test]
    return [node for part in parts for node in gast.walk(part)]


def is_empty_list(stmt: gast.stmt) -> bool:
    return (
        isinstance(stmt, gast.Assign)
        and isinstance(stmt.targets[0], gast.Name)
        and isinstance(stmt.value, gast.List)
        and not stmt.value.elts
    )


def push_of(stmt: gast.stmt) -> tuple[str, gast.expr] | None:
    """The list and the element of a statement `list.append(element)`."""
    call = stmt.value if isinstance(stmt, gast.Expr) else None
    if (
        not isinstance(call, gast.Call)
        or not isinstance(call.func, gast.Attribute)
        or call.func.attr != "append"
    ):
        return None
    base = call.func.value
    return (base.id, call.args[0]) if isinstance(base, gast.Name) and len(call.args) == 1 else None


def walks(core: Core, loop: gast.For) -> list[tuple[str, str | None]]:
    """The targets of a loop, each with the list that it is walked back on; None for a range."""
    node = loop.iter
    parts, targets = [node], [loop.target]
    if isinstance(node, gast.Call) and lookup(core, node.func) is zip and isinstance(loop.target, gast.Tuple):
        parts, targets = node.args, loop.target.elts
    found: list[tuple[str, str | None]] = []
    for target, part in zip(targets, parts):
        reverse = isinstance(part, gast.Call) and lookup(core, part.func) is reversed
        inner = part.args[0] if reverse else None
        if isinstance(target, gast.Name):
            found.append((target.id, inner.id if isinstance(inner, gast.Name) else None))
    return found


# -- pushing ----------------------------------------------------------------------------------------------------------


def begin(work: Work, stack: Stack) -> None:
    """`stack = []`: nothing is stored yet; its length is counted from here if it must be."""
    if stack.counted and stack.count:
        work.emit(build.assign(stack.count, build.constant(0)))
    elif stack.counted:
        stack.count = work.namer("count")
        work.preamble.append(build.assign(stack.count, build.constant(0)))
        if stack.inner:
            work.emit(build.assign(stack.count, build.constant(0)))


def push(work: Work, stack: Stack, known: object) -> None:
    """`stack.append(...)` of a value, or of a list whose elements have been pushed."""
    if stack.counted:
        work.emit(gast.AugAssign(target=build.store(stack.count), op=gast.Add(), value=build.constant(1)))
    if isinstance(known, Stack):
        if known.counted:
            if known.counts is None:
                known.counts = Stack(f"{known.name}_counts", stores=True)
            _push_number(work, known.counts, Scalar(build.load(known.count), "int64", True))
        return
    if isinstance(known, Scalar):
        stack.python = known.python
        stack.dtype, stack.lengths = known.dtype, []
        if stack.stores:
            _push_number(work, stack, known)
    elif isinstance(known, View):
        if not stack.generated and stack.stores and known.base is not None:
            if work.roots.get(known.base, known.base) in work.written:
                raise work.fail(f"{stack.name}, a list of arrays that are written later")
        _push_array(work, stack, known)
    elif not (isinstance(known, Static) and known.value is None and not stack.stores):
        raise work.fail("a residual that is neither a number nor an array")


def _make(work: Work, stack: Stack, dtype: str) -> None:
    if not stack.buffer:
        stack.dtype = dtype
        stack.buffer, stack.top = work.namer(stack.name), work.namer("top")
        kind = build.attribute("np.bool_" if dtype == "bool" else f"np.{dtype}")
        work.preamble.append(
            build.assign(stack.buffer, build.call("np.empty", build.constant(INITIAL), kind))
        )
        work.preamble.append(build.assign(stack.top, build.constant(0)))
        work.roots[stack.buffer] = stack.buffer


def _push_number(work: Work, stack: Stack, value: Scalar) -> None:
    _make(work, stack, value.dtype)
    _make_room(work, stack, build.constant(1), True)
    place = gast.Subscript(value=build.load(stack.buffer), slice=build.load(stack.top), ctx=gast.Store())
    work.emit(build.assign(place, value.expr))
    work.emit(gast.AugAssign(target=build.store(stack.top), op=gast.Add(), value=build.constant(1)))


def _make_room(work: Work, stack: Stack, size: gast.expr, fixed: bool) -> None:
    """See to it that the buffer has room for `size` more elements: before the loop if it is known how often it runs.

    Args:
        fixed: whether `size` is known before the loop.
    """
    loop = work.loops[-1] if work.loops else None
    if fixed and loop is not None and loop.trips is not None:
        many = size if isinstance(size, gast.Constant) and size.value == 1 else None
        need = build.clone(loop.trips) if many is not None else _product(loop.trips, size)
        loop.before.append(
            _grown(work, stack, gast.BinOp(left=build.load(stack.top), op=gast.Add(), right=need))
        )
        return
    end = gast.BinOp(left=build.load(stack.top), op=gast.Add(), right=build.clone(size))
    full = build.quote("end > len(buffer)", end=end, buffer=build.load(stack.buffer))
    work.emit(build.if_(full, [_grown(work, stack, build.clone(end))], []), early=True)


def _product(left: gast.expr, right: gast.expr) -> gast.expr:
    return gast.BinOp(left=build.clone(left), op=gast.Mult(), right=build.clone(right))


def _grown(work: Work, stack: Stack, end: gast.expr) -> gast.stmt:
    return build.assign(stack.buffer, build.call(work.kernel("room_for"), build.load(stack.buffer), end))


def _push_array(work: Work, stack: Stack, view: View) -> None:
    stack.dtype = view.dtype
    stack.lengths = []
    for n in view.lengths:
        n = Length(work.canonical(n.atom), n.dim)
        if isinstance(n.atom, int) or n.atom in work.known_lengths[0].values():
            stack.lengths.append(n)
        else:
            scope = work.pushed_lengths[-1]
            if n.atom not in scope:
                scope[n.atom] = Stack(f"{stack.name}_length", stores=True, not_one=n.not_one)
                scope[n.atom].dim, scope[n.atom].indices = n.dim, [loop.index for loop in work.loops]
                _push_number(work, scope[n.atom], Scalar(build.load(n.atom), "int64", True))
            stack.lengths.append(scope[n.atom])
    if not stack.stores:
        return
    _make(work, stack, view.dtype)
    size: gast.expr = build.constant(1)
    for n in view.lengths:
        size = _times(size, n.atom)
    _make_room(work, stack, size, not any(isinstance(n, Stack) for n in stack.lengths))
    start = work.local("start", build.load(stack.top))
    end = gast.BinOp(left=build.load(start), op=gast.Add(), right=size)
    work.emit(build.assign(stack.top, end), early=True)
    place = _stored(work, stack, list(view.lengths), start)
    arrays.store(work, place, views.element(view, arrays.index_exprs(view.rank)))


def _times(size: gast.expr, atom: Atom) -> gast.expr:
    if isinstance(size, gast.Constant) and isinstance(atom, int):
        return build.constant(size.value * atom)
    if isinstance(size, gast.Constant) and size.value == 1:
        return atom_expr(atom)
    return gast.BinOp(left=size, op=gast.Mult(), right=atom_expr(atom))


def _stored(work: Work, stack: Stack, lengths: list[Length], start: str) -> View:
    """The part of the buffer that holds one array, as an array."""
    terms: list[tuple[int, Atom]] = []
    stride: gast.expr = build.constant(1)
    for axis in range(len(lengths) - 1, -1, -1):
        factor: Atom
        if isinstance(stride, gast.Constant):
            factor = int(stride.value)
        else:
            factor = stride.id if isinstance(stride, gast.Name) else work.local("stride", stride)
            stride = build.load(factor)
        terms.insert(0, (axis, factor))
        stride = _times(stride, lengths[axis].atom)
    subscript: Subscript = Affine(tuple(terms), build.load(start))
    return View(stack.buffer, (subscript,), tuple(lengths), stack.dtype)


# -- popping ----------------------------------------------------------------------------------------------------------


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


def pop(work: Work, stack: Stack, target: str, taken: dict[Stack, str]) -> object:
    """The value that comes off `stack` at the start of an iteration.

    Args:
        taken: the lengths popped in this iteration, by stack.
    """
    if stack.child is not None:
        return Items(())  # a list of lists: its elements are walked by the loops inside
    if stack.lengths is None:
        return Static(None)  # nothing was pushed that anybody reads
    if not stack.lengths and not _is_array(stack):
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
            n = Length(taken[n], _dim_here(work, n))
        lengths.append(n)
    if not stack.stores:
        return View(None, (), tuple(lengths), stack.dtype, arrays.typed(0, stack.dtype))
    size: gast.expr = build.constant(1)
    for n in lengths:
        size = _times(size, n.atom)
    work.emit(gast.AugAssign(target=build.store(stack.top), op=gast.Sub(), value=size))
    return _stored(work, stack, lengths, stack.top)


def _dim_here(work: Work, stack: Stack) -> Dim:
    """What is known of a length that comes off a stack: what was known where it was pushed, if the loops correspond.

    That they do is likely, not certain: lengths that are taken to be equal by this are compared when the code runs.
    """
    there, here = stack.indices, [loop.index for loop in work.loops]
    if isinstance(stack.dim, Size) and len(there) == len(here) and all(there) and all(here):
        new = dict(zip(there, here, strict=True))

        def renamed(symbol: Symbol) -> Symbol:
            name = re.sub(r"[\w~]+#[\w.]+", lambda found: new.get(found.group(), found.group()), symbol.name)
            return replace(symbol, name=name)

        terms = tuple(sorted((renamed(symbol), factor) for symbol, factor in stack.dim.terms))
        return replace(stack.dim, terms=terms)
    return SEVERAL if stack.not_one else SOME


def _is_array(stack: Stack) -> bool:
    return bool(stack.lengths)
