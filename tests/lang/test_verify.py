"""What is legal Core, and what each breach of the grammar is called."""

from __future__ import annotations

from textwrap import dedent, indent

import gast
import numpy as np
import pytest

from tapegen.errors import InternalError
from tapegen.lang.build import at, load, return_, store
from tapegen.lang.core import Core
from tapegen.lang.origin import Origin
from tapegen.lang.verify import is_atom, is_break, verify

NAMESPACE = {"np": np, "n_max": 3}


def core(body, params="x, y, n", **names):
    text = f"def f({params}):\n" + indent(dedent(body).strip("\n"), "    ")
    return Core(gast.parse(text).body[0], {**NAMESPACE, **names})


LEGAL = {
    "straight": """
        'A docstring.'
        a = np.sin(x)
        b = a * y
        c = -1.0
        d = -b
        e = a < b
        g = np.sum(b, axis=c, keepdims=True)
        s = np.shape
        t = (a, b)
        u = [a, 1]
        v = {'k': a}
        w = f'{a} {b:.3f}'
        z = None
        return g
    """,
    "indices": """
        a = x[1:n - 1, ..., None]
        b = a[i_of(n)[0]]
        a[n // 2] = b
        a[::2] += b
        a[(n, 0)] -= 1
        return a
    """,
    "effects": """
        s = []
        s.append(x)
        np.add.at(x, y, n)
        print(x, *y, sep=n, **x)
        x.weight = y
        pass
        assert n > 0, 'n is positive'
        return s
    """,
    "merge": """
        if n > 0 and (y is None or not x):
            a = x * 2
            m = a
            k = y
        else:
            m = x
            k = 1
        return m
    """,
    "merge with raise": """
        if n > 0:
            m = x
        else:
            raise ValueError(f'{n} < 0')
        return m
    """,
    "parallel merge": """
        if n > 0:
            (m, k) = (x, y)
        else:
            (m, k) = (y, x)
        return m
    """,
    "carried": """
        c = x
        d = y
        for i in range(1, n - 1, 2):
            e = c * d
            (c, d) = (e, c)
        return c
    """,
    "carried with break": """
        c = x
        done = False
        for i in range(n):
            e = c * c
            stop = e > 1
            c = e
            if stop: break
        return c
    """,
    "carried through a while": """
        c = x
        while np.sum(c) < 1 and n > 0:
            e = c * c
            c = e
        return c
    """,
    "nested loops": """
        c = x
        for i in range(n):
            d = c
            for j in range(i):
                if j > 1:
                    e = d * d
                    m = e
                else:
                    m = d
                d = m
            c = d
        return c
    """,
    "reverse sweep": """
        u_stack = []
        i_stack = []
        for i in range(n):
            u = x * i
            u_stack.append(u)
            i_stack.append(i)
        b = x
        for u in reversed(u_stack):
            b_1 = b * u
            b = b_1
        for (u, i) in zip(reversed(u_stack), reversed(i_stack)):
            x[i] += u
        for i in reversed(range(n)):
            x[i] += 1
        for v in u_stack:
            print(v)
        return b
    """,
    "a local named like a builtin": """
        sum = x + 1
        return sum
    """,
}


@pytest.mark.parametrize("case", LEGAL)
def test_legal(case):
    verify(core(LEGAL[case], i_of=lambda n: [n]))


