"""Loops that are run again for their adjoints: the same gradients, the binomial schedule, its memory."""

import math
import pickle
import tracemalloc

import numpy as np
import pytest

import tapegen as tg
from tapegen.kernels.revolve import enough_snapshots, snapshots

X = np.linspace(0.1, 1.0, 6)
LOG = []


def state_and_parameters(x, a, n):
    for i in range(n):
        k = np.sin(a * x) * x[0] + x[::-1] * a
        if i % 3 == 1:
            k = k * a
        x = x + 0.1 * k * i / (i + 1)
    return np.sum(x * a)


def in_place(x, a, n):
    u = x * 1.0
    x[0] = 3.0
    for i in range(n):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] * u[1:-1] + a * u[:-2])
        u[0] = u[1] * u[-1]
    u[1] = 2.0 * u[2]
    return np.sum(u * u)


def argument_in_place(x, a, n):
    for i in range(n):
        x[i % 4 : i % 4 + 2] *= np.cos(x[1] * a)
    return np.sum(x * x)


def allocated(x, a, n):
    u = x
    for i in range(2, n + 2, 2):
        new = np.zeros_like(u)
        new[1:-1] = np.sin(u[:-2]) * u[2:] + a * i * u[1:-1] * 1e-3
        u = new
    return np.sum(u * u) + u[2]


def swapped(x, a, n):
    u, v = x * 1.0, np.zeros_like(x)
    for i in range(n, 0, -1):
        v[1:-1] = np.sin(u[:-2]) * u[2:] + a * u[1:-1]
        u, v = v, u
    return np.sum(u * v) + u[2]


def until(x, a, n):
    steps, total = 0, 0.0
    while np.sum(x) > 0.5 and steps < n:
        x = x - 0.1 * x * x * a
        total += x[0] * steps
        steps += 1
    return np.sum(x * x) + total


def with_break(x, a, n):
    for i in range(1, n + 1):
        x = np.sin(x) + i * 0.01 * a
        if np.sum(x) < 2.0:
            break
    return np.sum(x * x)


def nested(x, a, n):
    w = np.outer(x, x)
    for i in range(n):
        for j in range(12):
            x = x + 0.01 * np.tanh(w @ x) * x[j % 6]
        w[i % 6] = x * a
    for i in range(n):
        x = np.sin(x) * a
    return np.sum(x) + np.sum(w)


def inside_a_branch(x, a, n):
    if a > 0.0:
        for i in range(n):
            x = np.sin(x) * a
    else:
        x = x * a
    return np.sum(x)


def read_and_written_later(x, a, n):
    w, u = x * a, x * 1.0
    for i in range(n):
        u = np.sin(u * w) + w[1]
    w[1] = 5.0
    return np.sum(u * w)


def numbers(x, a, n):
    s = a
    for i in range(n):
        s = s * math.cos(s) + x[i % 6]
    return s


FUNCTIONS = [
    state_and_parameters, in_place, argument_in_place, allocated, swapped, until, with_break, nested, inside_a_branch,
    read_and_written_later, numbers,
]  # fmt: skip


def same(found, wanted):
    assert len(found) == len(wanted) == 2
    for one, two in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, two)


def steps_of(function, n):
    return lambda x, a: function(x * 1.0, a, n)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_gradients_are_those_of_the_plain_loop_to_the_last_bit(function):
    few = function in (state_and_parameters, swapped)  # numbers of steps are types of their own below two
    plain = tg.value_and_grad(function, (0, 1))
    kept = (1, 3, "log") if few else (3,)
    checkpointed = [tg.value_and_grad(tg.function(function, checkpoint=c), (0, 1)) for c in kept]
    for n in (0, 1, 2, 23) if few else (2, 23):
        value, wanted = plain(X.copy(), 1.1, n)
        for gradient in checkpointed:
            found_value, found = gradient(X.copy(), 1.1, n)
            assert found_value == value
            same(found, wanted)


def test_they_are_right():
    for function in (in_place, until):
        tg.check_grads(steps_of(tg.function(function, checkpoint=2), 5), (X, 1.1))


# ------------------------------------------------------------------------------------------------------- the schedule


def reversal(steps, kept):
    """What the generated code does: steps run plainly after the first sweep, steps run for their adjoints, peak."""
    marks, again, peak = [0], 0, 1
    first = snapshots(0, steps, kept - 1)
    marks += [i for i in range(steps) if i in first]
    for i in reversed(range(steps)):
        planned = snapshots(marks[-1], i + 1, kept - len(marks))
        for j in range(marks[-1], i):
            if j in planned:
                marks.append(j)
            again += 1
        peak = max(peak, len(marks))
        if marks[-1] == i:
            marks.pop()
    return again, steps, max(peak, len(first) + 1)


def test_the_schedule_is_the_best_that_there_is():
    for kept in range(1, 7):
        for steps in (1, 2, 3, 5, 10, 21, 84, 100):
            again, _, peak = reversal(steps, kept)
            runs = next(r for r in range(200) if math.comb(kept + r, kept) >= steps)
            best = runs * steps - math.comb(kept + runs, runs - 1) if runs else 0
            assert again == best - (steps - 1), "Griewank and Walther (2000), theorem 3.1"
            assert peak <= kept + 1, "the snapshots, and the state of the last step"
    assert [enough_snapshots(n) for n in (1, 2, 7, 252, 253)] == [1, 1, 3, 5, 6]


