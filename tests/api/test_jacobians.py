"""Jacobians and Hessians: values, shapes, modes, nests, dtypes."""

import numpy as np
import pytest

import tapegen as tg

MODES = [tg.jacobian, tg.jacrev, tg.jacfwd]


def tall(x):
    return np.array([x[0] * x[1], x[0], x[1] ** 2])


def wide(x):
    return np.array([np.sum(x * x), x[0]])


@pytest.mark.parametrize("mode", MODES)
def test_values(mode):
    np.testing.assert_array_equal(mode(tall)(np.array([2.0, 3.0])), [[3.0, 2.0], [1.0, 0.0], [0.0, 6.0]])
    np.testing.assert_array_equal(mode(wide)(np.array([1.0, 2.0, 3.0])), [[2.0, 4.0, 6.0], [1.0, 0.0, 0.0]])


def test_the_mode_with_fewer_sweeps(monkeypatch):
    from tapegen.api import jacobians

    used = []
    for name in ("rows", "columns", "plain_columns"):
        real = getattr(jacobians, name)
        monkeypatch.setattr(
            jacobians, name, lambda *args, real=real, name=name: (used.append(name), real(*args))[1]
        )
    tg.jacobian(tall)(np.ones(2))
    tg.jacobian(wide)(np.ones(3))
    tg.jacobian(tg.grad(lambda x: np.sum(x**3)))(np.ones(3))
    assert used == ["columns", "rows", "plain_columns"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("f", "x", "shape"),
    [
        (lambda x: x**2, 3.0, ()),
        (lambda x: x * np.ones((2, 3)), 3.0, (2, 3)),
        (lambda x: np.sum(x), np.ones((2, 3)), (2, 3)),
        (lambda x: x[None] * np.ones((4, 1)), np.ones(3), (4, 3, 3)),
        (lambda x: x @ np.ones((3, 5)), np.ones((2, 3)), (2, 5, 2, 3)),
        (lambda x: x * 2.0, np.ones(0), (0, 0)),
        (lambda x: np.sum(x), np.ones(0), (0,)),
        (lambda x: x[:0], np.ones(3), (0, 3)),
    ],
)
def test_shapes(mode, f, x, shape):
    assert np.shape(mode(f)(x)) == shape


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_dtypes(mode, dtype):
    assert mode(lambda x: x * x)(np.ones(2, dtype)).dtype == dtype
    assert type(mode(lambda x: x * x)(dtype(2.0))) is dtype
    assert type(mode(lambda x: x * x)(2.0)) is float


@pytest.mark.parametrize("mode", MODES)
def test_nests_and_argnums(mode):
    def f(p, x):
        return {"a": p["w"] * x, "b": (np.sum(x),)}

    args = {"w": np.array([2.0, 3.0]), "n": 3}, np.array([5.0, 7.0])
    by_p, by_x = mode(f, (0, 1))(*args)["a"]
    np.testing.assert_array_equal(by_p["w"], np.diag([5.0, 7.0]))
    assert by_p["n"] is None
    np.testing.assert_array_equal(by_x, np.diag([2.0, 3.0]))
    np.testing.assert_array_equal(mode(f, -1)(*args)["b"][0], [1.0, 1.0])


@pytest.mark.parametrize("mode", MODES)
def test_keywords_and_later_calls(mode):
    j = mode(lambda x, k=2.0: x * k)
    assert j(3.0) == 2.0
    assert j(3.0, k=5.0) == 5.0
    with pytest.raises(TypeError, match=r"^argnums=1, but the call has 1 positional arguments$"):
        mode(lambda x: x, 1)(2.0)


@pytest.mark.parametrize("mode", [tg.jacobian, tg.jacfwd])
def test_holomorphic(mode):
    z = np.array([1 + 2j, 3 - 1j])
    np.testing.assert_allclose(mode(lambda z: z * z)(z), np.diag(2 * z))


def test_complex_numbers_that_do_not_fit():
    z = np.array([1 + 2j])
    with pytest.raises(TypeError, match=r"^jacrev needs a real result, but it is complex: use tg.jacfwd$"):
        tg.jacrev(lambda z: z * z)(z)
    with pytest.raises(
        TypeError, match=r"^jacfwd of a complex argument needs a complex result, but it is real"
    ):
        tg.jacfwd(lambda z: np.abs(z) ** 2)(z)
    np.testing.assert_allclose(tg.jacobian(lambda z: np.abs(z) ** 2)(z), [[2 + 4j]])


def test_hessians():
    def f(x, y):
        return np.sum(x**3) * y[0] + y[1] ** 2

    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_array_equal(tg.hessian(f)(x, y), np.diag(6 * x * 3.0))
    (xx, xy), (yx, yy) = tg.hessian(f, (0, 1))(x, y)
    np.testing.assert_array_equal(xx, np.diag(6 * x * 3.0))
    np.testing.assert_array_equal(xy, np.transpose(yx))
    np.testing.assert_array_equal(yy, [[0.0, 0.0], [0.0, 2.0]])
    assert tg.hessian(lambda x: x**3)(2.0) == 12.0


def test_hessian_vector_products():
    def f(x, k=1.0):
        return k * np.sum(x**3)

    x, v = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    np.testing.assert_array_equal(tg.hvp(f)(x, v), [6.0, -12.0])
    np.testing.assert_array_equal(tg.hvp(f)(x, v, k=2.0), [12.0, -24.0])
    assert tg.hvp(lambda x, y: x * y**3, 1)(2.0, 3.0, 1.0) == 36.0
    assert tg.hvp(lambda x, y: x * y**3, -1)(2.0, 3.0, 1.0) == 36.0
    with pytest.raises(ValueError, match=r"^the tangent has shape \(3,\), but its primal has shape \(2,\)$"):
        tg.hvp(f)(x, np.ones(3))
    with pytest.raises(TypeError, match=r"^hvp takes one position as argnums$"):
        tg.hvp(f, (0, 1))


def test_the_arguments_are_left_alone():
    def f(x):
        x[0] = x[0] * 5.0
        return x * x

    x = np.array([1.0, 2.0])
    for mode in MODES:
        np.testing.assert_array_equal(mode(f)(x), np.diag([50.0, 4.0]))
    np.testing.assert_array_equal(x, [1.0, 2.0])


def test_sources():
    j = tg.jacfwd(tall)
    j(np.ones(2))
    assert "def tall_jvp(x, x_dot):" in j.source
    assert "def tall_adj(" in tg.jacrev(tall).source
    assert "_jvp(" in tg.hvp(lambda x: np.sum(x**3)).source
    assert tg.jacobian(tall).__name__ == "tall_jacobian"


def test_scipy_takes_them():
    optimize = pytest.importorskip("scipy.optimize")

    def rosenbrock(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    start = np.array([-1.2, 1.0])
    for method in ("BFGS", "L-BFGS-B", "CG", "TNC", "SLSQP"):
        found = optimize.minimize(tg.value_and_grad(rosenbrock), start, jac=True, method=method)
        assert np.allclose(found.x, 1.0, atol=1e-3), method
    for method in ("Newton-CG", "trust-ncg", "trust-krylov"):
        found = optimize.minimize(
            rosenbrock, start, jac=tg.grad(rosenbrock), hessp=tg.hvp(rosenbrock), method=method
        )
        assert np.allclose(found.x, 1.0, atol=1e-3), method
    found = optimize.minimize(
        rosenbrock, start, jac=tg.grad(rosenbrock), hess=tg.hessian(rosenbrock), method="trust-exact"
    )
    assert np.allclose(found.x, 1.0)
