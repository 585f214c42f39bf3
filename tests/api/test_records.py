"""Namedtuples and dataclasses as arguments, as results, and inside: cotangents and tangents of the same class."""

from collections import namedtuple
from dataclasses import InitVar, dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pytest

import tapegen as tg

Point = namedtuple("Point", "x y")


class Moments(NamedTuple):
    mean: Any
    spread: Any = 1.0


@dataclass
class Params:
    weight: Any
    bias: Any
    name: str = "layer"
    count: int = 2


@dataclass(frozen=True)
class Body:
    position: Any
    velocity: Any
    mass: float = 1.0


@dataclass(slots=True)
class Slotted:
    a: Any
    b: Any


@dataclass
class Checked:
    scale: Any

    def __post_init__(self):
        if not isinstance(self.scale, float) or self.scale <= 0.0:
            raise ValueError("scale must be positive")
        self.inverse = 1.0 / self.scale


@dataclass
class Network:
    layers: list
    head: Point
    options: dict = field(default_factory=dict)


def network():
    w = np.arange(6.0).reshape(2, 3) / 6.0
    return Network(
        [Params(w, 0.5), Params(w[:, :2] + 0.1, -0.25)], Point(0.3, np.array([0.5, 2.0])), {"rate": 0.7}
    )


def run_network(net, x):
    for layer in net.layers:
        x = np.tanh(layer.weight @ x + layer.bias)
    return np.sum(x * net.head.y) * net.head.x + net.options["rate"] * x[0]


def test_gradient_of_a_dataclass_is_one():
    def f(params, x):
        return np.sum(np.tanh(params.weight @ x + params.bias))

    params, x = Params(np.array([[0.1, 0.2], [0.3, -0.4]]), 0.5), np.array([1.0, 2.0])
    g = tg.grad(f)(params, x)
    slope = 1.0 - np.tanh(params.weight @ x + 0.5) ** 2
    assert type(g) is Params
    np.testing.assert_allclose(g.weight, np.outer(slope, x))
    assert g.bias == pytest.approx(slope.sum())
    assert g.name is None and g.count is None
    assert np.array_equal(params.weight, [[0.1, 0.2], [0.3, -0.4]]) and params.bias == 0.5


def test_gradient_of_a_namedtuple_is_one():
    def f(p, s):
        x, y = p
        return x * p.y * s + p[0] ** 2 + y

    g = tg.grad(f)(Point(0.3, 0.8), 2.0)
    assert type(g) is Point
    assert g == pytest.approx((0.8 * 2 + 0.6, 0.3 * 2 + 1.0))


def test_nests_of_records():
    net, x = network(), np.array([0.2, -0.1, 0.4])
    g = tg.grad(run_network)(net, x)
    assert type(g) is Network and type(g.layers[0]) is Params and type(g.head) is Point
    for scale in (1.0, -2.0):
        direction = Network(
            [Params(scale * np.ones((2, 3)), 0.3), Params(np.eye(2), scale)],
            Point(0.1, np.array([1.0, scale])),
            {"rate": 0.4},
        )
        reverse = sum(
            np.sum(a * b)
            for a, b in [
                *[(g.layers[i].weight, direction.layers[i].weight) for i in (0, 1)],
                *[(g.layers[i].bias, direction.layers[i].bias) for i in (0, 1)],
                (g.head.x, 0.1),
                (g.head.y, direction.head.y),
                (g.options["rate"], 0.4),
            ]
        )
        h = 1e-6

        def along(t, d=direction):
            layers = [
                Params(p.weight + t * q.weight, p.bias + t * q.bias)
                for p, q in zip(net.layers, d.layers, strict=True)
            ]
            head = Point(net.head.x + t * d.head.x, net.head.y + t * d.head.y)
            return run_network(Network(layers, head, {"rate": 0.7 + t * 0.4}), x)

        assert reverse == pytest.approx((along(h) - along(-h)) / (2 * h), rel=1e-6)
        assert tg.jvp(run_network, (net, x), (direction, np.zeros(3)))[1] == pytest.approx(reverse)


def test_post_init_is_not_run_for_cotangents():
    def f(c, x):
        return -c.scale * x

    assert tg.grad(f)(Checked(2.0), 3.0).scale == -3.0
    _, pullback = tg.vjp(f, Checked(2.0), 3.0)
    assert pullback(1.0)[0].scale == -3.0
    assert tg.jvp(f, (Checked(2.0), 3.0), (Checked(1.0), 0.0))[1] == -3.0


