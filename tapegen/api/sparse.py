"""Jacobians and Hessians of known sparsity: columns that do not meet are computed in one direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tapegen.api.arguments import key_of
from tapegen.api.blocks import copies, linearise_many, push_many
from tapegen.api.colouring import colour_columns, colour_star
from tapegen.api.pattern import Pattern, detect, single


class Compressed:
    """A pattern with its colouring: how the matrix is computed from few products.

    Attributes:
        kind: what is multiplied: "columns" by the matrix, "rows" by its transpose, "star" by a symmetric matrix.
        seeds: the vectors, one in each row.
        checked: the same, and one more to compare with.
        places: for each entry of the pattern its row and its column in the array of products.
    """

    def __init__(self, pattern: Pattern, kind: str, colours: np.ndarray) -> None:
        self.pattern, self.kind = pattern, kind
        count = int(colours.max(initial=-1)) + 1
        self.seeds = np.zeros((count, len(colours)))
        coloured = np.flatnonzero(colours >= 0)
        self.seeds[colours[coloured], coloured] = 1.0
        along, across = pattern.rows, pattern.columns
        if kind == "rows":
            along, across = across, along
        if kind == "star":
            # Where another entry of the row has the same colour, the mirror image stands alone.
            keys = along * max(count, 1) + colours[across]
            alone = np.bincount(keys, minlength=1)[keys] == 1 if len(keys) else np.zeros(0, bool)
            along, across = np.where(alone, along, across), np.where(alone, across, along)
        self.places = (colours[across], along)
        self.checked = np.concatenate([self.seeds, _direction(len(colours))[None]])

    @classmethod
    def best(cls, pattern: Pattern, mode: str, symmetric: bool) -> Compressed:
        """The one with the fewest products that `mode` allows."""
        if symmetric:
            pattern = pattern.symmetric()
            return cls(pattern, "star", colour_star(pattern))
        found = []
        if mode != "rev":
            found.append(cls(pattern, "columns", colour_columns(pattern)))
        if mode != "fwd":
            found.append(cls(pattern, "rows", colour_columns(pattern.transposed)))
        return min(found, key=lambda one: len(one.seeds))


class Sparse:
    """What a Jacobian with `sparsity=` does when it is called.

    Attributes:
        given: the pattern, "auto" to find it in the code, or "probe" to find it by probing.
        as_sparse: whether the result is a sparse array of SciPy.
        verify: whether the result is compared with a product that does not use the pattern.
    """

    def __init__(self, given: Any, as_sparse: bool, verify: bool) -> None:
        if isinstance(given, str) and given not in ("auto", "probe"):
            raise ValueError(f"sparsity is a pattern, 'auto' or 'probe', not {given!r}")
        self.given, self.as_sparse, self.verify = given, as_sparse, verify
        self.known: dict[Any, Compressed] = {}

    def options(self) -> tuple[Any, bool, bool]:
        """What the constructor takes."""
        return self.given, self.as_sparse, self.verify

    def jacobian(
        self,
        fn: Any,
        position: int,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        mode: str,
        symmetric: bool,
    ) -> Any:
        """The Jacobian of `fn`, of shape `out.shape + argument.shape`, or a sparse matrix.

        Raises: ValueError if the pattern lacks an entry.
        """
        single(args[position], "argument")
        key = tuple(key_of(value) for value in args)
        for attempt in range(2):
            fresh = key not in self.known
            found = self.known.get(key) or self.compressed(fn, position, args, kwargs, mode, symmetric)
            self.known[key] = found
            values, shape = self.entries(found, fn, position, args, kwargs)
            if values is not None:
                return self.result(found.pattern, values, shape)
            del self.known[key]  # a pattern that was found for other values of the arguments
            if fresh or not isinstance(self.given, str) or attempt:
                break
        raise ValueError(
            "the sparsity pattern lacks entries: the Jacobian that it gives does not agree with a product that was "
            "computed without it; pass a pattern with all entries that can be other than zero, or sparsity='auto'"
        )

    def compressed(
        self,
        fn: Any,
        position: int,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        mode: str,
        symmetric: bool,
    ) -> Compressed:
        columns = int(np.size(args[position]))
        if isinstance(self.given, str):
            look = detect if self.given == "auto" else probe
            pattern = look(fn, position, copies(args), kwargs)
        else:
            out = push_many(
                fn, (position,), copies(args), kwargs, [_seeds(args[position], np.zeros((1, columns)))]
            )
            single(out[0], "result")
            pattern = Pattern.of(self.given, (int(np.size(out[0])), columns))
        return Compressed.best(pattern, mode, symmetric)

    def entries(
        self, found: Compressed, fn: Any, position: int, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[np.ndarray | None, tuple[int, ...]]:
        """The values of the entries, None if they do not agree with one product more; and the shape of the result."""
        seeds = found.checked if self.verify else found.seeds
        x = args[position]
        if found.kind == "rows":
            out, pull = linearise_many(fn, (position,), copies(args), kwargs)
            products = (
                np.reshape(pull(_seeds(out, seeds))[0], (len(seeds), -1)) if len(seeds) else seeds[:, :0]
            )
        else:
            out, dots = push_many(fn, (position,), copies(args), kwargs, [_seeds(x, seeds)])
            products = np.reshape(dots[0], (len(seeds), -1))
        single(out, "result")
        values = products[found.places]
        if self.verify and not _agrees(found, values, seeds[-1], products[-1]):
            return None, ()
        return values, (*np.shape(out), *np.shape(x))

    def result(self, pattern: Pattern, values: np.ndarray, shape: tuple[int, ...]) -> Any:
        if self.as_sparse:
            from scipy.sparse import csr_array

            starts = np.searchsorted(pattern.rows, np.arange(pattern.shape[0] + 1))
            return csr_array((values, pattern.columns.copy(), starts), shape=pattern.shape)
        dense = np.zeros(pattern.shape, values.dtype)
        dense[pattern.rows, pattern.columns] = values
        return dense.reshape(shape)


def _seeds(x: Any, flat: np.ndarray) -> Any:
    """Directions for `x`, one in each row of `flat`."""
    return np.reshape(flat.astype(np.asarray(x).dtype), (len(flat), *np.shape(x)))


def _direction(size: int) -> Any:
    """A direction in which no entry is likely to cancel others: the same at each call."""
    rng = np.random.default_rng(20000401)
    return rng.uniform(0.5, 1.5, size) * rng.choice([-1.0, 1.0], size)


def _agrees(found: Compressed, values: np.ndarray, direction: np.ndarray, product: np.ndarray) -> bool:
    """Whether the entries times a direction are what was computed for that direction."""
    rows, columns = found.pattern.rows, found.pattern.columns
    if found.kind == "rows":
        rows, columns = columns, rows
    with np.errstate(all="ignore"):
        terms = values * direction[columns]
        total = np.zeros(len(product), terms.dtype)
        np.add.at(total, rows, terms)
        scale = np.zeros(len(product))
        np.add.at(scale, rows, np.abs(terms))
        tolerance = np.sqrt(np.finfo(product.dtype).eps) * (scale + np.abs(product))
        close = np.abs(total - product) <= tolerance
    return bool(np.all(close | ~np.isfinite(total) | ~np.isfinite(product)))


def probe(fn: Any, position: int, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Pattern:
    """The entries of the Jacobian that are not zero at these arguments: what happens to vanish there is missed."""
    x = args[position]
    out, dots = push_many(fn, (position,), args, kwargs, [_seeds(x, np.eye(int(np.size(x))))])
    single(out, "result")
    columns, rows = np.nonzero(np.reshape(dots[0], (int(np.size(x)), -1)))
    return Pattern.of(np.stack([rows, columns], 1), (int(np.size(out)), int(np.size(x))))
