"""Objects of the user's own classes: what the corpus does not show, and what is refused."""

import functools
import importlib.util
import re
from dataclasses import dataclass

import numpy as np
import pytest

import tapegen as tg


class Quadratic:
    scale = 2.0

    def __init__(self, weight):
        self.weight = weight

    def value(self, x):
        return self.scale * self.weight * x * x


class Cubic(Quadratic):
    def value(self, x):
        return super().value(x) * x


class Point:
    def __init__(self, x):
        self.x = x

    def move(self, by):
        self.x = self.x + by

    def __mul__(self, other):
        return Point(self.x * other) if not isinstance(other, Point) else Point(self.x * other.x)

    __rmul__ = __mul__


def at(model, x):
    return model.value(x)


def test_what_a_class_says_is_looked_up_again_when_it_changes(monkeypatch):
    slope = tg.grad(at, 1)
    model = Quadratic(3.0)
    assert slope(model, 2.0) == 24.0
    assert slope(Cubic(3.0), 2.0) == 72.0
    monkeypatch.setattr(Quadratic, "scale", 5.0)
    assert slope(model, 2.0) == 60.0
    monkeypatch.setattr(Quadratic, "value", lambda self, x: self.weight * x)
    assert slope(model, 2.0) == 3.0
    model.value = lambda x: 7.0 * x
    assert slope(model, 2.0) == 7.0


def test_methods_callable_objects_and_their_derivatives():
    assert tg.grad(Quadratic(2.0).value)(0.5) == 4.0
    assert tg.grad(tg.grad(Cubic(2.0).value))(0.5) == 12.0
    value, tangent = tg.jvp(lambda x: Quadratic(2.0).value(x), (0.5,), (1.0,))
    assert (value, tangent) == (1.0, 4.0)


def shifted(p, q, by):
    p.move(by)
    q.move(2.0 * by)
    return p.x * q.x


def test_the_callers_objects_end_as_plain_python_leaves_them():
    p, q = Point(1.0), Point(2.0)
    assert tg.grad(shifted, 2)(p, q, 0.5) == 6.0
    assert (p.x, q.x) == (1.5, 3.0)


def test_one_object_passed_as_two_is_refused():
    p = Point(1.0)
    with pytest.raises(ValueError, match="one and the same"):
        tg.grad(shifted, 2)(p, p, 0.5)


def test_after_an_error_the_callers_object_is_as_far_as_it_got():
    def f(p, by):
        p.move(by)
        if p.x > 1.0:
            raise ValueError("too far")
        return p.x

    p = Point(1.0)
    with pytest.raises(ValueError, match="too far"):
        tg.grad(f, 1)(p, 0.5)
    assert p.x == 1.5


class Field:
    def __init__(self, u):
        self.u = u
        self.log = []

    def step(self, rate):
        self.u = self.u + rate * self.u
        self.u *= 2.0
        self.u[1:] += rate
        self.log.append(float(rate))


def stepped(field, rate, times):
    for _ in range(times):
        field.step(rate)
    return np.sum(field.u**2)


@pytest.mark.parametrize("times", [0, 3, 11])
def test_arrays_and_lists_in_the_callers_object(times):
    one, two = Field(np.arange(3.0)), Field(np.arange(3.0))
    slope = tg.grad(stepped, 1)(one, 0.1, times)
    stepped(two, 0.1, times)
    np.testing.assert_allclose(one.u, two.u)
    assert one.log == two.log
    ahead, behind = (stepped(Field(np.arange(3.0)), 0.1 + h, times) for h in (1e-6, -1e-6))
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, rtol=1e-6)


def test_an_array_in_an_object_that_is_an_argument_too():
    def f(field, u, x):
        field.u[1:] += x
        return np.sum(field.u * u)

    assert tg.grad(f, 2)(Field(np.ones(3)), np.ones(3), 2.0) == 2.0
    shared = np.ones(3)
    with pytest.raises(ValueError, match="shares its memory"):
        tg.grad(f, 2)(Field(shared), shared, 2.0)