def test_slots():
    def f(s):
        return np.sum(s.a * s.b)

    g = tg.grad(f)(Slotted(np.array([1.0, 2.0]), 3.0))
    assert type(g) is Slotted and g.b == 3.0
    np.testing.assert_array_equal(g.a, [3.0, 3.0])


def test_gradients_share_no_memory():
    w = np.ones(3)
    params = Params(w, w)

    def f(p):
        return np.sum(2.0 * p.weight + 2.0 * p.bias)

    g = tg.grad(f)(params)
    g.weight[:] = 7.0
    assert w.tolist() == [1.0, 1.0, 1.0] and g.bias.tolist() == [2.0, 2.0, 2.0]


def test_a_pullback_keeps_its_values_when_the_argument_is_changed():
    def f(p, x):
        return helper(p, x) * x

    params = Params(np.array([1.0, 2.0]), 0.5)
    _, pullback = tg.vjp(f, params, 3.0)
    before = pullback(1.0)
    params.weight *= 100.0
    params.bias = -1.0
    after = pullback(1.0)
    np.testing.assert_array_equal(before[0].weight, after[0].weight)
    assert before[0].bias == after[0].bias and before[1] == after[1]


def helper(p, x):
    total = 0.0
    for i in range(2):
        if p.weight[i] * x > 0.0:
            total = total + p.weight[i] ** 2 * x + p.bias
        else:
            total = total - p.bias
        total = total * 1.5
    return total


def test_calls_that_are_not_inlined():
    def f(p, x):
        return helper(p, x) + helper(Params(p.weight[::-1], x), 2.0 * x)

    args = (Params(np.array([1.0, -2.0]), 0.5), 3.0)

    def flat(w0, w1, b, x):
        return f(Params(np.array([w0, w1]), b), x)

    at = (1.0, -2.0, 0.5, 3.0)
    expected = [(flat(*_moved(at, i, 1e-6)) - flat(*_moved(at, i, -1e-6))) / 2e-6 for i in range(4)]
    g, gx = tg.grad(f, (0, 1))(*args)
    np.testing.assert_allclose([*g.weight, g.bias, gx], expected, rtol=1e-6)
    tangent = Params(np.array([0.5, 1.5]), -1.0)
    _, out_dot = tg.jvp(f, args, (tangent, 2.0))
    assert out_dot == pytest.approx(np.dot([0.5, 1.5, -1.0, 2.0], expected), rel=1e-6)


def _moved(values, index, step):
    return [v + step * (i == index) for i, v in enumerate(values)]


def recursive(p, n):
    if n == 0:
        return p.x
    return recursive(Point(p.x * p.y, p.y), n - 1)


def test_recursion_with_records():
    def f(p):
        return recursive(p, 3)

    try:
        g = tg.grad(f)(Point(2.0, 3.0))
    except tg.TransformError as error:
        assert "p.x" in str(error)  # noqa: PT017
    else:
        assert g == pytest.approx((27.0, 2.0 * 27.0))


def test_second_order():
    def f(p):
        return p.x**3 * np.sum(p.y**2) + p.x

    y = np.array([1.0, 2.0])

    first = tg.grad(f)
    _, pullback = tg.vjp(first, Point(2.0, y))
    (second,) = pullback(Point(1.0, np.zeros(2)))
    assert second.x == pytest.approx(6 * 2.0 * 5.0)
    np.testing.assert_allclose(second.y, 3 * 4.0 * 2 * y)
    _, dot = tg.jvp(first, (Point(2.0, y),), (Point(1.0, np.zeros(2)),))
    assert dot.x == pytest.approx(60.0)
    np.testing.assert_allclose(dot.y, 24.0 * y)


def test_second_order_of_dataclasses():
    def f(p):
        q = replace(p, bias=p.bias * 2.0)
        return np.sum(q.weight**3) * q.bias**2

    w = np.array([1.0, 2.0])
    first = tg.grad(f)
    _, pullback = tg.vjp(first, Params(w, 0.5))
    (second,) = pullback(Params(np.zeros(2), 1.0))
    np.testing.assert_allclose(second.weight, 3 * w**2 * 8 * 0.5)
    assert second.bias == pytest.approx(9.0 * 8.0)
    _, dot = tg.jvp(first, (Params(w, 0.5),), (Params(np.zeros(2), 1.0),))
    np.testing.assert_allclose(dot.weight, 3 * w**2 * 8 * 0.5)
    assert dot.bias == pytest.approx(9.0 * 8.0)


