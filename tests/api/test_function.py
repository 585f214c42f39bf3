"""`tg.function`: its forms, what tapes see of it, what happens to functions that cannot be transformed."""

import warnings

import numpy as np
import pytest

import tapegen as tg

W = tg.Variable([1.0, 2.0])


@tg.function
def square(x):
    return x * x


@tg.function(fallback="error", unroll=4)
def strict(x):
    return x * x


cube = tg.function(lambda x: x * x * x)


class Layer:
    def __init__(self, w):
        self.w = w

    @tg.function
    def scaled(self, x):
        return self.w * x * x

    def plain(self, x):
        return self.w * x

    @staticmethod
    @tg.function
    def doubled(x):
        return 2.0 * x


def gradient(f, x):
    x = tg.constant(x)
    with tg.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x).numpy()


def nodes(f, *xs):
    """How many operations a tape records of a call."""
    with tg.GradientTape(persistent=True) as tape:
        tape.watch([x for x in xs if isinstance(x, tg.Tensor)])
        f(*xs)
    return len(tape.nodes)


def test_forms():
    assert gradient(square, 3.0) == 6.0
    assert gradient(strict, 3.0) == 6.0
    assert gradient(cube, 3.0) == 27.0
    assert gradient(Layer(2.0).scaled, 3.0) == 12.0
    assert gradient(Layer.doubled, 3.0) == 2.0
    assert gradient(tg.function(Layer(2.0).plain), 3.0) == 2.0
    assert gradient(tg.function(square), 3.0) == 6.0
    assert tg.function(square) is square
    assert square.__name__ == "square"
    assert repr(square) == "<function square of tapegen>"


def test_options():
    with pytest.raises(ValueError, match=r"^fallback is 'eager' or 'error', not 'maybe'$"):
        tg.function(fallback="maybe")
    with pytest.raises(ValueError, match=r"^backend is 'numpy' or 'numba', not 'fortran'$"):
        tg.function(backend="fortran")
    with pytest.raises(TypeError, match=r"^tg.function decorates a function, not a float$"):
        tg.function(3.0)


def test_arrays_and_numbers_run_as_they_stand():
    assert type(square(3.0)) is float
    assert type(square(np.ones(2))) is np.ndarray
    assert type(square(tg.constant(3.0))) is tg.Tensor


def test_a_tape_sees_one_operation():
    x = tg.constant([1.0, 2.0])
    assert nodes(lambda x: x * x * x, x) > 1
    assert nodes(cube, x) == 1
    assert nodes(tg.function(lambda x: W * W * x), x) == 1


def test_the_source():
    assert "def square_fwd(x):" in square.source
    assert "def square_adj(residuals, ct):" in square.source


def test_variables_through_globals_closures_and_helpers():
    v = tg.Variable([3.0, 4.0])

    def helper(x):
        return W * x

    @tg.function
    def f(x):
        return tg.reduce_sum(helper(x) * v)

    x = np.array([5.0, 6.0], np.float32)
    with tg.GradientTape() as tape:
        y = f(x)
    by_w, by_v = tape.gradient(y, [W, v])
    np.testing.assert_array_equal(by_w, [15.0, 24.0])
    np.testing.assert_array_equal(by_v, [5.0, 12.0])


def test_variables_of_an_object():
    layer = Layer(tg.Variable(3.0))
    with tg.GradientTape() as tape:
        y = layer.scaled(2.0)
    assert tape.gradient(y, layer.w).numpy() == 4.0


def test_variables_are_read_at_each_call():
    v = tg.Variable(2.0)

    @tg.function
    def f(x):
        return v * x

    assert gradient(f, 1.0) == 2.0
    v.assign(5.0)
    assert gradient(f, 1.0) == 5.0


