"""From a Python function to Core in single assignment: the passes of the frontend, in order."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tapegen.frontend.anf import normalise
from tapegen.frontend.attempts import lower_attempts
from tapegen.frontend.cells import share_variables
from tapegen.frontend.closures import SOURCE, lift_functions
from tapegen.frontend.contexts import lower_contexts
from tapegen.frontend.cursors import replace_iterators
from tapegen.frontend.decorators import undecorate
from tapegen.frontend.fence import fence
from tapegen.frontend.functional import replace_maps
from tapegen.frontend.generators import lower_generators
from tapegen.frontend.jumps import lower_jumps
from tapegen.frontend.kinds import container_kinds
from tapegen.frontend.loops import lower_loops
from tapegen.frontend.methods import replace_methods
from tapegen.frontend.patterns import lower_matches
from tapegen.frontend.read_source import read_source
from tapegen.frontend.resolve import FreeVariable, Guard, resolve, signature_of
from tapegen.frontend.scope import Scope
from tapegen.frontend.ssa import single_assignment
from tapegen.frontend.targets import lower_targets
from tapegen.lang.core import Core, loaded_names


@dataclass(frozen=True)
class Lowered:
    """A function in Core.

    Attributes:
        core: the function in single assignment. Its parameters are all positional: first the function's own (`*args` as
            one tuple, `**kwargs` as one dict), then the hidden ones.
        params: kinds and defaults of the function's own parameters.
        free: the hidden parameters, data from globals, closures and modules, and where to read them.
        guards: functions, classes and modules that were looked up, and would have to be looked up again if rebound.
        stages: the function after each step, ("desugared", "a-normal form", "single assignment").
    """

    core: Core
    params: inspect.Signature
    free: Mapping[str, FreeVariable]
    guards: tuple[Guard, ...] = ()
    stages: tuple[tuple[str, Core], ...] = field(default=(), repr=False)

    def arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        """The arguments of `core` for a call `fn(*args, **kwargs)`, hidden ones read now.

        Raises: TypeError as the call would.
        """
        bound = self.params.bind(*args, **kwargs)
        bound.apply_defaults()
        return [*bound.arguments.values(), *(variable.read() for variable in self.free.values())]

    def is_current(self) -> bool:
        """Whether every function, class and module that was looked up is still the same."""
        return all(guard.holds() for guard in self.guards)


def lower(fn: Any, types: Mapping[str, type] | None = None) -> Lowered:
    """`fn` in Core.

    Args:
        fn: a Python function or lambda.
        types: types of some parameters, where known: lists and dicts keep their methods.

    Raises: TransformError for what is not supported, at the user's line.
    """
    source = getattr(fn, SOURCE, None) or read_source(fn)
    scope = Scope(file=source.filename, function=source.qualname)
    fence(source.tree, scope)
    source, runners = lower_generators(source, scope, SOURCE)
    source = replace(source, given={**source.given, **runners})
    source, called = lower_attempts(source, scope)
    source = share_variables(undecorate(source), scope)
    lifted, given = lift_functions(source, scope)
    resolved = resolve(lifted, source.function, scope, {**source.given, **given, **called})
    tree = resolved.tree
    scope.kinds = container_kinds(tree, scope, types or {})
    scope.kinds |= dict.fromkeys(source.cells, "list")
    tree = replace_maps(replace_methods(replace_iterators(tree, scope), scope), scope)

    def stage(body: list[Any]) -> Core:
        core = Core(tree, scope.namespace).with_body(body)
        used = loaded_names(core.tree)
        return Core(core.tree, {name: value for name, value in scope.namespace.items() if name in used})

    body = lower_matches(lower_contexts(tree.body, scope, resolved.free), scope)
    body = lower_targets(lower_loops(lower_jumps(body, scope), scope), scope)
    desugared = stage(body)
    body = normalise(body, {arg.id for arg in tree.args.args}, scope)
    normal = stage(body)
    core = Core(single_assignment(normal.tree, scope.namer, scope.users), normal.namespace)
    return Lowered(
        core=core,
        params=signature_of(source.function),
        free=resolved.free,
        guards=tuple(resolved.guards),
        stages=(("desugared", desugared), ("a-normal form", normal), ("single assignment", core)),
    )
