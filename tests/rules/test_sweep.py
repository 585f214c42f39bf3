"""Every call of the table in other memory layouts, and in generated code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tapegen as tg

from .harness import Call, close, leaves, random_like
from .table import rows
from .test_table import kinds

ROWS = rows()
NAMES = [f"{group}-{getattr(function, '__name__', function)}" for group, function, *_ in ROWS]


def flipped(x: np.ndarray) -> np.ndarray:
    """The same numbers, read backwards out of memory that holds them the other way round."""
    return np.flip(np.flip(x).copy())


def frozen(x: np.ndarray) -> np.ndarray:
    y = x.copy()
    y.flags.writeable = False
    return y


def scattered(x: np.ndarray) -> np.ndarray:
    """The same numbers, with others between them."""
    wide = np.full([2 * n for n in x.shape], np.nan, x.dtype)
    part = wide[tuple(slice(None, None, 2) for _ in x.shape)]
    part[...] = x
    return part


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Fortran": np.asfortranarray,
    "negative strides": flipped,
    "read-only": frozen,
    "strided": scattered,
}


def arrays(change: Callable[[np.ndarray], np.ndarray], value: Any) -> Any:
    """The arrays of floats in a nest, changed."""
    if type(value) in (list, tuple):
        return type(value)(arrays(change, part) for part in value)
    is_changed = isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fc"
    return change(value) if is_changed else value


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_layouts(row: tuple) -> None:
    _, function, _, calls, project = row
    if getattr(function, "__name__", "").startswith("sosfilt"):
        pytest.skip("SciPy itself wants contiguous memory")
    for kind in kinds(row):
        for i, args in enumerate(calls):
            plain = Call(function, args, kind, i, project)
            ct = random_like(np.random.default_rng(i), plain.out)
            expected = leaves(list(plain.pull(ct)))
            for layout, change in LAYOUTS.items():
                other = Call(function, args, kind, i, project)
                other.args = tuple(arrays(change, value) for value in other.args)
                other.bound = other.rule.bind(other.args, other.keywords)
                other.out = other.run(other.bound_active())
                found = leaves(list(other.pull(arrays(change, ct))))
                for a, b in zip(found, expected, strict=True):
                    assert close(a, b, 1e-12), (layout, other.rule.name, args)


def is_literal(value: Any) -> bool:
    """Whether a user would write a value into the call."""
    if isinstance(value, tuple):
        return all(map(is_literal, value))
    return value is None or type(value) in (bool, int, float, str)


def spelling(value: Any) -> str:
    """A literal as a user would write it."""
    return repr(value).replace("inf", "np.inf")


def active_function(call: Call) -> tuple[str, list[str], dict[str, Any]]:
    """A function of the active arguments alone, written out as a user would write the call."""
    names, spelled, values = [], [], {}
    for i, value in enumerate(call.args):
        position = call._position(i)
        is_active = position in call.active
        name = f"x{i}" if is_active else f"c{i}"
        (names if is_active else []).append(name)
        values[name] = value
        spelled.append(name if is_active or not is_literal(value) else spelling(value))
    for key, value in call.keywords.items():
        name = (
            f"x_{key}"
            if call.rule.params.index(call.rule.spelled.get(key, key)) in call.active
            else f"c_{key}"
        )
        values[name] = value
        (names if name.startswith("x_") else []).append(name)
        shown = spelling(value) if name.startswith("c_") and is_literal(value) else name
        spelled.append(f"{key}={shown}")
    listed = ", ".join(names)
    text = f"def call({listed}):\n    return function({', '.join(spelled)})\n"
    return text, names, values


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_generated_code(row: tuple) -> None:
    """The value, cotangents and tangents of generated code are those of the rule."""
    _, function, _, calls, project = row
    if getattr(function, "__module__", None) == "_operator":
        pytest.skip("operators are not called by these names")
    for kind in kinds(row):
        for i, args in list(enumerate(calls))[:6]:
            check_generated(Call(function, args, kind, i, project))


def check_generated(call: Call) -> None:
    text, names, values = active_function(call)
    constants = {name: value for name, value in values.items() if name not in names}
    namespace = {"function": call.function, "np": np, **constants}
    f = loaded(text, namespace)
    active = [values[name] for name in names]
    ct = random_like(call.rng, call.out)
    expected = leaves(list(call.pull(ct)))
    out, pull = tg.vjp(f, *active)
    assert_same(leaves(out), leaves(call.out), call, "value")
    assert_same(leaves(list(pull(ct))), expected, call, "generated code")
    tangents = call.tangents()
    flat = [
        t
        for position, tangent in zip(call.active, tangents, strict=True)
        for t in (tangent if position == call.rule.variadic else [tangent])
    ]
    _, pushed = tg.jvp(f, tuple(active), tuple(flat))
    assert_same(leaves(pushed), leaves(call.push(tangents)), call, "jvp")


def loaded(text: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    import linecache

    name = f"<call {len(linecache.cache)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    made = dict(namespace)
    exec(compile(text, name, "exec"), made)
    return made["call"]


def assert_same(found: list[Any], expected: list[Any], call: Call, what: str) -> None:
    assert len(found) == len(expected), (what, call.rule.name)
    for a, b in zip(found, expected, strict=True):
        a = 0.0 if a is None else a
        assert close(np.broadcast_to(a, np.shape(b)), b, 1e-9), (
            what,
            call.rule.name,
            call.args,
            call.keywords,
            a,
            b,
        )
