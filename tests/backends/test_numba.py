"""The numba backend gives what the NumPy backend gives, or falls back to it; never another number."""

import warnings

import numpy as np
import pytest

import tapegen as tg
from tapegen.backends.load import load
from tests.programs import registry

pytest.importorskip("numba")

PROGRAMS = registry.load()
QUICK = (
    "scalars.rosenbrock",
    "loops.triangular_nest",
    "loops.running_mean",
    "linear_algebra.thomas_in_place",
    "linear_algebra.pagerank",
    "npbench_linear.atax",
    "npbench_linear.gemm",
    "npbench_solvers.cholesky",
    "npbench_solvers.trisolv",
    "npbench_stencils.seidel_2d",
    "npbench_stencils.jacobi_1d",
)


def flat(program):
    return all(isinstance(arg, (int, float, np.ndarray, np.generic)) for arg in program.args())


def differentiable(arg):
    return isinstance(arg, (float, np.floating)) or (isinstance(arg, np.ndarray) and arg.dtype.kind == "f")


def fresh(args):
    return tuple(arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args)


def same(got, expected, where):
    if isinstance(expected, (tuple, list)):
        assert type(got) is type(expected) and len(got) == len(expected), where
        for a, b in zip(got, expected):
            same(a, b, where)
        return
    numbers = isinstance(got, float) and isinstance(expected, float)
    assert type(got) is type(expected) or numbers, where
    if isinstance(expected, (np.ndarray, np.generic)) and not isinstance(got, float):
        assert (got.dtype, got.shape) == (expected.dtype, expected.shape), where
    # Sums are taken in another order.
    single = getattr(expected, "dtype", None) == np.float32
    rtol, atol = (2e-6, 1e-6) if single else (1e-9, 1e-11)
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, err_msg=where)


def scalar(program):
    """The program with the sum of its results as the only one."""
    names = ", ".join(f"x{i}" for i in range(len(program.args())))
    out = program.function(*fresh(program.args()))
    text = f"def total({names}):\n    out = program({names})\n    return "
    if isinstance(out, dict):
        text += " + ".join(f"np.sum(out[{key!r}])" for key in out)
    elif isinstance(out, (tuple, list)):
        text += " + ".join(f"np.sum(out[{i}])" for i in range(len(out)))
    else:
        text += "np.sum(out)"
    return load(text, "total", {"np": np, "program": program.function})["total"]


def compare(program):
    """Value, gradients and side effects on both backends; whether Numba compiled the function."""
    args = program.args()
    argnums = tuple(i for i, arg in enumerate(args) if differentiable(arg))

    total = scalar(program)
    on_numpy, on_numba = fresh(args), fresh(args)
    try:
        expected = tg.value_and_grad(total, argnums)(*on_numpy)
    except tg.TransformError:
        pytest.skip("refused")
    compiled = tg.value_and_grad(total, argnums, backend="numba")
    same(compiled(*on_numba), expected, "the results")
    same(on_numba, on_numpy, "the arguments afterwards")
    return "njit" in compiled.source


@pytest.mark.parametrize("name", QUICK)
def test_results_are_those_of_numpy(name):
    assert compare(PROGRAMS[name])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::tapegen.TapegenWarning")
@pytest.mark.parametrize("name", [name for name, program in PROGRAMS.items() if flat(program)])
def test_results_of_the_whole_corpus(name):
    program = PROGRAMS[name]
    if not any(map(differentiable, program.args())):
        pytest.skip("nothing to differentiate")
    compare(program)


def both(fn, *args, **options):
    """The gradients on both backends, of which the second must be compiled."""
    expected = tg.value_and_grad(fn, **options)(*fresh(args))
    compiled = tg.value_and_grad(tg.function(fn, backend="numba", fallback="error"), **options)
    got = compiled(*fresh(args))
    same(got, expected, "the results")
    return compiled


def test_the_source_is_what_is_compiled():
    def f(x):
        return np.sum(np.sin(x[1:]) * x[:-1])

    source = both(f, np.linspace(0.0, 1.0, 20)).source
    assert "@njit(error_model='numpy')" in source
    assert "for k0 in range(n" in source
    assert "np.sin(" in source


