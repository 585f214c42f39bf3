import math

import gast
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tapegen.analysis.shapes import infer
from tapegen.analysis.values import Array, Number, Size
from tests.analysis.describe import Lengths, describes, signature
from tests.analysis.programs import BINARY_OPS, SHAPES, UNARY_OPS, as_core, programs, run

NUMBERS = [
    0,
    1,
    2,
    3,
    -1,
    True,
    0.0,
    1.5,
    -2.0,
    1 + 2j,
    None,
    (2, 3),
    [1.0, 2.0],
    (1, 2.0),
    np.float64(2),
    np.float32(3),
    np.int64(2),
    np.bool_(True),
]
ARRAYS = [
    (np.arange(math.prod(shape)).reshape(shape) - 1.5).astype(dtype)
    for shape in SHAPES
    for dtype in ("float64", "float32", "complex128", "int64", "bool")
    if dtype in ("float64", "int64") or len(shape) < 3
]
OPERANDS = [
    *NUMBERS,
    *(a for a in ARRAYS if a.dtype == float),
    *(a for a in ARRAYS if a.shape in ((), (3,), (3, 3))),
]


STRIDE = 7 if settings.default.max_examples < 1000 else 1  # all pairs in a sweep


def check_operation(template, **args):
    """Assert that what is inferred for one operation is true of its result, unless it raises."""
    lines = [
        f"def f({', '.join(args)}):",
        f"    r = {template.format(**{n: n for n in args})}",
        "    probe(r)",
        "    return r",
    ]
    got = []
    run(lines, args.values(), got.append)
    if not got:
        return
    core = as_core(lines)
    for small in (1, 2):
        given_facts, lengths = signature(args, small), Lengths()
        fact = infer(core, given_facts)["r"]
        assert all(describes(given_facts[name], value, lengths) for name, value in args.items())
        true = describes(fact, got[0], lengths) and lengths.settle()
        assert true, f"{lines[1].strip()} gives {got[0]!r}, not {fact}, for {args}"


@pytest.mark.parametrize("template", UNARY_OPS)
def test_operation_on_one(template):
    for value in [*NUMBERS, *ARRAYS]:
        check_operation(template, a=value)


@pytest.mark.parametrize("template", BINARY_OPS)
def test_operation_on_two(template):
    for i, one in enumerate(OPERANDS):
        for two in OPERANDS[i % STRIDE :: STRIDE]:
            check_operation(template, a=one, b=two)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(programs(), st.sampled_from([1, 1, 2, 8]))
def test_what_is_inferred_is_true(program, small):
    lines, args = program
    core = as_core(lines)
    before = gast.dump(core.tree)
    facts = infer(core, signature(args, small))
    assert gast.dump(core.tree) == before

    def probe(scope):
        lengths = Lengths()
        for name, value in scope.items():
            fact = facts[name]
            assert describes(fact, value, lengths), f"{name} = {value!r} is not {fact}\n" + "\n".join(lines)
        assert lengths.settle(), f"{scope}\n{ {n: str(facts[n]) for n in scope} }\n" + "\n".join(lines)

    run(lines, args.values(), probe)


NESTED_LISTS = """
def f(x, n):
    outer = []
    for i in range(n):
        inner = []
        for j in range(i):
            a = x[j]
            inner.append(a)
        outer.append(inner)
    for one in reversed(outer):
        for r in reversed(one):
            s = r
    return n
"""


@pytest.mark.parametrize(
    ("old", "new", "known"),
    [
        ("", "", True),
        ("outer.append(inner)", "outer.append(inner)\n        inner.append(n)", False),
        ("outer.append(inner)", "outer.append(inner)\n        other = inner", False),
        ("inner.append(a)", "inner.append(a)\n            outer.append(inner)", False),
        ("for r in reversed(one):", "one.append(n)\n        for r in reversed(one):", False),
    ],
)  # fmt: skip
def test_lists_of_lists_keep_their_elements_facts_while_nobody_writes_them_by_another_name(old, new, known):
    core = as_core(NESTED_LISTS.replace(old, new).strip().splitlines())
    row = Array("float64", (Size.of("n"),))
    assert (infer(core, {"x": row, "n": Number("int")})["r"] == Array("float64", (), True)) is known
