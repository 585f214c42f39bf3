"""TensorFlow's names. `names` maps each public name, namespaces among them, to its object.

The tables live in the modules of this package: `table` for what NumPy has under another name, the others for what
takes a few lines. There are no derivatives here: NumPy's functions have their rules, compositions are recorded.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ..runtime import (
    ForwardAccumulator,
    GradientTape,
    Tensor,
    TensorShape,
    UnconnectedGradients,
    Variable,
    custom_gradient,
    grad_pass_through,
    recompute_grad,
    stop_gradient,
)
from ..runtime.overloads import DTypeError
from . import (
    arrays,
    convert,
    dtypes,
    elementwise,
    linalg,
    module,
    nn,
    optimizers,
    picking,
    random,
    signal,
    table,
)


class Namespace(SimpleNamespace):
    """Names under a name: `tg.math`, `tg.nn`."""

    def __init__(self, label: str, entries: dict[str, Any]) -> None:
        super().__init__(**entries)
        self.__name__ = f"tapegen.{label}"

    def __repr__(self) -> str:
        return f"<namespace {self.__name__!r}>"


_math = {
    **table.NAMES,
    **elementwise.NAMES,
    **arrays.MATH,
    **picking.MATH,
    **nn.MATH,
    "l2_normalize": linalg.l2_normalize,
    "in_top_k": nn.in_top_k,
    "accumulate_n": elementwise.NAMES["add_n"],
    "cumulative_logsumexp": nn.cumulative_logsumexp,
}
_TOP_MATH = (
    "abs acos acosh add add_n asin asinh atan atan2 atanh complex cos cosh divide equal exp floor floordiv "
    "greater greater_equal less less_equal logical_and logical_not logical_or maximum minimum multiply negative "
    "not_equal pow realdiv reduce_all reduce_any reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod "
    "reduce_sum round sigmoid sign sin sinh sqrt square subtract tan tanh truediv truncatemod cumsum argmax argmin "
    "clip_by_value"
).split()
_autodiff = {"ForwardAccumulator": ForwardAccumulator, "GradientTape": GradientTape}

names: dict[str, Any] = {
    **dtypes.NAMES,
    **arrays.NAMES,
    **picking.NAMES,
    **{name: _math[name] for name in _TOP_MATH},
    **linalg.TOP,
    "ForwardAccumulator": ForwardAccumulator,
    "GradientTape": GradientTape,
    "Module": module.Module,
    "Tensor": Tensor,
    "TensorArray": module.TensorArray,
    "TensorShape": TensorShape,
    "TensorSpec": module.TensorSpec,
    "UnconnectedGradients": UnconnectedGradients,
    "Variable": Variable,
    "clip_by_global_norm": linalg.clip_by_global_norm,
    "custom_gradient": custom_gradient,
    "dtypes": Namespace("dtypes", dtypes.NAMES),
    "autodiff": Namespace("autodiff", _autodiff),
    "errors": Namespace("errors", {"InvalidArgumentError": DTypeError}),
    "grad_pass_through": grad_pass_through,
    "hessians": module.hessians,
    "linalg": Namespace("linalg", linalg.NAMES),
    "math": Namespace("math", {k: v for k, v in _math.items() if k != "clip_by_value"}),
    "mod": _math["floormod"],
    "name_scope": module.name_scope,
    "nest": module.Nest,
    "newaxis": None,
    "nn": Namespace("nn", nn.NAMES),
    "optimizers": Namespace("optimizers", optimizers.NAMES),
    "random": Namespace("random", random.NAMES),
    "recompute_grad": recompute_grad,
    "signal": Namespace("signal", signal.NAMES),
    "stop_gradient": stop_gradient,
}
names["keras"] = Namespace("keras", {"optimizers": names["optimizers"]})

__all__ = ["Namespace", "convert", "names"]
