"""What may be passed, what comes back for it, and what is refused, word by word."""

import warnings
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

import tapegen as tg

START = "cannot differentiate with respect to argument 'x': "


class Column:
    """What a column of a table looks like from afar."""

    def __init__(self, values):
        self.values = values

    def to_numpy(self):
        return self.values

    def __mul__(self, other):
        return Column(self.values * other)


def f(x):
    return np.sum(x * x)


def transforms(x):
    """Each transform of `f` at `x`, to be called."""
    return {
        "grad": lambda: tg.grad(f)(x),
        "value_and_grad": lambda: tg.value_and_grad(f)(x),
        "vjp": lambda: tg.vjp(f, x)[1](np.float64(1.0)),
        "jvp": lambda: tg.jvp(f, (x,), (x,)),
    }


def matrix():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.matrix([[1.0, 2.0]])


NO_PLAIN_ARRAY = "whose operations differ from those of a plain array: pass np.asarray(...) of it"
REFUSED = {
    "int": (lambda: 3, START + "it is an integer; pass 3.0"),
    "np.int64": (lambda: np.int64(-2), START + "it is an integer; pass -2.0"),
    "huge int": (lambda: 10**400, START + "it is an integer; pass a float"),
    "int array": (lambda: np.arange(3), START + "it is an array of dtype int64; pass .astype(float)"),
    "bool": (lambda: True, START + "it is a bool, not a float"),
    "bool array": (lambda: np.ones(2, bool), START + "it is an array of dtype bool; pass .astype(float)"),
    "str": (lambda: "a", START + "it is a str, not a float"),
    "bytes": (lambda: b"a", START + "it is a bytes, not a float"),
    "str array": (lambda: np.array(["a"]), START + "it is an array of dtype <U1, not of floats"),
    "dates": (
        lambda: np.array(["2020-01-01"], "M8[D]"),
        START + "it is an array of dtype datetime64[D], not of floats",
    ),
    "list of ints": (lambda: [1, 2], START + "there is no float in it; pass floats such as 3.0"),
    "empty list": (lambda: [], START + "there is no float in it; pass floats such as 3.0"),
    "dict of ints": (lambda: {"a": 1}, START + "there is no float in it; pass floats such as 3.0"),
    "Fraction": (lambda: Fraction(1, 2), START + "it is a Fraction, not a float"),
    "set": (lambda: {1.0}, START + "it is a set, not a float"),
    "object": (object, START + "it is an object, not a float"),
    "function": (lambda: f, START + "it is a function, not a float"),
    "object array": (
        lambda: np.array([1.0, None]),
        "argument 'x' is an array of dtype object, whose elements can be anything: convert it with .astype(float)",
    ),
    "masked array": (
        lambda: np.ma.masked_array([1.0, 2.0], [0, 1]),
        f"argument 'x' is a numpy.ma.MaskedArray, {NO_PLAIN_ARRAY}",
    ),
    "masked array in a list": (
        lambda: [1.0, np.ma.masked_array([1.0])],
        f"argument 'x[1]' is a numpy.ma.MaskedArray, {NO_PLAIN_ARRAY}",
    ),
    "matrix": (matrix, f"argument 'x' is a numpy.matrix, {NO_PLAIN_ARRAY}"),
    "column": (
        lambda: Column(np.ones(2)),
        f"argument 'x' is a {Column.__module__}.Column: pass its .to_numpy()",
    ),
    "column in a dict": (
        lambda: {"a": Column(np.ones(2))},
        f"argument \"x['a']\" is a {Column.__module__}.Column: pass its .to_numpy()",
    ),
}


@pytest.mark.parametrize("how", ["grad", "value_and_grad", "vjp", "jvp"])
@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, how):
    make, message = REFUSED[name]
    with pytest.raises(TypeError) as caught:
        transforms(make())[how]()
    assert str(caught.value) == message


@pytest.mark.parametrize("how", ["grad", "value_and_grad", "vjp"])
def test_none_is_refused(how):
    with pytest.raises(TypeError) as caught:
        transforms(None)[how]()
    assert str(caught.value) == START + "it is None"


def read_only():
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    return x


