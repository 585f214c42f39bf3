"""What the tape promises beyond numbers: memory, threads, depth, safety from later writes; and NumPy's functions."""

import gc
import sys
import threading
import time
import weakref

import numpy as np
import pytest

from tapegen.runtime import ForwardAccumulator, GradientTape, Tensor, Variable, apply, is_recording, record
from tapegen.runtime.state import state


def slope(f, at):
    x = Tensor(np.asarray(at))
    with GradientTape() as t:
        t.watch(x)
        y = f(x)
    return t.gradient(y, x).numpy()


# -- memory -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_deleted_persistent_tape_gives_everything_back(without_collector):
    big = np.ones(1000)
    x = Tensor(big)
    with GradientTape(persistent=True) as t:
        t.watch(x)
        y = np.sin(x) * x
        z = np.exp(y)
    t.gradient(z, x)
    watched = [weakref.ref(y), weakref.ref(y._a), weakref.ref(z._a), weakref.ref(t)]
    del y, z
    assert watched[2]() is not None
    del t
    assert [w() for w in watched] == [None] * 4


def test_a_plain_tape_lets_go_at_gradient(without_collector):
    x = Tensor(np.ones(1000))
    with GradientTape() as t:
        t.watch(x)
        y = np.exp(x)
        z = y * 2.0
    held = weakref.ref(y._a)
    del y
    assert held() is not None
    t.gradient(z, x)
    assert held() is None


def test_only_what_adjoints_read_is_kept(without_collector):
    x = Tensor(np.ones(100_000))
    with GradientTape() as t:
        t.watch(x)
        a = x * 2.0
        b = a + 1.0
        c = np.sum(b)
    held = [weakref.ref(a._a), weakref.ref(b._a)]
    del a, b
    assert [w() for w in held] == [None, None]
    np.testing.assert_array_equal(t.gradient(c, x).numpy(), np.full(100_000, 2.0))


def test_exception_leaves_no_cycle(without_collector):
    t = None
    try:
        with GradientTape() as t:
            raise KeyError
    except KeyError:
        pass
    ref = weakref.ref(t)
    del t
    assert ref() is None


def chain(n):
    """A gradient through `n` products of numbers; the processor time that it took."""
    x = Tensor(1.0)
    start = time.process_time()
    with GradientTape() as t:
        t.watch(x)
        y = x
        for _ in range(n):
            y = y * 1.0
    assert t.gradient(y, x).numpy() == 1.0
    return time.process_time() - start


def test_many_operations_without_recursion():
    chain(20_000)
    assert sys.getrecursionlimit() < 20_000


@pytest.mark.slow
def test_a_million_operations_take_linear_time():
    small = min(chain(10_000) for _ in range(5))
    assert chain(1_000_000) < 100 * small * 3


# -- later writes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x, a: x * a, lambda x, a: a * x, lambda x, a: x @ a,
        lambda x, a: np.stack([x, a])[1] * np.stack([a, x])[0],
        lambda x, a: np.where(a > 1, x, a) * a, lambda x, a: np.multiply(a, x), lambda x, a: np.maximum(x, a),
        lambda x, a: x**a, lambda x, a: np.dot(x, a), lambda x, a: np.outer(x, a),
    ],
)  # fmt: skip
def test_later_writes_into_arrays_do_not_change_gradients(f):
    def gradient(spoil):
        a = np.array([2.0, 3.0])
        x = Tensor(np.array([1.5, 4.0]))
        with GradientTape() as t:
            t.watch(x)
            y = f(x, a)
        before = y.numpy()
        if spoil:
            a[:] = 1000.0
        np.testing.assert_array_equal(y.numpy(), before)
        return t.gradient(y, x).numpy()

    np.testing.assert_array_equal(gradient(False), gradient(True))


def test_results_do_not_share_memory_with_arrays_given():
    a = np.ones(3)
    with GradientTape() as t:
        x = Tensor(np.zeros(3))
        t.watch(x)
        parts = [np.reshape(Tensor(a), (3, 1)), np.where(a > 0, a, x)]
    a[:] = 7
    for p in parts:
        assert 7 not in p.numpy()


