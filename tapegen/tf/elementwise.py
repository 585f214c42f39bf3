"""Functions of each element that NumPy has not under one name, or that TensorFlow defines otherwise at kinks."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..runtime.custom import custom_gradient
from ..runtime.record import apply, unbroadcast
from ..runtime.tensor import Tensor, frozen, make
from .convert import pair, tensor, to_dtype
from .dtypes import as_dtype
from .table import NAMES as _table

# kinks


def maximum(x: Any, y: Any, name: Any = None) -> Any:
    """The larger; at a tie the first gets the gradient, as TensorFlow has it."""
    x, y = pair(x, y, "Maximum")
    return apply(np.where, (make(np.greater_equal(x._a, y._a) | np.isnan(x._a)), x, y))


def minimum(x: Any, y: Any, name: Any = None) -> Any:
    """The smaller; at a tie the first gets the gradient, as TensorFlow has it."""
    x, y = pair(x, y, "Minimum")
    return apply(np.where, (make(np.less_equal(x._a, y._a) | np.isnan(x._a)), x, y))


def sign(x: Any, name: Any = None) -> Any:
    """-1, 0 or 1 (z/|z| for complex z); the gradient of real ones is zero, not None."""
    x = tensor(x)
    if x.dtype.kind == "c":
        return apply(np.sign, (x,))
    return apply(np.where, (np.True_, make(np.sign(x._a)), x)) if x.dtype.kind == "f" else make(np.sign(x._a))


@custom_gradient
def _sqrt(x: Any) -> Any:
    y = apply(np.sqrt, (x,))

    def grad(dy: Any) -> Any:
        return multiply_no_nan(0.5 / apply(np.conjugate, (y,)), dy)

    return y, grad


def multiply_no_nan(x: Any, y: Any, name: Any = None) -> Any:
    """`x * y`, and 0 where `y` is 0, whatever `x` is. Its cotangents are such products too, as TensorFlow has it."""
    return _multiply_no_nan(*pair(x, y, "MulNoNan"))


@custom_gradient
def _multiply_no_nan(x: Any, y: Any) -> Any:
    def grad(ct: Any) -> Any:
        return (
            apply(unbroadcast, (multiply_no_nan(ct, y), x)),
            apply(unbroadcast, (multiply_no_nan(x, ct), y)),
        )

    return make(frozen(np.where(y._a == 0, y.dtype.type(0), x._a * y._a))), grad


@custom_gradient
def _reciprocal(x: Any) -> Any:
    y = apply(np.reciprocal, (x,))

    def grad(dy: Any) -> Any:
        y_ = apply(np.conjugate, (y,))
        return multiply_no_nan(-y_ * y_, dy)

    return y, grad


def reciprocal(x: Any, name: Any = None) -> Any:
    """`1 / x`. Where its cotangent is 0 the gradient is 0, even at 0, as TensorFlow has it."""
    x = tensor(x)
    return apply(np.reciprocal, (x,)) if np.all(x._a) else _reciprocal(x)


def divide_no_nan(x: Any, y: Any, name: Any = None) -> Any:
    """`x / y`, and 0 where `y` is 0."""
    x, y = pair(x, y, "DivNoNan")
    zero = make(np.equal(y._a, 0))
    safe = apply(np.where, (zero, make(y.dtype.type(1)), y))
    return apply(np.where, (zero, make(x.dtype.type(0)), x / safe))


def reciprocal_no_nan(x: Any, name: Any = None) -> Any:
    """`1 / x`, and 0 where `x` is 0."""
    return divide_no_nan(1.0, tensor(x))


def lbeta(x: Any, name: Any = None) -> Any:
    """The logarithm of the absolute value of the beta function of several variables, along the last axis."""
    x = tensor(x)
    log_gamma = special("gammaln")
    return apply(np.sum, (log_gamma(x), -1)) - log_gamma(apply(np.sum, (x, -1)))


def xlogy(x: Any, y: Any, name: Any = None) -> Any:
    """`x * log(y)`, and 0 where `x` is 0."""
    x, y = pair(x, y, "Xlogy")
    zero = make(np.equal(x._a, 0))
    return apply(
        np.where, (zero, x * 0, x * apply(np.log, (apply(np.where, (zero, make(y.dtype.type(1)), y)),)))
    )


def xlog1py(x: Any, y: Any, name: Any = None) -> Any:
    """`x * log1p(y)`, and 0 where `x` is 0."""
    x, y = pair(x, y, "Xlog1py")
    zero = make(np.equal(x._a, 0))
    return apply(
        np.where, (zero, x * 0, x * apply(np.log1p, (apply(np.where, (zero, make(y.dtype.type(0)), y)),)))
    )


def xdivy(x: Any, y: Any, name: Any = None) -> Any:
    """`x / y`, and 0 where `x` is 0."""
    x, y = pair(x, y, "Xdivy")
    zero = make(np.equal(x._a, 0))
    return apply(np.where, (zero, x * 0, x / apply(np.where, (zero, make(y.dtype.type(1)), y))))


# compositions


def rsqrt(x: Any, name: Any = None) -> Any:
    """`1 / sqrt(x)`, with the gradients of these where their cotangent is 0."""
    return reciprocal(sqrt(tensor(x)))


def sigmoid(x: Any, name: Any = None) -> Any:
    """1 / (1 + exp(-x)) = exp(-log(1 + exp(-x))), exact for large x of both signs, and so are its derivatives."""
    x = tensor(x)
    if x.dtype.kind not in "fc":
        raise InvalidArgumentError(
            f"tf.sigmoid takes floating and complex Tensors, not {x.dtype}; use tf.cast"
        )
    if x.dtype.kind == "c":
        return 1 / (1 + apply(np.exp, (-x,)))
    return apply(np.exp, (-apply(np.logaddexp, (0.0, -x)),))


def softplus(features: Any, name: Any = None) -> Any:
    return apply(np.logaddexp, (tensor(features), 0.0))


def log_sigmoid(x: Any, name: Any = None) -> Any:
    return -softplus(-tensor(x))


def softsign(features: Any, name: Any = None) -> Any:
    x = tensor(features)
    return x / (1 + abs(x))


def squared_difference(x: Any, y: Any, name: Any = None) -> Any:
    x, y = pair(x, y, "SquaredDifference")
    return apply(np.square, (x - y,))


def sinc(x: Any, name: Any = None) -> Any:
    return apply(np.sinc, (tensor(x),))


def polyval(coeffs: Any, x: Any, name: Any = None) -> Any:
    """Horner's scheme, highest power first."""
    x = tensor(x)
    total: Any = x * 0
    for c in coeffs:
        total = total * x + c
    return total


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: Any = None) -> Any:
    """`t` between two limits; the gradient at a limit is that of the inside."""
    return maximum(minimum(t, clip_value_max), clip_value_min)


