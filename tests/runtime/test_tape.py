"""`GradientTape`: what is recorded, what `gradient` gives, states and errors."""

import copy

import numpy as np
import pytest

from tapegen.errors import TapegenWarning


def close(found, wanted, tolerance=1e-6):
    assert found is not None
    np.testing.assert_allclose(found.numpy(), wanted, rtol=tolerance, atol=tolerance)


# -- the first lessons: TensorFlow's own numbers ----------------------------------------------------------------------


def test_gradient_with_respect_to_the_input(tf):
    x = tf.ones((2, 2))
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.reduce_sum(x)
        z = tf.multiply(y, y)
    dz_dx = t.gradient(z, x)
    for i in [0, 1]:
        for j in [0, 1]:
            assert dz_dx[i][j].numpy() == 8.0


def test_gradient_with_respect_to_an_intermediate_value(tf):
    x = tf.ones((2, 2))
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.reduce_sum(x)
        z = tf.multiply(y, y)
    assert t.gradient(z, y).numpy() == 8.0


def test_persistent(tf):
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as t:
        t.watch(x)
        y = x * x
        z = y * y
    assert t.gradient(z, x).numpy() == 108.0
    assert t.gradient(y, x).numpy() == 6.0
    del t


@pytest.mark.parametrize(("y", "slope"), [(6, 12.0), (5, 12.0), (4, 4.0)])
def test_control_flow(tf, y, slope):
    def f(x, y):
        output = 1.0
        for i in range(y):
            if i > 1 and i < 5:
                output = tf.multiply(output, x)
        return output

    x = tf.convert_to_tensor(2.0)
    with tf.GradientTape() as t:
        t.watch(x)
        out = f(x, y)
    assert t.gradient(out, x).numpy() == slope


def test_second_order_through_nested_tapes(tf):
    x = tf.Variable(1.0)
    with tf.GradientTape() as t:
        with tf.GradientTape() as t2:
            y = x * x * x
        dy_dx = t2.gradient(y, x)
    d2y_dx2 = t.gradient(dy_dx, x)
    assert dy_dx.numpy() == 3.0
    assert d2y_dx2.numpy() == 6.0


def test_variables_of_two_shapes(tf):
    x = tf.Variable(tf.fill((2, 3), 3.0))
    z = tf.Variable(5.0)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(x * x + 2 * z)
    dx, dz = tape.gradient(loss, [x, z])
    np.testing.assert_array_equal(dx.numpy(), np.full((2, 3), 6.0))
    assert dz.numpy() == 12.0


def test_polynomial(tf):
    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = x**2 + 2 * x - 1
    assert tape.gradient(y, x).numpy() == 6.0


# -- what is recorded -------------------------------------------------------------------------------------------------


def test_constants_are_not_watched(tf):
    x = tf.constant(3.0)
    with tf.GradientTape() as t:
        y = x * x
    assert t.gradient(y, x) is None


def test_operations_before_watch_are_lost(tf):
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = x * x
        t.watch(x)
        z = x * 2.0
    assert t.gradient(y, x) is None
    assert t.gradient(z, x).numpy() == 2.0


@pytest.mark.ours
def test_input_watched_after_the_operation_stays_unconnected(tf):
    x, w = tf.constant(3.0), tf.constant(2.0)
    with tf.GradientTape(persistent=True) as t:
        t.watch(x)
        y = x * w
        t.watch(w)
    assert t.gradient(y, w) is None