def test_variables_may_be_called_as_helpers_are():
    def f(at, k0):
        exp = np.exp(at[k0] * at)
        return np.sum(exp * at)

    both(f, np.linspace(0.0, 1.0, 20), 3)


def test_a_store_that_overlaps_what_it_reads_is_computed_first():
    def f(x):
        y = np.zeros(9)
        y[:] = x
        y[1:] = y[:-1] * x[1:]
        y[:-1] += y[1:]
        return np.sum(y**2)

    both(f, np.linspace(0.5, 1.0, 9))


def test_the_first_part_of_an_array_is_not_all_of_it():
    def f(a, v, k):
        w = np.concatenate([v[:3], v])
        return np.sum(a[:, :k] @ v[:k]) + w[0]

    rng = np.random.default_rng(0)
    both(f, rng.random((20, 30)), rng.random(30), 17, argnums=(0, 1))


def test_views_write_through():
    def f(x):
        y = x * 1.0
        row = y[1]
        row[2:] *= 3.0
        y[:, 0] += row[1]
        return np.sum(y * y)

    both(f, np.linspace(0.5, 1.0, 12).reshape(3, 4))


def test_lengths_that_may_be_one():
    def f(x, n):
        y = x[:n] + x
        return np.sum(y * x)

    compiled = tg.value_and_grad(f, backend="numba")
    x = np.linspace(0.5, 1.0, 12)
    for n in (1, 12):
        same(compiled(x, n), tg.value_and_grad(f)(x, n), f"n = {n}")
    with pytest.raises(ValueError, match="broadcast"):
        compiled(x, 5)


def test_indices_out_of_bounds_raise_what_numpy_raises():
    def f(x, i):
        return x[i] * x[-1]

    compiled = tg.grad(f, backend="numba")
    np.testing.assert_array_equal(compiled(np.arange(9.0), 3), tg.grad(f)(np.arange(9.0), 3))
    np.testing.assert_array_equal(compiled(np.arange(9.0), -2), tg.grad(f)(np.arange(9.0), -2))
    with pytest.raises(IndexError, match="index 9 is out of bounds for axis 0 with size 9"):
        compiled(np.arange(9.0), 9)


def test_python_numbers_divide_as_python_does():
    def f(x, y):
        return x / (y - 1.0)

    compiled = both(f, 3.0, 2.0)
    with pytest.raises(ZeroDivisionError):
        compiled(3.0, 1.0)


def test_numpy_numbers_divide_as_numpy_does():
    def f(x):
        return np.sum(1.0 / x)

    compiled = tg.grad(f, backend="numba")
    with np.errstate(all="ignore"):
        assert compiled(np.array([1.0, 0.0]))[1] == -np.inf


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_are_kept(dtype):
    def f(x, w):
        return np.sum(np.tanh(x @ w) ** 2) * 0.5

    rng = np.random.default_rng(0)
    x, w = rng.random((9, 10)).astype(dtype), rng.random((10, 11)).astype(dtype)
    value, (x_bar, w_bar) = tg.value_and_grad(f, (0, 1), backend="numba")(x, w)
    expected, (x_want, w_want) = tg.value_and_grad(f, (0, 1))(x, w)
    assert (type(value), x_bar.dtype, w_bar.dtype) == (type(expected), dtype, dtype)
    np.testing.assert_allclose(x_bar, x_want, rtol=3e-4 if dtype is np.float32 else 1e-11)
    np.testing.assert_allclose(w_bar, w_want, rtol=3e-4 if dtype is np.float32 else 1e-11)


def test_nested_loops_with_residuals_of_changing_length():
    def f(x):
        total = 0.0
        for i in range(1, len(x)):
            for j in range(i):
                part = np.exp(x[j:i] * x[i])
                total += np.sum(part * part)
        return total

    both(f, np.linspace(0.1, 0.5, 10))


def test_results_own_their_memory():
    def f(x):
        return np.sum(x * 2.0)

    x = np.ones(12)
    compiled = tg.grad(f, backend="numba")
    first, second = compiled(x), compiled(x)
    assert first.base is None or not np.shares_memory(first, x)
    assert not np.shares_memory(first, second)
    first[:] = 7.0
    np.testing.assert_array_equal(compiled(x), 2.0)


