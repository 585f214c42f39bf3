"""The eager way: Tensors whose operations tapes and accumulators record one by one."""

from . import overloads  # noqa: F401  (installs the operators)
from .accumulator import ForwardAccumulator
from .custom import custom_gradient, grad_pass_through, recompute_grad, stop_gradient
from .record import apply, is_recording, record
from .registration import RegisterGradient, no_gradient
from .tape import GradientTape, UnconnectedGradients
from .tensor import Tensor, TensorShape
from .variable import Variable

__all__ = [
    "ForwardAccumulator",
    "GradientTape",
    "RegisterGradient",
    "Tensor",
    "TensorShape",
    "UnconnectedGradients",
    "Variable",
    "apply",
    "custom_gradient",
    "grad_pass_through",
    "is_recording",
    "no_gradient",
    "recompute_grad",
    "record",
    "stop_gradient",
]
