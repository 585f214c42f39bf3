"""NumPy's functions that write parts of an array become stores.

np.copyto(a, v, where=m)        a[...] = np.where(m, v, a)
np.putmask(a, m, v)             a[m] = np.resize(v, np.shape(a))[m]
np.place(a, m, v)               a[m] = np.resize(v, np.count_nonzero(m))
np.put(a, i, v)                 a[np.unravel_index(np.arange(np.size(a))[i], np.shape(a))] = np.resize(v, np.shape(i))
np.fill_diagonal(a, v)          a[np.diag_indices(k, np.ndim(a))] = np.resize(v, k), where k is the shortest length
np.divide(x, y, out=a, where=m) a[m] = np.divide(x', y'), where x' is what x is at the places in m
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tapegen.frontend.scope import Scope
from tapegen.frontend.targets import again
from tapegen.lang import build

Held = Callable[[gast.expr, str], gast.expr]

_ARGUMENTS: dict[Any, tuple[str, ...]] = {
    np.copyto: ("dst", "src", "where"),
    np.putmask: ("a", "mask", "values"),
    np.place: ("arr", "mask", "vals"),
    np.put: ("a", "ind", "v"),
    np.put_along_axis: ("arr", "indices", "values", "axis"),
    np.fill_diagonal: ("a", "val"),
}


def bound(node: gast.Call, callee: Any) -> list[gast.expr] | None:
    """The arguments of a call that writes part of an array, all of them given and in order; else None."""
    names = _ARGUMENTS.get(callee) if type(callee).__hash__ is not None else None
    if names is None or len(node.args) > len(names):
        return None
    given = dict(zip(names, node.args, strict=False)) | {k.arg: k.value for k in node.keywords}
    if (
        callee is np.put_along_axis
        and isinstance(given.get("axis"), gast.Constant)
        and given["axis"].value is None
    ):
        return None
    return [given[name] for name in names] if given.keys() == set(names) else None


def is_masked(node: gast.Call, callee: Any) -> bool:
    """Whether a call is `ufunc(..., out=a, where=m)`."""
    keywords = {k.arg for k in node.keywords}
    return isinstance(callee, np.ufunc) and keywords == {"out", "where"} and len(node.args) == callee.nin


class Writer:
    """Writes the stores for one call."""

    def __init__(self, scope: Scope, held: Held) -> None:
        self.scope, self.held = scope, held

    def np(self, function: str, *args: gast.expr) -> gast.expr:
        """A call of a function of NumPy's."""
        return build.call(self.scope.numpy(function), *args)

    def place(self, callee: Any, args: list[gast.expr]) -> tuple[gast.expr, gast.expr, gast.expr]:
        """The array, the index and the value of the store that a call makes."""
        array, *rest = [self.held(arg, name) for arg, name in zip(args, _ARGUMENTS[callee], strict=True)]
        if callee is np.copyto:
            source, where = rest
            return array, build.constant(...), self.np("where", again(where), again(source), again(array))
        if callee is np.putmask or callee is np.place:
            mask, values = rest
            if callee is np.place:
                count = self.held(self.np("count_nonzero", again(mask)), "count")
                return array, again(mask), self.np("resize", self.np("asarray", again(values)), count)
            spread = self.held(
                self.np("resize", self.np("asarray", again(values)), self.shape(array)), "values"
            )
            return array, again(mask), gast.Subscript(value=spread, slice=again(mask), ctx=gast.Load())
        if callee is np.fill_diagonal:
            count = self.held(self.np("min", self.shape(array)), "count")
            index = self.np("diag_indices", count, self.np("ndim", again(array)))
            return array, index, self.np("resize", self.np("asarray", again(rest[0])), again(count))
        numbers = self.held(self.np("arange", self.np("size", again(array))), "numbers")
        if callee is np.put:
            places, values = rest
            flat: gast.expr = gast.Subscript(value=numbers, slice=again(places), ctx=gast.Load())
            spread = self.np("resize", self.np("asarray", again(values)), self.np("shape", again(places)))
            return array, self.unravelled(flat, array), spread
        places, values, axis = rest
        numbers = self.held(self.np("reshape", numbers, self.shape(array)), "numbers")
        flat = self.np("take_along_axis", numbers, again(places), again(axis))
        return array, self.unravelled(flat, array), again(values)

    def masked(self, node: gast.Call) -> tuple[gast.expr, gast.expr, gast.expr]:
        """The same for a ufunc with `out` and `where`: it computes at the places of the mask only."""
        given = {k.arg: k.value for k in node.keywords}
        args = [self.held(arg, "operand") for arg in node.args]
        array = self.held(given["out"], "out")
        mask = self.held(
            self.np("broadcast_to", self.held(given["where"], "where"), self.shape(array)), "mask"
        )

        def at_mask(arg: gast.expr) -> gast.expr:
            if isinstance(arg, gast.Constant):
                return arg
            spread = self.held(self.np("broadcast_to", arg, self.shape(array)), "operand")
            return self.held(gast.Subscript(value=spread, slice=again(mask), ctx=gast.Load()), "operand")

        return array, again(mask), gast.Call(func=node.func, args=[at_mask(arg) for arg in args], keywords=[])

    def unravelled(self, flat: gast.expr, array: gast.expr) -> gast.expr:
        """Indices of the elements of an array with these numbers."""
        return self.np("unravel_index", self.held(flat, "flat"), self.shape(array))

    def shape(self, array: gast.expr) -> gast.expr:
        """The shape of an array, in a variable."""
        return self.held(self.np("shape", again(array)), "shape")
