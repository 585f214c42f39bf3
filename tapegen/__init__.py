"""Automatic differentiation of NumPy functions by source transformation: the public names.

Names are imported when they are first used, so that `import tapegen` costs little more than `import numpy`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "tapegen.api.gradients": ("grad", "value_and_grad"),
    "tapegen.api.products": ("jvp", "vjp"),
    "tapegen.api.pattern": ("jacobian_sparsity",),
    "tapegen.api.jacobians": ("hessian", "hvp", "jacfwd", "jacobian", "jacrev"),
    "tapegen.api.function": ("function",),
    "tapegen.api.explain": ("explain",),
    "tapegen.api.checkpoint": ("checkpoint",),
    "tapegen.api.custom": ("custom_gradient", "primitive", "stop_gradient"),
    "tapegen.testing.check": ("check_grads",),
    "tapegen.errors": ("InternalError", "TapegenError", "TapegenWarning", "TransformError"),
    "tapegen.runtime": (
        "GradientTape",
        "Tensor",
        "UnconnectedGradients",
        "Variable",
        "grad_pass_through",
        "recompute_grad",
    ),
}
_WHERE = {name: home for home, names in _HOMES.items() for name in names}

if TYPE_CHECKING:
    from tapegen.api.checkpoint import checkpoint
    from tapegen.api.custom import custom_gradient, primitive, stop_gradient
    from tapegen.api.explain import explain
    from tapegen.api.function import function
    from tapegen.api.gradients import grad, value_and_grad
    from tapegen.api.jacobians import hessian, hvp, jacfwd, jacobian, jacrev
    from tapegen.api.pattern import jacobian_sparsity
    from tapegen.api.products import jvp, vjp
    from tapegen.errors import InternalError, TapegenError, TapegenWarning, TransformError
    from tapegen.runtime import (
        GradientTape,
        Tensor,
        UnconnectedGradients,
        Variable,
        grad_pass_through,
        recompute_grad,
    )
    from tapegen.testing.check import check_grads


def __getattr__(name: str) -> Any:
    home = _WHERE.get(name)
    if home is None:
        found = {} if name.startswith("_") else importlib.import_module("tapegen.tf").names
        if name not in found:
            raise AttributeError(f"module 'tapegen' has no attribute {name!r}")
        value = found[name]
    else:
        value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(
        {*globals(), *_WHERE, *importlib.import_module("tapegen.tf").names} - {"annotations", "importlib"}
    )


__all__ = [
    "GradientTape",
    "InternalError",
    "TapegenError",
    "TapegenWarning",
    "Tensor",
    "TransformError",
    "UnconnectedGradients",
    "Variable",
    "__version__",
    "check_grads",
    "checkpoint",
    "custom_gradient",
    "explain",
    "function",
    "grad",
    "grad_pass_through",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacobian_sparsity",
    "jacrev",
    "jvp",
    "primitive",
    "recompute_grad",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
