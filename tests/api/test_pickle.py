"""Transforms travel as source: plain pickle, and a fresh process that does not have the user's module."""

import copy
import pickle
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

import tapegen as tg

ROOT = Path(__file__).resolve().parents[2]
Point = namedtuple("Point", "x y")
RATE = 0.5
WEIGHTS = np.array([1.0, 2.0])


def small(x):
    return RATE * np.sum(x * WEIGHTS)


def factorial_like(x, n):
    if n <= 1:
        return x * RATE
    return x * factorial_like(x, n - 1)


def calls_recursion(x, n=3):
    return factorial_like(x, n) + np.sin(x)


def even(x, n):
    return x if n == 0 else RATE * x * odd(x, n - 1)


def odd(x, n):
    return x if n == 0 else x * even(x, n - 1)


def with_defaults(x, /, y=2.0, *rest, scale=3.0, **options):
    total = x * y * scale
    for item in rest:
        total = total + item * x
    return total + options.get("extra", 0.0) * x


def loops(x):
    y = np.zeros_like(x)
    for i in range(len(x)):
        if i % 2:
            y[i] = x[i] ** 2
        else:
            y[i] = np.tanh(x[i])
    return np.sum(y)


def closure():
    k, w = 4.0, np.array([1.0, 2.0])

    def helper(x):
        return k * x

    def inner(x):
        return np.sum(helper(x) * w)

    return inner


x1, x2 = 1.5, np.array([0.5, 2.0])

CASES = {
    "global": (tg.grad(small), (x2,)),
    "value": (tg.value_and_grad(small), (x2,)),
    "second order": (tg.grad(tg.grad(calls_recursion)), (x1,)),
    "recursion": (tg.grad(calls_recursion), (x1,)),
    "mutual recursion": (tg.grad(even), (x1, 4)),
    "lambda": (tg.grad(lambda x: x**3 * RATE), (x1,)),
    "closure": (tg.grad(closure()), (x2,)),
    "defaults": (tg.grad(with_defaults), (x1,)),
    "variadic": (tg.grad(with_defaults, (0, 2, 3)), (x1, 2.0, 5.0, 7.0)),
    "loops": (tg.grad(loops), (x2,)),
    "tuple of positions": (tg.grad(lambda x, y: x * y, (1, 0)), (2.0, 3.0)),
    "auxiliary": (tg.value_and_grad(lambda x: (x * x, [x]), has_aux=True), (2.0,)),
    "container": (tg.grad(lambda p: p["a"] * p["b"][0]), ({"a": 2.0, "b": [3.0]},)),
    "primitive": (tg.grad(np.sin), (x1,)),
    "jacobian": (tg.jacobian(lambda x: x * WEIGHTS), (x2,)),
    "hessian": (tg.hessian(lambda x: np.sum(x**3 * WEIGHTS)), (x2,)),
    "hvp": (tg.hvp(lambda x: np.sum(x**3 * WEIGHTS)), (x2, x2)),
}


def same(a, b):
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and np.array_equal(a, b)


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
@pytest.mark.parametrize("name", CASES)
def test_round_trip(name, protocol):
    transform, args = CASES[name]
    again = pickle.loads(pickle.dumps(transform, protocol))
    assert same(again(*args), transform(*args))
    assert same(pickle.loads(pickle.dumps(again, protocol))(*args), transform(*args))
    assert again.__name__ == transform.__name__


def test_keyword_arguments_survive():
    again = pickle.loads(pickle.dumps(tg.grad(with_defaults)))
    assert again(1.0, scale=2.0, extra=5.0) == tg.grad(with_defaults)(1.0, scale=2.0, extra=5.0) == 9.0
    with pytest.raises(TypeError):
        again(x=1.0)


def test_a_fresh_process_needs_nothing_of_ours(tmp_path):
    data = pickle.dumps(
        [(name, transform, args, transform(*args)) for name, (transform, args) in CASES.items()]
    )
    assert b"test_pickle" not in data
    (tmp_path / "data.pickle").write_bytes(data)
    code = (
        "import pickle, numpy as np\n"
        "for name, f, args, expected in pickle.load(open('data.pickle', 'rb')):\n"
        "    assert repr(f(*args)) == repr(expected), name\n"
        "print('good')\n"
    )
    ran = run(["-c", code], tmp_path)
    assert ran.stdout == "good\n", ran.stderr


