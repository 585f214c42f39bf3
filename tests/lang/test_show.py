"""Printing: what is printed reads back as the tree, whatever the tree."""

from __future__ import annotations

import ast
import cmath
import math
import pathlib
import subprocess
import sys
import sysconfig
import warnings

import gast
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapegen.errors import InternalError
from tapegen.lang import show as show_module
from tapegen.lang.build import (
    assign,
    attribute,
    call,
    constant,
    function,
    load,
    quote,
    return_,
    store,
    tuple_of,
)
from tapegen.lang.core import Core
from tapegen.lang.literals import literal
from tapegen.lang.show import comment_lines, same, show, statements


def negative(value):
    return gast.Constant(value=value, kind=None)


def power(left, right):
    return gast.BinOp(left=left, op=gast.Pow(), right=right)


def expression(text):
    return gast.parse(text).body[0].value


# What it looks like.

READABLE = [
    "z = (a + b) * c",
    "z = a * b + c",
    "z = -x ** 2",
    "z = (-x) ** 2",
    "z = x ** -2",
    "y = x[1:, i]",
    "y = x[::-1, ..., None]",
    "y = x[i:i + 1]",
    "y = x[()]",
    "y = (x,)",
    "for (i,) in x:\n    pass",
    "a, b = c, d",
    "for i, j in zip(a, b):\n    x[i] += j",
    "x[i, j] += a",
    "t = not a and b or c",
    "w = f(a, axis=(1, 2), keepdims=True)",
    "g = lambda: (0, 1)",
    "g = lambda x, y=3: x",
    "x = [(a, b), c]",
    "x = {'a': (1, 2), **k}",
    "s = f'{a!r:>{w}} b'",
    "def f(x, y):\n    z = x @ y.T\n    return z",
    'def f():\n    """One.\n\n    Two.\n    """\n    return 1',
    "if a:\n    pass\nelif b:\n    pass\nelse:\n    pass",
    "def f():\n    pass\n\n\ndef g():\n    pass",
]


@pytest.mark.parametrize("text", READABLE)
def test_readable(text):
    assert show(gast.parse(text)) == text


def test_every_kind_of_argument():
    stmt = assign("y", load("x"))
    assert show(stmt) == "y = x"
    assert show([stmt, stmt]) == "y = x\ny = x"
    assert show(quote("x + 1")) == "x + 1"
    assert show(gast.parse("y = x")) == "y = x"
    core = Core(function("f", ["x"], [return_(load("x"))]))
    assert show(core) == show(core.tree) == "def f(x):\n    return x"
    with pytest.raises(TypeError, match="cannot show a Load"):
        show(gast.Load())


def test_the_tree_is_left_alone():
    tree = gast.parse("y = x")
    tree.body[0].value = negative(-1)
    before = gast.dump(tree)
    show(tree)
    assert gast.dump(tree) == before


def test_missing_optional_fields_are_filled_in():
    tree = gast.FunctionDef(name="f", args=function("f", ["x"], []).args, body=[gast.Return(value=load("x"))])
    assert show(tree) == "def f(x):\n    return x"


# The faults of the printers: what only a parser's newer trees hold, and what no parser makes.

MATCH = """match x:
    case [1, *rest] if rest:
        y = 1
    case {'a': 2, **more}:
        y = 2
    case None | _:
        y = 3"""
STAR = "try:\n    pass\nexcept* ValueError as e:\n    pass"
TYPES = ["type X = list[int]", "def f[T](x: T) -> T:\n    return x", "class A[T]:\n    pass"]