def test_operations_outside_the_block_are_lost(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = x * x
    z = y * 2.0
    assert t.gradient(z, x) is None


def test_non_trainable_variable_needs_watch(tf):
    v = tf.Variable(3.0, trainable=False)
    with tf.GradientTape(persistent=True) as t:
        a = v * v
        t.watch(v)
        b = v * v
    assert t.gradient(a, v) is None
    assert t.gradient(b, v).numpy() == 6.0


def test_watch_accessed_variables_off(tf):
    a, b = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape(watch_accessed_variables=False) as t:
        t.watch(a)
        y = a * b
    da, db = t.gradient(y, [a, b])
    assert da.numpy() == 3.0 and db is None


def test_both_arguments_are_positional(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape(True, False) as t:
        y = v * v
    assert t.gradient(y, v) is None
    assert t.gradient(y, v) is None


def test_watching_twice_is_once(tf):
    x = tf.constant(3.0)
    with tf.GradientTape() as t:
        t.watch(x)
        t.watch(x)
        y = x * x
    assert t.gradient(y, x).numpy() == 6.0


def test_watch_nests(tf):
    a, b, c = tf.constant(1.0), tf.constant(2.0), tf.Variable(3.0, trainable=False)
    with tf.GradientTape() as t:
        t.watch({"a": a, "rest": (b, [c])})
        y = a * b * c
    found = t.gradient(y, [a, b, c])
    assert [g.numpy() for g in found] == [6.0, 3.0, 2.0]


@pytest.mark.parametrize("bad", [3, "a", None, object(), 2.5, [1.0, 2.0]])
def test_watch_refuses_other_things(tf, bad):
    with tf.GradientTape() as t, pytest.raises((ValueError, TypeError, AttributeError)):
        t.watch(bad)


@pytest.mark.ours
def test_watching_an_array_says_what_to_do(tf):
    with (
        tf.GradientTape() as t,
        pytest.raises(ValueError, match=r"of type 'ndarray', not tf\.Tensor.*x = tf\.constant\(x\)"),
    ):
        t.watch(np.ones(2))


@pytest.mark.ours
def test_watching_integers_warns_and_gives_none(tf):
    x = tf.constant([1, 2])
    with tf.GradientTape() as t:
        with pytest.warns(TapegenWarning, match="must be floating .*, got int32"):
            t.watch(x)
        y = x * x
    with pytest.warns(TapegenWarning):
        assert t.gradient(y, x) is None


@pytest.mark.ours
def test_complex_sources_do_not_warn(tf):
    x = tf.constant(1.0 + 2.0j)
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.math.real(x * tf.math.conj(x))
    close(t.gradient(y, x), 2 + 4j)


def test_stop_recording(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        a = x * x
        with t.stop_recording():
            b = x * x * x
        c = x * 5.0
    assert t.gradient(a, x).numpy() == 6.0
    assert t.gradient(b, x) is None
    assert t.gradient(c, x).numpy() == 5.0


def test_gradient_inside_stop_recording(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = x * x
        with t.stop_recording():
            assert t.gradient(y, x).numpy() == 6.0
        z = y * 2.0
    assert t.gradient(z, x).numpy() == 12.0


def test_stop_recording_survives_an_exception(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape() as t:
        with pytest.raises(KeyError), t.stop_recording():
            raise KeyError
        y = x * x
    assert t.gradient(y, x).numpy() == 6.0


def test_reset(tf):
    x, v = tf.constant(3.0), tf.Variable(2.0)
    with tf.GradientTape() as t:
        t.watch(x)
        y = x * x * v
        t.reset()
        z = v * v * x
    assert t.watched_variables() == (v,) or [w is v for w in t.watched_variables()] == [True]
    found = t.gradient([y, z], [x, v])
    assert found[0] is None
    assert found[1].numpy() == 12.0


@pytest.mark.ours  # TensorFlow orders them by creation
def test_watched_variables_in_order_of_first_use(tf):
    a, b, c = tf.Variable(1.0), tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = c * a + c
    assert [any(v is w for w in (a, b, c)) for v in t.watched_variables()] == [True, True]
    assert t.watched_variables()[0] is c and t.watched_variables()[1] is a
    t.gradient(y, a)
    assert len(t.watched_variables()) == 2


# -- targets and sources ----------------------------------------------------------------------------------------------


def recorded(tf, persistent=True):
    a, b = tf.Variable(2.0), tf.Variable([1.0, 3.0])
    with tf.GradientTape(persistent=persistent) as t:
        y = a * a * b
        z = a * 3.0
    return t, a, b, y, z


def test_non_scalar_target_is_summed(tf):
    t, a, b, y, _z = recorded(tf)
    assert t.gradient(y, a).numpy() == 16.0
    close(t.gradient(y, b), [4.0, 4.0])


@pytest.mark.parametrize("nest", [list, tuple, lambda pair: {"y": pair[0], "z": pair[1]}])
def test_several_targets_add(tf, nest):
    t, a, _b, y, z = recorded(tf)
    assert t.gradient(nest([y, z]), a).numpy() == 19.0


def test_same_target_twice_counts_twice(tf):
    t, a, _b, _y, z = recorded(tf)
    assert t.gradient([z, z], a).numpy() == 6.0


def test_target_that_is_a_source(tf):
    t, _a, b, y, _z = recorded(tf)
    close(t.gradient([y, b], b), [5.0, 5.0])
    close(t.gradient(y, y), [1.0, 1.0])


def test_variable_as_target(tf):
    t, a, _b, _y, _z = recorded(tf)
    assert t.gradient(a, a).numpy() == 1.0


def test_intermediate_sources(tf):
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as t:
        t.watch(x)
        y = x * x
        z = y * y + y
    assert t.gradient(z, y).numpy() == 19.0
    gx, gy = t.gradient(z, [x, y])
    assert (gx.numpy(), gy.numpy()) == (114.0, 19.0)


def test_repeated_sources(tf):
    t, a, _b, _y, z = recorded(tf)
    assert [g.numpy() for g in t.gradient(z, [a, a])] == [3.0, 3.0]


def test_structure_of_sources(tf):
    t, a, b, y, _z = recorded(tf)
    assert isinstance(t.gradient(y, [a]), list)
    assert isinstance(t.gradient(y, (a,)), tuple)
    found = t.gradient(y, {"w": a, "deep": [(b, a)]})
    assert list(found) == ["w", "deep"]
    assert isinstance(found["deep"], list) and isinstance(found["deep"][0], tuple)
    close(found["deep"][0][0], [4.0, 4.0])
    assert t.gradient(y, []) == []


def test_unconnected(tf):
    t, _a, b, _y, z = recorded(tf)
    assert t.gradient(z, b) is None
    for zero in (tf.UnconnectedGradients.ZERO, "zero"):
        found = t.gradient(z, b, unconnected_gradients=zero)
        np.testing.assert_array_equal(found.numpy(), [0.0, 0.0])
        assert found.dtype == tf.float32
    assert t.gradient(z, b, unconnected_gradients=tf.UnconnectedGradients.NONE) is None
    assert t.gradient(z, b, unconnected_gradients="none") is None
    with pytest.raises(ValueError, match="Unknown value for unconnected_gradients: 'nonsense'"):
        t.gradient(z, b, unconnected_gradients="nonsense")


def test_slope_of_a_line_is_constant(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            y = 2.0 * x
        slope = inner.gradient(y, x)
    assert slope.numpy() == 2.0
    assert outer.gradient(slope, x) is None
    assert outer.gradient(slope, x, unconnected_gradients="zero").numpy() == 0.0


def test_target_none(tf):
    t, a, _b, _y, _z = recorded(tf)
    with pytest.raises(TypeError, match="received None"):
        t.gradient(None, a)


def test_output_gradients(tf):
    t, a, b, y, z = recorded(tf)
    close(t.gradient(y, b, output_gradients=tf.constant([2.0, 3.0])), [8.0, 12.0])
    assert (
        t.gradient([y, z], a, output_gradients=[tf.constant([1.0, 0.0]), tf.constant(10.0)]).numpy() == 34.0
    )
    assert t.gradient(z, a, output_gradients=tf.constant(-1.0)).numpy() == -3.0


@pytest.mark.ours
def test_output_gradients_may_be_arrays_and_numbers(tf):
    t, a, b, y, z = recorded(tf)
    close(t.gradient(y, b, output_gradients=np.array([2.0, 3.0])), [8.0, 12.0])
    assert t.gradient(z, a, output_gradients=2).numpy() == 6.0
    assert t.gradient([z, z], a, output_gradients=[2.0, 3]).numpy() == 15.0
    assert t.gradient([z, z], a, output_gradients=[2.0, None]).numpy() == 9.0


def test_output_gradients_of_impossible_shape(tf):
    t, _a, b, y, _z = recorded(tf)
    with pytest.raises(Exception, match=r"(?i)shape|value"):
        t.gradient(y, b, output_gradients=tf.constant([1.0, 2.0, 3.0]))


def test_output_gradients_are_differentiated_by_an_outer_tape(tf):
    x, w = tf.Variable(3.0), tf.Variable(5.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x * x
        g = inner.gradient(y, x, output_gradients=w * w)
    assert g.numpy() == 150.0
    assert [p.numpy() for p in outer.gradient(g, [x, w])] == [50.0, 60.0]


# -- states -----------------------------------------------------------------------------------------------------------


def test_second_gradient_of_a_plain_tape(tf):
    t, a, b, y, _z = recorded(tf, persistent=False)
    t.gradient(y, a)
    for again in (lambda: t.gradient(y, a), lambda: t.jacobian(y, a), lambda: t.batch_jacobian(y, b)):
        with pytest.raises(RuntimeError, match="(?i)persistent"):
            again()


def test_gradient_after_jacobian(tf):
    t, a, _b, y, _z = recorded(tf, persistent=False)
    t.jacobian(y, a)
    with pytest.raises(RuntimeError, match="(?i)persistent"):
        t.gradient(y, a)


def test_reentering_goes_on_with_the_record(tf):
    x = tf.Variable(3.0)
    t = tf.GradientTape()
    with t:
        y = x * x
    lost = y + 1.0
    with t:
        z = y * x
    assert t.gradient(z, x).numpy() == 27.0
    assert lost.numpy() == 10.0


def test_entering_an_active_tape(tf):
    with tf.GradientTape() as t, pytest.raises(ValueError, match="still recording"):
        t.__enter__()


def test_tape_yields_itself(tf):
    t = tf.GradientTape()
    with t as inside:
        assert inside is t


def test_gradient_inside_the_block_of_a_plain_tape(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = x * x
        g = t.gradient(y, x)
        z = x * x * x
    assert g.numpy() == 6.0
    assert z.numpy() == 27.0
    with pytest.raises(RuntimeError):
        t.gradient(z, x)


def test_gradient_inside_the_block_of_a_persistent_tape_is_recorded(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = x * x * x
        g = t.gradient(y, x)
        h = t.gradient(g, x)
    assert (g.numpy(), h.numpy()) == (27.0, 18.0)
    assert t.gradient(h, x).numpy() == 6.0


def test_exception_closes_the_tape(tf):
    x = tf.Variable(3.0)
    with pytest.raises(ZeroDivisionError), tf.GradientTape() as t:  # noqa: PT012
        y = x * x
        raise ZeroDivisionError
    z = x * 2.0
    assert t.gradient(y, x).numpy() == 6.0
    assert z.numpy() == 6.0


def test_two_tapes_with_watch_lists_of_their_own(tf):
    a, b = tf.constant(2.0), tf.constant(3.0)
    with tf.GradientTape() as s, tf.GradientTape() as t:
        s.watch(a)
        t.watch(b)
        y = a * b
    assert s.gradient(y, [a, b])[0].numpy() == 3.0
    found = t.gradient(y, [a, b])
    assert found[0] is None and found[1].numpy() == 2.0


def test_tapes_leave_in_any_order(tf):
    x = tf.Variable(3.0)
    s, t = tf.GradientTape(), tf.GradientTape()
    s.__enter__()
    t.__enter__()
    y = x * x
    s.__exit__(None, None, None)
    z = y * x
    t.__exit__(None, None, None)
    assert s.gradient(z, x) is None
    assert t.gradient(z, x).numpy() == 27.0


def test_derivatives_to_fifth_order(tf):
    def derivative(f):
        def df(x):
            with tf.GradientTape() as t:
                t.watch(x)
                y = f(x)
            return t.gradient(y, x)

        return df

    x = tf.constant(0.7)
    f = tf.sin
    wanted = [np.sin(0.7), np.cos(0.7), -np.sin(0.7), -np.cos(0.7), np.sin(0.7), np.cos(0.7)]
    for w in wanted:
        close(f(x), w)
        f = derivative(f)


def test_perturbations_are_not_confused(tf):
    x = tf.Variable(3.0)
    with tf.GradientTape() as outer:
        y = tf.Variable(4.0)
        with tf.GradientTape() as inner:
            z = x + y
        dy = inner.gradient(z, y)
        w = x * dy
    assert outer.gradient(w, x).numpy() == 1.0


def test_inner_tape_inside_the_function_of_an_outer(tf):
    x = tf.Variable(2.0)
    with tf.GradientTape() as outer:
        a = x * x
        with tf.GradientTape() as inner:
            inner.watch(a)
            b = a * a
        g = inner.gradient(b, a)  # 2 a = 2 x^2
    assert outer.gradient(g, x).numpy() == 8.0


@pytest.mark.parametrize(
    "body",
    [
        lambda tf, x: tf.reduce_sum((x * tf.constant([[1.0], [2.0]])) ** 2),
        lambda tf, x: tf.reduce_sum(tf.where(x > 0.5, x**3, x**2)),
        lambda tf, x: tf.reduce_sum(x[1:] ** 3) + x[0] ** 2,
        lambda tf, x: tf.reduce_sum(tf.linalg.inv(tf.linalg.diag(x + 1.0))),
        lambda tf, x: tf.reduce_sum(tf.concat([x, x * x], 0) ** 2),
        lambda tf, x: tf.reduce_sum(tf.gather(x, [0, 0, 2]) ** 3),
        lambda tf, x: tf.reduce_sum(tf.nn.softmax(x) * x),
        lambda tf, x: tf.reduce_mean(tf.reshape(x, [3, 1]) @ tf.reshape(x, [1, 3])),
        lambda tf, x: tf.reduce_max(x) * tf.reduce_min(x) * tf.reduce_prod(x),
        lambda tf, x: tf.norm(x) * tf.reduce_sum(tf.tanh(x)),
        lambda tf, x: tf.reduce_sum(tf.cumsum(x) ** 3),
        lambda tf, x: tf.reduce_sum(tf.exp(x)[:, None] * tf.math.sigmoid(x)[None, :]),
    ],
)
def test_second_order_of_backward_rules(tf, body):
    """Hessians by tape over tape, against differences of gradients."""
    point = np.array([0.3, 0.8, 1.7])
    x = tf.constant(point)

    def slope(x):
        with tf.GradientTape() as t:
            t.watch(x)
            y = body64(tf, body, x)
        return tf.convert_to_tensor(t.gradient(y, x))

    with tf.GradientTape() as outer:
        outer.watch(x)
        g = slope(x)
    hessian = outer.jacobian(g, x).numpy()
    for j in range(3):
        h = np.zeros(3)
        h[j] = 1e-5
        column = (slope(tf.constant(point + h)).numpy() - slope(tf.constant(point - h)).numpy()) / 2e-5
        np.testing.assert_allclose(hessian[:, j], column, rtol=1e-5, atol=1e-7)


def body64(tf, body, x):
    """The body with float64 in place of its float32 constants."""

    class Double:
        def __getattr__(self, name):
            return getattr(tf, name)

        def constant(self, value):
            return tf.constant(value, tf.float64)

    return body(Double(), x)


def test_a_tape_that_was_never_entered(tf):
    x = tf.Variable(3.0)
    t = tf.GradientTape()
    with pytest.raises(RuntimeError):
        t.gradient(x * x, x)
    with pytest.raises(RuntimeError, match="not recording"), t.stop_recording():
        pass


def test_a_plain_tape_may_be_used_again(tf):
    x = tf.Variable(3.0)
    t = tf.GradientTape()
    for _ in range(2):
        with t:
            y = x * x
        assert t.gradient(y, x).numpy() == 6.0


def test_one_number_is_the_cotangent_of_all(tf):
    x = tf.Variable([3.0, 4.0])
    with tf.GradientTape() as t:
        y = x * x
    close(t.gradient(y, x, output_gradients=tf.constant(2.0)), [12.0, 16.0])


def test_numbers_count_among_the_arguments_of_a_custom_gradient(tf):
    @tf.custom_gradient
    def f(a, b):
        return a * b, lambda d: (d, 2 * d)

    x = tf.Variable(2.0)
    with tf.GradientTape() as t:
        y = f(x, 3.0)
    assert t.gradient(y, x).numpy() == 1.0


def test_a_shallow_copy_of_a_variable_is_the_same(tf):
    v = tf.Variable([1.0, 2.0])
    copy.copy(v).assign([5.0, 6.0])
    copy.deepcopy(v).assign([7.0, 8.0])
    np.testing.assert_array_equal(v.numpy(), [5.0, 6.0])