def test_gradients_are_the_callers_own():
    x = Tensor(np.ones(3))
    with GradientTape(persistent=True) as t:
        t.watch(x)
        y = x + 0.0
    a, b = t.gradient(y, x), t.gradient(y, x)
    a.numpy()[:] = 5
    np.testing.assert_array_equal(b.numpy(), [1, 1, 1])
    np.testing.assert_array_equal(t.gradient(y, x).numpy(), [1, 1, 1])


def test_writing_a_recorded_tensor_into_an_array_in_place():
    x = Tensor(np.ones(3))
    total = np.zeros(3)
    total += x  # nothing records: the numbers are fine
    np.testing.assert_array_equal(total, [1, 1, 1])
    with GradientTape() as t:
        t.watch(x)
        with pytest.raises(TypeError, match="write `a = a \\+ t` instead of `a \\+= t`"):
            total += x


# -- threads ----------------------------------------------------------------------------------------------------------


def test_a_tape_sees_its_own_thread_only():
    x = Variable(3.0)
    found = {}

    def elsewhere():
        found["recorders"] = state.recorders
        found["y"] = x * x

    with GradientTape() as t:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        z = x * 2.0
    assert found["recorders"] == ()
    assert t.gradient([z, found["y"]], x).numpy() == 2.0


def test_eight_threads_with_nested_tapes():
    errors = []
    shared = Variable(2.0)

    def work(seed):
        try:
            for i in range(150):
                p = 1.0 + ((seed * 31 + i) % 17) / 10
                x = Tensor(np.float64(p))
                with GradientTape() as outer:
                    outer.watch(x)
                    with GradientTape() as inner:
                        inner.watch(x)
                        y = x * x * x * np.float64(shared.numpy())
                    g = inner.gradient(y, x)
                h = outer.gradient(g, x)
                if not (np.isclose(g.numpy(), 6 * p * p) and np.isclose(h.numpy(), 12 * p)):
                    errors.append((p, g.numpy(), h.numpy()))
        except Exception as error:
            errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(s,)) for s in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(interval)
    assert errors == []