@pytest.mark.parametrize(
    "text",
    [
        MATCH,
        "f'{ {k: 1 for k in x} }'",
        "f\"{'a'}\"",
        "{**(a or b)}",
        "def f(a, /, b, c, d=3, e=4, f=5):\n    pass",
        "def f(a, /, b=1, *, c, d=2, **e):\n    pass",
        f"x: {'very.' * 30}long = 1",
        "x = [a, *b]",
        "if (y := f(x)) > 2:\n    pass",
        "x = 5e-324 + 1e-320 + 1.797e308",
        "x = a ** b ** c",
        "x = (a ** b) ** c",
        "x = a - (b - c) - d",
        "x = (yield)",
        "x = f'{x=}'",
        "x = u'kind'",
        "async def f():\n    async with a as b:\n        await c",
        "x = '''a\\nb'''",
        "x = 'a\\r\\nb\\x00\\ud800'",
        "def f():\n    '''doc \\r\\n \\\\ \"\"\" '''",
        "x = b'\\x00\\xff'",
        "with a as b, c as (d, e):\n    pass",
        "del x[0], y",
        "@dec(1)\n@other\ndef f(*args: int, **kwargs) -> 'T':\n    global g\n    nonlocal_ = 1",
        "for x in *a, b:\n    pass",
        "x = a if (b if c else d) else (e if f else g)",
        "x = lambda a, /, *b, c=1, **d: (a, b)",
        "raise A from B",
        "assert a, b",
        "x = " + " + ".join("abcdefgh" * 12),
        "x = f(" + ", ".join(f"argument_{i}=value_{i}" for i in range(60)) + ")",
        f"x = {'long string ' * 30!r}",
    ],
)
def test_right_whatever_the_printer_does(text):
    assert same(ast.parse(show(gast.parse(text))), ast.parse(text))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="except* is new in Python 3.11")
def test_except_star():
    assert same(ast.parse(show(gast.parse(STAR))), ast.parse(STAR))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in Python 3.12")
@pytest.mark.parametrize("text", TYPES)
def test_type_parameters(text):
    assert same(ast.parse(show(gast.parse(text))), ast.parse(text))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="a syntax error before Python 3.12")
def test_backslash_inside_an_f_string():
    text = "x = f'{\"\\n\".join(y)}'"
    assert same(ast.parse(show(gast.parse(text))), ast.parse(text))


def test_newline_in_a_string_inside_an_f_string():
    part = gast.FormattedValue(value=constant("a\nb"), conversion=-1, format_spec=None)
    tree = gast.JoinedStr(values=[constant("x"), constant("{y}"), part])
    assert eval(show(tree)) == "x{y}a\nb"


@pytest.mark.parametrize("base", [-2.0, -2, -math.inf, -0.0, np.float64(-2.0)])
def test_a_negative_number_to_a_power(base):
    assert eval(show(power(negative(base), constant(2)))) == base**2


def test_a_negative_number_is_printed_bare():
    assert show(assign("x", quote("hole * y", hole=constant(-2.0)))) == "x = -2.0 * y"


VALUES = [
    0, -1, True, False, None, ..., "a", b"a", "", 10**40, -(10**40), 0.0, -0.0, 1e-320, 5e-324, 1.797e308, 1e22,
    math.inf, -math.inf, math.nan, 1j, -1j, 1 + 2j, complex(-0.0, 1), complex(1, -0.0), complex(-0.0, -0.0), 0j,
    complex(math.inf, math.nan), complex(0, math.inf), complex(0, math.nan), (), (1,), (1, -2.0, (None, "x")),
    np.float64(0.1), np.float32(0.1), np.int8(-3), np.uint64(2**63), np.bool_(True), np.complex64(1 - 2j),
    np.float64(-math.inf), np.float16(2.5), np.complex128(complex(-0.0, 0)),
]  # fmt: skip


def identical(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(identical, a, b))
    return repr(a) == repr(b) and str(np.asarray(a).dtype) == str(np.asarray(b).dtype)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_constants(value):
    assert identical(eval(show(constant(value)), {"np": np}), value)


@given(
    st.recursive(
        st.floats() | st.complex_numbers() | st.integers() | st.text() | st.binary() | st.booleans(),
        lambda children: st.lists(children, max_size=3).map(tuple),
    )
)
def test_all_constants(value):
    assert identical(eval(show(constant(value)), {"np": np}), value)