def test_objects_are_nothing_to_differentiate_with_respect_to():
    with pytest.raises(TypeError, match="object of class Point: pass its attributes"):
        tg.grad(lambda p: p.x)(Point(1.0))
    with pytest.raises(TypeError, match="object of class Point: pass its attributes"):
        tg.grad(lambda points: points[0].x * points[1])([Point(1.0), 2.0])


@dataclass
class Layer:
    w: np.ndarray
    b: float

    def __call__(self, x):
        return np.sum(np.tanh(self.w * x + self.b))


def test_a_dataclass_with_methods_is():
    layer, x = Layer(np.array([0.3, 0.8]), 0.1), 0.5
    bars = tg.grad(lambda layer, x: layer(x) * x)(layer, x)
    slopes = x * (1.0 - np.tanh(layer.w * x + layer.b) ** 2)
    np.testing.assert_allclose(bars.w, slopes * x)
    np.testing.assert_allclose(bars.b, np.sum(slopes))


@pytest.mark.parametrize("count", [2, 12, 30])
def test_as_many_objects_as_an_array_has_rows(count):
    def f(xs, factor):
        points = [Point(x) for x in xs]
        for _ in range(3):
            for p in points:
                p.move(factor * p.x)
        return sum(p.x**2 for p in points)

    xs = np.linspace(0.0, 1.0, count)
    np.testing.assert_allclose(tg.grad(f, 1)(xs, 0.2), 6.0 * np.sum(xs**2) * 1.2**5)
    np.testing.assert_allclose(tg.grad(f)(xs, 0.2), 2.0 * xs * 1.2**6)


def test_a_number_of_numpy_on_the_left():
    assert tg.grad(lambda x: (np.tanh(x) * Point(x)).x)(0.0) == 0.0
    with pytest.raises(AssertionError, match="write the Point on the left"):
        tg.grad(lambda x: np.sum((np.tanh(x) * Point(2.0)).x))(np.ones(2))


class Owner:
    def __init__(self, x):
        self.x = x
        self.child = Child(self)


class Child:
    def __init__(self, owner):
        self.owner = owner

    def twice(self):
        return 2.0 * self.owner.x


def test_objects_that_refer_to_each_other():
    assert tg.grad(lambda x: Owner(x).child.twice() * x)(3.0) == 12.0

    def f(owner, x):
        owner.x = x
        return owner.child.twice()

    with pytest.raises(tg.TransformError, match="refers back"):
        tg.grad(f, 1)(Owner(1.0), 3.0)


class Lazy:
    def __getattr__(self, name):
        return 3.0


class Counted(type):
    def __call__(cls, *args):
        return super().__call__(*args)


class Made(metaclass=Counted):
    pass


def chosen(x):
    p = Point(x) if x > 0.0 else Point(2.0 * x)
    p.move(1.0)
    return p.x