# -- NumPy's functions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        np.sin, np.tanh, np.exp, lambda x: np.sum(x, axis=0), lambda x: np.mean(x, axis=1, keepdims=True),
        lambda x: np.max(x, axis=1), lambda x: np.add.reduce(x), lambda x: np.add.reduce(x, axis=1),
        lambda x: np.multiply.reduce(x, axis=1), lambda x: np.concatenate([x, x * 2]), lambda x: np.stack([x, x], 1),
        lambda x: np.where(x > 0.5, x, 0.0), lambda x: np.clip(x, 0.2, 0.8), lambda x: np.reshape(x, -1) ** 2,
        lambda x: x.sum(0), lambda x: x.T @ x, lambda x: x.mean(), lambda x: x.reshape(3, 2),
        lambda x: x.reshape((3, 2)),
        lambda x: x.transpose(1, 0), lambda x: x.dot(np.ones(3)), lambda x: x.max(), lambda x: x.ravel(),
        lambda x: x.astype(np.float64) * 2, lambda x: np.ones((4, 2)) @ x, lambda x: np.ones(3) * x,
        lambda x: np.float64(2.0) * x, lambda x: np.power(x, 2), lambda x: np.logaddexp(x, 0.0), lambda x: x.flatten(),
        lambda x: np.linalg.norm(x), lambda x: np.cumsum(x, axis=1), lambda x: np.prod(x), lambda x: np.var(x),
        lambda x: np.std(x, axis=1), lambda x: np.einsum("ij,kj->ik", x, x),
        lambda x: np.linalg.inv(x @ x.T + np.eye(2)),
        lambda x: np.linalg.solve(x @ x.T + np.eye(2), x), lambda x: np.linalg.det(x @ x.T),
        lambda x: np.sort(x, axis=1),
        lambda x: np.outer(x[0], x[1]), lambda x: np.pad(x, 1), lambda x: np.diff(x), lambda x: np.trace(x @ x.T),
        lambda x: np.tensordot(x, x, axes=([1], [1])), lambda x: np.maximum(x, 0.5), lambda x: np.square(x)[:, 1:],
        lambda x: np.expand_dims(x, 0) * x, lambda x: np.split(x, 3, axis=1)[0], lambda x: np.roll(x, 1),
        lambda x: np.flip(x),
        lambda x: np.copy(x) * 2, lambda x: x.copy() * 2, lambda x: np.abs(x - 0.5), lambda x: np.hypot(x, 1.0),
        lambda x: np.moveaxis(x, 0, 1), lambda x: np.broadcast_to(x, (2, 2, 3)), lambda x: np.tile(x, 2),
    ],
)  # fmt: skip
def test_numpy_functions_on_tensors(f):
    """Value as NumPy's; gradient against differences, tangent against the gradient."""
    a = np.array([[0.1, 0.75, 0.3], [0.9, 0.22, 0.6]])
    x = Tensor(a)
    with GradientTape() as t, ForwardAccumulator(x, np.cos(a)) as acc:
        t.watch(x)
        y = f(x)
    assert isinstance(y, Tensor)
    np.testing.assert_allclose(y.numpy(), f(a))
    weights = np.cos(np.arange(y.size)).reshape(y.shape)
    g = t.gradient(y, x, output_gradients=weights).numpy()
    wanted = np.zeros_like(a)
    for i in np.ndindex(a.shape):
        h = np.zeros_like(a)
        h[i] = 1e-6
        wanted[i] = np.sum((f(a + h) - f(a - h)) * weights) / 2e-6
    np.testing.assert_allclose(g, wanted, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(
        np.sum(acc.jvp(y).numpy() * weights), np.sum(g * np.cos(a)), rtol=1e-10, atol=1e-12
    )


def test_constants_give_tensors_and_python_values():
    x = Tensor([3.0, 1.0, 2.0])
    assert isinstance(np.argmax(x), Tensor) and np.argmax(x).numpy() == 0
    assert isinstance(np.isfinite(x), Tensor)
    assert np.shape(x) == (3,) and np.ndim(x) == 1 and np.size(x) == 3
    assert isinstance(np.zeros_like(x), Tensor)


def test_ufunc_methods_without_rule():
    x = Tensor([1.0, 2.0])
    with GradientTape() as tape:
        tape.watch(x)
        y = np.power.reduce(x)
    with pytest.raises(LookupError, match=r"np\.power\.reduce"):
        tape.gradient(y, x)


def test_ufunc_methods_pass_their_keywords_on():
    """`initial` once got lost on the way."""
    x = Tensor([2.0, 3.0])
    with GradientTape() as tape:
        tape.watch(x)
        y = np.multiply.reduce(x, initial=5.0)
    np.testing.assert_array_equal(tape.gradient(y, x), [15.0, 10.0])


@pytest.mark.parametrize(
    "write",
    [
        lambda x: np.put(x, [0], 5.0),
        lambda x: np.place(x, [True, False], [5.0]),
        lambda x: np.putmask(x, [True, False], 5.0),
        lambda x: np.copyto(x, 5.0),
        lambda x: np.put_along_axis(x, np.array([0]), 5.0, 0),
        lambda x: np.fill_diagonal(np.reshape(x, (1, 2)), 5.0),
        lambda x: np.copyto(np.zeros(2), x),
        lambda x: np.put(np.zeros(2), [0], x),
    ],
)
def test_functions_that_write_do_not_write_tensors(write):
    """They once wrote into the memory of an immutable Tensor, behind the back of the tape."""
    x = Tensor([2.0, 3.0])
    with GradientTape() as tape:
        tape.watch(x)
        with pytest.raises(TypeError, match="would write"):
            write(x)
    np.testing.assert_array_equal(x.numpy(), [2.0, 3.0])


def test_functions_of_functions_on_tensors():
    x = Tensor([[1.0, -2.0], [3.0, 4.0]])
    for f, expected in [
        (lambda x: np.apply_along_axis(lambda row: row * row[0], 1, x), [[0.0, 1.0], [10.0, 3.0]]),
        (lambda x: np.apply_over_axes(np.sum, x * x, [0, 1]), [[2.0, -4.0], [6.0, 8.0]]),
        (lambda x: np.piecewise(x, [x < 0], [3.0, lambda v: v**2]), [[2.0, 0.0], [6.0, 8.0]]),
    ]:
        with GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        np.testing.assert_array_equal(tape.gradient(y, x), expected)


def test_out_arguments():
    x = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="immutable"):
        np.add(x, x, out=x)
    with pytest.raises(TypeError, match="`out` is not supported"):
        np.cumsum(x, out=np.zeros(2))