def test_functions_of_main_travel(tmp_path):
    (tmp_path / "program.py").write_text(
        "import pickle, sys, numpy as np, tapegen as tg\n"
        "C = np.array([2.0, 3.0])\n"
        "def power(x, n):\n    return x if n == 1 else x * power(x, n - 1)\n"
        "def f(x):\n    return np.sum(C * power(x, 3))\n"
        "@tg.function\ndef g(x):\n    return f(x) * 2.0\n"
        "pickle.dump([tg.grad(f), tg.grad(lambda x: f(x) + 1.0), tg.grad(tg.grad(lambda x: x**3)), g, tg.grad(g)],\n"
        "            open('data.pickle', 'wb'))\n"
    )
    written = run(["program.py"], tmp_path)
    assert written.returncode == 0, written.stderr
    code = (
        "import pickle, numpy as np\n"
        "f, h, second, g, dg = pickle.load(open('data.pickle', 'rb'))\n"
        "x = np.array([1.0, 2.0])\n"
        "print(f(x).tolist(), h(x).tolist(), second(2.0), float(g(x)), dg(x).tolist())\n"
    )
    ran = run(["-c", code], tmp_path)
    assert ran.stdout == "[6.0, 36.0] [6.0, 36.0] 12.0 52.0 [12.0, 72.0]\n", ran.stderr


def run(args, where):
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.run(
        [sys.executable, *args], cwd=where, env=environment, capture_output=True, text=True, timeout=120
    )


def test_the_data_of_the_moment_is_shipped():
    weights = np.array([1.0, 2.0])
    gradient = tg.grad(lambda x: np.sum(x * weights))
    data = pickle.dumps(gradient)
    weights[:] = 0.0
    np.testing.assert_array_equal(pickle.loads(data)(np.ones(2)), [1.0, 2.0])


def test_a_pickle_is_small():
    assert len(pickle.dumps(tg.grad(lambda x: x**3))) < 700


def test_copies_are_the_transform_itself():
    gradient = tg.grad(small)
    assert copy.copy(gradient) is gradient
    assert copy.deepcopy({"g": gradient})["g"] is gradient


def test_a_function_that_cannot_be_transformed_travels_by_name():
    again = pickle.loads(pickle.dumps(tg.function(sorted)))
    assert again([2, 1]) == [1, 2]


def test_methods_travel_with_their_object():
    again = pickle.loads(pickle.dumps(tg.grad(Model(3.0).energy)))
    assert again(2.0) == 12.0


class Model:
    def __init__(self, k):
        self.k = k

    def energy(self, x):
        return self.k * x * x


LIBRARY = """
import numpy as np
RATE = 0.5
def long(x, k=2.0):
    a = np.sin(x); b = np.cos(a); c = a * b
    d = c + RATE; e = d * k; f = e * e
    g = f + a; h = g * b
    return np.sum(h - c)
def power(x, n):
    if n <= 1:
        return x * RATE
    return x * power(x, n - 1)
"""
USER = """
import pickle, numpy as np, tapegen as tg
from package import library
import package.library
from package.library import long, power as P
def f(x):
    return library.long(x) + long(2 * x, 3.0) + package.library.power(np.sum(x), 3) * library.RATE + P(x[0], 2)
x = np.array([0.3, 0.4])
cases = [(t, t(x)) for t in (tg.grad(f), tg.value_and_grad(f), tg.function(f), tg.jacobian(f))]
pickle.dump((x, cases), open("data.pickle", "wb"))
"""
LOAD = """
import pickle, sys
x, cases = pickle.load(open("data.pickle", "rb"))
print(all(repr(t(x)) == repr(expected) for t, expected in cases), "package" in sys.modules)
"""


def test_functions_of_other_modules_travel_along(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "library.py").write_text(LIBRARY)
    (tmp_path / "user.py").write_text(USER)
    written = run(["user.py"], tmp_path)
    assert written.returncode == 0, written.stderr
    for file in package.rglob("*.py"):
        file.unlink()
    ran = run(["-c", LOAD], tmp_path)
    assert ran.stdout == "True False\n", ran.stderr


def test_names_are_never_code():
    def f(x):
        return x * x

    f.__name__ = "f\nimport os; os.abort()"
    f.__qualname__ = "f\nraise SystemExit"
    again = pickle.loads(pickle.dumps(tg.grad(f)))
    assert again(3.0) == tg.grad(f)(3.0) == 6.0
    assert again.__name__.isidentifier() and tg.grad(f).__name__ == "function_grad"