ILLEGAL = {
    "no return": ("a = x", "the last statement is a return"),
    "early return": ("if n:\n    return x\nreturn y", "there is one return"),
    "return of an operation": ("return x + 1", "an atom is a name"),
    "nested operation": ("a = x * (y + 1)\nreturn a", "an atom is a name"),
    "nested call": ("a = np.sin(np.cos(x))\nreturn a", "an atom is a name"),
    "dotted argument": ("a = np.zeros(n, dtype=np.float32)\nreturn a", "an atom is a name"),
    "tuple argument": ("a = np.zeros((n, n))\nreturn a", "an atom is a name"),
    "element of an operation": ("a = (x + y)[0]\nreturn a", "an atom is a name"),
    "star of an operation": ("a = n_max(*x.T)\nreturn a", "an atom is a name"),
    "star in a display": ("a = [*x]\nreturn a", "an atom is a name"),
    "call of a call": ("a = n_max(x)(y)\nreturn a", "a callee is a dotted name"),
    "chained comparison": ("a = x < y < n\nreturn a", "a comparison has two sides"),
    "conditional value": ("a = x if n else y\nreturn a", "an atom is a name"),
    "or": ("a = x or y\nreturn a", "an atom is a name"),
    "lambda": ("a = lambda: x\nreturn a", "an atom is a name"),
    "walrus in a test": ("if (a := n):\n    pass\nreturn x", "Core has no NamedExpr"),
    "comprehension in an index": ("a = x[[i for i in range(n)]]\nreturn a", "Core has no ListComp"),
    "stored operation": ("x[0] = y + 1\nreturn x", "an atom is a name"),
    "two targets": ("a = b = x\nreturn a", "an assignment has one target"),
    "attribute of an attribute": ("x.a.b = y\nreturn x", "an atom is a name"),
    "list target": ("[a, b] = y\nreturn x", "a target is a name"),
    "unpacking": ("(a, b) = x\nreturn a", "as many values as names"),
    "unpacking into elements": ("(x[0], b) = (y, y)\nreturn b", "a parallel move binds names"),
    "augmented name": ("x += y\nreturn x", "only an element takes an augmented assignment"),
    "augmented product": ("x[0] *= y\nreturn x", "only an element takes an augmented assignment"),
    "idle expression": ("x + 1\nreturn x", "an expression that stands alone is a call"),
    "late docstring": ("a = x\n'text'\nreturn a", "an expression that stands alone is a call"),
    "loop over a call": ("for i in enumerate(x):\n    pass\nreturn x", "a loop runs over range"),
    "loop else": ("for i in range(n):\n    pass\nelse:\n    pass\nreturn x", "a loop has no else"),
    "break in the middle": ("for i in range(n):\n    if n: break\n    pass\nreturn x", "Core has no Break"),
    "break in a while": ("while n:\n    if n: break\nreturn x", "Core has no Break"),
    "continue": ("for i in range(n):\n    continue\nreturn x", "Core has no Continue"),
    "with": ("with x:\n    pass\nreturn x", "Core has no With"),
    "try": ("try:\n    pass\nfinally:\n    pass\nreturn x", "Core has no Try"),
    "nested function": ("def g():\n    pass\nreturn x", "Core has no FunctionDef"),
    "import": ("import os\nreturn x", "Core has no Import"),
    "global": ("global g\nreturn x", "Core has no Global"),
    "del": ("del x\nreturn y", "Core has no Delete"),
    # names
    "bound twice": ("a = x\na = y\nreturn a", "neither a merge variable"),
    "bound three times": (
        "a = x\nif n:\n    a = y\nelse:\n    a = x\nreturn a",
        "neither a merge variable",
    ),
    "parameter": ("x = y\nreturn x", "a parameter keeps its value"),
    "parameter in a loop": ("for i in range(n):\n    x = y\nreturn x", "a parameter keeps its value"),
    "one-armed merge": ("a = x\nif n:\n    a = y\nreturn a", "neither a merge variable"),
    "merge in the middle": (
        "if n:\n    a = x\n    print(a)\nelse:\n    a = y\nreturn a",
        "neither a merge variable",
    ),
    "merge in one branch": (
        "if n:\n    a = x\n    a = y\nelse:\n    pass\nreturn x",
        "neither a merge variable",
    ),
    "carried too early": (
        "a = x\nfor i in range(n):\n    a = y\n    print(a)\nreturn a",
        "neither a merge variable",
    ),
    "two loops carry": (
        "a = x\nfor i in range(n):\n    a = y\nfor j in range(n):\n    a = x\nreturn a",
        "neither a merge variable",
    ),
    "loop variable": ("i = 0\nfor i in range(n):\n    pass\nreturn i", "neither a merge variable"),
    "unknown": ("return nowhere", "nowhere is read but not bound"),
    "read too early": ("a = b\nb = x\nreturn a", "b is read but not bound"),
    "bound in one branch": ("if n:\n    a = x\nreturn a", "a is read but not bound"),
    "bound in a loop": ("for i in range(n):\n    a = x\nreturn a", "a is read but not bound"),
    "loop variable after the loop": ("for i in range(n):\n    pass\nreturn i", "i is read but not bound"),
    "read in an index": ("a = x[b:]\nb = n\nreturn a", "b is read but not bound"),
    "stored before it is bound": ("a[0] = x\na = y\nreturn a", "a is read but not bound"),
    "namespace": ("n_max = x\nreturn n_max", "n_max is assigned but stands for an object"),
    "builtin read before it is shadowed": ("a = sum(x)\nsum = a\nreturn sum", "sum is read but not bound"),
}


