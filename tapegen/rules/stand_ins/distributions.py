"""Frozen distributions, `norm(loc, scale)`, as they are followed: each method is that of the distribution itself."""

from __future__ import annotations

from typing import Any

from scipy import stats

from . import spells_out, stands_in_for

_FROZEN = (type(stats.norm()), type(stats.poisson(1.0)))


@stands_in_for(
    *_FROZEN,
    attributes=("dist", "args", "kwds"),
    read={"dist": lambda frozen: getattr(stats, frozen.dist.name, frozen.dist)},
)
class Frozen:
    """A distribution with its parameters."""

    def __init__(self, dist: Any, args: Any, kwds: Any) -> None:
        self.dist = dist
        self.args = args
        self.kwds = kwds

    def pdf(self, x: Any) -> Any:
        return self.dist.pdf(x, *self.args, **self.kwds)

    def logpdf(self, x: Any) -> Any:
        return self.dist.logpdf(x, *self.args, **self.kwds)

    def pmf(self, k: Any) -> Any:
        return self.dist.pmf(k, *self.args, **self.kwds)

    def logpmf(self, k: Any) -> Any:
        return self.dist.logpmf(k, *self.args, **self.kwds)

    def cdf(self, x: Any) -> Any:
        return self.dist.cdf(x, *self.args, **self.kwds)

    def logcdf(self, x: Any) -> Any:
        return self.dist.logcdf(x, *self.args, **self.kwds)

    def sf(self, x: Any) -> Any:
        return self.dist.sf(x, *self.args, **self.kwds)

    def logsf(self, x: Any) -> Any:
        return self.dist.logsf(x, *self.args, **self.kwds)

    def ppf(self, q: Any) -> Any:
        return self.dist.ppf(q, *self.args, **self.kwds)

    def isf(self, q: Any) -> Any:
        return self.dist.isf(q, *self.args, **self.kwds)


def _freezing(distribution: Any) -> Any:
    """What a call of a distribution makes."""

    def frozen(*args: Any, **kwds: Any) -> Any:
        return Frozen(distribution, args, kwds)

    return frozen


for _distribution in vars(stats).values():
    if isinstance(_distribution, (stats.rv_continuous, stats.rv_discrete)):
        spells_out(_distribution)(_freezing(_distribution))
