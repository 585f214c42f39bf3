"""What a decorated function reads besides its arguments: attributes, containers, globals; and what it may not write."""

import dataclasses
import warnings

import numpy as np
import pytest

import tapegen as tg


class Model(tg.Module):
    shared = tg.Variable(4.0)

    def __init__(self):
        super().__init__()
        self.w = tg.Variable([1.0, 2.0])
        self.pair = [tg.Variable(1.0), tg.Variable(2.0)]
        self.rate = 0.5

    @tg.function(fallback="error")
    def __call__(self, x):
        return tg.reduce_sum(self.w * x) * self.rate

    @tg.function(fallback="error")
    def over_a_list(self, x):
        total = 0.0
        for w in self.pair:
            total = total + w * x
        return tg.reduce_sum(total * self.pair[0])

    @tg.function(fallback="error")
    def of_the_class(self, x):
        return tg.reduce_sum(self.shared * x)

    def helper(self, x):
        return self.w * x

    @property
    def doubled(self):
        return self.w * 2.0


class Nested(tg.Module):
    def __init__(self):
        super().__init__()
        self.inner = Model()
        self.layers = [Model(), Model()]
        self.v = tg.Variable(3.0)

    @tg.function(fallback="error")
    def __call__(self, x):
        return tg.reduce_sum(self.inner.w * x) * self.v * self.layers[1].w[0]


MODEL = Model()


@dataclasses.dataclass
class Settings:
    w: object
    rate: float


@tg.function(fallback="error")
def of_a_global_object(x):
    return tg.reduce_sum(MODEL.w * x)


def reads_a_global(x):
    return MODEL.w * x


@tg.function(fallback="error")
def through_a_helper(x):
    return tg.reduce_sum(reads_a_global(x))


@tg.function(fallback="error")
def of_a_record(settings, x):
    return tg.reduce_sum(settings.w * x) * settings.rate


def gradients(f, variables):
    """How many operations a tape sees, and the gradients, the last with respect to the argument."""
    x = tg.constant([3.0, 4.0])
    with tg.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
    return len(tape.nodes), [g.numpy().tolist() for g in tape.gradient(y, [*variables, x])]


NESTED = Nested()
RECORD = Settings(tg.Variable([1.0, 2.0]), 2.0)


@pytest.mark.parametrize(
    ("f", "variables", "wanted"),
    [
        (MODEL, [MODEL.w], [[1.5, 2.0], [0.5, 1.0]]),
        (MODEL.over_a_list, MODEL.pair, [28.0, 7.0, [3.0, 3.0]]),
        (MODEL.of_the_class, [Model.shared], [7.0, [4.0, 4.0]]),
        (NESTED, [NESTED.v, NESTED.inner.w], [11.0, [9.0, 12.0], [3.0, 6.0]]),
        (of_a_global_object, [MODEL.w], [[3.0, 4.0], [1.0, 2.0]]),
        (through_a_helper, [MODEL.w], [[3.0, 4.0], [1.0, 2.0]]),
        (lambda x: of_a_record(RECORD, x), [RECORD.w], [[6.0, 8.0], [2.0, 4.0]]),
    ],
)
def test_attributes_are_read_as_arguments(f, variables, wanted):
    count, found = gradients(f, variables)
    assert count == 1
    assert found == wanted


def test_an_attribute_bound_anew_is_seen():
    model = Model()
    gradients(model, [model.w])
    model.w = tg.Variable([5.0, 6.0])
    assert gradients(model, [model.w])[1] == [[1.5, 2.0], [2.5, 3.0]]


def test_second_order_over_attributes():
    model = Model()
    x = tg.constant([3.0, 4.0])

    @tg.function(fallback="error")
    def f(x):
        return tg.reduce_sum(model.w * model.w * x)

    with tg.GradientTape() as outer:
        with tg.GradientTape() as inner:
            y = f(x)
        slope = inner.gradient(y, model.w)
    np.testing.assert_array_equal(outer.gradient(slope, model.w), [6.0, 8.0])


def use(model, x):
    return model.w * x


HISTORY = []
X = np.array([1.0, 2.0, -0.5])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            lambda x: tg.reduce_sum(MODEL.helper(x)),
            "it is a Model that holds Tensors, and it is used as a whole",
        ),
        (lambda x: tg.reduce_sum(MODEL.doubled * x), "it is computed when it is read, as properties are"),
        (lambda x: tg.reduce_sum(sum([layer.w * x for layer in NESTED.layers])), "used as a whole"),
    ],
)
def test_what_cannot_be_followed_is_recorded_operation_by_operation(body, words):
    with pytest.warns(tg.TapegenWarning, match=words):
        count, found = gradients(tg.function(body), [])
    assert count > 1
    np.testing.assert_array_equal(found[0], gradients(body, [])[1][0])


def test_containers_of_the_callers_get_tensors():
    def f(x):
        HISTORY.append(x * x)
        return tg.reduce_sum(x)

    with pytest.warns(tg.TapegenWarning, match="cannot write into the list HISTORY"):
        gradients(tg.function(f), [])
    assert isinstance(HISTORY.pop(), tg.Tensor)