@given(st.complex_numbers(), st.sampled_from([gast.Pow, gast.Mult, gast.Sub]), st.floats())
def test_constants_inside_operations(left, op, right):
    tree = gast.BinOp(
        left=constant(left), op=op(), right=gast.UnaryOp(op=gast.USub(), operand=constant(right))
    )
    plain = {
        gast.Pow: lambda: left**-right,
        gast.Mult: lambda: left * -right,
        gast.Sub: lambda: left - -right,
    }[op]
    try:
        wanted = plain()
    except (ZeroDivisionError, OverflowError):
        return
    found = eval(show(tree), {"np": np})
    assert repr(found) == repr(wanted) or cmath.isnan(wanted)


def test_infinity_where_np_means_something_else():
    assert "np.inf" not in show(function("np", [], [return_(constant(math.inf))]))
    scope: dict = {}
    tree = function("f", ["np"], [return_(tuple_of([constant(-math.inf), constant(math.nan)]))])
    exec(show(tree), scope)
    low, odd = scope["f"](None)
    assert low == -math.inf and math.isnan(odd)
    other = Core(function("f", [], [return_(constant(math.inf))]), {"np": math})
    assert "np" not in show(other)


@pytest.mark.parametrize(
    "value",
    [np.zeros(2), object(), frozenset({1}), [1], {1: 2}, np.longdouble(1), np.datetime64(1, "s"), len],
)
def test_what_has_no_literal(value):
    with pytest.raises(InternalError, match="constant in generated code"):
        show(constant(value))


def test_a_numpy_scalar_keeps_its_type():
    assert show(constant(np.float32(0.5))) == "np.float32(0.5)"
    with pytest.raises(InternalError):
        literal(np.float32(0.5), None)


@pytest.mark.parametrize("name", ['x + __import__("os").getpid()', "lambda", "a b", "\ufb01"])
def test_no_name_becomes_code(name):
    with pytest.raises(InternalError, match="stands where an identifier belongs"):
        show(load(name))


def test_contexts_are_not_compared():
    assert show(gast.Assign(targets=[load("x")], value=store("y"), type_comment=None)) == "x = y"


def test_a_hopeless_tree_is_an_internal_error():
    deep = load("x")
    for _ in range(5000):
        deep = gast.UnaryOp(op=gast.USub(), operand=deep)
    with pytest.raises(InternalError, match="nests too deeply"):
        show(deep)
    nested = load("x")
    for _ in range(300):
        nested = call("f", power(nested, constant(2)))
    with pytest.raises(InternalError, match="cannot print generated code"):
        show(nested)


def test_the_fallback_is_checked_too(monkeypatch):
    def wrong(tree):
        return "y = 2"

    monkeypatch.setattr(show_module, "_astor", wrong)
    assert show(gast.parse("y = 1")) == "y = 1"
    monkeypatch.setattr(ast, "unparse", wrong)
    with pytest.raises(InternalError, match="reads as a different tree"):
        show(gast.parse("y = 1"))


def test_comments_in_the_fallback():
    tree = gast.parse(MATCH)
    for stmt in statements(tree):
        stmt.comment = "here"
    lines = show(tree).splitlines()
    assert lines[:2] == ["# here", "match x:"]
    assert "        # here" in lines
    assert show(tree).count("# here") == 4


# Comments.


def test_comments():
    text = "@dec\ndef f(x):\n    if x:\n        pass\n    elif y:\n        pass\n    else:\n        return x"
    tree = gast.parse(text)
    for number, stmt in enumerate(statements(tree)):
        stmt.comment = f"number {number}"
    assert show(tree).splitlines() == [
        "# number 0",
        "@dec",
        "def f(x):",
        "    # number 1",
        "    if x:",
        "        # number 2",
        "        pass",
        "    # number 3",
        "    elif y:",
        "        # number 4",
        "        pass",
        "    else:",
        "        # number 5",
        "        return x",
    ]


@settings(max_examples=200)
@given(
    st.text()
    | st.sampled_from(["\nimport os", "a\rb", "a\x0cb\x0bc", "\u2028x", "\0", "\ud800", "'''", "\\"])
)
def test_no_comment_becomes_code(text):
    tree = gast.parse("def f(x):\n    '''a\n    b'''\n    y = '''\n# no'''\n    return y")
    wanted = gast.gast_to_ast(tree)
    for stmt in statements(tree):
        stmt.comment = text
    assert same(ast.parse(show(tree)), wanted)


