"""Stores into arrays: one element, or a loop nest over them."""

from __future__ import annotations

from typing import Any

import gast

from tapegen.analysis.values import UNKNOWN
from tapegen.backends.numba import arrays, indexing, masks, scalars, views
from tapegen.backends.numba.expressions import Expressions
from tapegen.backends.numba.state import (
    Affine,
    Items,
    Scalar,
    Static,
    View,
)
from tapegen.lang import build


class Stores(Expressions):
    """How a lowering writes arrays."""

    def store(self, target: gast.Subscript, value: Any, op: gast.operator | None) -> None:
        base = self.value(target.value)
        if isinstance(base, Items) and isinstance(target.value, gast.Name) and op is None:
            self.store_item(target.value.id, base, target.slice, value)
            return
        if not isinstance(base, View) or base.base is None:
            raise self.fail("a store into what is no array")
        mask = masks.mask_of(self, base, target.slice)
        if mask is not None:
            self.check_kind(base.dtype, getattr(value, "dtype", base.dtype))
            masks.write(self, base, mask, value, op)
            return
        fact = self.evaluate(target)
        place = indexing.indexed(self, base, target.slice, fact)
        if isinstance(place, Scalar):  # one element
            node = place.expr
            assert isinstance(node, gast.Subscript)
            place = View(base.base, (), (), base.dtype)
            self.store_element(node, base.dtype, value, op)
        else:
            self.store_into(place, value, op)

    def store_item(self, name: str, items: Items, index: gast.expr, value: Any) -> None:
        """`name[index] = value` for a list that has no other name, outside of loops and branches."""
        place = indexing.static_int(self, index)
        known = sum(1 for other in self.env.values() if other is items)
        if place is None or not -len(items.items) <= place < len(items.items) or known != 1 or self.nested:
            raise self.fail("a store into a list whose elements are not known")
        changed = list(items.items)
        changed[place] = value
        self.env[name] = Items(tuple(changed))

    def store_element(self, node: gast.Subscript, dtype: str, value: Any, op: gast.operator | None) -> None:
        if isinstance(value, View) and value.rank == 0:
            value = Scalar(views.element(value, ()), value.dtype, False)
        if not isinstance(value, Scalar):
            raise self.fail("a store of what is no number into an element")
        self.check_kind(dtype, value.dtype)
        place = gast.Subscript(value=node.value, slice=node.slice, ctx=gast.Store())
        if op is None:
            self.emit(build.assign(place, scalars.cast(value, dtype).expr))
            if isinstance(value.expr, gast.Name) and value.dtype == dtype:
                self.kept_in(value.expr.id, node)
        elif isinstance(op, (gast.Add, gast.Sub, gast.Mult)) and dtype in ("float64", "complex128"):
            self.emit(gast.AugAssign(target=place, op=op, value=scalars.cast(value, dtype).expr))
        else:
            new = scalars.binary(self, op, Scalar(build.clone(node), dtype, False), value, dtype)
            self.emit(build.assign(place, new.expr))

    def kept_in(self, name: str, node: gast.Subscript) -> None:
        """A local has been stored into an element, from which it can be read again if that lasts."""
        # Bound in the same block, it is stored whenever it is bound.
        if name in self.lasting.stored and self.homes.get(name) == id(self.out):
            node.lasts = True
            self.definitions[name] = node

    def check_kind(self, into: str, value: str) -> None:
        kinds = {"bool": 0, "int32": 1, "int64": 1, "float32": 2, "float64": 2, "complex128": 3}
        if kinds[value] > kinds[into]:
            raise self.fail(f"a store of {value} into an array of {into}")

    def store_into(self, place: View, value: Any, op: gast.operator | None) -> None:
        """`place[...] = value`, or `place op= value`; a value that the store may overwrite is copied first."""
        if isinstance(value, Static) or not isinstance(value, (Scalar, View)):
            raise self.fail("a store of what is neither a number nor an array")
        if place.base is None:
            raise self.fail("a store into an array of equal elements")
        self.check_kind(place.dtype, value.dtype)
        if isinstance(value, View):
            if value.rank > place.rank:
                raise self.fail("a store of an array of higher rank")
            if self.overlaps(place, value):
                value = arrays.copied(self, value, "old")
            value = views.broadcast(self, value, place.lengths)
        indices = arrays.index_exprs(place.rank)
        new = (
            value if isinstance(value, Scalar) else Scalar(views.element(value, indices), value.dtype, False)
        )
        gathered = any(not isinstance(part, Affine) for part in place.subscripts)
        if op is not None and gathered:
            # As NumPy does: all elements are read before any is written, so an element that is hit twice changes once.
            old = arrays.copied(self, place, "old")
            new = scalars.binary(
                self, op, Scalar(views.element(old, indices), old.dtype, False), new, place.dtype
            )
            op = None
        target = views.store_target(place, indices)
        stmt: gast.stmt
        if op is None:
            stmt = build.assign(target, scalars.cast(new, place.dtype).expr)
        elif isinstance(op, (gast.Add, gast.Sub)) and place.dtype in ("float64", "complex128"):
            stmt = gast.AugAssign(target=target, op=op, value=scalars.cast(new, place.dtype).expr)
        else:
            current = Scalar(views.element(place, indices), place.dtype, False)
            stmt = build.assign(target, scalars.binary(self, op, current, new, place.dtype).expr)
        if place.rank:
            arrays.nest(self, place.lengths, [stmt])
        else:
            self.emit(stmt)

    def add_at(self, buffer: View, index: gast.expr, value: Scalar | View) -> None:
        """Add `value` to `buffer[index]`, to an element as often as it is named."""
        mask = masks.mask_of(self, buffer, index)
        if mask is not None:
            masks.write(self, buffer, mask, value, gast.Add())
            return
        place = indexing.indexed(self, buffer, index, UNKNOWN)
        if isinstance(place, Scalar):
            assert isinstance(place.expr, gast.Subscript)
            self.store_element(place.expr, buffer.dtype, value, gast.Add())
            return
        if place.dtype not in ("float64", "complex128"):
            raise self.fail(f"np.add.at of {place.dtype}")
        self.check_kind(place.dtype, value.dtype)
        if isinstance(value, View):
            if self.overlaps(place, value):
                value = arrays.copied(self, value, "old")
            value = views.broadcast(self, value, place.lengths)
            value = Scalar(views.element(value, arrays.index_exprs(place.rank)), value.dtype, False)
        target = views.store_target(place, arrays.index_exprs(place.rank))
        term = scalars.cast(value, place.dtype).expr
        arrays.nest(self, place.lengths, [gast.AugAssign(target=target, op=gast.Add(), value=term)])

    def overlaps(self, place: View, value: View) -> bool:
        """Whether writing one element of `place` may change another element of `value`."""
        read = [value]
        while read:
            view = read.pop()
            read += [part.indices for part in view.subscripts if not isinstance(part, Affine)]
            if view.base is None or not self.may_share(str(place.base), view.base):
                continue
            same = view.base == place.base and view.subscripts == place.subscripts
            if not (same and view is value and value.lengths == place.lengths):
                return True
        return False

    def may_share(self, one: str, other: str) -> bool:
        return self.roots.get(one, one) == self.roots.get(other, other)
