"""What is inferred of a call of any function that has a rule is true of its result, on the calls of the table."""

from __future__ import annotations

import numpy as np
import pytest

from tapegen.analysis import values
from tapegen.analysis.shapes import infer
from tapegen.analysis.values import Array, Number, Sequence, abstract
from tapegen.lang.core import Core
from tests.analysis.describe import Lengths, describes
from tests.analysis.programs import as_core
from tests.rules.table import Keywords, rows

ROWS = rows()
DTYPES = ("float64", "float32", "complex128", "int64", "bool")


def written(value):
    """The description of an argument as it is if it is written into the call: numbers, strings and None are known."""
    if isinstance(value, (bool, int)):
        return Number(type(value).__name__, value)
    if isinstance(value, (tuple, list)):
        return Sequence(type(value), tuple(map(written, value)))
    return abstract(value, "literal")


def as_dtype(value, dtype):
    """The floating arrays in an argument, in another dtype."""
    if isinstance(value, (tuple, list)):
        return type(value)(as_dtype(item, dtype) for item in value)
    return value.astype(dtype) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def argument_facts(args, small, is_written):
    usual, values.SMALL = values.SMALL, small
    try:
        return {
            name: written(value)
            if is_written and not isinstance(value, (np.ndarray, list, float))
            else abstract(value, name)
            for name, value in args.items()
        }
    finally:
        values.SMALL = usual


def inferred(function, args, names, facts):
    given = ", ".join(names.get(name, name) for name in args)
    core = as_core([f"def f({', '.join(args)}):", f"    r = primitive({given})", "    return r"])
    core = Core(core.tree, {**core.namespace, "primitive": function})
    return infer(core, facts)["r"]


def check(function, positional, keywords):
    args = {f"a{i}": value for i, value in enumerate(positional)}
    args.update({f"k_{key}": value for key, value in keywords.items()})
    names = {f"k_{key}": f"{key}=k_{key}" for key in keywords}
    try:
        with np.errstate(all="ignore"):
            result = function(*positional, **keywords)
    except (TypeError, ValueError, np.linalg.LinAlgError, IndexError, NotImplementedError):
        return
    for small, is_written in ((1, False), (2, True), (8, True)):
        facts, lengths = argument_facts(args, small, is_written), Lengths()
        fact = inferred(function, args, names, facts)
        assert all(describes(facts[name], value, lengths) for name, value in args.items())
        true = describes(fact, result, lengths) and lengths.settle()
        assert true, f"{function} gives {result!r}, not {fact}, for {positional} {dict(keywords)}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "row", ROWS, ids=[f"{group}-{getattr(function, '__name__', function)}" for group, function, *_ in ROWS]
)
def test_what_is_inferred_of_a_call_is_true(row):
    for args in row[3]:
        *positional, last = args
        keywords = last if isinstance(last, Keywords) else {}
        positional = positional if isinstance(last, Keywords) else args
        for dtype in DTYPES:
            check(
                row[1],
                as_dtype(tuple(positional), dtype),
                {k: as_dtype(v, dtype) for k, v in keywords.items()},
            )


@pytest.mark.parametrize(
    ("call", "known"),
    [
        ("np.linalg.slogdet(a)[1]", Array("float64", (), True)),
        ("np.linalg.eigh(a)[0]", Array("float64", (3,), False)),
        ("np.linalg.qr(a)[1]", Array("float64", (3, 3), False)),
        ("np.linalg.svd(a)[2]", Array("float64", (3, 3), False)),
        ("np.linalg.multi_dot([a, a, a])", Array("float64", (3, 3), False)),
        ("np.linalg.lstsq(a, a[0])[0]", Array("float64", (3,), False)),
    ],
)
def test_results_of_linear_algebra_are_known(call, known):
    core = as_core(["def f(a):", f"    r = {call}", "    return r"])
    assert infer(core, {"a": Array("float64", (3, 3), False)})["r"] == known
