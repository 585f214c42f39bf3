"""A module's text: its imports, what is bound, its layout, and that it runs."""

from __future__ import annotations

import ast
import collections
import math
import os.path
import shutil
import subprocess
import sys
import types

import gast
import numpy as np
import pytest

from tapegen.backends.emit import emit, find_import
from tapegen.backends.load import load
from tapegen.errors import InternalError
from tapegen.lang.build import constant, function, quote, return_
from tapegen.lang.core import Core


def core(text, **namespace):
    return Core(gast.parse(text).body[0], namespace)


@pytest.fixture
def module():
    """Makes modules that can be imported by name."""
    made = []

    def make(name, **contents):
        new = types.ModuleType(name)
        vars(new).update(contents)
        sys.modules[name] = new
        made.append(name)
        return new

    yield make
    for name in made:
        del sys.modules[name]


def helper(x):
    return x + 1


def test_a_whole_module(module):
    def unbroadcast(ct, x):
        return ct

    unbroadcast.__module__ = "tapegen_kernels_for_test"
    module("tapegen_kernels_for_test", unbroadcast=unbroadcast)
    functions = [
        core("def f(x):\n    y = np.sin(x)\n    return y", np=np, unused=3),
        core(
            "def f_adj(x, y_bar):\n    c = npl.norm(x)\n    x_bar = unbroadcast(y_bar, c)\n"
            "    z = m.sqrt(eps)\n    return len(z)",
            npl=np.linalg,
            unbroadcast=unbroadcast,
            m=math,
            eps=object(),
            len=len,
        ),
    ]
    emitted = emit(functions, title="Generated for f.\nDo not edit.")
    assert emitted.text == (
        "# Generated for f.\n"
        "# Do not edit.\n"
        "\n"
        "import math as m\n"
        "\n"
        "import numpy as np\n"
        "import numpy.linalg as npl\n"
        "from tapegen_kernels_for_test import unbroadcast\n"
        "\n"
        "# bound when loaded: eps\n"
        "\n"
        "\n"
        "def f(x):\n"
        "    y = np.sin(x)\n"
        "    return y\n"
        "\n"
        "\n"
        "def f_adj(x, y_bar):\n"
        "    c = npl.norm(x)\n"
        "    x_bar = unbroadcast(y_bar, c)\n"
        "    z = m.sqrt(eps)\n"
        "    return len(z)\n"
    )
    assert set(emitted.namespace) == {"eps"}
    assert emitted.namespace["eps"] is functions[1].namespace["eps"]


def test_it_runs():
    emitted = emit(
        [core("def f(x):\n    return g(x) * two", two=2), core("def g(x):\n    return np.sin(x)", np=np)],
        title="t",
    )
    assert load(emitted.text, "f", emitted.namespace)["f"](1.0) == 2 * np.sin(1.0)


def test_nothing_to_import():
    assert (
        emit([core("def f(x):\n    return x")], title="Title.").text
        == "# Title.\n\n\ndef f(x):\n    return x\n"
    )
    assert emit([core("def f(x):\n    return x")], title="").text == "def f(x):\n    return x\n"


def test_a_title_cannot_become_code():
    text = emit([core("def f(x):\n    return x")], title="a\nimport os\r\n'''\n\x0cimport sys").text
    assert [type(node).__name__ for node in ast.parse(text).body] == ["FunctionDef"]


def test_infinity_brings_numpy():
    emitted = emit([Core(function("f", [], [return_(constant(-math.inf))]))], title="t")
    assert "import numpy as np\n" in emitted.text
    assert load(emitted.text, "f", emitted.namespace)["f"]() == -math.inf


def test_groups_and_order(module):
    kernel, other = types.SimpleNamespace(__name__="kernel"), types.SimpleNamespace(__name__="other")
    kernel.__module__ = other.__module__ = "tapegen.test_kernels"
    module("tapegen.test_kernels", kernel=kernel, other=other)
    tree = "def f(x):\n    return kernel, o, np, solve, inv, osp, deque, Counter, math"
    text = emit(
        [
            core(
                tree,
                kernel=kernel,
                o=other,
                np=np,
                solve=np.linalg.solve,
                inv=np.linalg.inv,
                osp=os.path,
                deque=collections.deque,
                Counter=collections.Counter,
                math=math,
            )
        ],
        title="t",
    ).text
    assert text.split("\n\n\n")[0].split("\n\n")[1:] == [
        f"import math\nimport {os.path.__name__} as osp\nfrom collections import Counter, deque",
        "import numpy as np\nfrom numpy.linalg import inv, solve",
        "from tapegen.test_kernels import kernel, other as o",
    ]


