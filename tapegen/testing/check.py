"""`check_grads`: do the derivatives of a function agree with each other and with differences?"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from tapegen.api.gradients import grad as our_grad
from tapegen.api.products import jvp as our_jvp
from tapegen.api.products import vjp as our_vjp
from tapegen.testing import differences, trees

Mode = Literal["fwd", "rev"]

_DOT = 1e4  # units of rounding that the dot-product test may lose for each unit of its terms
_DIFFERENCE = {
    2: 3e-2,
    4: 1e-3,
    8: 1e-6,
    16: 1e-6,
}  # relative tolerance against differences, by size of a real number in bytes
_SLACK = 20.0  # how far the estimate of a difference's error is to be trusted


def check_grads(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    order: int = 2,
    modes: Sequence[Mode] = ("fwd", "rev"),
    *,
    rtol: float | None = None,
    seed: int = 0,
    vjp: Callable[..., Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    grad: Callable[..., Any] | None = None,
) -> None:
    """Compare the derivatives of `f` at `args` with extrapolated differences, and forward with reverse mode.

    Forward mode is compared with central differences along a random direction; reverse mode with forward mode (or with
    differences where `modes` leaves forward out) by the dot product `<ct, J v> = <J^T ct, v>`, which needs no step;
    each further order checks the gradient of the last. All errors are relative to the size of what is compared: a small
    derivative is checked as hard as a large one.

    Args:
        f: function of nested arguments with at least one float leaf; may write into them, for it gets copies.
        args: the point; f must be smooth there.
        order: how many times to differentiate.
        modes: which of "fwd" and "rev" to check.
        rtol: tolerance against differences; by default 1e-6 for float64, 1e-3 for float32, 3e-2 for float16.
        seed: of the random directions.
        vjp, jvp, grad: the transforms to check; tapegen's own by default.
    Raises: AssertionError naming mode, order, argument, expected and actual number and relative error.
    """
    if not isinstance(args, tuple):
        raise TypeError(
            f"args is a tuple of arguments, not {type(args).__name__}; for one argument write (x,)"
        )
    unknown = set(modes) - {"fwd", "rev"}
    if unknown or not modes:
        raise ValueError(f"modes are 'fwd' and 'rev', not {sorted(unknown)}")
    transforms = (vjp or our_vjp, jvp or our_jvp, grad or our_grad)
    _Check(f, args, tuple(modes), rtol, np.random.default_rng(seed), *transforms).run(order)


class _Check:
    """The check of one function at one point; `level` counts the derivatives already taken."""

    def __init__(
        self,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        modes: tuple[Mode, ...],
        rtol: float | None,
        rng: np.random.Generator,
        vjp: Callable[..., Any],
        jvp: Callable[..., Any],
        grad: Callable[..., Any],
        level: int = 1,
    ) -> None:
        self.f, self.args, self.modes, self.rng, self.level = f, args, modes, rng, level
        self.vjp, self.jvp, self.grad = vjp, jvp, grad
        self.argnums = sorted({path[0] for path, _ in trees.leaves(args)})
        if not self.argnums:
            raise TypeError("no argument holds a float to differentiate by")
        self.out = f(*trees.fresh(args))
        sizes = [np.finfo(np.asarray(leaf).dtype) for _, leaf in trees.leaves((args, self.out))]
        self.eps = max(float(info.eps) for info in sizes)
        self.given_rtol = rtol
        self.rtol = rtol if rtol is not None else max(_DIFFERENCE[info.dtype.itemsize] for info in sizes)

    def run(self, order: int) -> None:
        v = trees.random_like(self.args, self.rng, self.argnums)
        ct = trees.random_like(self.out, self.rng)
        reference = differences.central(self.f, self.args, v)
        tangent = self.forward(v, reference) if "fwd" in self.modes else None
        if "rev" in self.modes:
            self.reverse(v, ct, reference, tangent)
        if order > 1:
            self.next_order(ct).run(order - 1)

    def forward(self, v: Any, reference: differences.Difference) -> Any:
        primals = trees.fresh(self.args)
        out, tangent = self.jvp(self.f, primals, tangents(self.args, v))
        self.same_value("forward mode", out)
        for (path, expected), error in zip(trees.leaves(reference.value), reference.errors, strict=True):
            actual = trees.at(tangent, path)
            self.same_form("forward mode", f"tangent of {_part(path)}", trees.at(self.out, path), actual)
            size = max(
                float(np.max(np.abs(expected), initial=0.0)), float(np.max(np.abs(actual), initial=0.0))
            )
            worst = float(np.max(np.abs(np.asarray(actual) - expected), initial=0.0))
            if not worst <= self.rtol * size + _SLACK * error:
                self.fail("forward mode", f"tangent of {_part(path)}", expected, actual, worst, size)
        return tangent

    def reverse(self, v: Any, ct: Any, reference: differences.Difference, tangent: Any) -> None:
        out, pullback = self.vjp(self.f, *trees.fresh(self.args))
        self.same_value("reverse mode", out)
        cotangents = pullback(ct)
        for path, x in trees.leaves(self.args):
            self.same_form("reverse mode", f"cotangent of {trees.name(path)}", x, trees.at(cotangents, path))
        if tangent is not None:
            expected, scale = trees.inner(ct, tangent)
            allowed = _DOT * self.eps * scale
        else:
            expected, scale = trees.inner(ct, reference.value)
            allowed = self.rtol * scale + _SLACK * _weigh(ct, reference)
        actual, size = trees.inner(v, cotangents)
        allowed += _DOT * self.eps * size
        if not abs(actual - expected) <= allowed:
            against = "forward mode" if tangent is not None else "differences"
            self.blame(v, ct, cotangents, f"<ct, J v> = {expected!r} by {against}, <J^T ct, v> = {actual!r}")

    def blame(self, v: Any, ct: Any, cotangents: Any, products: str) -> None:
        """Find the argument whose cotangent is wrong, by moving one at a time."""
        leaves = trees.leaves(v)
        found = []
        for k, (path, leaf) in enumerate(leaves):
            alone = [x if j == k else np.zeros_like(x) for j, (_, x) in enumerate(leaves)]
            difference = differences.central(self.f, self.args, trees.replace(v, alone))
            expected, _ = trees.inner(ct, difference.value)
            actual, size = trees.inner([leaf], [trees.at(cotangents, path)])
            found.append((abs(actual - expected) / max(abs(expected), size, 1e-300), path, expected, actual))
        relative, path, expected, actual = max(found, key=lambda item: item[0])
        raise AssertionError(
            f"check_grads: reverse mode of {_named(self.f)} is wrong at order {self.level}\n"
            f"  {trees.name(path)}: <cotangent, v> expected {expected!r}, got {actual!r}, "
            f"relative error {relative:.2e}\n"
            f"  dot-product test: {products}"
        )

    def next_order(self, ct: Any) -> "_Check":
        argnums = self.argnums[0] if len(self.argnums) == 1 else tuple(self.argnums)
        gradient = self.grad(as_scalar(self.f, len(self.args), self.out, ct), argnums)
        rest = (self.vjp, self.jvp, self.grad)
        return _Check(gradient, self.args, self.modes, self.given_rtol, self.rng, *rest, level=self.level + 1)

    def same_value(self, mode: str, out: Any) -> None:
        for path, expected in trees.leaves(self.out):
            actual = trees.at(out, path)
            self.same_form(mode, f"value of {_part(path)}", expected, actual)
            size = float(np.max(np.abs(expected), initial=0.0))
            worst = float(np.max(np.abs(np.asarray(actual) - expected), initial=0.0))
            if not worst <= _DOT * self.eps * size:
                self.fail(mode, f"value of {_part(path)}", expected, actual, worst, size)

    def same_form(self, mode: str, what: str, expected: Any, actual: Any) -> None:
        wanted = (np.shape(expected), np.asarray(expected).dtype)
        got = (np.shape(actual), np.asarray(actual).dtype)
        if actual is None or wanted != got:
            shown = "None" if actual is None else f"{got[1]}{list(got[0])}"
            raise AssertionError(
                f"check_grads: {mode} of {_named(self.f)} at order {self.level}: "
                f"{what} should be {wanted[1]}{list(wanted[0])}, is {shown}"
            )

    def fail(self, mode: str, what: str, expected: Any, actual: Any, worst: float, size: float) -> None:
        raise AssertionError(
            f"check_grads: {mode} of {_named(self.f)} is wrong at order {self.level}\n"
            f"  {what}: expected {expected!r}, got {actual!r}, relative error {worst / max(size, 1e-300):.2e}"
        )


def as_scalar(f: Callable[..., Any], arity: int, out: Any, ct: Any) -> Callable[..., Any]:
    """`f` itself when its result `out` is one real number, else its real inner product with `ct`.

    The new function is written so that it asks little of the engine: fixed parameters up to three, no more generality
    than the form of `out` needs.
    """
    if trees.is_leaf(out) and not np.iscomplexobj(out):
        return f if np.ndim(out) == 0 else _weighted_array(f, arity, ct)
    if type(out) in (tuple, list) and all(map(trees.is_leaf, out)):
        return _weighted_items(f, [np.conj(leaf) for _, leaf in trees.leaves(ct)])
    parts = [(path, np.conj(leaf)) for path, leaf in trees.leaves(ct)]

    def weighted(*args):  # type: ignore[no-untyped-def]
        value = f(*args)
        total = 0.0
        for path, weight in parts:
            part = value
            for key in path:
                part = (
                    getattr(part, key) if isinstance(key, str) and not isinstance(part, dict) else part[key]
                )
            total = total + np.sum(np.real(weight * part))
        return total

    return weighted


def _weighted_array(f: Callable[..., Any], arity: int, weight: np.ndarray) -> Callable[..., Any]:
    def weighted_1(x):  # type: ignore[no-untyped-def]
        return np.sum(weight * f(x))

    def weighted_2(x, y):  # type: ignore[no-untyped-def]
        return np.sum(weight * f(x, y))

    def weighted_3(x, y, z):  # type: ignore[no-untyped-def]
        return np.sum(weight * f(x, y, z))

    def weighted(*args):  # type: ignore[no-untyped-def]
        return np.sum(weight * f(*args))

    fixed: dict[int, Callable[..., Any]] = {1: weighted_1, 2: weighted_2, 3: weighted_3}
    return fixed.get(arity, weighted)


def _weighted_items(f: Callable[..., Any], weights: list[np.ndarray]) -> Callable[..., Any]:
    def weighted(*args):  # type: ignore[no-untyped-def]
        total = 0.0
        for part, weight in zip(f(*args), weights, strict=True):
            total = total + np.sum(np.real(weight * part))
        return total

    return weighted


def tangents(args: tuple[Any, ...], v: tuple[Any, ...]) -> tuple[Any, ...]:
    """The direction as `jvp` takes it: None for an argument without float leaves."""
    return tuple(x if trees.leaves(a) else None for a, x in zip(args, v, strict=True))


def _weigh(ct: Any, reference: differences.Difference) -> float:
    """Error of the inner product with `ct` that the errors of the reference allow."""
    pairs = zip(trees.leaves(ct), reference.errors, strict=True)
    return sum(float(np.sum(np.abs(leaf))) * error for (_, leaf), error in pairs)


def _part(path: trees.Path) -> str:
    return "the result" + "".join(f"[{key!r}]" for key in path)


def _named(f: Callable[..., Any]) -> str:
    return getattr(f, "__qualname__", None) or repr(f)
