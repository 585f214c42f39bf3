"""Functions of SciPy that are linear along an axis, with nothing to say but that: read with the others of their module.

Their adjoint multiplies by the transposed matrix, which the function itself gives: see `kernels.linear_maps`.
"""

from ..kernels.linear_maps import along, along_back
from .registry import general


def linear_along(function, name, fixed=(), lacking=()):
    """The rule of such a function, whose data is called `name`; other arguments have no derivative."""

    @general(function, wrt=("data",), complex="adjoint", fixed=fixed, lacking=lacking, spelled={name: "data"})
    def rule(data, *, ct, others):
        return along_back(ct, data, function, others)

    @rule.defjvp
    def rule_jvp(data, *, data_dot, others):
        return along(data_dot, function, others)


@general(along, wrt=("x",), complex="adjoint")
def _along(x, function, options, *, ct):
    return along_back(ct, x, function, options)


@_along.defjvp
def _along_jvp(x, function, options, *, x_dot):
    return along(x_dot, function, options)


@general(along_back, wrt=("ct_in",), complex="adjoint")
def _along_back(ct_in, x, function, options, *, ct):
    return along(ct, function, options)


@_along_back.defjvp
def _along_back_jvp(ct_in, x, function, options, *, ct_in_dot):
    return along_back(ct_in_dot, x, function, options)
