"""Shape functions of `math` and `cmath`, which give Python numbers."""

from __future__ import annotations

import cmath
import math
from typing import Any

from tapegen.analysis.shape_functions import shape_of
from tapegen.analysis.values import Number, Value


def _enter_math() -> None:
    ints = ("floor", "ceil", "trunc", "factorial", "gcd", "lcm", "comb", "perm", "isqrt")
    bools = ("isnan", "isinf", "isfinite", "isclose")
    others = ("frexp", "modf", "prod", "sumprod")
    for module, kind in ((math, "float"), (cmath, "complex")):
        for name, function in vars(module).items():
            if callable(function) and name not in others and not name.startswith("_"):
                found = "int" if name in ints else "bool" if name in bools else kind
                if module is cmath and name in ("phase", "polar"):
                    found = "float"
                if name not in ("polar",):
                    shape_of(function)(_giving(Number(found)))


def _giving(value: Value) -> Any:
    def rule(*args: Value, **keywords: Value) -> Value:
        return value

    return rule


_enter_math()