REFUSED = {
    "an attribute that is computed": (lambda x: Lazy().a * x, "__getattr__"),
    "a metaclass": (lambda x: Made() and x, "metaclass"),
    "an attribute that is not set": (lambda x: Point(x).y, "not set here"),
    "an object as the result": (lambda x: Point(x), "passes on or returns an object of class Point"),
    "a write to one of two objects": (chosen, "depends on the path taken"),
    "one of several objects": (lambda x: [Point(x), Point(2.0)][int(x)].x, "only known when it runs"),
    "no operator": (lambda x: (Point(x) + 1.0).x, "neither has a method __add__ or __radd__"),
    "a call that does not fit": (lambda x: Point(x, x).x, "does not fit Point"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    function, message = REFUSED[case]
    with pytest.raises(tg.TransformError, match=message):
        tg.grad(function)(1.0)


def test_on_a_tape():
    loss = tg.function(at)
    x = tg.constant(2.0)
    with tg.GradientTape() as tape:
        tape.watch(x)
        y = loss(Quadratic(3.0), x)
    assert float(tape.gradient(y, x)) == 24.0


def test_what_is_stored_in_an_object_stays_on_the_tape():
    @functools.partial(tg.function, fallback="eager")
    def move(p, x):
        p.move(x)
        return p.x

    p, x = Point(1.0), tg.constant(2.0)
    with tg.GradientTape(persistent=True) as tape:
        tape.watch(x)
        with pytest.warns(tg.TapegenWarning):
            move(p, x)
        y = p.x * p.x
    assert float(tape.gradient(y, x)) == 6.0


class Activation:
    def __init__(self, spec):
        name = str(spec).lower()
        if name.startswith("power"):
            self.exponent = int(re.match(r"power\((\d+)\)", name).group(1))
            self.apply = self.power
        elif name == "tanh":
            self.apply = np.tanh
        else:
            raise ValueError(f"no activation {spec}")

    def power(self, x):
        return x**self.exponent


def activated(x, spec):
    return np.sum(Activation(spec).apply(x))


def test_text_decides_what_an_object_does():
    x = np.array([0.5, 2.0])
    assert np.allclose(tg.grad(lambda x: activated(x, "Tanh"))(x), 1 - np.tanh(x) ** 2)
    assert np.allclose(tg.grad(lambda x: activated(x, "Power(3)"))(x), 3 * x**2)


def scaled_as_told(x, text):
    match = re.fullmatch(r"times (\d+)", text)
    return x * x if match is None else x * float(match.group(1))


def test_functions_of_the_standard_library_that_compute_nothing_are_called_as_they_are():
    slope = tg.grad(scaled_as_told)
    assert slope(3.0, "times 7") == 7.0
    assert slope(3.0, "square") == 6.0


LAYERS = {"square": Quadratic, "cube": Cubic}
KINDS = [Cubic, Quadratic]


class NamedLayer:
    def __init__(self, name, weight):
        self.model = LAYERS[name](weight)

    def forward(self, x):
        return self.model.value(x)


def of_a_table(x, name):
    return NamedLayer(name, 3.0).forward(x)


def of_several_tables(x, kinds):
    return KINDS[1](3.0).value(x) + LAYERS.get("cube")(1.0).value(x) + kinds["own"](2.0).value(x)


def test_classes_in_tables(monkeypatch):
    slope = tg.grad(of_a_table)
    assert slope(2.0, "square") == 24.0
    assert slope(2.0, "cube") == 72.0
    assert tg.grad(of_several_tables)(1.0, {"own": Quadratic}) == 12.0 + 6.0 + 8.0
    assert tg.grad(of_several_tables)(1.0, {"own": Cubic}) == 12.0 + 6.0 + 12.0
    monkeypatch.setitem(LAYERS, "square", Cubic)
    assert slope(2.0, "square") == 72.0


class Converter:
    def __init__(self, *matrices):
        self.first, self.second = list(map(self.convert, matrices))

    def convert(self, matrix):
        return np.atleast_2d(np.asarray(matrix, dtype=float)) * 2.0

    def largest(self, xs):
        return max(filter(self.fits, xs), key=self.size)

    def size(self, x):
        return x**2

    def fits(self, x):
        return x < 5.0


def test_methods_are_mapped():
    a, b = np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]])
    gradient = tg.grad(lambda a, b: np.sum(Converter(a, b).first @ Converter(a, b).second), (0, 1))
    one = np.ones((2, 2))
    assert np.allclose(gradient(a, b), (4 * one @ b.T, 4 * a.T @ one))
    assert np.allclose(
        tg.grad(lambda xs: Converter(a, b).largest(xs) ** 2)(np.array([1.0, 9.0, -3.0])), [0, 0, -6]
    )


def test_a_file_of_the_users_that_is_called_as_one_of_the_standard_library_is_followed(tmp_path):
    path = tmp_path / "signal.py"
    path.write_text("def smooth(x):\n    return x * x\n")
    spec = importlib.util.spec_from_file_location("signal", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert tg.grad(lambda x: module.smooth(x) * 2.0)(3.0) == 12.0
