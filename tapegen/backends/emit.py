"""A module's text: imports derived from the namespaces of the functions, then the functions."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from tapegen.errors import InternalError
from tapegen.lang.core import Core
from tapegen.lang.names import is_identifier
from tapegen.lang.printable import Printable
from tapegen.lang.show import as_module, comment_lines, show, show_module

_MISSING = object()


@dataclass(frozen=True)
class Emitted:
    """A module's text, and the objects that it needs and cannot import.

    Attributes:
        text: the source, ending in a newline.
        namespace: names to bind before the text runs; see `tapegen.backends.load`.
    """

    text: str
    namespace: Mapping[str, Any]


def emit(functions: Sequence[Core], *, title: str) -> Emitted:
    """Write `functions` as one module.

    Args:
        functions: the functions, in the order in which they are printed; they may call each other by name.
        title: printed as a comment at the top.
    Raises: InternalError if two functions mean different objects by one name, or use a name that neither their
        namespace nor Python knows.

    >>> from tapegen.lang.build import function, quote, return_
    >>> double = function("double", ["x"], [return_(quote("np.multiply(x, two)"))])
    >>> print(emit([Core(double, {"np": np, "two": 2})], title="An example.").text, end="")
    # An example.
    <BLANKLINE>
    import numpy as np
    <BLANKLINE>
    # bound when loaded: two
    <BLANKLINE>
    <BLANKLINE>
    def double(x):
        return np.multiply(x, two)
    """
    imports: list[Import] = []
    bound: dict[str, Any] = {}
    modules = [as_module(core) for core in functions]
    for name, value in sorted(used_objects(functions, modules).items()):
        found = find_import(name, value)
        if found is not None:
            imports.append(found)
        elif getattr(builtins, name, _MISSING) is not value:
            bound[name] = value
    header = [show(group) for group in import_groups(imports)]
    if bound:
        header.append("\n".join(comment_lines(f"bound when loaded: {', '.join(bound)}")))
    if title:
        header.insert(0, "\n".join(comment_lines(title)))
    parts = ["\n\n".join(header)] if header else []
    parts += [
        show_module(made.module, getattr(core.tree, "origin", None)) for core, made in zip(functions, modules)
    ]
    return Emitted("\n\n\n".join(parts) + "\n", bound)


def _parameters(core: Core) -> set[str]:
    """The names of all parameters, also of a function that is shipped with its own signature."""
    a = core.tree.args
    return {n.id for n in (*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg) if n is not None}


def used_objects(functions: Sequence[Core], modules: Sequence[Printable]) -> dict[str, Any]:
    """The object behind each free name of `functions`, printed as `modules`; except the functions themselves."""
    defined = {core.tree.name for core in functions}
    if len(defined) < len(functions):
        raise InternalError("two functions of one name in one module")
    used: dict[str, Any] = {}
    for core, made in zip(functions, modules):
        # The tree as printed, not as given: printing may have brought in `np.inf`.
        for name in sorted(made.reads - made.binds - defined - _parameters(core)):
            if name in core.namespace:
                value = core.namespace[name]
            elif name == "np":
                value = np
            elif hasattr(builtins, name):
                value = getattr(builtins, name)
            else:
                raise InternalError(f"{core.tree.name} uses {name}, which is bound nowhere")
            if used.setdefault(name, value) is not value:
                raise InternalError(f"{name} means two things in one module")
    return used


@dataclass(frozen=True)
class Import:
    """`import module as name`, or with an attribute `from module import attribute as name`."""

    module: str
    attribute: str | None
    name: str


def find_import(name: str, value: Any) -> Import | None:
    """The import statement that binds `value` to `name`, or None if there is none that is sure to.

    What a module holds is looked up, never taken from what the object says of itself. Of the packages that offer the
    object under its name the outermost is taken: `tapegen.kernels`, not the file within it.

    >>> find_import("np", np), find_import("solve", np.linalg.solve).module, find_import("two", 2)
    (Import(module='numpy', attribute=None, name='np'), 'numpy.linalg', None)
    """
    if isinstance(value, types.ModuleType):
        module = str(getattr(value, "__name__", None))
        found = _importable(module) and sys.modules.get(module) is value
        return Import(module, None, name) if found else None
    if getattr(builtins, name, _MISSING) is value:
        return None
    attribute, home = _attribute(value, "__name__"), _attribute(value, "__module__")
    if not is_identifier(attribute):
        return None
    # A ufunc does not know its module.
    for path in _UFUNC_HOMES if isinstance(value, np.ufunc) else [home]:
        parts = path.split(".") if isinstance(path, str) else []
        for length in range(1, len(parts) + 1):
            module = ".".join(parts[:length])
            if _importable(module) and vars(sys.modules[module]).get(attribute, _MISSING) is value:
                return Import(module, str(attribute), name)
    return None


_UFUNC_HOMES = ("numpy", "scipy.special")


def _attribute(value: Any, name: str) -> Any:
    """An attribute of a user's object, whatever that does when asked; None if there is none."""
    try:
        return getattr(value, name, None)
    except Exception:
        return None


def _importable(module: str) -> bool:
    """Whether a text can import `module` by this name, now and in another process."""
    if module.partition(".")[0] == "__main__":
        return False
    return all(map(is_identifier, module.split("."))) and isinstance(
        sys.modules.get(module), types.ModuleType
    )


def import_groups(imports: Sequence[Import]) -> list[list[gast.stmt]]:
    """The statements, in groups: standard library, third party, tapegen; in a group plain imports come first."""
    groups: list[list[gast.stmt]] = []
    for rank in range(3):
        group = [each for each in imports if _rank(each.module) == rank]
        plain = [each for each in group if each.attribute is None]
        statements: list[gast.stmt] = [
            gast.Import(names=[_alias(each.module, each.name)])
            for each in sorted(plain, key=lambda each: (each.module, each.name))
        ]
        for module in sorted({each.module for each in group if each.attribute is not None}):
            pairs = sorted(
                (str(e.attribute), e.name) for e in group if e.attribute is not None and e.module == module
            )
            statements.append(
                gast.ImportFrom(module=module, names=[_alias(*pair) for pair in pairs], level=0)
            )
        if statements:
            groups.append(statements)
    return groups


def _rank(module: str) -> int:
    root = module.partition(".")[0]
    if root == "tapegen":
        return 2
    return 0 if root in sys.stdlib_module_names else 1


def _alias(name: str, asname: str) -> gast.alias:
    return gast.alias(name=name, asname=None if asname == name else asname)