def test_higher_order():
    x = tg.constant(3.0)
    with tg.GradientTape() as third:
        third.watch(x)
        with tg.GradientTape() as second:
            second.watch(x)
            with tg.GradientTape() as first:
                first.watch(x)
                y = cube(x)
            dy = first.gradient(y, x)
        ddy = second.gradient(dy, x)
    assert (dy.numpy(), ddy.numpy(), third.gradient(ddy, x).numpy()) == (27.0, 18.0, 6.0)


def test_second_order_over_what_is_read_outside():
    v = tg.Variable(2.0)

    @tg.function
    def f(x):
        total = 0.0
        for i in range(3):
            total = total + v * v * x * i
        return total

    x = tg.constant(5.0)
    with tg.GradientTape() as outer:
        with tg.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        dy = inner.gradient(y, x)
    assert outer.gradient(dy, v).numpy() == 12.0


def test_persistent_tapes_and_jacobians():
    x = tg.constant([1.0, 2.0])
    with tg.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = cube(x)
        z = tg.reduce_sum(square(y))
    np.testing.assert_array_equal(tape.gradient(z, x), [6.0, 192.0])
    np.testing.assert_array_equal(tape.gradient(z, x), [6.0, 192.0])
    np.testing.assert_array_equal(tape.jacobian(y, x), [[3.0, 0.0], [0.0, 12.0]])
    with tg.GradientTape() as outer:
        outer.watch(x)
        with tg.GradientTape() as inner:
            inner.watch(x)
            y = tg.reduce_sum(cube(x))
        dy = inner.gradient(y, x)
    np.testing.assert_array_equal(outer.jacobian(dy, x), [[6.0, 0.0], [0.0, 12.0]])


def test_nests_and_keywords():
    @tg.function
    def f(p, *rest, scale=1.0, **more):
        return {"out": p["a"] * p["b"][0] * rest[0] * scale * more["extra"], "count": 3}

    a, b = tg.constant(2.0), tg.constant(5.0)
    with tg.GradientTape() as tape:
        tape.watch([a, b])
        y = f({"a": a, "b": [b, 7]}, a, scale=3.0, extra=b)
    assert y["count"] == 3
    assert [float(g) for g in tape.gradient(y["out"], [a, b])] == [300.0, 120.0]


def test_transforms_of_a_decorated_function():
    assert tg.grad(square)(3.0) == 6.0
    assert tg.grad(tg.grad(cube))(2.0) == 12.0
    assert tg.grad(lambda x: square(x) * 2.0)(3.0) == 12.0
    np.testing.assert_array_equal(tg.jacobian(square)(np.ones(2)), 2 * np.eye(2))


def test_a_transform_is_decorated():
    assert gradient(tg.function(tg.grad(lambda x: x**3)), 2.0) == 12.0


def test_decorated_functions_call_each_other():
    @tg.function
    def outer(x):
        return square(x) + cube(x)

    assert gradient(outer, 2.0) == 16.0
    assert nodes(outer, tg.constant(2.0)) == 1


def unsupported(x):
    class Inner:
        pass

    return x * x


REASON = "cannot differentiate a class defined inside a function"


def test_the_fallback_says_why_once():
    f = tg.function(unsupported)
    with pytest.warns(tg.TapegenWarning) as caught:
        assert gradient(f, 3.0) == 6.0
    (only,) = caught
    start = f"unsupported is recorded operation by operation, for it cannot be transformed: {REASON}\n"
    assert str(only.message).startswith(start)
    assert only.filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradient(f, 4.0) == 8.0


def test_fallback_error():
    with pytest.raises(tg.TransformError, match=f"^{REASON}"):
        gradient(tg.function(unsupported, fallback="error"), 3.0)


def test_functions_without_source_are_recorded():
    scope = {}
    exec("def f(x): return x * x", scope)
    with pytest.warns(tg.TapegenWarning, match="cannot read the source of f"):
        assert gradient(tg.function(scope["f"]), 3.0) == 6.0


def test_unhashable_callables():
    class Unhashable:
        __hash__ = None

        def __call__(self, x):
            return x * x

    assert gradient(tg.function(Unhashable()), 3.0) == 6.0


