"""TensorFlow's names. `names` maps each public name, namespaces among them, to its object.

The tables live in the modules of this package: `table` for what NumPy has under another name, the others for what
takes a few lines. There are no derivatives here: NumPy's functions have their rules, compositions are recorded.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ..errors import InvalidArgumentError
from ..runtime import (
    ForwardAccumulator,
    GradientTape,
    RegisterGradient,
    Tensor,
    TensorShape,
    UnconnectedGradients,
    Variable,
    custom_gradient,
    grad_pass_through,
    no_gradient,
    recompute_grad,
    stop_gradient,
)
from . import (
    arrays,
    control,
    convert,
    dtypes,
    elementwise,
    initial,
    linalg,
    losses,
    matrices,
    module,
    nn,
    optimizers,
    picking,
    plain,
    random,
    refused,
    schedules,
    segments,
    signal,
    table,
    windows,
)


class Namespace(ModuleType):
    """Names under a name: `tg.math`, `tg.nn`. A module, so that functions which are transformed find what is in it."""

    def __init__(self, label: str, entries: dict[str, Any]) -> None:
        super().__init__(f"tapegen.{label}", f"TensorFlow's names under `{label}`.")
        vars(self).update(entries)

    def __repr__(self) -> str:
        return f"<namespace {self.__name__!r}>"


_math = {
    **table.NAMES,
    **elementwise.NAMES,
    **arrays.MATH,
    **picking.MATH,
    **segments.MATH,
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
    "clip_by_value scalar_mul truncatediv saturate_cast"
).split()
_autodiff = {"ForwardAccumulator": ForwardAccumulator, "GradientTape": GradientTape}

names: dict[str, Any] = {
    **dtypes.NAMES,
    **arrays.NAMES,
    **picking.NAMES,
    **segments.NAMES,
    **control.NAMES,
    **{name: _math[name] for name in _TOP_MATH},
    **linalg.TOP,
    **matrices.TOP,
    "ForwardAccumulator": ForwardAccumulator,
    "GradientTape": GradientTape,
    **initial.TOP,
    **refused.NAMES,
    "Assert": control.assert_true,
    "Module": module.Module,
    "RegisterGradient": RegisterGradient,
    "Tensor": Tensor,
    "TensorArray": module.TensorArray,
    "TensorShape": TensorShape,
    "TensorSpec": module.TensorSpec,
    "UnconnectedGradients": UnconnectedGradients,
    "Variable": Variable,
    "clip_by_global_norm": linalg.clip_by_global_norm,
    "custom_gradient": custom_gradient,
    "debugging": Namespace("debugging", control.DEBUGGING),
    "dtypes": Namespace("dtypes", dtypes.NAMES),
    "autodiff": Namespace("autodiff", _autodiff),
    "config": Namespace("config", refused.CONFIG),
    "errors": Namespace("errors", {"InvalidArgumentError": InvalidArgumentError}),
    "grad_pass_through": grad_pass_through,
    "hessians": module.hessians,
    "linalg": Namespace("linalg", {**linalg.NAMES, **matrices.NAMES}),
    "math": Namespace(
        "math",
        {
            **{k: v for k, v in _math.items() if k != "clip_by_value"},
            "special": Namespace("math.special", elementwise.SPECIAL),
        },
    ),
    "initializers": Namespace("initializers", initial.NAMES),
    "losses": Namespace("losses", losses.NAMES),
    "mod": _math["floormod"],
    "name_scope": module.name_scope,
    "nest": module.Nest,
    "newaxis": None,
    "no_gradient": no_gradient,
    "nn": Namespace("nn", {**nn.NAMES, **windows.NAMES, **refused.NN}),
    "optimizers": Namespace(
        "optimizers", {**optimizers.NAMES, "schedules": Namespace("schedules", schedules.NAMES)}
    ),
    "random": Namespace("random", random.NAMES),
    "recompute_grad": recompute_grad,
    "signal": Namespace("signal", signal.NAMES),
    "stop_gradient": stop_gradient,
}
names["keras"] = Namespace(
    "keras",
    {
        **{name: names[name] for name in ("optimizers", "losses", "initializers")},
        **refused.KERAS_NAMES,
        "activations": Namespace("activations", nn.ACTIVATIONS),
    },
)
names |= {
    f"assert_{name}": control.DEBUGGING[f"assert_{name}"] for name in ("equal", "greater", "less", "rank")
}

_EVERYWHERE = {**linalg.NAMES, **_math, **names, **nn.NAMES, "cast": convert.to_dtype}
SPELLED: dict[Any, Any] = {_EVERYWHERE[f.__name__]: f for f in plain.FUNCTIONS}
"""For functions of TensorFlow's names the plain ones that the compiler reads in their place."""
MADE: dict[Any, Any] = {
    f: plain.on_arrays(f)
    for f in (
        *(
            names[n]
            for n in "constant convert_to_tensor zeros ones fill eye range linspace one_hot shape size".split()
        ),
        *(names[n] for n in "rank argmax argmin argsort sequence_mask".split() if n in names),
        *(f for f in random.NAMES.values() if not isinstance(f, type)),
    )
}
"""For functions that make Tensors the same that make arrays."""

__all__ = ["MADE", "SPELLED", "Namespace", "convert", "names"]