ACCEPTED = {
    "float": lambda: 2.0,
    "np.float64": lambda: np.float64(2.0),
    "np.float32": lambda: np.float32(2.0),
    "np.float16": lambda: np.float16(2.0),
    "np.longdouble": lambda: np.longdouble(2.0),
    "array": lambda: np.array([1.0, 2.0]),
    "float32": lambda: np.array([1.0, 2.0], np.float32),
    "float16": lambda: np.array([1.0, 2.0], np.float16),
    "longdouble": lambda: np.array([1.0, 2.0], np.longdouble),
    "rank 0": lambda: np.array(2.0),
    "rank 0 float32": lambda: np.array(2.0, np.float32),
    "empty": lambda: np.ones(0),
    "empty matrix": lambda: np.ones((0, 3)),
    "read-only": read_only,
    "negative strides": lambda: np.arange(3.0)[::-1],
    "stride 0": lambda: np.broadcast_to(2.0, (3,)),
    "F order": lambda: np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "gaps": lambda: np.arange(10.0)[::3],
    "big-endian": lambda: np.array([1.0, 2.0], ">f8"),
    "big-endian float32": lambda: np.array([1.0, 2.0], ">f4"),
    "nan and inf": lambda: np.array([np.nan, np.inf, -np.inf, 1.0]),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_and_given_back_in_kind(name):
    x = ACCEPTED[name]()
    before = np.array(x, copy=True)
    expected = 2 * np.asarray(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for gradient in (tg.grad(f)(x), tg.value_and_grad(f)(x)[1], tg.vjp(f, x)[1](np.float64(1.0))[0]):
            assert type(gradient) is type(x)
            assert np.asarray(gradient).dtype == np.asarray(x).dtype
            assert np.shape(gradient) == np.shape(x)
            np.testing.assert_array_equal(gradient, expected)
            if isinstance(gradient, np.ndarray):
                assert gradient.flags.writeable
        out, tangent = tg.jvp(f, (x,), (x,))
    np.testing.assert_array_equal(tangent, 2 * out)
    np.testing.assert_array_equal(x, before)


def store(x):
    x[0] = x[0] * 3.0
    return np.sum(x)


@pytest.mark.parametrize("name", ["read-only", "stride 0"])
def test_writing_into_what_cannot_be_written_is_numpys_error(name):
    x = ACCEPTED[name]()
    before = x.copy()
    for run in (lambda: store(x), lambda: tg.grad(store)(x), lambda: tg.vjp(store, x)):
        with pytest.raises(ValueError, match="assignment destination is read-only"):
            run()
    np.testing.assert_array_equal(x, before)


def test_integers_that_are_not_asked_for_pass_through():
    def g(x, n, flag, name, table, nothing=None):
        return x * n + (table[n] if flag else 0.0) * x

    assert tg.grad(g)(2.0, 3, True, "a", np.arange(5)) == 6.0
    out, pullback = tg.vjp(g, 2.0, 3, True, "a", np.arange(5), None)
    assert out == 12.0
    assert pullback(1.0) == (6.0, None, None, None, None, None)


def test_labels_pass_through():
    def g(x, labels):
        return np.sum(np.where(labels == "a", x, 2.0 * x))

    np.testing.assert_array_equal(tg.grad(g)(np.ones(3), np.array(["a", "b", "a"])), [1.0, 2.0, 1.0])


RESULTS = {
    "array": (lambda x: x * np.ones(2), "an array of shape (2,)"),
    "tuple": (lambda x: (x, x), "a tuple"),
    "list": (lambda x: [x], "a list"),
    "dict": (lambda x: {"a": x}, "a dict"),
    "none": (lambda x: None, "a NoneType"),
}


@pytest.mark.parametrize("transform", [tg.grad, tg.value_and_grad])
@pytest.mark.parametrize("name", RESULTS)
def test_results_that_are_no_scalars(name, transform):
    g, described = RESULTS[name]
    with pytest.raises(TypeError) as caught:
        transform(g)(2.0)
    assert str(caught.value) == (
        f"grad needs a function with a scalar result, but it returned {described}: sum it, or use tg.jacobian or tg.vjp"
    )


def test_complex_results():
    with pytest.raises(TypeError) as caught:
        tg.grad(lambda z: z * z)(2j)
    assert str(caught.value) == (
        "grad needs a function with a real result, but it returned a complex one: "
        "return np.abs(...) or np.real(...), or use tg.vjp"
    )


@pytest.mark.parametrize("x", [2.0, np.float32(2.0), np.array([1.0, 2.0], np.float32), np.ones((0, 2))])
def test_results_independent_of_the_argument(x):
    for g in (lambda x: 1.0, lambda x: np.sum(np.ones(3)), lambda x: np.float32(2.0), lambda x: 7):
        gradient = tg.grad(g)(x)
        assert type(gradient) is type(x)
        assert np.asarray(gradient).dtype == np.asarray(x).dtype
        np.testing.assert_array_equal(gradient, np.zeros_like(x))


Pair = namedtuple("Pair", "a b")


@dataclass
class Model:
    w: np.ndarray
    scale: float
    steps: int = 2


def test_nests_come_back_in_kind():
    def g(p):
        return p["pair"][0] * p["list"][0] + np.sum(p["tuple"][1]) * p["pair"][1]

    p = {"pair": Pair(2.0, 3.0), "list": [4.0, 5], "tuple": (1.0, np.ones(2, np.float32), None, "s")}
    gradient = tg.grad(g)(p)
    assert list(gradient) == list(p)
    assert gradient["pair"] == Pair(4.0, 2.0)
    assert type(gradient["pair"]) is Pair
    assert gradient["list"] == [2.0, None]
    assert gradient["tuple"][0] == 0.0
    assert gradient["tuple"][1].dtype == np.float32
    assert gradient["tuple"][2:] == (None, None)


def test_namedtuples_are_read_by_field():
    assert tg.grad(lambda p: p.a * p.b)(Pair(2.0, 3.0)) == Pair(3.0, 2.0)


def test_dataclasses_come_back_in_kind():
    def g(m):
        return m.scale * np.sum(m.w) * m.steps

    gradient = tg.grad(g)(Model(np.array([1.0, 2.0]), 3.0))
    assert type(gradient) is Model
    np.testing.assert_array_equal(gradient.w, [6.0, 6.0])
    assert gradient.scale == 6.0


def test_ordered_dicts():
    gradient = tg.grad(lambda p: p["a"] * p["b"])(OrderedDict(a=2.0, b=3.0))
    assert dict(gradient) == {"a": 3.0, "b": 2.0}


def test_lists_of_floats_come_back_as_lists():
    assert tg.grad(lambda x: x[0] * x[1])([2.0, 3.0]) == [3.0, 2.0]
    assert tg.grad(lambda x: sum(x))([2.0, 3.0, 1.0]) == [1.0, 1.0, 1.0]
    assert tg.vjp(lambda x: [x[1], x[0]], [2.0, 3.0])[1]([1.0, 5.0]) == ([5.0, 1.0],)
    assert tg.jvp(lambda x: [x[1], x[0]], ([2.0, 3.0],), ([1.0, 5.0],)) == ([3.0, 2.0], [5.0, 1.0])


MISFITS = {
    "shape": (
        np.ones(2),
        np.ones(3),
        ValueError,
        "the cotangent has shape (3,), but its primal has shape (2,)",
    ),
    "complex": (np.ones(2), 1j * np.ones(2), TypeError, "the cotangent is complex, but its primal is real"),
    "scalar": (2.0, np.ones(2), ValueError, "the cotangent has shape (2,), but its primal is a scalar"),
    "length": ([1.0], [1.0, 2.0], ValueError, "the cotangent must be a list of length 1, like its primal"),
    "keys": (
        {"a": 1.0},
        {"b": 1.0},
        ValueError,
        "the cotangent must be a dict with the keys ['a'], like its primal",
    ),
    "structure": ((1.0, 2.0), 1.0, ValueError, "the cotangent must be a tuple of length 2, like its primal"),
    "complex number": (2.0, 1j, TypeError, "the cotangent is complex, but its primal is real"),
    "none": (2.0, None, TypeError, "the cotangent is None, but its primal is a float"),
    "text": (
        np.ones(2),
        ["a", "b"],
        TypeError,
        "the cotangent has dtype <U1, but its primal has dtype float64",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_cotangents_and_tangents_that_do_not_fit(name):
    x, ct, kind, message = MISFITS[name]
    _, pullback = tg.vjp(lambda x: x, x)
    with pytest.raises(kind) as caught:
        pullback(ct)
    assert str(caught.value) == message
    if ct is not None:
        with pytest.raises(kind) as caught:
            tg.jvp(lambda x: x, (x,), (ct,))
        assert str(caught.value) == message.replace("cotangent", "tangent")


def test_tangents_of_integers():
    with pytest.raises(
        TypeError, match=r"^cannot differentiate with respect to argument 'n': it is an integer; pass 3.0$"
    ):
        tg.jvp(lambda x, n: x * n, (2.0, 3), (1.0, 1.0))
    assert tg.jvp(lambda x, n: x * n, (2.0, 3), (1.0, None)) == (6.0, 3.0)
    with pytest.raises(TypeError, match=r"^jvp got 2 primals but 1 tangents$"):
        tg.jvp(lambda x, n: x * n, (2.0, 3), (1.0,))


def test_errors_leave_the_arguments_alone():
    x = np.array([1.0, 2.0, 3.0])

    def bad(x):
        y = x * 2.0
        return y[0] + np.sum(x) * y[7]

    before = x.copy()
    for run in (lambda: tg.grad(bad)(x), lambda: tg.vjp(bad, x), lambda: tg.jvp(bad, (x,), (x,))):
        with pytest.raises(IndexError):
            run()
    with pytest.raises(TypeError):
        tg.grad(lambda x: x * 2.0)(x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("transform", [tg.grad, tg.value_and_grad, tg.jacobian, tg.hessian, tg.hvp])
def test_what_is_no_function(transform):
    with pytest.raises(TypeError, match=r"^expected a function, not a float$"):
        transform(3.0)
