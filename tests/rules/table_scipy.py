"""The rows of the table for SciPy, see `table`."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tapegen.rules import rule_for

from .arguments import A, Keywords, binary, definite, reduced, regular, symmetric, unary


def scipy_special() -> Iterator[tuple]:
    special = pytest.importorskip("scipy.special")
    for name in ("erf", "erfc"):
        yield getattr(special, name), True, unary(0.5, 1.5)
    names = "gamma loggamma gammaln rgamma digamma erfcx ndtr log_ndtr expit log_expit entr j0 j1 y0 y1 i0 i1"
    for name in names.split():
        yield getattr(special, name), False, unary(0.5, 1.5)
    for name in ("erfinv", "ndtri", "logit", "erfcinv"):
        yield getattr(special, name), False, unary(0.2, 0.8)
    for name in "beta betaln xlogy xlog1py rel_entr kl_div".split():
        yield getattr(special, name), False, binary(0.5, 2.0)
    yield special.polygamma, False, [(1, A(3, low=0.5)), (2, A(2, 3, low=0.5))]
    for name in ("jv", "yv", "iv", "kv"):
        yield getattr(special, name), False, [(1, A(3, low=0.5)), (np.array([0, 2]), A(3, 1, low=0.5))]
    for name in ("gammainc", "gammaincc"):
        yield getattr(special, name), False, [(2, A(3, low=0.5))]
    yield special.betainc, False, [(2, 3, A(3, low=0.2, high=0.8))]
    weights = [(A(3), None, A(3, low=0.1)), (A(2, 3), 1, A(2, 3, low=0.1), True), (A(2, 3), 0, A(3, low=0.2))]
    yield special.logsumexp, False, [*reduced(empty=False), *weights]
    for name in ("softmax", "log_softmax"):
        yield getattr(special, name), False, [(A(3),), (A(2, 3),), (A(2, 3), 1), (A(2, 3), 0)]


def scipy_ndimage_sampling() -> Iterator[tuple]:
    ndimage = pytest.importorskip("scipy.ndimage")
    places = np.array([[0.3, 1.6, 3.2, 4.4], [2.4, 0.7, 1.3, 3.6]])
    modes = ("reflect", "mirror", "nearest", "constant", "grid-wrap")
    orders = [(A(6, 5), places, Keywords(order=n)) for n in (1, 2, 3, 4)]
    outside = np.array([[-0.7, 6.3, 2.5]])
    yield (
        ndimage.map_coordinates,
        False,
        [*orders, *((A(6), outside, Keywords(order=3, mode=m)) for m in modes)],
    )
    yield ndimage.shift, False, [(A(6), 1.3), (A(4, 5), (0.4, -1), Keywords(order=1, mode="reflect"))]
    yield ndimage.zoom, False, [(A(5), 2), (A(4, 5), (1.5, 2), Keywords(order=2, mode="nearest"))]
    matrix = np.array([[0.9, 0.2], [-0.1, 0.8]])
    yield (
        ndimage.affine_transform,
        False,
        [
            (A(5, 6), matrix, np.array([0.43, 0.27])),
            (A(5, 6), np.array([0.71, 0.83]), 0.34, Keywords(order=2)),
        ],
    )
    yield ndimage.spline_filter1d, False, [(A(6),), (A(5, 3), 2, 0)]


def scipy_spatial() -> Iterator[tuple]:
    distance = pytest.importorskip("scipy.spatial.distance")
    pairs = [(A(3, 2), A(4, 2), metric) for metric in ("euclidean", "sqeuclidean", "cityblock", "cosine")]
    yield distance.cdist, False, pairs
    yield distance.pdist, False, [(b, metric) for _, b, metric in pairs]
    for name in ("euclidean", "sqeuclidean", "cityblock", "cosine"):
        yield getattr(distance, name), False, [(A(3), A(3))]
    yield distance.squareform, False, [(A(6),)]


def scipy_linalg() -> Iterator[tuple]:
    linalg = pytest.importorskip("scipy.linalg")
    systems = [(regular(3, 3), A(3)), (regular(3, 3), A(3, 2))]
    yield linalg.solve, True, systems
    yield linalg.inv, True, [(regular(3, 3),)]
    yield linalg.det, True, [(regular(3, 3),)]
    yield linalg.expm, True, [(A(3, 3),), (A(2, 2),)]
    yield linalg.solve_triangular, True, [*systems, *((*s, Keywords(lower=True)) for s in systems)]
    transposed = [
        Keywords(trans=1),
        Keywords(trans="T", lower=True, unit_diagonal=True),
        Keywords(unit_diagonal=True),
    ]
    yield linalg.solve_triangular, True, [(*s, k) for s in systems for k in transposed]


def scipy_linalg_more() -> Iterator[tuple]:
    linalg = pytest.importorskip("scipy.linalg")
    matrices = [(definite(2, 2),), (definite(3, 3),), (definite(3, 3), True)]
    yield linalg.cholesky, False, matrices, symmetric
    yield linalg.lu, False, [(regular(3, 3),), (regular(2, 2),)]
    yield linalg.block_diag, True, [(A(2, 2), A(1, 3)), (A(2, 2),), (A(2), A(2, 1), A(3, 3))]
    yield linalg.toeplitz, False, [(A(3),), (A(3), A(2)), (A(2), A(4))]
    yield linalg.circulant, True, [(A(3),)]
    yield linalg.convolution_matrix, True, [(A(3), 4), (A(3), 4, "same")]
    bands = [(l_and_u, regular_band(l_and_u, 5)) for l_and_u in ((1, 1), (0, 2), (2, 1), (0, 0))]
    yield linalg.solve_banded, False, [(lu, ab, b) for lu, ab in bands for b in (A(5), A(5, 2))]
    yield linalg.solve_sylvester, True, [(regular(3, 3), regular(2, 2), A(3, 2))]
    yield linalg.solve_continuous_lyapunov, False, [(regular(3, 3), A(3, 3))]
    yield linalg.solve_discrete_lyapunov, False, [(0.2 * regular(3, 3), A(3, 3))]
    yield linalg.logm, True, [(np.eye(3) + 0.1 * A(3, 3),)]
    for name in ("sqrtm", "sinhm", "coshm", "tanhm"):
        yield getattr(linalg, name), True, [(regular(3, 3),)]
    for name in ("cosm", "sinm", "tanm"):
        yield getattr(linalg, name), True, [(0.3 * A(3, 3),)]
    yield linalg.fractional_matrix_power, False, [(regular(3, 3), 0.3), (regular(2, 2), -1.5)]
    yield linalg.svdvals, False, [(A(3, 3),), (A(4, 2),)]
    yield linalg.pinv, False, [(regular(3, 3),), (regular(4, 2),)]
    yield linalg.norm, False, [(A(3),), (A(2, 3), "fro"), (A(2, 3), 2), (A(2, 3), 1, 0)]


def scipy_linalg_structured() -> Iterator[tuple]:
    linalg = pytest.importorskip("scipy.linalg")
    a, b = regular(3, 3), A(3)
    yield linalg.lu_factor, False, [(a,), (a[::-1].copy(),)]
    bands = np.stack([0.3 * A(4), 0.3 * A(4), 2 + A(4, low=0.0, high=1.0)])
    yield linalg.solveh_banded, False, [(bands, A(4)), (bands[::-1].copy(), A(4, 2), Keywords(lower=True))]
    yield linalg.solve_circulant, False, [(A(4) + 4 * np.eye(4)[0], A(4)), (A(3) + 4 * np.eye(3)[0], A(3, 2))]
    yield linalg.hankel, False, [(A(3),), (A(3), A(2)), (A(2), A(4))]
    yield linalg.khatri_rao, True, [(A(2, 3), A(3, 3))]
    for function, stable in ((linalg.solve_continuous_are, a), (linalg.solve_discrete_are, 0.3 * a)):
        yield function, False, [(stable, A(3, 2), definite(3, 3), definite(2, 2))], symmetric_if_square
    symmetrics = [(definite(3, 3), b, Keywords(assume_a=kind)) for kind in ("pos", "sym")]
    yield linalg.solve, False, [*symmetrics, (a, A(3, 2), Keywords(check_finite=False))], symmetric_if_square


def symmetric_if_square(tangent: np.ndarray) -> np.ndarray:
    return symmetric(tangent) if tangent.ndim == 2 and tangent.shape[0] == tangent.shape[1] else tangent


def scipy_linalg_spectral() -> Iterator[tuple]:
    linalg = pytest.importorskip("scipy.linalg")
    a, b = definite(3, 3), definite(3, 3)
    only = Keywords(eigvals_only=True)
    yield linalg.eigh, False, [(a,), (a, only), (a, b, only)], symmetric
    yield linalg.eigvalsh, False, [(a,), (a, b)], symmetric
    yield linalg.qr, False, [(A(4, 3), Keywords(mode="economic")), (regular(3, 3), False, None, "economic")]
    yield linalg.polar, False, [(regular(3, 3),), (regular(4, 3),)]
    yield linalg.svd, False, [(regular(3, 3), False), (A(4, 3), Keywords(full_matrices=False))]
    yield linalg.eigvals, False, [(np.diag([1.0, 2.0, 4.0]) + 0.1 * A(3, 3),)]
    yield linalg.lstsq, False, [(regular(4, 3), A(4)), (regular(4, 3), A(4, 2))]


def scipy_integrate() -> Iterator[tuple]:
    integrate = pytest.importorskip("scipy.integrate")
    x = np.array([0.0, 0.3, 0.5, 1.1, 1.5])
    yield integrate.trapezoid, False, [(A(5),), (A(5), x), (A(5, 2), x, 1.0, 0)]
    x = [0, 1, 2, 4, 5]
    yield integrate.cumulative_trapezoid, False, [(A(5), x), (A(2, 5), x, 1, 1, 0), (A(5, 2), None, 2, 0)]
    yield (
        integrate.simpson,
        False,
        [(A(5),), (A(5), x), (A(2, 4), Keywords(dx=2)), (A(5, 2), Keywords(axis=0))],
    )
    yield integrate.cumulative_simpson, False, [(A(5),), (A(2, 5), Keywords(x=x, initial=0))]
    yield integrate.romb, False, [(A(5),), (A(5, 2), 2, 0)]


def regular_band(l_and_u: tuple[int, int], n: int) -> np.ndarray:
    """The diagonals of a matrix far from singular."""
    ab = 0.4 * A(sum(l_and_u) + 1, n)
    ab[l_and_u[1]] += 2.0
    return ab


def scipy_ndimage() -> Iterator[tuple]:
    ndimage = pytest.importorskip("scipy.ndimage")
    modes = [Keywords(mode=m) for m in ("reflect", "mirror", "nearest", "wrap", "constant", "grid-wrap")]
    images = [A(7), A(5, 6)]
    yield ndimage.gaussian_filter, False, [(x, 0.8, k) for x in images for k in modes]
    yield (
        ndimage.gaussian_filter,
        False,
        [
            (A(5, 6), (0.5, 1.1), (1, 0)),
            (A(5), 2.5, 2),
            (A(5), 1.0, Keywords(radius=2)),
            (A(4, 5), 0.7, Keywords(mode=("wrap", "mirror"))),
            (A(4), 0.7, Keywords(mode="constant", cval=1.5)),
        ],
    )
    yield ndimage.gaussian_filter1d, False, [(A(5, 6), 0.8, 0, 1), (A(6), 1.2, Keywords(mode="constant"))]
    yield ndimage.uniform_filter, False, [(x, 3, k) for x in images for k in modes]
    yield ndimage.uniform_filter, False, [(A(6), 4), (A(5, 6), (2, 3), Keywords(origin=(0, 1)))]
    yield ndimage.uniform_filter1d, False, [(A(5, 6), 3, 0), (A(6), 4, Keywords(origin=-1))]
    for name in ("sobel", "prewitt"):
        yield getattr(ndimage, name), False, [(A(5, 6),), (A(5, 6), 0), (A(6), Keywords(mode="wrap"))]
    yield ndimage.laplace, False, [(A(5, 6),), (A(6), Keywords(mode="nearest"))]
    yield ndimage.gaussian_laplace, False, [(A(5, 6), 0.7)]
    for name in ("correlate", "convolve"):
        f = getattr(ndimage, name)
        yield f, False, [(A(7), A(n), k) for n in (3, 4) for k in modes]
        yield f, False, [(A(5, 6), A(2, 3)), (A(6), A(3), Keywords(origin=1, mode="constant", cval=0.7))]
        yield getattr(ndimage, f"{name}1d"), False, [(A(5, 6), A(3), 0), (A(6), A(4), Keywords(origin=1))]


def scipy_signal() -> Iterator[tuple]:
    signal = pytest.importorskip("scipy.signal")
    for function in (signal.convolve, signal.fftconvolve):
        pairs = [(A(5), A(3)), (A(3), A(5)), (A(3, 4), A(2, 3)), (A(4), A(4))]
        yield function, True, [(a, b, mode) for a, b in pairs for mode in ("full", "same", "valid")]
    for function in (signal.oaconvolve, signal.convolve2d):
        yield function, True, [(A(3, 4), A(2, 3), mode) for mode in ("full", "same", "valid")]
    pairs = [(A(5), A(3)), (A(3), A(5)), (A(3, 4), A(2, 3))]
    yield signal.correlate, False, [(a, b, mode) for a, b in pairs for mode in ("full", "same", "valid")]
    yield signal.correlate2d, False, [(A(3, 4), A(2, 3), mode) for mode in ("full", "same", "valid")]
    b, a = np.array([1.0, 0.5]), np.array([0.9, -0.3, 0.1])
    yield (
        signal.lfilter,
        False,
        [
            (b, a, A(5)),
            (b[:1], a, A(2, 4), 0),
            (a, b, A(2)),
            ([1], [2, 1], A(3, 2), 0, A(1, 2)),
            ([1, 2, 3], np.array([3, 1]), A(1), -1, A(2)),
        ],
    )


def scipy_along() -> Iterator[tuple]:
    """Functions that are linear along an axis."""
    signal = pytest.importorskip("scipy.signal")
    x, rows, sos = A(9), A(2, 9), signal.butter(3, 0.4, output="sos")
    yield signal.sosfilt, False, [(sos, x), (sos, A(3, 2), 0)]
    yield signal.filtfilt, False, [(*signal.butter(2, 0.4), rows, -1, "odd", 3), (*signal.butter(1, 0.4), x)]
    yield signal.sosfiltfilt, False, [(signal.butter(1, 0.4, output="sos"), x, Keywords(padlen=2))]
    yield signal.savgol_filter, False, [(x, 5, 2), (rows, 3, 1, 1, 0.5, -1, "wrap")]
    yield signal.detrend, False, [(x,), (A(4, 2), 0, "constant")]
    yield signal.hilbert, False, [(A(6),), (A(3, 2), None, 0)]
    yield signal.resample, False, [(x, 6), (A(3, 4), 7, None, 1)]
    yield signal.resample_poly, False, [(x, 2, 3), (A(4, 2), 1, 2, 0)]
    yield signal.decimate, False, [(A(30), 2), (A(14, 2), 2, 3, "fir", 0)]
    yield signal.upfirdn, False, [(np.array([1.0, 2.0, 0.5]), x, 2, 3), (np.ones(2), A(3, 2), 2, 1, 0)]


def scipy_fft() -> Iterator[tuple]:
    fft = pytest.importorskip("scipy.fft")
    one = [(A(5),), (A(2, 4), None, 0), (A(2, 4), 3, -1, "ortho"), (A(3), 5, -1, "forward")]
    several = [(A(2, 3),), (A(3, 4), (2, 5), None, "ortho"), (A(2, 3, 2), None, (0, 1), "forward")]
    for name in ("fft", "ifft"):
        yield getattr(fft, name), True, [*one, (A(4), Keywords(workers=1))]
    for name in ("fft2", "ifft2", "fftn", "ifftn"):
        yield getattr(fft, name), True, several
    for name in ("rfft", "irfft", "hfft", "ihfft"):
        yield getattr(fft, name), False, one
    for name in ("rfft2", "rfftn", "irfft2", "irfftn", "hfft2", "hfftn", "ihfft2", "ihfftn"):
        yield getattr(fft, name), False, several
    norms = [Keywords(), Keywords(norm="ortho"), Keywords(norm="forward"), Keywords(orthogonalize=True)]
    for name in ("dct", "idct", "dst", "idst"):
        calls = [(A(5), kind, n, k) for kind in (1, 2, 3, 4) for k in norms for n in (None, 3, 7)]
        yield getattr(fft, name), False, [*calls, (A(3, 2), 2, None, 0)]
        calls = [(A(3, 4), kind, k) for kind in (1, 2, 3, 4) for k in norms]
        yield getattr(fft, f"{name}n"), False, [*calls, (A(3, 2, 2), 2, None, (0, 2)), (A(3, 2), 3, (4,))]
    for name in ("fftshift", "ifftshift"):
        yield getattr(fft, name), True, [(A(5),), (A(2, 3), 1)]


def scipy_special_functions() -> Iterator[tuple]:
    special = pytest.importorskip("scipy.special")

    def positive(name: str, high: float = 1.5) -> tuple:
        return getattr(special, name), False, [(A(3, low=0.5, high=high),), (float(A(low=0.6, high=1.2)),)]

    yield special.voigt_profile, False, [(A(3), A(3, low=0.5), A(low=0.5)), (0.3, 0.5, 0.7)]
    yield special.ellipj, False, [(A(3), 0.3), (A(2, 1), np.array([0.2, 0.7]))]
    for name in (
        "exp1 expi exp10 exprel cosm1 sindg cosdg tandg cotdg dawsn softplus wrightomega spence sici shichi fresnel "
        "airy expm1 exp2 log1p cbrt"
    ).split():
        yield positive(name)
    yield special.erfi, True, unary(0.5, 1.5)
    yield special.wofz, True, unary(0.5, 1.5)
    yield special.lambertw, True, [(A(3, low=0.5),), (A(3, low=0.5), 1)]
    for name in ("ellipk", "ellipkm1", "ellipe"):
        yield getattr(special, name), False, [(A(3, low=0.2, high=0.8),), (0.5,)]
    yield special.ndtri_exp, False, [(A(3, low=-2.0, high=-0.5),)]
    pairs = "powm1 owens_t poch boxcox boxcox1p inv_boxcox inv_boxcox1p huber pseudo_huber"
    for name in pairs.split():
        yield getattr(special, name), False, binary(0.5, 2.0)
    for name in ("ellipkinc", "ellipeinc"):
        yield getattr(special, name), False, [(A(3, low=0.2, high=1.2), A(3, low=0.2, high=0.8))]
    yield special.boxcox, False, [(A(3, low=0.5), 0)]
    yield special.inv_boxcox, False, [(A(3, low=0.5), 0)]
    yield special.huber, False, [(1.0, np.array([0.5, -1.5, 2.0]))]
    for name in ("binom", "comb", "perm"):
        yield getattr(special, name), False, [(A(3, low=4.0, high=6.0), A(3, low=1.0, high=3.0))]
    yield special.factorial, False, [(A(3, low=0.5),)]
    yield special.zeta, False, [(2.5, A(3, low=0.5)), (3, A(2, low=0.5))]
    yield special.multigammaln, False, [(A(3, low=2.5, high=4.0), 3), (3.5, 2)]
    yield special.expn, False, [(2, A(3, low=0.5)), (np.array([1, 3]), A(3, 1, low=0.5))]
    for name in ("gammaincinv", "gammainccinv", "stdtrit"):
        yield getattr(special, name), False, [(2, A(3, low=0.2, high=0.8))]
    for name in ("betaincinv", "betaincc", "betainccinv"):
        yield getattr(special, name), False, [(2, 3, A(3, low=0.2, high=0.8))]
    for name in ("stdtr", "chdtr", "chdtrc"):
        yield getattr(special, name), False, [(3, A(3, low=0.5))]
    for name in ("gdtr", "gdtrc"):
        yield getattr(special, name), False, [(A(3, low=0.5), 2, A(3, low=0.5))]
    for name in ("pdtr", "pdtrc"):
        yield getattr(special, name), False, [(2, A(3, low=0.5))]
    yield special.hyp0f1, False, [(2, A(3))]
    for name in ("hyp1f1", "hyperu"):
        yield getattr(special, name), False, [(2, 3, A(3, low=0.5))]
    yield special.hyp2f1, False, [(2, 3, 4, A(3, low=0.1, high=0.6))]


def scipy_bessel() -> Iterator[tuple]:
    special = pytest.importorskip("scipy.special")
    for name in "i0e i1e k0 k1 k0e k1e ber bei ker kei berp beip kerp keip".split():
        yield getattr(special, name), False, [(A(3, low=0.5),), (1.2,)]
    for name in "ive kve jve yve kn yn struve".split():
        yield getattr(special, name), False, [(1, A(3, low=0.5)), (np.array([0, 2]), A(3, 1, low=0.5))]
    for name in ("hankel1", "hankel2"):
        yield getattr(special, name), True, [(1, A(3, low=0.5))]
    for name in ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn"):
        yield getattr(special, name), False, [(1, A(3, low=0.5)), (np.array([0, 2]), A(3, 1, low=0.5))]
    for name in "legendre chebyt chebyu hermite hermitenorm laguerre".split():
        orders = np.array([[0], [1], [4]])
        yield (
            getattr(special, f"eval_{name}"),
            False,
            [(3, A(3, high=0.9, low=-0.9)), (orders, A(2, high=0.5))],
        )
    yield special.eval_jacobi, False, [(3, 0.5, 1.5, A(3, low=-0.9, high=0.9)), (0, 0.5, 1.5, A(2))]
    yield special.eval_gegenbauer, False, [(3, 1.5, A(3, low=-0.9, high=0.9))]
    yield special.eval_genlaguerre, False, [(3, 1.5, A(3)), (0, 1.5, A(2))]


def scipy_stats() -> Iterator[tuple]:
    stats = pytest.importorskip("scipy.stats")
    shapes: dict[str, tuple[float, ...]] = {
        **dict.fromkeys("norm expon laplace logistic cauchy gumbel_r gumbel_l halfnorm rayleigh".split(), ()),
        **{"gamma": (2.5,), "invgamma": (2.5,), "t": (4.5,), "chi2": (3.5,), "lognorm": (0.7,)},
        **{"weibull_min": (1.7,), "pareto": (2.2,), "beta": (2.5, 1.5), "f": (4.0, 6.0)},
    }
    for name, shape in {**shapes, "uniform": ()}.items():
        d = getattr(stats, name)
        x = {"pareto": A(3, low=2.6, high=3.5)}.get(name, A(3, low=0.6))
        x = A(3, low=0.3, high=0.7) if name in ("beta", "uniform") else x
        for method in ("logpdf", "pdf", "cdf", "sf", "logcdf", "logsf"):
            with_shapes = tuple(np.array(s) for s in shape) if "pdf" in method else shape
            placed = (x, *with_shapes, A(low=-0.1, high=0.1), A(low=0.9, high=1.1))
            yield getattr(d, method), False, [(x, *with_shapes), placed, (float(x[0]) * 0.9, *shape)]
        q = A(3, low=0.2, high=0.8)
        yield d.ppf, False, [(q, *shape), (q, *shape, A(), A(low=0.5))]
    counts = np.array([0, 1, 3])
    for method in ("logpmf", "pmf"):
        yield getattr(stats.poisson, method), False, [(counts, A(low=0.5)), (counts, A(3, low=0.5))]
        yield getattr(stats.binom, method), False, [(counts, 5, A(low=0.2, high=0.8))]
        yield getattr(stats.bernoulli, method), False, [(counts[:2], A(low=0.2, high=0.8))]
        yield getattr(stats.geom, method), False, [(counts + 1, A(low=0.2, high=0.8))]
        yield getattr(stats.nbinom, method), False, [(counts, A(low=1.5), A(low=0.2, high=0.8))]


def elsewhere() -> list[Callable[..., Any]]:
    """Functions with tests of their own, in `test_callables` and `test_scipy`."""
    integrate = pytest.importorskip("scipy.integrate")
    optimize = pytest.importorskip("scipy.optimize")
    linalg = pytest.importorskip("scipy.linalg")
    interpolate = pytest.importorskip("scipy.interpolate")
    sparse = pytest.importorskip("scipy.sparse.linalg")
    for followed in (interpolate.CubicSpline, sparse.spsolve):
        rule_for(followed)  # reads the classes that stand in for SciPy's
    return [
        copy.copy,
        copy.deepcopy,
        linalg.cho_factor,
        linalg.cho_solve,
        linalg.lu_solve,
        linalg.eig,
        functools.partial,
        *(getattr(integrate, name) for name in ("quad", "quad_vec", "odeint", "solve_ivp")),
        *(
            getattr(optimize, name)
            for name in (
                "brentq brenth bisect ridder toms748 newton fsolve fixed_point root root_scalar "
                "minimize minimize_scalar least_squares curve_fit"
            ).split()
        ),
    ]


GROUPS = (
    scipy_special,
    scipy_special_functions,
    scipy_bessel,
    scipy_linalg,
    scipy_linalg_more,
    scipy_linalg_structured,
    scipy_linalg_spectral,
    scipy_integrate,
    scipy_ndimage,
    scipy_signal,
    scipy_along,
    scipy_fft,
    scipy_ndimage_sampling,
    scipy_spatial,
    scipy_stats,
)
