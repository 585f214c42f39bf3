"""Looking at a tape: what it recorded, and why a gradient is None."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .operations import Recorded
from .record import flat_keys
from .state import recording_into
from .sweep import sweep
from .tensor import Tensor, frozen, make
from .variable import Variable


class Record(Protocol):
    """What is asked here of a tape."""

    _spent: bool
    _auto: bool
    was_reset: bool

    @property
    def nodes(self) -> Sequence[tuple[Any, Any, Any, Any]]: ...
    @property
    def known(self) -> Collection[int]: ...
    @property
    def exits(self) -> Sequence[tuple[int, str]]: ...
    def watched_variables(self) -> Sequence[Variable]: ...


@dataclass(frozen=True)
class Node:
    """One recorded operation: its name, the keys of its inputs that the tape follows, the keys of its results."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """What a tape recorded.

    Attributes:
        nodes: the operations, in the order in which they ran.
        sources: keys of what was watched, with a name for each.
    """

    nodes: tuple[Node, ...]
    sources: dict[int, str]

    @property
    def dot(self) -> str:
        """The graph as text for Graphviz."""
        lines = ["digraph tape {", "  rankdir=LR;", "  node [fontname=monospace];"]
        lines += [f'  v{key} [label="{_quoted(name)}", shape=box];' for key, name in self.sources.items()]
        for i, node in enumerate(self.nodes):
            lines.append(f'  op{i} [label="{_quoted(node.name)}", shape=ellipse];')
        maker = {key: f"op{i}" for i, node in enumerate(self.nodes) for key in node.outputs}
        for i, node in enumerate(self.nodes):
            lines += [f"  {maker.get(key, f'v{key}')} -> op{i};" for key in node.inputs]
        return "\n".join([*lines, "}"])

    @property
    def svg(self) -> str:
        """The graph as a picture.

        Raises: FileNotFoundError if Graphviz is not installed.
        """
        if shutil.which("dot") is None:
            raise FileNotFoundError("drawing a graph needs Graphviz, whose program `dot` was not found")
        done = subprocess.run(["dot", "-Tsvg"], input=self.dot, capture_output=True, text=True, check=True)
        return done.stdout

    def _repr_svg_(self) -> str | None:
        return self.svg if shutil.which("dot") else None

    def __str__(self) -> str:
        return "\n".join(
            f"{_row(node.outputs)} = {node.name}({', '.join(self.sources.get(k, f'v{k}') for k in node.inputs)})"
            for node in self.nodes
        )


def _row(keys: Sequence[int]) -> str:
    return ", ".join(f"v{key}" for key in keys)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def graph(tape: Record) -> Graph:
    """The operations that a tape holds: none after `gradient` of a tape that is not persistent."""
    nodes = tuple(
        Node(operation.name, tuple(flat_keys([keys[i] for i in operation.active])), tuple(flat_keys(out)))
        for out, keys, operation, _ in tape.nodes
    )
    made = {key for node in nodes for key in node.outputs}
    names = {v._key: v.name for v in tape.watched_variables()}
    used = {key for node in nodes for key in node.inputs if key not in made}
    return Graph(nodes, {key: names.get(key, f"x{key}") for key in sorted(used | names.keys())})


def why_none(tape: Record, target: Any, source: Any) -> str:
    """Why the gradient of `target` with respect to `source` is None, or that it is not.

    Ask before `gradient`, or ask a persistent tape: another one has let go of its record by then.
    """
    if tape._spent:
        return (
            "the tape has let go of its record: ask before gradient(), or use GradientTape(persistent=True)"
        )
    for role, value in (("source", source), ("target", target)):
        if not isinstance(value, (Tensor, Variable)):
            return (
                f"the {role} is a {type(value).__name__}, not a Tensor or Variable, so no tape can follow it"
            )
        if value.dtype.kind not in "fc":
            return (
                f"the {role} has the dtype {value.dtype}: only floating and complex values have gradients; "
                "cast it to a floating dtype inside the block, before it is used"
            )
    start, end = source._key, target._key
    if start is not None and start == end:
        return "the gradient is not None: target and source are the same"
    if start is None or start not in tape.known:
        return _not_watched(tape, source)
    recorded = graph(tape)
    reached = {start}
    for node in recorded.nodes:
        if reached.intersection(node.inputs):
            reached.update(node.outputs)
    if end in reached:
        return _despite_a_path(tape, target, source)
    lines = []
    if end is None or end not in tape.known:
        lines.append(
            "the target was not recorded: it was computed outside the block, in another thread, while recording was "
            "stopped, or from nothing that the tape watches"
        )
    else:
        lines.append("the target was recorded, but no recorded operation leads from the source to it")
    exits = list(dict.fromkeys(how for key, how in tape.exits if key in reached))
    if exits:
        lines.append(f"a value that depends on the source left the tape through {', '.join(exits)}")
    last = [node.name for node in recorded.nodes if reached.intersection(node.inputs)]
    if last:
        lines.append(f"the last recorded operation that depends on the source is {last[-1]}")
    else:
        lines.append("no recorded operation uses the source after it was watched")
    return "; ".join(lines)


def _despite_a_path(tape: Record, target: Any, source: Any) -> str:
    """What to say where recorded operations lead from the source to the target: the gradient tells."""
    ends = [v._tensor if isinstance(v, Variable) else v for v in (target, source)]
    seed = make(frozen(np.ones(ends[0].shape, ends[0].dtype)))
    with recording_into(()):
        try:
            (found,) = sweep(tape.nodes, ends[:1], [seed], ends[1:], False)
        except LookupError as error:
            return f"asking for the gradient raises an error: {error}"
    if found is not None:
        return "the gradient is not None: the target depends on the source"
    own = [node[2].name for node in tape.nodes if isinstance(node[2], Recorded)]
    return f"the gradient function of {' or '.join(dict.fromkeys(own))} returned None on the way from target to source"


def _not_watched(tape: Record, source: Any) -> str:
    if tape.was_reset:
        return "the tape was reset, and the source was not watched since: call tape.watch(source) again"
    if isinstance(source, Variable):
        if not source.trainable:
            return f"the variable {source.name} is not trainable, so it is only followed after tape.watch(variable)"
        if not tape._auto:
            return "the tape has watch_accessed_variables=False: call tape.watch(variable)"
        return f"the variable {source.name} was never read inside the block"
    return "the source is not watched: call tape.watch(source) inside the block, before it is used"