@given(st.text())
def test_comment_lines_are_comments(text):
    for line in comment_lines(text):
        assert line.startswith("#")
        assert line.splitlines() == [line]
        line.encode()


def test_a_comment_is_no_encoding_declaration():
    assert comment_lines("-*- coding: latin-1 -*-") == ["# -*- coding : latin-1 -*-"]


def test_a_comment_above_a_statement_after_odd_line_ends():
    tree = gast.parse("x = 'a\\x0cb\\u2028c\\x85'\ny = 2")
    tree.body[1].comment = "two"
    assert show(tree).split("\n")[-2:] == ["# two", "y = 2"]


# The whole of it.


def test_importing_does_not_import_astor():
    code = "import sys, tapegen.lang.show; assert 'astor' not in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        show_module._printer.cache_clear()
        show(gast.parse("x = f'{y} {z:{w}}'\nu = 1 is 2"))


def test_same_sees_what_differs():
    def equal(left, right):
        return same(ast.parse(left), ast.parse(right))

    assert equal("x=1", "x = 1")
    assert not equal("x = 1", "x = 1.0")
    assert not equal("x = True", "x = 1")
    assert not equal("x = ''", "x = b''")
    assert not equal("f(x)", "f(x, y)")
    assert not equal("return", "return None")
    assert not equal("x = 0.0", "x = 0j")
    assert not equal("from . import x", "from .. import x")


NAMES = st.sampled_from(["a", "b", "x_1"])


def trees(children):
    operators = st.sampled_from([gast.Add, gast.Sub, gast.Mult, gast.Div, gast.Pow, gast.MatMult, gast.Mod])
    unary = st.sampled_from([gast.USub, gast.Not, gast.UAdd, gast.Invert])
    compare = st.sampled_from([gast.Lt, gast.Eq, gast.In, gast.IsNot])
    optional = st.none() | children
    slices = st.builds(gast.Slice, optional, optional, optional)
    index = children | slices | st.lists(children | slices, min_size=1, max_size=3).map(tuple_of)
    return st.one_of(
        st.builds(lambda a, op, b: gast.BinOp(left=a, op=op(), right=b), children, operators, children),
        st.builds(lambda op, a: gast.UnaryOp(op=op(), operand=a), unary, children),
        st.builds(
            lambda a, op, b: gast.Compare(left=a, ops=[op()], comparators=[b]), children, compare, children
        ),
        st.builds(lambda a, i: gast.Subscript(value=a, slice=i, ctx=gast.Load()), children, index),
        st.builds(lambda a, b: call("np.sum", *a, axis=b), st.lists(children, max_size=3), children),
        st.builds(lambda a: gast.Attribute(value=a, attr="T", ctx=gast.Load()), children),
        st.builds(lambda a: gast.BoolOp(op=gast.And(), values=a), st.lists(children, min_size=2, max_size=3)),
        st.builds(lambda a, b, c: gast.IfExp(test=a, body=b, orelse=c), children, children, children),
        st.lists(children, max_size=3).map(tuple_of),
    )


CONSTANTS = st.one_of(
    st.integers(-9, 9), st.sampled_from([-0.5, 1.0, math.inf, math.nan, -2j, None, "s", (1, -2)])
)
EXPRESSIONS = st.recursive(NAMES.map(load) | CONSTANTS.map(constant), trees, max_leaves=12)


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_generated_expressions(tree):
    """`show` compares for itself, so it is enough that it returns; what it prints it prints again unchanged."""
    text = show(assign("y", tree))
    assert show(gast.parse(text)) == text


def test_dotted_callees():
    assert show(call(attribute("np.linalg.solve"), load("a"), load("b"))) == "np.linalg.solve(a, b)"


@pytest.mark.slow
def test_the_standard_library():
    """Each module of the standard library is printed and reads back as itself."""
    root = pathlib.Path(sysconfig.get_path("stdlib"))
    checked = 0
    for path in sorted(root.glob("*.py")) + sorted(root.glob("asyncio/*.py")):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = gast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        show(tree)
        checked += 1
    assert checked > 100
