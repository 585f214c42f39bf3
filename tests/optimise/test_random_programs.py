"""Each pass, and all of them, on random programs in Core: loops, branches, stacks, views, writes in place."""

import gast
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapegen.kernels import scatter_add
from tapegen.optimise.rewrite import core

from .harness import check_pass
from .passes import PASSES, everything, everything_bold

EXAMPLES = max(30, settings.default.max_examples // 2)


class Program:
    """A random function of three arrays of shape (4,), in single assignment."""

    def __init__(self, draw) -> None:
        self.draw = draw
        self.lines: list[str] = []
        self.count: dict[str, int] = {}
        self.budget = 22

    def pick(self, items):
        return items[self.draw(st.integers(0, len(items) - 1))]

    def fresh(self, base: str | None = None) -> str:
        base = base or self.pick(["t", "u", "x_bar"])
        number = self.count.get(base, 0)
        self.count[base] = number + 1
        return f"{base}_{number}" if number else base

    def emit(self, level: int, text: str) -> None:
        self.lines.append("    " * level + text)

    def text(self) -> str:
        arrays, scalars = ["a", "b", "c"], ["n"]
        self.block(1, arrays, scalars, [], 0)
        names = [self.pick(arrays) for _ in range(3)]
        self.emit(1, f"out = ({', '.join(names)}, {self.pick(scalars)})")
        self.emit(1, "return out")
        return "def f(a, b, c, n):\n" + "\n".join(self.lines)

    def block(self, level: int, arrays: list, scalars: list, stacks: list, depth: int) -> None:
        for _ in range(self.draw(st.integers(1, 9 if depth == 0 else 5))):
            if self.budget <= 0:
                return
            self.budget -= 1
            kinds = [
                "sum",
                "sum",
                "call",
                "view",
                "copy",
                "unit",
                "store",
                "store",
                "element",
                "display",
                "at",
                "literal",
            ]
            kinds += ["accumulate", "accumulate", "log", "list store"]
            if depth < 2:
                kinds += ["loop", "loop", "branch", "stack", "zeros"]
            getattr(self, "do_" + self.pick(kinds).replace(" ", "_"))(level, arrays, scalars, stacks, depth)

    def array(self, level: int, arrays: list, value: str, base: str | None = None) -> str:
        name = self.fresh(base)
        self.emit(level, f"{name} = {value}")
        arrays.append(name)
        return name

    def do_sum(self, level, arrays, scalars, stacks, depth) -> None:
        value = f"{self.pick(arrays)} {self.pick('+-*')} {self.pick(arrays + scalars)}"
        self.array(level, arrays, value)

    def do_call(self, level, arrays, scalars, stacks, depth) -> None:
        self.array(level, arrays, f"np.{self.pick(['sin', 'tanh', 'copy'])}({self.pick(arrays)})")

    def do_view(self, level, arrays, scalars, stacks, depth) -> None:
        view = self.pick(["{}[:]", "{}[::-1]", "np.transpose({})", "np.reshape({}, (4,))", "np.asarray({})"])
        self.array(level, arrays, view.format(self.pick(arrays)))

    def do_copy(self, level, arrays, scalars, stacks, depth) -> None:
        self.array(level, arrays, self.pick(arrays))

    def do_unit(self, level, arrays, scalars, stacks, depth) -> None:
        unit = self.pick(
            ["{} * 1.0", "1 * {}", "{} + 0", "{} ** 1", "-{}", "{} * -1", "1.0 / {}", "2 * {}", "0.5 * {}"]
        )
        self.array(level, arrays, unit.format(self.pick(arrays)))

    def do_literal(self, level, arrays, scalars, stacks, depth) -> None:
        name = self.fresh("s")
        self.emit(level, f"{name} = {self.pick(['2.0', '3 - 2', '-1.0', '1', '0.5 * 2'])}")
        scalars.append(name)

    def do_zeros(self, level, arrays, scalars, stacks, depth) -> None:
        self.array(level, arrays, f"np.zeros_like({self.pick(arrays)})", "x_bar")

    def do_accumulate(self, level, arrays, scalars, stacks, depth) -> None:
        bars = [name for name in arrays if "bar" in name] or arrays
        self.array(level, arrays, f"{self.pick(bars[-2:])} + {self.pick(arrays)}", "x_bar")

    def do_store(self, level, arrays, scalars, stacks, depth) -> None:
        target = self.pick(
            ["[0] = {s}", "[1:3] = {s}", "[:] = {a}", "[2] += {s}", "[::2] -= {s}", "[:] += {a}"]
        )
        self.emit(level, self.pick(arrays) + target.format(s=self.pick(scalars), a=self.pick(arrays)))

    def do_at(self, level, arrays, scalars, stacks, depth) -> None:
        call = self.pick(["np.add.at({}, [0, 0], {})", "scatter_add({}, 1, {})"])
        self.emit(level, call.format(self.pick(arrays), self.pick(scalars)))

    def do_log(self, level, arrays, scalars, stacks, depth) -> None:
        self.emit(level, f"log({self.pick(arrays + scalars)})")

    def do_element(self, level, arrays, scalars, stacks, depth) -> None:
        name = self.fresh("s")
        self.emit(level, f"{name} = {self.pick(arrays)}[{self.pick(['0', '1', '-1'])}]")
        scalars.append(name)

    def do_display(self, level, arrays, scalars, stacks, depth) -> None:
        name = self.fresh("pair")
        brackets = self.pick(["({}, {})", "[{}, {}]"])
        self.emit(level, f"{name} = " + brackets.format(self.pick(arrays), self.pick(arrays)))
        self.array(level, arrays, f"{name}[{self.pick(['0', '1'])}]")

    def do_list_store(self, level, arrays, scalars, stacks, depth) -> None:
        name = self.fresh("items")
        self.emit(level, f"{name} = [{self.pick(arrays)}, {self.pick(arrays)}]")
        self.emit(level, f"{name}[0] = {self.pick(arrays)}")
        self.array(level, arrays, f"{name}[{self.pick(['0', '1', '-1'])}]")

    def do_branch(self, level, arrays, scalars, stacks, depth) -> None:
        merged = self.fresh()
        for head in (f"if {self.pick(scalars)} > 0.3:", "else:"):
            self.emit(level, head)
            inner = list(arrays)
            self.block(level + 1, inner, list(scalars), stacks, depth + 1)
            self.emit(level + 1, f"{merged} = {self.pick(inner)}")
        arrays.append(merged)

    def do_loop(self, level, arrays, scalars, stacks, depth) -> None:
        carried = [self.fresh() for _ in range(self.draw(st.integers(1, 3)))]
        for name in carried:
            self.emit(level, f"{name} = {self.pick([*arrays, 'np.zeros_like(a)', '0.0 * a'])}")
        index = self.fresh("i")
        self.emit(level, f"for {index} in range({self.pick(['3', '2', '0', '1'])}):")
        inner, inner_scalars = arrays + carried, [*scalars, index]
        self.block(level + 1, inner, inner_scalars, stacks, depth + 1)
        sources = [self.pick(inner) for _ in carried]
        if len(carried) == 1:
            self.emit(level + 1, f"{carried[0]} = {sources[0]}")
        else:
            self.emit(level + 1, f"({', '.join(carried)}) = ({', '.join(sources)})")
        if self.draw(st.booleans()) and scalars:
            self.emit(level + 1, f"if {self.pick(scalars)} > 0.9:")
            self.emit(level + 2, "break")
        arrays += carried

    def do_stack(self, level, arrays, scalars, stacks, depth) -> None:
        names = [self.fresh("stack") for _ in range(self.draw(st.integers(1, 2)))]
        for name in names:
            self.emit(level, f"{name} = []")
        index = self.fresh("i")
        self.emit(level, f"for {index} in range({self.pick(['2', '3'])}):")
        inner = list(arrays)
        self.block(level + 1, inner, [*scalars, index], stacks, depth + 1)
        for name in names:
            self.emit(level + 1, f"{name}.append({self.pick(inner)})")
        carried = self.fresh("x_bar")
        self.emit(level, f"{carried} = {self.pick([*arrays, 'np.zeros_like(a)'])}")
        targets = [self.fresh("v") for _ in names]
        if len(names) == 1:
            self.emit(level, f"for {targets[0]} in reversed({names[0]}):")
        else:
            lists = ", ".join(f"reversed({name})" for name in names)
            self.emit(level, f"for ({', '.join(targets)}) in zip({lists}):")
        inner = arrays + [carried] + (targets if self.draw(st.booleans()) else targets[:1])
        self.block(level + 1, inner, list(scalars), stacks, depth + 1)
        self.emit(level + 1, f"{carried} = {self.pick(inner)}")
        arrays.append(carried)


@st.composite
def programs(draw):
    return Program(draw).text()


ALL = {**PASSES, "everything": (everything, False), "everything, bold": (everything_bold, False)}


@pytest.mark.parametrize("name", ALL)
@given(text=programs())
@settings(max_examples=EXAMPLES)
def test_pass_keeps_the_meaning(name, text):
    step, exact = ALL[name]
    before = core(text, scatter_add=scatter_add, log=print)
    rng = np.random.default_rng(1)
    args = [rng.normal(size=4), rng.normal(size=4), rng.normal(size=4), 0.5]
    check_pass(step, before, args, exact)


@pytest.mark.parametrize(
    "name", ["copies", "dead code", "common subexpressions", "moves", "stores", "constants"]
)
@given(text=programs())
@settings(max_examples=EXAMPLES // 2)
def test_pass_twice_is_pass_once(name, text):
    step, _ = PASSES[name]
    once = step(core(text, scatter_add=scatter_add, log=print))
    if name in ("constants", "dead code"):
        # What one round finds out about a name, the next one uses; what dead code aliases is no alias without it.
        once = step(step(step(once)))
    assert gast.dump(step(once).tree) == gast.dump(once.tree)