def complex(real: Any, imag: Any, name: Any = None) -> Any:
    """A complex Tensor from its parts."""
    re, im = pair(real, imag, "Complex")
    dtype = np.dtype("complex64" if re.dtype == np.float32 else "complex128")
    return re.astype(dtype) + im.astype(dtype) * make(dtype.type(1j))


def add_n(inputs: Any, name: Any = None) -> Any:
    """The sum of Tensors of one shape."""
    parts = [tensor(i) for i in (inputs if isinstance(inputs, (list, tuple)) else [inputs])]
    if not parts:
        raise ValueError(
            "Inputs must be an iterable of at least one Tensor/IndexedSlices with the same dtype and shape."
        )
    if any(p._a.shape != parts[0]._a.shape for p in parts):
        raise ValueError("Inputs must all have the same shape.")
    total = parts[0]._identity() if len(parts) == 1 else parts[0]
    for p in parts[1:]:
        total = total + p
    return total


def special(name: str) -> Callable[..., Any]:
    """A function of `scipy.special`, which is imported when it is first called."""

    def call(*args: Any, name: Any = None) -> Any:
        try:
            module = importlib.import_module("scipy.special")
        except ImportError:
            raise ImportError(f"tf.math.{scipy_name} needs SciPy: pip install scipy") from None
        return apply(getattr(module, scipy_name), [tensor(a) for a in args])

    scipy_name = name
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`scipy.special.{name}` on Tensors."
    return call


def scalar_mul(scalar: Any, x: Any, name: Any = None) -> Any:
    x = tensor(x)
    return pair(scalar, x, "Mul")[0] * x


def truncatediv(x: Any, y: Any, name: Any = None) -> Any:
    """The quotient of integers, rounded towards 0."""
    x, y = pair(x, y, "TruncateDiv")
    return make(frozen(np.trunc(np.true_divide(x._a, y._a)).astype(x.dtype)))


def saturate_cast(value: Any, dtype: Any, name: Any = None) -> Any:
    """`cast` of what is first brought between the limits of an integer dtype."""
    x, kind = tensor(value), as_dtype(dtype)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        x = make(np.clip(x._a, limits.min, limits.max))
    return to_dtype(x, kind)


def is_non_decreasing(x: Any, name: Any = None) -> Tensor:
    return make(np.bool_(np.all(np.diff(tensor(x)._a.reshape(-1)) >= 0)))


def is_strictly_increasing(x: Any, name: Any = None) -> Tensor:
    return make(np.bool_(np.all(np.diff(tensor(x)._a.reshape(-1)) > 0)))


def sqrt(x: Any, name: Any = None) -> Any:
    """The square root. Where its cotangent is 0 the gradient is 0, even at 0, as TensorFlow has it."""
    x = x if type(x) is Tensor else tensor(x)
    return _table["sqrt"](x) if np.all(x._a) else _sqrt(x)


def _fresnel(label: str, place: int) -> Callable[..., Any]:
    def call(x: Any, name: Any = None) -> Any:
        return special("fresnel")(x)[place]

    call.__name__ = call.__qualname__ = label
    return call


SPECIAL: dict[str, Any] = {
    **{
        f"bessel_{name}": special(name)
        for name in "i0 i0e i1 i1e j0 j1 k0 k0e k1 k1e y0 y1".split()
    },
    "dawsn": special("dawsn"), "expint": special("expi"), "spence": special("spence"),
    "fresnel_sin": _fresnel("fresnel_sin", 0), "fresnel_cos": _fresnel("fresnel_cos", 1),
}  # fmt: skip

NAMES: dict[str, Any] = {
    f.__name__: f
    for f in (
        maximum, minimum, sign, reciprocal, multiply_no_nan, divide_no_nan, xlogy, xlog1py, xdivy, rsqrt, sigmoid,
        softplus, log_sigmoid, softsign, reciprocal_no_nan, lbeta, squared_difference, sinc, polyval,
        clip_by_value, complex, add_n, sqrt, scalar_mul, truncatediv, saturate_cast, is_non_decreasing,
        is_strictly_increasing,
    )
} | {
    "erf": special("erf"), "erfc": special("erfc"), "erfinv": special("erfinv"), "erfcinv": special("erfcinv"),
    "lgamma": special("gammaln"), "digamma": special("digamma"), "polygamma": special("polygamma"),
    "igamma": special("gammainc"),
    "igammac": special("gammaincc"), "betainc": special("betainc"), "zeta": special("zeta"),
    "ndtri": special("ndtri"), **{name: SPECIAL[name] for name in "bessel_i0 bessel_i0e bessel_i1 bessel_i1e".split()},
}  # fmt: skip