def test_errors_raised_inside_are_the_users_own():
    @tg.function
    def f(x):
        if np.sum(x) > 0:
            raise ValueError("mine")
        return x

    for x in (2.0, tg.constant(2.0)):
        with pytest.raises(ValueError, match=r"^mine$"):
            f(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradient(f, -1.0) == 1.0


def test_arguments_that_do_not_fit():
    with pytest.raises(TypeError):
        square()
    with pytest.raises(TypeError):
        square(tg.constant(1.0), tg.constant(1.0))


def test_writes_do_not_reach_a_tensor():
    @tg.function
    def f(a):
        a[0] = a[0] * 5.0
        return np.sum(a)

    x = tg.constant([1.0, 2.0])
    np.testing.assert_array_equal(gradient(f, x), [5.0, 1.0])
    np.testing.assert_array_equal(x, [1.0, 2.0])


def _power_sum(x):
    total = x
    for k in range(12):
        total = np.sin(total) * x
    return total


def _loops(unroll):
    return tg.grad(tg.function(_power_sum, unroll=unroll)).source.count("for ")


def test_unroll_says_which_loops_are_written_out():
    assert _loops(None) == _loops(0) == _loops(11) > 0
    assert _loops(12) == 0
    x = 0.7
    expected = tg.grad(_power_sum)(x)
    np.testing.assert_allclose(tg.grad(tg.function(_power_sum, unroll=12))(x), expected)
    variable = tg.Variable(x, dtype=np.float64)
    with tg.GradientTape() as tape:
        value = tg.function(_power_sum, unroll=12)(variable)
    np.testing.assert_allclose(tape.gradient(value, variable), expected)


@pytest.mark.parametrize("unroll", [-1, 2.5, True, "all"])
def test_unroll_is_a_number_of_rounds(unroll):
    with pytest.raises(TypeError, match="unroll is a number of rounds"):
        tg.function(_power_sum, unroll=unroll)


# -- what has been compiled -------------------------------------------------------------------------------------------


def test_cache_info_lists_what_was_compiled():
    @tg.function
    def f(x, options):
        return np.sum(x ** options["power"]) * scale

    scale = 2.0
    gradient = tg.grad(f)
    assert gradient.cache_info().currsize == 0
    gradient(np.ones(20), {"power": 3.0})
    gradient(np.ones(30), {"power": 3.0})  # another length, the same code
    gradient(np.ones((3, 20), np.float32), {"power": 3.0})
    info = gradient.cache_info()
    assert info.currsize == 2 <= info.maxsize
    first, second = info.specialisations
    assert first.arguments == {
        "x": "float64[x.shape[0]]",
        "options": "dict('power': float)",
        "scale": "float",
    }
    assert second.arguments["x"] == "float32[3, x.shape[1]]"
    assert first.name == "f_grad" and "def f_grad(" in first.source
    assert first.backend == "numpy"
    assert second.source == gradient.source


def test_cache_info_of_a_function_has_all_its_transforms():
    @tg.function
    def f(x):
        return np.sum(x * x)

    tg.grad(f)(np.ones(20))
    tg.grad(lambda x: np.sum(tg.grad(f)(x)))(np.ones(20))
    x = tg.constant(np.ones(20))
    with tg.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    tape.gradient(y, x)
    names = [s.name for s in f.cache_info().specialisations]
    assert "f_grad" in names and "f_fwd" in names
    assert f.py_func is not f and tg.function(lambda x: x).cache_info().currsize == 0


def test_cache_info_forgets_code_that_a_rebound_helper_made_stale():
    gradient = tg.grad(_calls_helper)
    global _helper
    try:
        assert gradient(3.0) == 6.0
        _helper = lambda x: x * x * x
        assert gradient(3.0) == 27.0
        assert gradient.cache_info().currsize == 1
    finally:
        _helper = _square_helper


def _square_helper(x):
    return x * x


_helper = _square_helper


def _calls_helper(x):
    return _helper(x)