@pytest.mark.parametrize("case", ILLEGAL)
def test_illegal(case):
    body, why = ILLEGAL[case]
    with pytest.raises(InternalError) as caught:
        verify(core(body))
    assert str(caught.value).startswith("not Core: ")
    assert why in caught.value.why


@pytest.mark.parametrize("params", ["x, y=1", "x, /", "*x", "x, *, y", "**x"])
def test_parameters_are_plain(params):
    with pytest.raises(InternalError, match="parameters are plain names"):
        verify(core("return 1", params))


def test_parameters_differ():
    tree = core("return x").tree
    tree.args.args[1].id = "x"
    with pytest.raises(InternalError, match="parameters differ"):
        verify(Core(tree))


def test_a_parameter_of_the_namespace():
    with pytest.raises(InternalError, match="np is assigned"):
        verify(core("return np", "np"))


def test_names_are_checked():
    tree = core("a = x\nreturn a").tree
    tree.body[0].targets[0].id = "a; import os"
    with pytest.raises(InternalError, match="stands where an identifier belongs"):
        verify(Core(tree))


@pytest.mark.parametrize("folded", [False, True])
def test_contexts(folded):
    tree = core("return x").tree
    tree.body[-1] = return_(store("x"))
    with pytest.raises(InternalError, match="x is read, so its context is Load"):
        verify(Core(tree), folded=folded)
    tree = core("a = x\nreturn a").tree
    tree.body[0].targets[0] = load("a")
    with pytest.raises(InternalError, match="a is read but not bound"):
        verify(Core(tree), folded=folded)


def test_empty_block():
    tree = core("if n:\n    pass\nreturn x").tree
    tree.body[0].body = []
    with pytest.raises(InternalError, match="a block holds at least one statement"):
        verify(Core(tree))


def test_the_place_is_told():
    tree = core("a = x * (y + 1)\nreturn a").tree
    at(tree.body[0], Origin("nowhere.py", 7, 4, 7, 9, "loss"))
    with pytest.raises(InternalError, match=r'File "nowhere\.py", line 7, in loss'):
        verify(Core(tree))


FOLDED = """
    a = np.sin(x) * (y + 1) if n else x or y
    a[n] = a[n - 1] + np.zeros((n, n), dtype=np.float32)
    return (a + 1, x)
"""


def test_folded():
    verify(core(FOLDED), folded=True)
    with pytest.raises(InternalError):
        verify(core(FOLDED))


@pytest.mark.parametrize("body", ["a = [i for i in x]\nreturn a", "return (lambda: x)"])
def test_folded_is_still_core(body):
    with pytest.raises(InternalError, match="Core has no"):
        verify(core(body), folded=True)


def test_without_single_assignment():
    body = "a = x\na = a * y\nfor i in range(n):\n    a = a * a\nx = a\nreturn x"
    verify(core(body), single=False)
    with pytest.raises(InternalError, match="x is bound twice"):
        verify(core(body))
    with pytest.raises(InternalError, match="b is read but not bound"):
        verify(core("a = x\na = b\nb = a\nreturn a"), single=False)


def test_the_tree_is_left_alone():
    given = core(LEGAL["nested loops"])
    before = gast.dump(given.tree)
    verify(given)
    assert gast.dump(given.tree) == before


def test_predicates():
    def expression(text):
        return gast.parse(text).body[0].value

    assert all(is_atom(expression(text)) for text in ("x", "1", "-1", "None"))
    assert not any(is_atom(expression(text)) for text in ("-x", "x.y", "()", "+1"))
    statements = gast.parse("for i in x:\n    if a: break\n    if a < b: break\n    pass").body[0].body
    assert [is_break(s) for s in statements] == [True, False, False]