def test_functions_without_rule_work_but_have_no_gradient():
    special = pytest.importorskip("scipy.special")
    x = Tensor(np.array([1.0, 2.0, 3.0]))
    with GradientTape() as t:
        t.watch(x)
        y = special.gammainc(x, 1.0)
    np.testing.assert_array_equal(y.numpy(), special.gammainc(x.numpy(), 1.0))
    with pytest.raises(LookupError, match=r"no entry for: gammainc"):
        t.gradient(y, x)


# -- the seam ---------------------------------------------------------------------------------------------------------


def cubed(x):
    """A function that brings its own pullback, as a compiled one does."""
    value = x.numpy() ** 3

    def pullback(ct):
        return (ct * 3.0 * (x if isinstance(ct, Tensor) else x.numpy()) ** 2,)

    return record(value, [x], pullback, "cubed")


def test_record():
    x = Tensor(np.array([1.0, 2.0]))
    assert not is_recording([x])
    with GradientTape() as t:
        assert not is_recording([x])
        t.watch(x)
        assert is_recording([np.ones(2), x]) and is_recording([[x]]) and not is_recording([1.0, np.ones(2)])
        y = cubed(x)
    np.testing.assert_array_equal(t.gradient(y, x).numpy(), [3.0, 12.0])


def test_record_to_higher_order_and_forward():
    x = Tensor(np.array([1.0, 2.0]))
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as inner:
            inner.watch(x)
            y = cubed(x)
        g = inner.gradient(y, x)
    np.testing.assert_array_equal(outer.gradient(g, x).numpy(), [6.0, 12.0])
    with ForwardAccumulator(x, np.array([1.0, 10.0])) as acc:
        y = cubed(x)
    np.testing.assert_array_equal(acc.jvp(y).numpy(), [3.0, 120.0])
    with ForwardAccumulator(x, np.array([1.0, 10.0])) as acc:
        with GradientTape() as tape:
            tape.watch(x)
            y = cubed(x)
        g = tape.gradient(y, x)
    np.testing.assert_array_equal(acc.jvp(g).numpy(), [6.0, 120.0])


def test_record_with_several_outputs_and_inputs():
    v = Variable(np.array(3.0))
    x = Tensor(np.array(2.0))
    with GradientTape() as t:
        t.watch(x)
        a, b = record(
            (np.float64(6.0), np.float64(5.0)), [x, v], lambda da, db: (da * 3.0 + db, da * 2.0 + db)
        )
    gx, gv = t.gradient([a, b], [x, v])
    assert (gx.numpy(), gv.numpy()) == (4.0, 3.0)


def test_apply_is_the_entry_for_every_operation():
    x = Tensor(np.array([[1.0, 2.0]]))
    with GradientTape() as t:
        t.watch(x)
        y = apply(np.sum, (x,), {"axis": 1})
    np.testing.assert_array_equal(t.gradient(y, x).numpy(), [[1.0, 1.0]])


def test_scalars_stay_cheap():
    assert slope(lambda x: x * x, 3.0) == 6.0
    assert isinstance(Tensor(3.0)._a, np.generic)


def test_results_that_are_real_or_complex_by_values():
    """The second call is recorded like the first only as far as the arguments decide."""
    for p in ([1.0, -3.0, 1.0], [2.0, 0.3, 1.0], [1.0, -3.0, 1.0]):
        ct = np.array([0.7 + 0.2j, -0.4 + 1.1j])
        x = Tensor(np.array(p))
        with GradientTape() as tape:
            tape.watch(x)
            roots = np.roots(x)
        ct = ct if roots.dtype.kind == "c" else ct.real

        def loss(p, ct=ct):
            return np.real(np.sum(np.conj(ct) * np.roots(p)))

        steps = np.eye(3) * 1e-6
        wanted = [(loss(p + h) - loss(p - h)) / 2e-6 for h in steps]
        found = tape.gradient(roots, x, output_gradients=ct).numpy()
        np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-8)