def test_attributes_get_tensors():
    model = Model()

    def f(x):
        model.last = model.w * x
        return tg.reduce_sum(x)

    with pytest.warns(tg.TapegenWarning, match="cannot store into an attribute of model"):
        gradients(tg.function(f), [])
    assert isinstance(model.last, tg.Tensor)


def test_augmented_assignment_binds_anew():
    def f(x):
        h = x * 1.0
        y = h
        h += 1.0
        for _ in range(2):
            z = h
            h *= 2.0
            y = y + z
        return tg.reduce_sum(h * y)

    assert gradients(tg.function(f, fallback="error"), [])[1] == gradients(f, [])[1]


def test_an_argument_is_not_rebound_for_the_caller():
    @tg.function(fallback="error")
    def f(x):
        y = x
        x += 1.0
        return tg.reduce_sum(x * y)

    assert gradients(f, [])[1] == [[7.0, 9.0]]


def test_without_a_tape_there_is_no_warning():
    class Unknown:
        def __init__(self):
            self.w = tg.Variable(2.0)

        def __call__(self, x):
            return self.w * x

    unknown = Unknown()

    @tg.function
    def f(x):
        return unknown(x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(f(tg.constant(3.0))) == 6.0
    with pytest.warns(tg.TapegenWarning, match="^f is recorded operation by operation"):
        gradients(f, [])


def test_results_do_not_share_memory_with_arrays_given():
    @tg.function
    def f(x, a):
        return x * 2.0, a

    a = np.ones(2)
    x = tg.constant(3.0)
    with tg.GradientTape() as tape:
        tape.watch(x)
        _, b = f(x, a)
    a[0] = 7.0
    np.testing.assert_array_equal(b, [1.0, 1.0])


def test_variables_assigned_before_the_gradient():
    v = tg.Variable(3.0)

    @tg.function(fallback="error")
    def f(x):
        return v * v * v * x

    with tg.GradientTape() as outer:
        with tg.GradientTape() as inner:
            y = f(2.0)
        v.assign(100.0)
        slope = inner.gradient(y, v)
    assert slope.numpy() == 54.0
    assert outer.gradient(slope, v).numpy() == 36.0


def test_a_step_leaves_no_cycles():
    import gc

    x = np.ones(3)
    w = tg.Variable([1.0, 2.0, 3.0], dtype="float64")

    @tg.function(fallback="error")
    def f(w, x):
        return np.sum(np.tanh(w * x) * x)

    def step():
        with tg.GradientTape() as tape:
            y = f(w, x)
        return tape.gradient(y, w)

    step()
    gc.collect()
    gc.disable()
    try:
        step()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_functions_of_scipy_that_are_no_ufuncs():
    from scipy import linalg, special

    @tg.function(fallback="error")
    def f(x, a):
        return special.logsumexp(x) * np.sum(linalg.solve(a, np.ones(2)))

    x, a = tg.Variable(np.array([0.3, 0.5])), tg.Variable(np.array([[2.0, 1.0], [1.0, 4.0]]))
    with tg.GradientTape() as tape:
        y = f(x, a)
    by_x, by_a = tape.gradient(y, [x, a])
    np.testing.assert_allclose(by_x, tg.grad(f, 0)(x.numpy(), a.numpy()))
    np.testing.assert_allclose(by_a, tg.grad(f, 1)(x.numpy(), a.numpy()))


@pytest.mark.parametrize("order", [1, 2])
def test_against_jax(order):
    jax = pytest.importorskip("jax")
    jnp = jax.numpy

    def ours(w):
        return np.sum(np.tanh(w * X) * w) + np.max(w * X)

    def theirs(w):
        return jnp.sum(jnp.tanh(w * X) * w) + jnp.max(w * X)

    w = np.array([0.3, -0.7, 1.1])
    f, v = tg.function(ours, fallback="error"), tg.Variable(w)
    with tg.GradientTape() as outer:
        with tg.GradientTape() as inner:
            y = f(v)
        slope = inner.gradient(y, v)
    if order == 1:
        np.testing.assert_allclose(slope, jax.grad(theirs)(w), rtol=1e-5)
    else:
        np.testing.assert_allclose(outer.jacobian(slope, v), jax.hessian(theirs)(w), rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore::tapegen.TapegenWarning")
def test_methods_that_arrays_have_not_are_recorded_operation_by_operation():
    count = tg.Variable(0.0)

    @tg.function
    def counting(x):
        count.assign_add(1.0)
        return x * x

    @tg.function
    def shaped(x):
        return tg.reshape(x, x.shape.as_list()[::-1])

    @tg.function
    def read(v):
        return v.read_value() * 2.0

    x, m = tg.Variable(3.0), tg.Variable([[1.0, 2.0]])
    with tg.GradientTape(persistent=True) as tape:
        y, z, w = counting(x), shaped(m), read(x)
    assert count.numpy() == 1.0 and tuple(z.shape) == (2, 1)
    assert tape.gradient(y, x).numpy() == 6.0 and tape.gradient(w, x).numpy() == 2.0
    np.testing.assert_array_equal(tape.gradient(z, m).numpy(), [[1.0, 1.0]])


def test_the_method_is_named():
    @tg.function(fallback="error")
    def f(v):
        v.assign_add(1.0)
        return v * v

    with tg.GradientTape(), pytest.raises(tg.TransformError, match=r"cannot use \.assign_add of v"):
        f(tg.Variable(1.0))
