"""Random programs: Python texts with loops, branches, writes, views and containers, smooth and bounded by construction.

What a program means is whatever Python makes of it, so nothing here knows aliasing or derivatives; kinds and shapes of
variables are followed only so that the text runs. Products are wrapped in `sin` or `tanh` and sums have small
coefficients, so that values stay near one and differences are a trustworthy reference.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from tapegen.testing.random_constructs import Constructs, indent
from tapegen.testing.random_expressions import (
    Array,
    Class,
    Dict,
    Function,
    Integer,
    Kind,
    List,
    Object,
    Scalar,
    Source,
)

BASIC = frozenset({"branch", "loop", "while", "helper", "slice", "store"})
FEATURES = BASIC | {
    "alias", "argument_writes", "break", "builtin", "class", "closure", "comprehension", "container_argument", "dict",
    "fancy", "generator", "in_place", "list", "loop_else", "mask", "match", "matrix", "nonlocal", "output", "recursion",
    "return", "try", "tuple", "unpacking", "view", "walrus",
}  # fmt: skip
"""Everything a program may use; `BASIC` is the part that writes only into arrays of its own, through one name."""


@dataclass(frozen=True)
class RandomProgram:
    """The text of a module whose function `f` is to be differentiated, and the shapes of its arguments.

    A shape is a tuple; a dict or a list of shapes is that of a dict or a list.
    """

    text: str
    shapes: tuple[Any, ...]
    seed: int

    def args(self) -> tuple[Any, ...]:
        """Arguments in [-1, 1], the same each time."""
        rng = np.random.default_rng(self.seed)
        return tuple(_filled(shape, rng) for shape in self.shapes)

    def function(self, filename: str = "<random program>") -> Callable[..., Any]:
        """`f`, compiled; `filename` is where its source can be found."""
        namespace: dict[str, Any] = {"__name__": "random_program"}
        exec(compile(self.text, filename, "exec"), namespace)
        result: Callable[..., Any] = namespace["f"]
        return result


def _filled(shape: Any, rng: np.random.Generator) -> Any:
    if isinstance(shape, dict):
        return {key: _filled(inner, rng) for key, inner in shape.items()}
    if isinstance(shape, list):
        return [_filled(inner, rng) for inner in shape]
    return rng.uniform(-1.0, 1.0, shape) if shape else float(rng.uniform(-1.0, 1.0))


def write_program(source: Source, features: Collection[str] = FEATURES, size: int = 6) -> RandomProgram:
    """A random program of about `size` top-level statements that uses only the `features` named."""
    unknown = set(features) - FEATURES
    if unknown:
        raise ValueError(f"no such features: {sorted(unknown)}")
    return _Writer(source, frozenset(features)).program(size)


class _Writer(Constructs):
    """Statements, blocks and the module around them."""

    def program(self, size: int) -> RandomProgram:
        lines = ["import numpy as np", ""]
        for feature, write in (
            ("helper", self.helper), ("class", self.class_definition), ("generator", self.generator_function)
        ):  # fmt: skip
            for _ in range(
                self.source.integer(0, 2 if feature == "helper" else 1) if self.has(feature) else 0
            ):
                name, made, text = write()
                self.names[name] = made
                lines += ["", *text, ""]
        n = self.source.integer(3, 5)
        second = (self.source.integer(2, 4), n) if self.has("matrix") and self.chance(40) else (n,)
        own = self.has("argument_writes")
        shapes: list[Any] = [(n,), second, (), ()]
        self.names |= {"x": Array((n,), own), "y": Array(second, own), "s": Scalar(), "t": Scalar()}
        parameters = "x, y, s, t"
        if own and self.has("container_argument") and self.chance(30):
            parameters, shape, kind = self.container(n)
            shapes.append(shape)
            self.names["c"] = kind
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
        lines += ["", f"def f({parameters}):", *indent(body), ""]
        return RandomProgram("\n".join(lines), tuple(shapes), self.source.integer(0, 2**31 - 1))

    def container(self, n: int) -> tuple[str, Any, Kind]:
        """The parameters with a list or dict `c` among them, its shapes and its kind."""
        options: list[tuple[Any, Kind]] = []
        if self.has("dict"):
            options.append(({"p": (), "q": (n,)}, Dict((("p", Scalar()), ("q", Array((n,)))))))
        if self.has("list"):
            options += [([(n,), (n,)], List(Array((n,)), 2)), ([(), (), ()], List(Scalar(), 3))]
        if not options:
            options = [((n,), Array((n,)))]
        shape, kind = self.pick(options)
        return "x, y, s, t, c", shape, kind

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
            elif isinstance(kind, Object):
                terms.append(f"{name}.total")
        return " + ".join(terms)

    def helper(self) -> tuple[str, Function, list[str]]:
        name = self.fresh("h")
        kinds = ["scalar", "array"]
        if self.has("in_place"):
            kinds += ["nothing", "nothing"]
        if self.has("recursion"):
            kinds.append("recursive")
            kinds += ["writing recursion"] * self.has("in_place")
        what = self.pick(kinds)
        if what == "recursive":
            body = [
                "if n <= 0:",
                "    return np.sin(a)",
                f"return {name}({self.constant()} * a + np.cos(a), n - 1) * 0.9",
            ]
            return name, Function(("scalar", "count"), "scalar"), [f"def {name}(a, n):", *indent(body)]
        if what == "writing recursion":
            change = self.pick(["v[0] = np.tanh(v[-1] * b)", "v[1:] -= 0.3 * v[:-1] * b", "v *= np.cos(b)"])
            body = ["if len(v) < 2:", "    return", change, f"{name}(v[1:], b * 0.8)"]
            body += [self.pick(["v[-1] *= 0.5", "v[0] += np.sin(v[-1])"])] * self.chance(50)
            return name, Function(("written", "scalar"), "nothing"), [f"def {name}(v, b):", *indent(body)]
        if what == "scalar":
            body = [f"c = np.sin(a * b + {self.constant()})"]
            if self.has("branch") and self.chance(60):
                other = f"c = c - {self.constant()} * a"
                if self.has("return") and self.chance(40):
                    other = f"return np.cos(a) * {self.constant()}"
                body += [f"if a > {self.constant()} * b:", f"    {other}", "else:", "    c = np.tanh(c + b)"]
            body.append(f"return c * {self.constant()} + a * 0.3")
            return name, Function(("scalar", "scalar"), "scalar"), [f"def {name}(a, b=0.7):", *indent(body)]
        if what == "array":
            body = [f"w = np.tanh(v * b + {self.constant()})"]
            if self.has("store"):
                body += [
                    self.pick(["w[0] = b * v[-1]", "w[1:] += 0.5 * v[:-1]", "w[-1] += np.sin(w[0]) * b"])
                ]
            body.append(self.pick(["return w", "return w * v", "return w - 0.4 * v", "return w[::-1]"]))
            return name, Function(("array", "scalar"), "array"), [f"def {name}(v, b):", *indent(body)]
        writes = [
            "v[0] = np.tanh(v[-1] * b)", "v *= np.cos(b)", "v[1:] -= 0.3 * v[:-1] * b", "v[::2] = np.sin(v[::2] + b)",
            "v += 0.2 * v * v", "v[-1] *= 0.5 * b", "v[:-1] += 0.2 * v[1:]", "w = v[1:]\nw *= 0.7\nw[0] += b",
        ]  # fmt: skip
        inner = [n for n, k in self.names.items() if isinstance(k, Function) and k.takes[0] == "written"]
        writes += [f"{n}({v}, b * 0.7)" for n in inner for v in ("v", "v[::-1]")]
        body = "\n".join(self.pick(writes) for _ in range(self.source.integer(1, 3))).split("\n")
        gives = "nothing"
        if self.chance(40):
            body.append(self.pick(["return 0.3 * np.sum(v)", "return v[0] * b"]))
            gives = "scalar"
        return name, Function(("written", "scalar"), gives), [f"def {name}(v, b):", *indent(body)]

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
            ("generator", self.generator_statement), ("nonlocal", self.nonlocal_function), ("try", self.attempt),
            ("unpacking", self.unpacking), ("output", self.output), ("walrus", self.walrus), ("match", self.matching),
            ("view", self.other_view), ("list", self.swapped_items),
        ):  # fmt: skip
            if self.has(feature):
                makers.append(maker)
        if any(isinstance(kind, (Class, Object)) for kind in self.names.values()):
            makers += [self.object_statement] * 2
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
        lines = [f"if {self.condition()}:", *indent(self.nested(self.source.integer(1, 3)))]
        if self.chance(25):
            lines += [f"elif {self.condition()}:", *indent(self.nested(self.source.integer(1, 2)))]
        if self.chance(60):
            lines += ["else:", *indent(self.nested(self.source.integer(1, 2)))]
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
        return [*lines, *self.loop_else()]

    def loop_else(self) -> list[str]:
        if not self.has("loop_else") or self.chance(85):
            return []
        return ["else:", *indent(self.nested(1))]

    def loop_over_range(self, size: int) -> list[str]:
        index, count = self.fresh("i"), self.source.integer(1, 4)
        header = f"for {index} in range({count}):"
        arrays = self.arrays(rank=1)
        if self.chance(40) and arrays:
            name = self.pick(arrays)
            count = self.shape(name)[0]
            header = self.pick(
                [
                    f"for {index} in range(len({name})):",
                    f"for {index} in range({name}.shape[0] - 1, -1, -1):",
                    f"for {index} in range({count} - 1, -1, -2):",
                    f"for {index} in reversed(range({count})):",
                    f"for {index} in range(0, {count}, 2):",
                ]
            )
        return [header, *indent(self.nested(size, {index: Integer(count)}))]

    def loop_over_values(self, size: int) -> list[str]:
        value, name = self.fresh("e"), self.pick(self.arrays(rank=1))
        return [f"for {value} in {name}:", *indent(self.nested(size, {value: Scalar()}))]

    def loop_over_enumerate(self, size: int) -> list[str]:
        index, value, name = self.fresh("i"), self.fresh("e"), self.pick(self.arrays(rank=1))
        body = self.nested(size, {index: Integer(self.shape(name)[0]), value: Scalar()})
        return [f"for {index}, {value} in enumerate({name}):", *indent(body)]

    def loop_over_zip(self, size: int) -> list[str]:
        first, second = self.fresh("e"), self.fresh("e")
        names = self.arrays(rank=1)
        body = self.nested(size, {first: Scalar(), second: Scalar()})
        return [f"for {first}, {second} in zip({self.pick(names)}, {self.pick(names)}):", *indent(body)]

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
        return [f"for {value} in {name}:", *indent(body)]

    def loop_over_rows(self, size: int) -> list[str]:
        names = self.arrays(rank=2)
        if not names:
            return self.loop_over_values(size)
        name, value = self.pick(names), self.fresh("row")
        kind = Array(self.shape(name)[1:], self.writable(name))
        return [f"for {value} in {name}:", *indent(self.nested(size, {value: kind}))]

    def while_loop(self) -> list[str]:
        self.loops += 1
        counter = self.fresh("k")
        limit = self.source.integer(1, 4)
        test = f"{counter} < {limit}"
        if self.chance(50):
            test += f" and {self.condition()}"
        body = [f"{counter} += 1", *self.nested(self.source.integer(1, 3), {counter: Integer(limit + 1)})]
        self.loops -= 1
        if self.has("break") and self.chance(25):
            body = [f"if not ({test}):", "    break", *body]
            test = "True"
        return [f"{counter} = 0", f"while {test}:", *indent(body), *self.loop_else()]