def test_what_is_not_compiled_runs_on_numpy_after_one_warning():
    def f(x):
        return np.sum(np.linalg.eigvalsh(x))

    compiled = tg.grad(f, backend="numba")
    with pytest.warns(tg.TapegenWarning, match="there is the function .*eig") as caught:
        got = compiled(np.eye(3))
    assert "test_numba.py" in str(caught[0].message)
    np.testing.assert_array_equal(got, tg.grad(f)(np.eye(3)))
    compiled(np.eye(4))  # no second warning, which would be an error
    with pytest.raises(tg.TransformError, match="is not compiled with Numba"):
        tg.grad(tg.function(f, backend="numba", fallback="error"))(np.eye(3))


def test_a_backend_that_does_not_exist():
    with pytest.raises(ValueError, match="backend is 'numpy' or 'numba', not 'fortran'"):
        tg.grad(np.sum, backend="fortran")


def test_decorated_functions_carry_their_backend():
    @tg.function(jit_compile=True)
    def f(x):
        return x * x

    assert f.backend == "numba"
    assert "njit" in (tg.grad(f)(3.0) == 6.0 and tg.grad(f).source)
    assert "njit" not in tg.grad(f, backend="numpy").source


def test_a_variable_that_is_none_at_first():
    def f(x):
        previous = None
        total = 0.0
        for i in range(3):
            if previous is None:
                total = total + x[i]
            else:
                total = total + previous * x[i]
            previous = x[i] * 2.0
        return total

    x = np.linspace(0.5, 1.0, 12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", tg.TapegenWarning)
        same(tg.grad(f, backend="numba")(x), tg.grad(f)(x), "the gradient")


def test_an_index_that_a_loop_changes():
    def f(x, n):
        i = 0
        total = x[i] * 2.0
        while i < n:
            total = total + x[i] * x[i + 1]
            i = i + 1
        return total * x[i]

    both(f, np.linspace(0.5, 1.0, 12), 5)


def test_a_list_that_holds_references():
    def f(x):
        y = x * 1.0
        seen = []
        for i in range(3):
            seen.append(y)
            y[i] = y[i] * 3.0
        total = 0.0
        for one in reversed(seen):
            total = total + np.sum(one * one)
        return total

    x = np.linspace(0.5, 1.0, 12)
    try:
        expected = tg.grad(f)(x)
    except tg.TransformError:
        pytest.skip("refused")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", tg.TapegenWarning)
        same(tg.grad(f, backend="numba")(x), expected, "the gradient")


def test_python_powers_overflow_as_python_does():
    def f(x):
        return x**3

    both(f, 2.0)
    with pytest.raises(OverflowError):
        f(1e200)
    with pytest.raises(OverflowError):
        tg.value_and_grad(f, backend="numba")(1e200)


def test_linear_algebra_is_compiled_in_loops():
    def f(a, b):
        total = 0.0
        for i in range(3):
            x = np.linalg.solve(a, b)
            b = b + x * 0.1
            total = total + np.sum(x * x)
        return total

    rng = np.random.default_rng(0)
    both(tg.function(f, unroll=0), rng.random((9, 9)) + 9.0 * np.eye(9), rng.random(9), argnums=(0, 1))
    with pytest.warns(tg.TapegenWarning, match="linear algebra outside of loops"):
        tg.grad(lambda a: np.sum(np.linalg.inv(a)), backend="numba")(np.eye(9))


def test_masks_and_several_index_arrays():
    def f(x, rows, columns):
        y = x * 2.0
        y[y > 1.0] = 0.5
        y[x < 0.3] *= 3.0
        return np.sum(y[rows, columns] ** 2) + np.sum(x[x > 0.6] * 2.0)

    rng = np.random.default_rng(0)
    both(f, rng.random((9, 10)), np.array([0, 8, 0, 2]), np.array([1, 1, 1, -1]))


def test_values_that_are_bound_on_some_ways_only():
    def f(x):
        total = 0.0
        for i in range(len(x) - 1):
            if x[i] > 0.5:
                part = x[i:] * x[i]
                total = total + np.sum(part * part)
            else:
                total = total + x[i]
            if total > 40.0:
                break
        return total

    both(f, np.linspace(0.1, 1.0, 12))
