"""The mathematics, once: a rule for each primitive. See `registry` for what a rule is and how one is written."""

from . import (  # noqa: F401
    arithmetic,
    calculus,
    complex_numbers,
    constants,
    cotangents,
    creation,
    elementary,
    indexing,
    kernels,
    linalg,
    products,
    reductions,
    scalars,
    shapes,
    sorting,
)
from .registry import (
    Rule,
    alias,
    bilinear,
    constant,
    elementwise,
    general,
    is_constant,
    linear,
    reduction,
    register,
    rule_for,
    rules,
)

__all__ = [
    "Rule",
    "alias",
    "bilinear",
    "constant",
    "elementwise",
    "general",
    "is_constant",
    "linear",
    "reduction",
    "register",
    "rule_for",
    "rules",
]