@pytest.mark.skipif(
    shutil.which("ruff", path=os.path.dirname(sys.executable)) is None, reason="ruff is not installed"
)
def test_ruff_agrees_on_layout_and_import_order():
    functions = [
        core("def f(x):\n    return np.sin(x) + solve(x, x)", np=np, solve=np.linalg.solve),
        core("def g(x):\n    return math.pi", math=math),
    ]
    text = emit(functions, title="Title.").text
    ruff = shutil.which("ruff", path=os.path.dirname(sys.executable))
    for arguments in (
        ["format", "--check", "--isolated", "-"],
        ["check", "--isolated", "--select", "I,F,E3", "-"],
    ):
        done = subprocess.run(
            [ruff, *arguments], input=text, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


# What can be imported.


def found(name, value):
    statement = find_import(name, value)
    return None if statement is None else (statement.module, statement.attribute, statement.name)


def test_modules():
    assert found("np", np) == ("numpy", None, "np")
    assert found("linalg", np.linalg) == ("numpy.linalg", None, "linalg")
    assert found("main", sys.modules["__main__"]) is None
    assert found("ghost", types.ModuleType("ghost")) is None
    assert found("fake", types.ModuleType("numpy")) is None


def test_functions():
    assert found("helper", helper) == (helper.__module__, "helper", "helper")
    assert found("other", helper) == (helper.__module__, "helper", "other")
    assert found("where", np.where) == ("numpy", "where", "where")
    assert found("s", np.sin) == ("numpy", "sin", "s")
    assert found("OrderedDict", collections.OrderedDict) == ("collections", "OrderedDict", "OrderedDict")
    assert found("f32", np.float32) == ("numpy", "float32", "f32")


def test_builtins_need_no_import_under_their_own_name():
    assert found("len", len) is None
    assert found("size", len) == ("builtins", "len", "size")
    emitted = emit([core("def f(x):\n    return len(size(x))", len=len, size=len)], title="t")
    assert "from builtins import len as size" in emitted.text
    assert not emitted.namespace


def test_a_builtin_name_for_another_object_is_bound():
    def sum(x):
        return "mine"

    emitted = emit([core("def f(x):\n    return sum(x)", sum=sum)], title="t")
    assert emitted.namespace == {"sum": sum}
    assert load(emitted.text, "f", emitted.namespace)["f"]([1]) == "mine"


def test_objects_that_no_module_holds_are_bound():
    def local(x):
        return x

    class Fake:
        __module__ = "numpy"
        __name__ = "sin"

    lying = types.FunctionType(local.__code__, {}, "sin")
    lying.__module__ = "numpy"
    for value in (local, lambda x: x, 3.5, "text", np.ones(2), Fake(), lying, None, object()):
        assert found("value", value) is None


def test_a_shadowed_function_is_bound(module):
    def f(x):
        return 1

    f.__module__ = "module_for_test"
    module("module_for_test", f=lambda x: 2)
    assert found("f", f) is None


def test_main_is_bound(monkeypatch):
    def f(x):
        return 1

    f.__module__ = "__main__"
    monkeypatch.setattr(sys.modules["__main__"], "f", f, raising=False)
    assert found("f", f) is None


def test_the_outermost_package_that_offers_it(module):
    def f(x):
        return 1

    f.__module__ = "package_for_test._private.file"
    module("package_for_test")
    module("package_for_test._private", f=f)
    module("package_for_test._private.file", f=f)
    assert found("f", f) == ("package_for_test._private", "f", "f")


def test_a_module_whose_name_is_no_identifier_is_bound(module):
    odd = module("not-a-name")
    assert found("odd", odd) is None


def test_an_object_that_raises_when_asked():
    class Proxy:
        def __getattr__(self, name):
            raise RuntimeError("no")

    assert found("proxy", Proxy()) is None


def test_scipy_ufuncs():
    special = pytest.importorskip("scipy.special")
    assert found("erf", special.erf) == ("scipy.special", "erf", "erf")


# What is refused.


def test_two_meanings_of_one_name():
    with pytest.raises(InternalError, match="k means two things in one module"):
        emit(
            [core("def f(x):\n    return k", k=object()), core("def g(x):\n    return k", k=object())],
            title="t",
        )


def test_a_name_bound_nowhere():
    with pytest.raises(InternalError, match="f uses nowhere, which is bound nowhere"):
        emit([core("def f(x):\n    return nowhere")], title="t")


def test_two_functions_of_one_name():
    with pytest.raises(InternalError, match="two functions of one name"):
        emit([core("def f(x):\n    return x")] * 2, title="t")


def test_locals_are_not_free():
    tree = function(
        "f", ["x"], gast.parse("for i in range(3):\n    y = i\n(a, b) = (x, x)").body + [return_(quote("a"))]
    )
    emitted = emit([Core(tree, {"y": 1, "a": 2, "x": 3})], title="t")
    assert not emitted.namespace
