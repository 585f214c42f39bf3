"""One module a case, each ending in `CASE = Case(...)`."""

import importlib
import pkgutil

from benchmarks.case import Case


def load() -> dict[str, Case]:
    """All cases by name."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    return {module.CASE.name: module.CASE for module in modules}