def test_results_of_namedtuples():
    def f(x):
        m = x.mean()
        return Moments(m, ((x - m) ** 2).mean())

    x = np.array([1.0, 2.0, 4.0])
    out, pullback = tg.vjp(f, x)
    assert type(out) is Moments
    np.testing.assert_allclose(pullback(Moments(1.0, 0.0))[0], np.ones(3) / 3)
    np.testing.assert_allclose(pullback(Moments(0.0, 1.0))[0], 2 * (x - x.mean()) / 3)
    out, dot = tg.jvp(f, (x,), (np.array([1.0, 0.0, 0.0]),))
    assert type(dot) is Moments
    assert dot == pytest.approx((1 / 3, 2 * (1.0 - x.mean()) / 3))


def test_results_of_dataclasses():
    def f(params, rate):
        return Params(params.weight * (1.0 - rate), bias=params.bias**2, count=params.count + 1)

    params = Params(np.array([1.0, 2.0]), 3.0)
    out, pullback = tg.vjp(f, params, 0.25)
    assert type(out) is Params and out.count == 3
    g, rate = pullback(Params(np.array([1.0, 10.0]), 1.0, None, None))
    np.testing.assert_allclose(g.weight, [0.75, 7.5])
    assert g.bias == pytest.approx(6.0) and rate == pytest.approx(-21.0)
    out, dot = tg.jvp(f, (params, 0.25), (Params(np.array([1.0, 0.0]), 1.0), 0.5))
    assert type(dot) is Params and dot.name is None and dot.count is None
    np.testing.assert_allclose(dot.weight, [0.75 - 0.5, -1.0])
    assert dot.bias == pytest.approx(6.0)


def test_the_cotangent_must_fit():
    def f(x):
        return Params(x, x)

    _, pullback = tg.vjp(f, 1.0)
    with pytest.raises(ValueError, match="must be a Params, like its primal"):
        pullback(Body(1.0, 1.0))
    with pytest.raises(ValueError, match="shape"):
        pullback(Params(np.ones(2), 1.0))


def test_records_in_branches_and_loops():
    def f(x, v):
        body = Body(x, v)
        for i in range(20):
            force = -body.position
            if body.velocity > 0.0:
                body = Body(body.position + 0.1 * body.velocity, body.velocity + 0.1 * force, body.mass)
            else:
                body = replace(body, velocity=body.velocity * 0.9 + 0.1 * force * i)
        return body.position * body.velocity

    _check_scalars(f, (0.3, 0.8))


def test_namedtuples_in_branches_and_loops():
    def f(x, v):
        p = Point(x, v)
        for _ in range(20):
            if p.y > 0.0:
                p = Point(p.x + 0.1 * p.y, p.y - 0.1 * p.x)
            else:
                p = p._replace(y=p.y * 0.9 - 0.1 * p.x)
        return p.x * p[1]

    _check_scalars(f, (0.3, 0.8))


def test_a_carried_variable_is_read_as_it_was():
    def f(x):
        p = Point(x, 2.0 * x)
        q = p
        for _ in range(15):
            x = x * 1.1
            q = Point(x, p.y)
            x = x + 1.0
        return q.x * p.x + x

    _check_scalars(f, (0.7,))


def test_arrays_of_records_written_in_place():
    def f(p, s):
        w = p.weight
        w[0] = w[1] * s
        q = Params(w, s)
        q.weight[1] *= 3.0
        return np.sum(p.weight**2) * q.bias

    def flat(a, b, s):
        return f(Params(np.array([a, b]), 0.0), s)

    params = Params(np.array([1.0, 2.0]), 0.0)
    g, gs = tg.grad(f, (0, 1))(params, 0.5)
    assert params.weight.tolist() == [1.0, 6.0]
    at = (1.0, 2.0, 0.5)
    expected = [(flat(*_moved(at, i, 1e-6)) - flat(*_moved(at, i, -1e-6))) / 2e-6 for i in range(3)]
    np.testing.assert_allclose([*g.weight, gs], expected, rtol=1e-6, atol=1e-8)
    _, dot = tg.jvp(f, (Params(np.array([1.0, 2.0]), 0.0), 0.5), (Params(np.array([3.0, 1.0]), 0.0), 2.0))
    assert dot == pytest.approx(np.dot([3.0, 1.0, 2.0], expected), rel=1e-6)


def test_fields_that_share_memory_are_not_written():
    def f(p):
        w = p.weight
        w[0] = w[1] * 3.0
        return np.sum(p.bias**2 * w)

    w = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="shares its memory"):
        tg.grad(f)(Params(w, w))


