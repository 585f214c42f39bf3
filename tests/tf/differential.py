"""One expression on tapegen's names and on TensorFlow's: value, gradient, second derivatives, or the exception.

A line of `cases/*.txt` is `expression ;; inputs  ## parts: reason`: the expression is in `tf`, `np` and the inputs
`x`, `y`, `z`, `w`, which are given as NumPy arrays in the names below. The last part is there where the two differ, and
says in what (value, gradient, second derivatives) and why.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FLOATING = ("float32", "float64", "complex64", "complex128")
SINGLE = (np.float32, np.complex64)


def names():
    """What inputs are written in."""
    r = np.random.default_rng(0)
    a = np.random.default_rng(1).normal(size=(3, 3)) + 3 * np.eye(3)
    return {
        "np": np, "R": r, "f32": np.float32, "V": np.array([0.3, -1.2, 0.9]), "P": np.array([0.3, 1.2, 0.9]),
        "M": np.random.default_rng(2).normal(size=(2, 3)), "A": a, "S": a @ a.T + np.eye(3),
        "B": np.random.default_rng(3).normal(size=(2, 3, 4)), "I": np.random.default_rng(4).normal(size=(2, 5, 6, 3)),
        "Z": np.array([0.0, -1.0, 1.0, 0.0]),
    }  # fmt: skip


def cases():
    """`(expression, inputs, parts in which they differ)` of every line."""
    found = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            case, _, known = line.partition(" ## ")
            text, _, inputs = case.partition(";;")
            if text.strip():
                found.append((text.strip(), inputs.strip(), known.partition(":")[0]))
    return found


@dataclass
class Outcome:
    """What came of an expression: arrays, or None for what there is not, or an exception for what failed."""

    value: Any
    gradient: Any = None
    second: Any = None


def outcome(tf, text, inputs):
    arrays = eval(f"({inputs},)" if inputs else "()", names())
    try:
        tensors = [tf.constant(a) for a in arrays]
        names_of = {"tf": tf, "np": np, **dict(zip("xyzw", tensors, strict=False))}
        floats = [t for t in tensors if dtype(t) in FLOATING]
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(floats)
            with tf.GradientTape(persistent=True) as inner:
                inner.watch(floats)
                out = eval(text, names_of)
            parts = tf.nest.flatten(out)
            gradient = attempt(lambda: slopes(tf, inner, parts, tensors, np.cos))
        second = None
        if isinstance(gradient, list):
            second = attempt(
                lambda: slopes(tf, outer, [g for g in gradient if g is not None], tensors, np.sin)
            )
        return Outcome([array(p) for p in parts], plain(gradient), plain(second))
    except Exception as error:
        return Outcome(error)


def attempt(call):
    try:
        return call()
    except Exception as error:
        return error


def dtype(t):
    found = getattr(t, "dtype", None)
    return getattr(found, "name", str(found))


def slopes(tf, tape, targets, sources, weights):
    """Gradients of a weighted sum of the floating targets, with weights that single out each element."""
    targets = [t for t in targets if dtype(t) in FLOATING and hasattr(t, "numpy")]
    if not targets:
        return []
    seeds = []
    for t in targets:
        a = np.asarray(t.numpy())
        seeds.append(tf.constant(weights(1.0 + np.arange(a.size)).reshape(a.shape).astype(a.dtype)))
    found = tape.gradient(targets, sources, output_gradients=seeds)
    return [None if g is None else tf.convert_to_tensor(g) for g in found]


def plain(found):
    return [array(g) for g in found] if isinstance(found, list) else found


def array(value):
    return value.numpy() if hasattr(value, "numpy") else value


def agree(a, b, tolerance=1e-6):
    """Whether two parts of outcomes are the same: both failed, both missing, or equal in dtype, shape and numbers."""
    if isinstance(a, Exception) or isinstance(b, Exception):
        return isinstance(a, Exception) and isinstance(b, Exception)
    if a is None or b is None:
        return a is b
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(agree, a, b))
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind in "OSU":
        return True
    close = 3e-4 if a.dtype in SINGLE else tolerance
    return a.dtype == b.dtype and a.shape == b.shape and np.allclose(a, b, close, close, equal_nan=True)


def agree_or_nothing(a, b):
    """The same, but zeros count as None: whether the slope of a line is connected depends on how a rule is written."""
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return all(map(agree_or_nothing, a, b))
    return (nothing(a) and nothing(b)) or agree(a, b, 1e-5)


def nothing(found):
    if isinstance(found, list):
        return all(map(nothing, found))
    return found is None or not (isinstance(found, Exception) or np.any(found))
