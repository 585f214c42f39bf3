"""Automatic differentiation of NumPy functions by source transformation: the public names."""

from tapegen.api.gradients import grad, value_and_grad
from tapegen.api.jacobians import hessian, hvp, jacfwd, jacobian, jacrev
from tapegen.api.products import jvp, vjp
from tapegen.errors import TapegenError, TapegenWarning, TransformError

__version__ = "0.1.0"
