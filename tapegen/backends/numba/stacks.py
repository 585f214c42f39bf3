"""Residual stacks as flat buffers: what lists (of lists) of numbers or arrays become that are walked back in order.

The adjoint loops walk each list back exactly once, and the lists in it too. So all values that one statement pushes, in
whatever iteration, come off one buffer from its end; lists of lists need no storage at all. An array is stored element
by element and read where it lies. Lengths that the adjoint can't know otherwise are pushed on a buffer of integers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import gast

from tapegen.analysis.values import SOME, Dim
from tapegen.backends.numba import arrays, views
from tapegen.backends.numba.replay import Recipe, is_regular, length, recipe
from tapegen.backends.numba.state import (
    Affine,
    Atom,
    Items,
    Known,
    Length,
    Loop,
    Scalar,
    SliceOf,
    Static,
    Subscript,
    Unsupported,
    View,
    Work,
    atom_expr,
)
from tapegen.kernels import unbroadcast, unreduce
from tapegen.lang import build
from tapegen.lang.core import Core, lookup

INITIAL = 64
_SHAPE_READERS = (unbroadcast, unreduce)


@dataclass(frozen=True)
class LengthAgain:
    """A length that the adjoint computes again: an expression, and the loops whose variables it has."""

    expr: gast.expr
    length: Length
    loops: tuple[Loop, ...]


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
        parts: of a stack of tuples, a stack for each element; or the element itself, where it is always the same.
        known: what is pushed, where that is always the same.
        recipe: how what was pushed is computed again, where nothing is stored.
        outer: the list whose elements are lists like this one.
        holds_slices: whether the tuples stand for slices, by their bounds.
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
    lengths: list[Length | Stack | LengthAgain] | None = None
    count: str = ""
    counts: Stack | None = None
    python: bool = False
    not_one: bool = False
    dim: Dim = SOME
    indices: list[str] = field(default_factory=list)
    walked: bool = False
    parts: list[Stack | Scalar | Static] | None = None
    known: Static | None = None
    holds_slices: bool = False
    recipe: Recipe | None = None
    outer: Stack | None = None

    @property
    def depth(self) -> int:
        """How many lists are around its elements."""
        return 1 if self.outer is None else 1 + self.outer.depth


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
    for stmt in core.statements:
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
                stacks[value.id].outer = stacks[name]
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
        stack.recipe = again(work, stack, known)
        if stack.stores and stack.recipe is None:
            _push_number(work, stack, known)
    elif isinstance(known, View):
        if not stack.generated and stack.stores and known.base is not None:
            if not work.never_written(known.base):
                raise work.fail(f"{stack.name}, a list of arrays that are written later")
        _push_array(work, stack, known)
    elif isinstance(known, Items):
        stack.parts = [_push_part(work, stack, place, item) for place, item in enumerate(known.items)]
    elif isinstance(known, SliceOf):
        bounds = (known.node.lower, known.node.upper, known.node.step)
        given = [Static(None) if node is None else work.value(node) for node in bounds]  # type: ignore[attr-defined]
        stack.parts = [_push_part(work, stack, place, item) for place, item in enumerate(given)]
        stack.holds_slices = True
    elif isinstance(known, Static):
        stack.known = known
    else:
        raise work.fail("a residual that is neither a number nor an array")


def again(work: Work, stack: Stack, known: Scalar | View) -> Recipe | None:
    """How the adjoint computes again what it reads of what is pushed; None if it must be stored, or is not read."""
    if not stack.stores or not stack.generated:
        return None
    return recipe(work, stack.name, stack.depth, known)


def _push_part(work: Work, stack: Stack, place: int, item: Known) -> Stack | Scalar | Static:
    """Push one element of a tuple."""
    if isinstance(item, Static) or (isinstance(item, Scalar) and isinstance(item.expr, gast.Constant)):
        return item
    part = Stack(f"{stack.name}_{place}", generated=stack.generated, stores=stack.stores)
    push(work, part, item)
    return part


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
    view = replace(view, lengths=tuple(Length(work.canonical(n.atom), n.dim) for n in view.lengths))
    for n in view.lengths:
        same = length(work, n) if stack.generated and is_regular(work, stack.depth) else None
        if isinstance(n.atom, int) or n.atom in work.settled:
            stack.lengths.append(n)
        elif same is not None and stack.name not in work.stored:
            stack.lengths.append(LengthAgain(same, n, tuple(work.loops)))
        else:
            scope = work.pushed_lengths[-1]
            if n.atom not in scope:
                scope[n.atom] = Stack(f"{stack.name}_length", stores=True, not_one=n.not_one)
                scope[n.atom].dim, scope[n.atom].indices = n.dim, [loop.index for loop in work.loops]
                _push_number(work, scope[n.atom], Scalar(build.load(n.atom), "int64", True))
            stack.lengths.append(scope[n.atom])
    stack.recipe = again(work, stack, view)
    if not stack.stores or stack.recipe is not None:
        return
    _make(work, stack, view.dtype)
    size: gast.expr = build.constant(1)
    for n in view.lengths:
        size = times(size, n.atom)
    _make_room(work, stack, size, all(isinstance(n, Length) for n in stack.lengths))
    start = work.local("start", build.load(stack.top))
    end = gast.BinOp(left=build.load(start), op=gast.Add(), right=size)
    work.emit(build.assign(stack.top, end), early=True)
    place = stored_view(work, stack, list(view.lengths), start)
    arrays.store(work, place, views.element(view, arrays.index_exprs(view.rank)))


def times(size: gast.expr, atom: Atom) -> gast.expr:
    if isinstance(size, gast.Constant) and isinstance(atom, int):
        return build.constant(size.value * atom)
    if isinstance(size, gast.Constant) and size.value == 1:
        return atom_expr(atom)
    return gast.BinOp(left=size, op=gast.Mult(), right=atom_expr(atom))


def stored_view(work: Work, stack: Stack, lengths: list[Length], start: str) -> View:
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
        stride = times(stride, lengths[axis].atom)
    subscript: Subscript = Affine(tuple(terms), build.load(start))
    return View(stack.buffer, (subscript,), tuple(lengths), stack.dtype)