def test_lists_of_records():
    def f(points):
        total = 0.0
        for p in points:
            total = total + p.x * p.y**2
        return total

    for count in (2, 12):
        g = tg.grad(f)([Point(1.0, 2.0)] * count)
        assert g == [Point(4.0, 4.0)] * count


def test_a_record_from_either_branch():
    def f(p, flag):
        q = p if flag > 0 else Point(p.y, p.x)
        return q.x * q.y**2

    assert tg.grad(f)(Point(1.0, 2.0), 1.0) == Point(4.0, 4.0)
    assert tg.grad(f)(Point(1.0, 2.0), -1.0) == Point(4.0, 1.0)


def _check_scalars(f, at):
    expected = [(f(*_moved(at, i, 1e-6)) - f(*_moved(at, i, -1e-6))) / 2e-6 for i in range(len(at))]
    argnums = tuple(range(len(at)))
    np.testing.assert_allclose(tg.grad(f, argnums)(*at), expected, rtol=1e-6)
    for i in argnums:
        assert tg.jvp(f, at, [float(i == j) for j in argnums])[1] == pytest.approx(expected[i], rel=1e-6)
    h = 1e-5
    second = [
        (np.array(tg.grad(f, argnums)(*_moved(at, i, h))) - np.array(tg.grad(f, argnums)(*_moved(at, i, -h))))
        / (2 * h)
        for i in argnums
    ]
    for i in argnums:
        _, dots = tg.jvp(tg.grad(f, argnums), at, [float(i == j) for j in argnums])
        np.testing.assert_allclose(dots, second[i], rtol=1e-5, atol=1e-7)


def test_defaults_and_keywords():
    def f(x):
        a, b = Moments(x), Params(bias=x, weight=x**2)
        return a.mean * a.spread + b.weight * b.bias * b.count

    _check_scalars(f, (0.7,))


def test_asdict_and_getattr():
    def f(p):
        d = p._asdict()
        return d["x"] * getattr(p, "y")

    assert tg.grad(f)(Point(2.0, 3.0)) == pytest.approx((3.0, 2.0))


def test_a_written_field_is_refused():
    def f(p, x):
        p.bias = p.bias * x
        return p.bias * p.weight

    with pytest.raises(tg.TransformError, match=r"cannot differentiate p\.weight(.|\n)*not a field"):
        tg.grad(f)(Params(1.0, 2.0), 3.0)

    def g(x):
        p = Params(x, x)
        q = [p]
        q[0].bias = x**2
        return p.bias * x

    with pytest.raises(tg.TransformError):
        tg.grad(g)(3.0)


def test_a_class_that_does_more_is_run():
    @dataclass
    class Doubled:
        a: Any
        factor: InitVar[float] = 2.0

        def __post_init__(self, factor):
            self.a = self.a * factor

    def f(x):
        return Doubled(x).a

    assert tg.grad(f)(3.0) == 2.0

    class Tricky(namedtuple("Tricky", "a b")):
        def __new__(cls, a, b=0.0):
            return super().__new__(cls, 2 * a, b)

    def g(x):
        return Tricky(x).a

    with pytest.raises(tg.TransformError):
        tg.grad(g)(3.0)

    @dataclass
    class Computed:
        a: Any

        def __getattribute__(self, name):
            return 5.0 if name == "a" else object.__getattribute__(self, name)

    def h(x):
        return Computed(x).a * x

    with pytest.raises(tg.TransformError):
        tg.grad(h)(3.0)


def test_unknown_attributes_are_refused():
    def f(body):
        return body.momentum

    with pytest.raises(tg.TransformError, match="momentum"):
        tg.grad(f)(Body(1.0, 2.0))


@dataclass
class Sized:
    size: Any
    T: Any


class Extent(NamedTuple):
    size: Any
    real: Any


def test_fields_that_are_named_like_those_of_arrays():
    def f(s):
        return s.size * s.T

    with pytest.raises(tg.TransformError, match="'size' of a Sized"):
        tg.grad(f)(Sized(2.0, 3.0))

    def g(s):
        return s.size * s.real

    with pytest.raises(tg.TransformError, match="'size' of a Extent"):
        tg.grad(g)(Extent(2.0, 3.0))

    def h(s):
        return getattr(s, "size") * getattr(s, "T")

    assert tg.grad(h)(Sized(2.0, 3.0)).size == 3.0


def test_the_source_reads_fields_once():
    def f(params, x):
        return np.sum(np.tanh(params.weight @ x + params.bias))

    g = tg.grad(f)
    g(Params(np.ones((2, 2)), 0.5), np.ones(2))
    assert "record_like" not in g.source and "Params(" in g.source
