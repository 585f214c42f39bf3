"""Random programs: Python texts with loops, branches, writes, views and containers, smooth and bounded by construction.

What a program means is whatever Python makes of it, so nothing here knows aliasing or derivatives; kinds and shapes of
variables are followed only so that the text runs. Products are wrapped in `sin` or `tanh` and sums have small
coefficients, so that values stay near one and differences are a trustworthy reference.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from tapegen.testing.random_expressions import (
    Array,
    Dict,
    Expressions,
    Function,
    Integer,
    Kind,
    List,
    Scalar,
    Source,
    Tuple,
)

BASIC = frozenset({"branch", "loop", "while", "helper", "slice", "store"})
FEATURES = BASIC | {
    "alias", "argument_writes", "break", "closure", "comprehension", "dict", "fancy", "in_place", "list", "mask",
    "matrix", "recursion", "return", "tuple", "view",
}  # fmt: skip
"""Everything a program may use; `BASIC` is the part that writes only into arrays of its own, through one name."""


@dataclass(frozen=True)
class RandomProgram:
    """The text of a module whose function `f` is to be differentiated, and the shapes of its arguments."""

    text: str
    shapes: tuple[tuple[int, ...], ...]
    seed: int

    def args(self) -> tuple[Any, ...]:
        """Arguments in [-1, 1], the same each time."""
        rng = np.random.default_rng(self.seed)
        return tuple(rng.uniform(-1.0, 1.0, s) if s else float(rng.uniform(-1.0, 1.0)) for s in self.shapes)

    def function(self, filename: str = "<random program>") -> Callable[..., Any]:
        """`f`, compiled; `filename` is where its source can be found."""
        namespace: dict[str, Any] = {"__name__": "random_program"}
        exec(compile(self.text, filename, "exec"), namespace)
        result: Callable[..., Any] = namespace["f"]
        return result


def write_program(source: Source, features: Collection[str] = FEATURES, size: int = 6) -> RandomProgram:
    """A random program of about `size` top-level statements that uses only the `features` named."""
    unknown = set(features) - FEATURES
    if unknown:
        raise ValueError(f"no such features: {sorted(unknown)}")
    return _Writer(source, frozenset(features)).program(size)


class _Writer(Expressions):
    """Statements, blocks and the module around them."""

    def program(self, size: int) -> RandomProgram:
        lines = ["import numpy as np", ""]
        functions: dict[str, Kind] = {}
        if self.has("helper"):
            for _ in range(self.source.integer(0, 2)):
                name, kind, text = self.helper()
                functions[name] = kind
                lines += ["", *text, ""]
        n = self.source.integer(3, 5)
        second = (self.source.integer(2, 4), n) if self.has("matrix") and self.chance(40) else (n,)
        own = self.has("argument_writes")
        shapes = ((n,), second, (), ())
        self.names = {
            "x": Array((n,), own),
            "y": Array(second, own),
            "s": Scalar(),
            "t": Scalar(),
            **functions,
        }
        body = []
        if not own or self.chance(30):
            for name in ("x", "y"):
                new = self.fresh("u")
                body.append(
                    self.pick([f"{new} = {name}.copy()", f"{new} = np.sin({name})", f"{new} = {name} * 0.8"])
                )
                self.names[new] = Array(self.shape(name))
        body += self.block(size)
        body.append(f"return {self.result()}")
        lines += ["", "def f(x, y, s, t):", *_indent(body), ""]
        return RandomProgram("\n".join(lines), shapes, self.source.integer(0, 2**31 - 1))

    def result(self) -> str:
        terms = [f"{self.constant()} * {name}" for name in self.scalars()]
        terms += [f"np.sum({name} * {self.constant()})" for name in self.arrays()]
        for name, kind in self.names.items():
            if isinstance(kind, List):
                terms.append(
                    f"sum([np.sum(np.sin(v)) for v in {name}])"
                    if self.has("comprehension")
                    else f"np.sum({name}[0])"
                )
            elif isinstance(kind, Dict):
                terms.append(f"np.sum({name}[{kind.elements[0][0]!r}])")
        return " + ".join(terms)

    def helper(self) -> tuple[str, Function, list[str]]:
        name = self.fresh("h")
        kinds = ["scalar", "array"]
        if self.has("in_place"):
            kinds += ["nothing", "nothing"]
        if self.has("recursion"):
            kinds.append("recursive")
        what = self.pick(kinds)
        if what == "recursive":
            body = [
                "if n <= 0:",
                "    return np.sin(a)",
                f"return {name}({self.constant()} * a + np.cos(a), n - 1) * 0.9",
            ]
            return name, Function(("scalar", "count"), "scalar"), [f"def {name}(a, n):", *_indent(body)]
        if what == "scalar":
            body = [f"c = np.sin(a * b + {self.constant()})"]
            if self.has("branch") and self.chance(60):
                other = f"c = c - {self.constant()} * a"
                if self.has("return") and self.chance(40):
                    other = f"return np.cos(a) * {self.constant()}"
                body += [f"if a > {self.constant()} * b:", f"    {other}", "else:", "    c = np.tanh(c + b)"]
            body.append(f"return c * {self.constant()} + a * 0.3")
            return name, Function(("scalar", "scalar"), "scalar"), [f"def {name}(a, b=0.7):", *_indent(body)]
        if what == "array":
            body = [f"w = np.tanh(v * b + {self.constant()})"]
            if self.has("store"):
                body += [
                    self.pick(["w[0] = b * v[-1]", "w[1:] += 0.5 * v[:-1]", "w[-1] += np.sin(w[0]) * b"])
                ]
            body.append(self.pick(["return w", "return w * v", "return w - 0.4 * v"]))
            return name, Function(("array", "scalar"), "array"), [f"def {name}(v, b):", *_indent(body)]
        writes = [
            "v[0] = np.tanh(v[-1] * b)", "v *= np.cos(b)", "v[1:] -= 0.3 * v[:-1] * b", "v[::2] = np.sin(v[::2] + b)",
            "v += 0.2 * v * v", "v[-1] *= 0.5 * b", "v[:-1] += 0.2 * v[1:]", "w = v[1:]\nw *= 0.7\nw[0] += b",
        ]  # fmt: skip
        body = "\n".join(self.pick(writes) for _ in range(self.source.integer(1, 3))).split("\n")
        gives = "nothing"
        if self.chance(40):
            body.append(self.pick(["return 0.3 * np.sum(v)", "return v[0] * b"]))
            gives = "scalar"
        return name, Function(("written", "scalar"), gives), [f"def {name}(v, b):", *_indent(body)]

    # statements

    def block(self, size: int) -> list[str]:
        lines: list[str] = []
        for _ in range(size):
            lines += self.statement()
        return lines or ["pass"]

    def nested(self, size: int, names: dict[str, Kind] | None = None) -> list[str]:
        """A block whose new names are forgotten after it."""
        outside, self.depth = dict(self.names), self.depth + 1
        self.names.update(names or {})
        lines = self.block(size)
        self.names, self.depth = outside, self.depth - 1
        return lines

    def statement(self) -> list[str]:
        makers = [self.scalar_assignment, self.array_assignment, self.scalar_update]
        if self.has("store"):
            makers += [self.store, self.store]
        for feature, maker in (
            ("in_place", self.whole_array), ("view", self.view), ("alias", self.alias), ("list", self.list_statement),
            ("tuple", self.tuple_statement), ("dict", self.dict_statement), ("helper", self.call),
            ("mask", self.masked), ("fancy", self.fancy), ("closure", self.closure), ("matrix", self.matrix),
        ):  # fmt: skip
            if self.has(feature):
                makers.append(maker)
        if self.has("break") and self.loops:
            makers.append(self.leave_loop)
        if self.has("return"):
            makers.append(self.leave_function)
        if self.depth < 2 or (self.depth == 2 and self.chance(25)):
            makers += [self.branch] * self.has("branch") * 2
            makers += [self.loop] * self.has("loop") * 2 + [self.while_loop] * self.has("while")
        for _ in range(8):
            lines: list[str] = self.pick(makers)()
            if lines:
                return lines
        return self.scalar_assignment()

    def scalar_assignment(self) -> list[str]:
        value = self.scalar(2)
        if self.chance(50):
            name = self.pick(self.scalars())
        else:
            name = self.fresh("a")
            self.names[name] = Scalar()
        return [f"{name} = {value}"]

    def scalar_update(self) -> list[str]:
        name = self.pick(self.scalars())
        return [
            self.pick(
                [
                    f"{name} += 0.3 * {self.scalar(1)}",
                    f"{name} *= np.cos({self.scalar(1)})",
                    f"{name} -= 0.2 * {self.scalar(1)}",
                ]
            )
        ]

    def array_assignment(self) -> list[str]:
        model = self.pick(self.arrays())
        shape = self.shape(model)
        value = self.fresh_array(shape)
        if self.chance(30):
            return [f"{model} = {value}"]
        name = self.fresh("u")
        self.names[name] = Array(shape)
        return [f"{name} = {value}"]

    def target(self) -> tuple[str, tuple[int, ...]] | None:
        """A place to store into, and its shape."""
        names = self.arrays(writable=True)
        if not names:
            return None
        name = self.pick(names)
        index, shape = self.index(self.shape(name))
        return f"{name}[{index}]", shape

    def store(self) -> list[str]:
        place = self.target()
        if place is None:
            return []
        target, shape = place
        value = self.scalar(1) if not shape or self.chance(25) else self.array(shape, 1)
        operator = self.pick(["=", "=", "+=", "-=", "*="])
        if operator == "=":
            return [f"{target} = {self.pick(['', '0.6 * '])}{value}"]
        if operator == "*=":
            return [f"{target} *= np.cos({value})"]
        return [f"{target} {operator} 0.4 * {value}"]

    def whole_array(self) -> list[str]:
        names = self.arrays(writable=True)
        if not names:
            return []
        name = self.pick(names)
        value = self.array(self.shape(name), 1) if self.chance(60) else self.scalar(1)
        forms = [
            f"{name} += 0.3 * {value}",
            f"{name} *= np.cos({value})",
            f"{name} -= 0.2 * {value}",
            f"{name} /= 1.5 + {value} ** 2",
        ]
        forms.append(f"{name}[:] = np.sin({value})")
        return [self.pick(forms)]

    def view(self) -> list[str]:
        name = self.pick(self.arrays())
        shape = self.shape(name)
        options = [(f"{name}[{i}]", s) for i, s in (self.slice_of(shape), self.slice_of(shape))]
        if len(shape) == 2:
            options += [
                (f"{name}.T", shape[::-1]),
                (f"{name}[{self.source.integer(0, shape[0] - 1)}]", shape[1:]),
            ]
            options += [
                (f"{name}[:, {self.source.integer(0, shape[1] - 1)}]", shape[:1]),
                (f"{name}.reshape(-1)", (shape[0] * shape[1],)),
            ]
        value, shape = self.pick(options)
        new = self.fresh("v")
        self.names[new] = Array(shape, self.writable(name))
        return [f"{new} = {value}"]

    def alias(self) -> list[str]:
        names = self.arrays()
        first = self.pick(names)
        alike = [n for n in names if self.names[n] == self.names[first] and n != first]
        if alike and self.chance(60):
            second = self.pick(alike)
            if self.chance(30):
                return [f"{first} = {second}"]
            return [f"{first}, {second} = {second}, {first}"]
        new, value = self.fresh("w"), first
        if alike and self.has("branch") and self.chance(50):
            value = f"{first} if {self.condition()} else {self.pick(alike)}"
        self.names[new] = self.names[first]
        return [f"{new} = {value}"]

    def list_statement(self) -> list[str]:
        lists = [n for n in self.of(lambda k: isinstance(k, List)) if n not in self.frozen]
        if not lists or self.chance(30):
            name = self.fresh("items")
            length = self.source.integer(1, 3)
            if self.chance(60):
                values = [self.scalar(1) for _ in range(length)]
                self.names[name] = List(Scalar(), length)
            else:
                model = self.names[self.pick(self.arrays())]
                assert isinstance(model, Array)
                alike = [n for n in self.arrays() if self.names[n] == model]
                values = [self.pick(alike) for _ in range(length)]
                self.names[name] = List(model, length)
            return [f"{name} = [{', '.join(values)}]"]
        name = self.pick(lists)
        kind = self.names[name]
        assert isinstance(kind, List)
        if isinstance(kind.element, Array):
            shape = kind.element.shape
            alike = [n for n in self.arrays() if self.names[n] == kind.element]
            forms = [
                f"{name}.append({self.pick(alike) if alike and self.has('alias') else self.fresh_array(shape)})"
            ]
            if kind.element.writable:
                forms += [f"{name}[-1][0] = {self.scalar(1)}" if len(shape) == 1 else f"{name}[0] *= 0.8"]
                forms += [f"{name}[{self.pick([0, -1])}] *= np.cos({self.scalar(1)})"] * self.has("in_place")
            return [self.pick(forms)]
        forms = [
            f"{name}.append({self.scalar(1)})",
            f"{name}[0] = {self.scalar(1)}",
            f"{name}[-1] += 0.3 * {self.scalar(1)}",
        ]
        forms.append(f"{name}.insert(0, {self.scalar(1)})")
        if kind.length >= 2 and self.depth == 0:
            self.names[name] = List(kind.element, kind.length - 1)
            popped = self.fresh("a")
            self.names[popped] = Scalar()
            return [f"{popped} = {name}.pop({self.pick(['', '0'])})"]
        return [self.pick(forms)]

    def tuple_statement(self) -> list[str]:
        tuples = self.of(lambda k: isinstance(k, Tuple))
        if not tuples or self.chance(40):
            name = self.fresh("pair")
            scalars = [self.scalar(1), self.scalar(1)]
            array = self.pick(self.arrays())
            if self.chance(50):
                self.names[name] = Tuple((Scalar(), Scalar()))
                return [f"{name} = ({', '.join(scalars)})"]
            kind = self.names[array]
            assert isinstance(kind, Array)
            self.names[name] = Tuple((Scalar(), kind))
            return [f"{name} = ({scalars[0]}, {array})"]
        name = self.pick(tuples)
        kind = self.names[name]
        assert isinstance(kind, Tuple)
        first, second = self.fresh("a"), self.fresh("b")
        self.names[first], self.names[second] = kind.elements
        return [f"{first}, {second} = {name}"]

    def dict_statement(self) -> list[str]:
        dicts = self.of(lambda k: isinstance(k, Dict))
        if not dicts or self.chance(30):
            name = self.fresh("d")
            array = self.pick(self.arrays())
            kind = self.names[array]
            assert isinstance(kind, Array)
            line = f'{name} = {{"p": {self.scalar(1)}, "q": {array}}}'
            self.names[name] = Dict((("p", Scalar()), ("q", kind)))
            return [line]
        name = self.pick(dicts)
        kind = self.names[name]
        assert isinstance(kind, Dict)
        array_kind = kind.elements[1][1]
        assert isinstance(array_kind, Array)
        forms = [f'{name}["p"] = {self.scalar(1)}', f'{name}["p"] += 0.3 * {self.scalar(1)}']
        forms.append(f'{name}["p"] = {name}.get("none", {self.scalar(1)}) * np.cos({name}["p"])')
        forms.append(f'{name}["q"] = {self.fresh_array(array_kind.shape)}')
        if array_kind.writable and len(array_kind.shape) == 1:
            forms.append(f'{name}["q"][0] = {self.scalar(1)}')
        return [self.pick(forms)]

    def call(self) -> list[str]:
        helpers = self.of(lambda k: isinstance(k, Function))
        if not helpers:
            return []
        name = self.pick(helpers)
        kind = self.names[name]
        assert isinstance(kind, Function)
        if kind.takes[0] == "written":
            places = [(n, n) for n in self.arrays(writable=True, rank=1) if self.shape(n)[0] >= 3]
            if self.has("view"):
                places += [(n, f"{n}[::-1]") for n, _ in places]
                places += [
                    (n, f"{n}[1:]") for n in self.arrays(writable=True, rank=1) if self.shape(n)[0] >= 4
                ]
            if not places:
                return []
            text = f"{name}({self.pick(places)[1]}, {self.scalar(1)})"
            if kind.gives == "nothing" or self.chance(30):
                return [text]
            new = self.fresh("a")
            self.names[new] = Scalar()
            return [f"{new} = {text}"]
        if kind.gives == "array":
            places_1 = [n for n in self.arrays(rank=1) if self.shape(n)[0] >= 2]
            if not places_1:
                return []
            argument, new = self.pick(places_1), self.fresh("u")
            line = f"{new} = {name}({argument}, {self.scalar(1)})"
            self.names[new] = Array(self.shape(argument))
            return [line]
        new = self.fresh("a")
        value = self.call_scalar(name, kind)
        self.names[new] = Scalar()
        return [f"{new} = {value}"]

    def masked(self) -> list[str]:
        names = self.arrays(writable=True)
        if not names:
            return []
        name = self.pick(names)
        other = self.pick([n for n in self.arrays() if self.shape(n) == self.shape(name)])
        mask = f"{other} {self.pick(['>', '<'])} {self.constant()}"
        forms = [
            f"{name}[{mask}] *= 0.7",
            f"{name}[{mask}] = {self.scalar(1)}",
            f"{name}[{mask}] += 0.3 * {self.scalar(1)}",
        ]
        forms.append(f"{name}[{mask}] = np.sin({other}[{mask}])")
        return [self.pick(forms)]

    def fancy(self) -> list[str]:
        names = self.arrays(writable=True, rank=1)
        if not names:
            return []
        name = self.pick(names)
        n = self.shape(name)[0]
        index = [self.source.integer(0, n - 1) for _ in range(2)]
        values = f"np.array([{self.scalar(1)}, {self.scalar(1)}])"
        return [
            self.pick(
                [
                    f"{name}[{index}] = {values}",
                    f"{name}[{index}] += 0.3 * {values}",
                    f"np.add.at({name}, {index}, 0.3 * {values})",
                ]
            )
        ]

    def matrix(self) -> list[str]:
        vectors = self.arrays(rank=1)
        first, second = self.pick(vectors), self.pick(vectors)
        name = self.fresh("m")
        shape = (self.shape(first)[0], self.shape(second)[0])
        if shape[0] * shape[1] > 30:
            return []
        self.names[name] = Array(shape)
        return [
            self.pick(
                [
                    f"{name} = np.outer({first}, {second})",
                    f"{name} = np.sin({first}[:, None] * {second})",
                    f"{name} = {first}[:, None] - 0.5 * {second}",
                ]
            )
        ]

    def closure(self) -> list[str]:
        name = self.fresh("g")
        value = self.scalar(2)
        self.names[name] = Function(("scalar",), "scalar")
        return [f"def {name}(z):", f"    return np.sin(z * {value}) + 0.3 * {self.scalar(1)}"]

    def leave_loop(self) -> list[str]:
        return [f"if {self.condition()}:", f"    {self.pick(['break', 'continue'])}"]

    def leave_function(self) -> list[str]:
        if self.chance(60):
            return []
        return [
            f"if {self.condition()}:",
            f"    return {self.scalar(1)} + {self.scalar(1)} * {self.scalar(1)}",
        ]

    def branch(self) -> list[str]:
        lines = [f"if {self.condition()}:", *_indent(self.nested(self.source.integer(1, 3)))]
        if self.chance(25):
            lines += [f"elif {self.condition()}:", *_indent(self.nested(self.source.integer(1, 2)))]
        if self.chance(60):
            lines += ["else:", *_indent(self.nested(self.source.integer(1, 2)))]
        return lines

    def loop(self) -> list[str]:
        self.loops += 1
        size = self.source.integer(1, 3)
        forms = ["range", "range", "values", "enumerate", "zip"]
        if self.has("list"):
            forms.append("list")
        if self.has("view"):
            forms.append("rows")
        lines = getattr(self, f"loop_over_{self.pick(forms)}")(size)
        self.loops -= 1
        return list(lines)

    def loop_over_range(self, size: int) -> list[str]:
        index, count = self.fresh("i"), self.source.integer(1, 4)
        header = f"for {index} in range({count}):"
        arrays = self.arrays(rank=1)
        if self.chance(40) and arrays:
            name = self.pick(arrays)
            count = self.shape(name)[0]
            header = self.pick(
                [f"for {index} in range(len({name})):", f"for {index} in range({name}.shape[0] - 1, -1, -1):"]
            )
        return [header, *_indent(self.nested(size, {index: Integer(count)}))]

    def loop_over_values(self, size: int) -> list[str]:
        value, name = self.fresh("e"), self.pick(self.arrays(rank=1))
        return [f"for {value} in {name}:", *_indent(self.nested(size, {value: Scalar()}))]

    def loop_over_enumerate(self, size: int) -> list[str]:
        index, value, name = self.fresh("i"), self.fresh("e"), self.pick(self.arrays(rank=1))
        body = self.nested(size, {index: Integer(self.shape(name)[0]), value: Scalar()})
        return [f"for {index}, {value} in enumerate({name}):", *_indent(body)]

    def loop_over_zip(self, size: int) -> list[str]:
        first, second = self.fresh("e"), self.fresh("e")
        names = self.arrays(rank=1)
        body = self.nested(size, {first: Scalar(), second: Scalar()})
        return [f"for {first}, {second} in zip({self.pick(names)}, {self.pick(names)}):", *_indent(body)]

    def loop_over_list(self, size: int) -> list[str]:
        lists = [n for n in self.of(lambda k: isinstance(k, List)) if n not in self.frozen]
        if not lists:
            return self.loop_over_values(size)
        name, value = self.pick(lists), self.fresh("e")
        kind = self.names[name]
        assert isinstance(kind, List)
        self.frozen.add(name)
        body = self.nested(size, {value: kind.element})
        self.frozen.discard(name)
        return [f"for {value} in {name}:", *_indent(body)]

    def loop_over_rows(self, size: int) -> list[str]:
        names = self.arrays(rank=2)
        if not names:
            return self.loop_over_values(size)
        name, value = self.pick(names), self.fresh("row")
        kind = Array(self.shape(name)[1:], self.writable(name))
        return [f"for {value} in {name}:", *_indent(self.nested(size, {value: kind}))]

    def while_loop(self) -> list[str]:
        self.loops += 1
        counter = self.fresh("k")
        limit = self.source.integer(1, 4)
        test = f"{counter} < {limit}"
        if self.chance(50):
            test += f" and {self.condition()}"
        body = [f"{counter} += 1", *self.nested(self.source.integer(1, 3), {counter: Integer(limit + 1)})]
        self.loops -= 1
        return [f"{counter} = 0", f"while {test}:", *_indent(body)]


def _indent(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]