def test_the_schedule_is_that_of_others():
    schedules = pytest.importorskip("checkpoint_schedules")
    for steps, kept in ((1, 1), (7, 2), (10, 3), (40, 4)):
        moves = list(schedules.Revolve(steps, kept))
        plain = [m for m in moves if type(m).__name__ == "Forward" and not m.write_adj_deps]
        again, _, _ = reversal(steps, kept)
        assert sum(m.n1 - m.n0 for m in plain) == again + steps - 1
        first = moves[: [type(m).__name__ for m in moves].index("EndForward")]
        assert len({0, *snapshots(0, steps, kept - 1)}) == len(first)


def test_generated_code_runs_each_step_as_often_as_the_schedule_says():
    calls = []

    def step(x):
        calls.append(None)
        return np.sin(x)

    counted = tg.primitive(step)
    counted.defvjp(lambda ct, out, x: (ct * np.sqrt(1 - out**2),))

    @tg.checkpoint(snapshots=3)
    def f(x):
        for _ in range(60):
            x = counted(x)
        return x

    tg.grad(f)(0.5)
    again, recorded, _ = reversal(60, 3)
    assert len(calls) == 60 + again + recorded


# --------------------------------------------------------------------------------------------------------- the memory


def stencil(u, n):
    u = u * 1.0
    for _ in range(n):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
    return np.sum(u * u)


def peak(function, *args):
    function(*args)
    tracemalloc.start()
    function(*args)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def test_memory_is_that_of_the_snapshots():
    u = np.linspace(0.1, 1.0, 5000)
    log = tg.grad(tg.function(stencil, checkpoint="log"))
    for steps in (100, 1500):
        states = peak(log, u, steps) / u.nbytes
        assert states < enough_snapshots(steps) + 18, "a constant number of arrays beside the snapshots"
    assert peak(tg.grad(stencil), u, 100) / u.nbytes > 200
    five = tg.grad(tg.function(stencil, checkpoint=5))
    assert peak(five, u, 60) - peak(five, u, 30) < u.nbytes


# --------------------------------------------------------------------------------------------------- where it is used


def test_pullbacks_can_be_called_again():
    f = tg.function(in_place, checkpoint=3)
    _, pullback = tg.vjp(f, X.copy(), 1.1, 20)
    first, second = pullback(1.0), pullback(1.0)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[0], tg.grad(in_place)(X.copy(), 1.1, 20))


def test_under_a_tape():
    f = tg.function(state_and_parameters, checkpoint="log")
    v = tg.Variable(X)
    with tg.GradientTape(persistent=True) as tape:
        loss = f(v, 1.1, 20)
    for _ in range(2):
        found = tape.gradient(loss, v).numpy()
        np.testing.assert_allclose(found, tg.grad(state_and_parameters)(X, 1.1, 20), rtol=1e-12)


def test_as_a_helper_of_a_function_that_is_not_checkpointed():
    helper = tg.checkpoint(snapshots=2)(state_and_parameters)

    def f(x, a):
        for _ in range(3):
            x = x * helper(x, a, 9)
        return np.sum(x)

    def g(x, a):
        for _ in range(3):
            x = x * state_and_parameters(x, a, 9)
        return np.sum(x)

    np.testing.assert_allclose(tg.grad(f)(X, 0.3), tg.grad(g)(X, 0.3), rtol=1e-12)
    assert "snapshots(" in tg.grad(f).source


def test_forward_mode_and_second_order():
    for function in (in_place, until):
        f = tg.function(function, checkpoint=2)
        v = np.linspace(-1.0, 1.0, 6)
        dots = (v, 0.0, None)
        assert tg.jvp(f, (X.copy(), 1.1, 9), dots) == tg.jvp(function, (X.copy(), 1.1, 9), dots)
        found, wanted = (tg.hvp(steps_of(h, 9))(X, 1.1, v) for h in (f, function))
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_pickles():
    gradient = pickle.loads(pickle.dumps(tg.grad(tg.function(state_and_parameters, checkpoint=3))))
    np.testing.assert_array_equal(gradient(X, 1.1, 9), tg.grad(state_and_parameters)(X, 1.1, 9))
    assert "snapshots(" in gradient.source


def test_what_a_loop_says_it_says_once(capsys):
    @tg.checkpoint(snapshots=2)
    def f(x):
        for i in range(5):
            x = np.sin(x)
            print("step", i)
        return x

    tg.grad(f)(0.5)
    assert capsys.readouterr().out.count("step") == 5


# ----------------------------------------------------------------------------------------------------------- refused


def test_what_cannot_be_run_again_is_refused():
    rng = np.random.default_rng(0)

    def random(x):
        for _ in range(9):
            x = x * rng.normal()
        return np.sum(x)

    def growing(x):
        seen = []
        for _ in range(int(x[0]) + 9):
            x = np.sin(x)
            seen.append(x)
        return np.sum(x) + np.sum(seen[3])

    for function, why in ((random, "other results the second time"), (growing, "changes the list or dict")):
        with pytest.raises(tg.TransformError, match=f"cannot checkpoint this loop(.|\n)*{why}"):
            tg.grad(tg.function(function, checkpoint=3))(X)


def test_arrays_that_share_memory_are_refused():
    def f(x):
        u = x * 1.0
        inner = u[1:-1]
        for _ in range(9):
            u[1:-1] += np.sin(inner)
        return np.sum(u)

    with pytest.raises(ValueError, match="cannot checkpoint this loop: two of the arrays"):
        tg.grad(tg.function(f, checkpoint=3))(X)


def test_options():
    for wrong in (0, -1, 2.0, "all", True):
        with pytest.raises(TypeError, match="^checkpoint is a number of snapshots, or 'log', not"):
            tg.function(stencil, checkpoint=wrong)
    with pytest.raises(TypeError, match="^checkpoint= is for functions, not for a ufunc"):
        tg.function(np.sin, checkpoint=3)
