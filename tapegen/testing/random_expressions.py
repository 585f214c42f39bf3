"""Kinds of variables in random programs, and random expressions over the variables in scope."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Source(Protocol):
    """Where choices come from: a random generator, or Hypothesis."""

    def integer(self, low: int, high: int) -> int: ...


@dataclass(frozen=True)
class Scalar:
    pass


@dataclass(frozen=True)
class Integer:
    bound: int  # values are 0 ... bound - 1


@dataclass(frozen=True)
class Array:
    shape: tuple[int, ...]
    writable: bool = True


@dataclass(frozen=True)
class List:
    element: "Scalar | Array"
    length: int  # at least


@dataclass(frozen=True)
class Tuple:
    elements: tuple["Scalar | Array", ...]


@dataclass(frozen=True)
class Dict:
    elements: tuple[tuple[str, "Scalar | Array"], ...]


@dataclass(frozen=True)
class Function:
    takes: tuple[str, ...]
    gives: str  # "scalar", "array" (the shape of the first argument) or "nothing"


@dataclass(frozen=True)
class Object:
    """An instance with a number `a` and an array `v`, a method `step` and a property `total`."""

    shape: tuple[int, ...]


@dataclass(frozen=True)
class Class:
    aliases: bool  # whether its instances, which are `Object`, keep the array that they are given


Kind = Scalar | Integer | Array | List | Tuple | Dict | Function | Object | Class


class Expressions:
    """Choices, the variables in scope, and expressions of bounded value over them."""

    def __init__(self, source: Source, features: frozenset[str]) -> None:
        self.source = source
        self.features = features
        self.names: dict[str, Kind] = {}
        self.count = 0
        self.depth = 0
        self.loops = 0
        self.frozen: set[str] = set()  # lists that a loop is running over

    # choices

    def chance(self, percent: int) -> bool:
        return self.source.integer(0, 99) < percent

    def pick(self, options: Sequence[Any]) -> Any:
        return options[self.source.integer(0, len(options) - 1)]

    def constant(self) -> str:
        return f"{self.source.integer(1, 12) / 10}"

    def has(self, feature: str) -> bool:
        return feature in self.features

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def of(self, test: Callable[[Kind], bool]) -> list[str]:
        return [name for name, kind in self.names.items() if test(kind)]

    def scalars(self) -> list[str]:
        return self.of(lambda k: isinstance(k, Scalar))

    def arrays(self, writable: bool = False, rank: int | None = None) -> list[str]:
        def fits(k: Kind) -> bool:
            return isinstance(k, Array) and (k.writable or not writable) and rank in (None, len(k.shape))

        return self.of(fits)

    def shape(self, name: str) -> tuple[int, ...]:
        kind = self.names[name]
        assert isinstance(kind, Array)
        return kind.shape

    def writable(self, name: str) -> bool:
        kind = self.names[name]
        assert isinstance(kind, Array)
        return kind.writable

    # expressions

    def condition(self) -> str:
        integers = [n for n, k in self.names.items() if isinstance(k, Integer) and k.bound > 1]
        if integers and self.chance(40):
            name = self.pick(integers)
            return str(self.pick([f"{name} % 2 == 0", f"{name} > 1", f"{name} == 1"]))
        left, right = self.scalar(1), self.pick([self.constant(), f"-{self.constant()}", self.scalar(0)])
        test = f"{left} {self.pick(['>', '<'])} {right}"
        if self.chance(15):
            test = f"({test} {self.pick(['and', 'or'])} {self.scalar(0)} < {self.constant()})"
        return test

    def scalar(self, depth: int) -> str:
        if depth == 0 or self.chance(25):
            return self.scalar_leaf()
        a, b = self.scalar(depth - 1), self.scalar(depth - 1)
        forms = [
            f"np.sin({a})", f"np.tanh({a} * {b})", f"np.cos({a} + {b})", f"(0.6 * {a} + {self.constant()} * 0.4 * {b})",
            f"(0.5 * {a} - 0.4 * {b})", f"np.sin({a} * {b})", f"{a} / (1.5 + {b} ** 2)", f"np.exp(-(({a}) ** 2))",
        ]  # fmt: skip
        vectors = self.arrays(rank=1)
        name = self.pick(self.arrays())
        forms += [f"0.3 * np.sum({name})", f"{name}.mean()", f"0.2 * np.sum({name} ** 2)"]
        if vectors:
            name = self.pick(vectors)
            alike = [n for n in vectors if self.shape(n) == self.shape(name)]
            forms.append(f"np.tanh({name} @ {self.pick(alike)})")
            if self.has("comprehension"):
                forms.append(f"0.3 * sum([np.sin(q) * {a} for q in {name}])")
                forms.append(f"np.tanh(sum(q ** 2 for q in {name} if q > {self.constant()} - 0.6))")
        functions = [(n, k) for n, k in self.names.items() if isinstance(k, Function) and k.gives == "scalar"]
        functions = [(n, k) for n, k in functions if k.takes[0] == "scalar"]
        if functions and depth > 1:
            forms.append(self.call_scalar(*self.pick(functions)))
        if self.has("branch"):
            forms.append(f"({a} if {self.scalar(0)} > {self.constant()} else {b})")
        if self.has("builtin"):
            forms += [f"max({a}, {b})", f"min([{a}, {b}, {self.constant()}])", f"sorted([{a}, {b}])[0]"]
            forms += [f"abs({a})", f"np.sin(sum(map(lambda q: q * {a}, {name})))" if vectors else f"abs({b})"]
        return str(self.pick(forms))

    def call_scalar(self, name: str, kind: Function) -> str:
        if kind.takes[1:] == ("count",):
            return f"{name}({self.scalar(1)}, {self.source.integer(0, 3)})"
        if len(kind.takes) == 1:
            return f"{name}({self.scalar(1)})"
        second = self.pick([f", {self.scalar(1)}", f", b={self.scalar(1)}", ""])
        return f"{name}({self.scalar(1)}{second})"

    def scalar_leaf(self) -> str:
        options = list(self.scalars())
        options += options
        options.append(self.constant())
        vectors = self.arrays(rank=1)
        if vectors:
            name = self.pick(vectors)
            options += [f"{name}[{self.integer_index(self.shape(name)[0])}]"] * 2
        matrices = self.arrays(rank=2)
        if matrices:
            name = self.pick(matrices)
            rows, columns = self.shape(name)
            options.append(f"{name}[{self.integer_index(rows)}, {self.integer_index(columns)}]")
        for name, kind in self.names.items():
            if isinstance(kind, List) and isinstance(kind.element, Scalar):
                options.append(f"{name}[{self.pick([0, -1])}]")
            elif isinstance(kind, Tuple):
                options.append(f"{name}[0]")
            elif isinstance(kind, Dict):
                options.append(f'{name}["p"]')
        return str(self.pick(options))

    def fresh_array(self, shape: tuple[int, ...]) -> str:
        """An array expression that makes a new array."""
        value = self.array(shape, 1)
        return str(
            self.pick(
                [
                    f"np.sin({value})",
                    f"0.8 * {value}",
                    f"{value} + 0.1",
                    f"np.tanh({value} * {self.scalar(1)})",
                ]
            )
        )

    def array(self, shape: tuple[int, ...], depth: int) -> str:
        if depth == 0 or self.chance(30):
            return self.array_leaf(shape)
        a, b = self.array(shape, depth - 1), self.array(shape, depth - 1)
        forms = [
            f"np.sin({a})", f"(0.6 * {a} - 0.4 * {b})", f"np.tanh({a} * {b})", f"{a} * {self.scalar_leaf()}",
            f"np.cos({a} + {self.scalar(1)})", f"{a} / (1.5 + {b} ** 2)",
            f"np.where({a} > {self.constant()}, {b}, 0.5 * {a})",
        ]  # fmt: skip
        if len(shape) == 1:
            forms += [f"np.roll({a}, 1)", f"0.4 * np.cumsum({a})", f"({a})[::-1]"]
            if shape[0] > 1:
                k = self.source.integer(1, shape[0] - 1)
                forms.append(f"np.concatenate([{self.array((k,), 0)}, {self.array((shape[0] - k,), 0)}])")
            if self.has("comprehension"):
                forms.append(f"np.array([np.sin(q) * {self.constant()} for q in {a}])")
        return str(self.pick(forms))

    def array_leaf(self, shape: tuple[int, ...]) -> str:
        options = [n for n in self.arrays() if self.shape(n) == shape]
        if self.has("slice"):
            for name in self.arrays(rank=len(shape)):
                have = self.shape(name)
                if all(h >= w for h, w in zip(have, shape)) and have != shape:
                    parts = []
                    for h, w in zip(have, shape):
                        start = self.source.integer(0, h - w)
                        parts.append(":" if h == w else f"{start or ''}:{start + w}")
                    options.append(f"{name}[{', '.join(parts)}]")
            if len(shape) == 1:
                for name in self.arrays(rank=2):
                    rows, columns = self.shape(name)
                    if columns == shape[0]:
                        options.append(f"{name}[{self.integer_index(rows)}]")
                    if rows == shape[0]:
                        options.append(f"{name}[:, {self.integer_index(columns)}]")
        if not options:
            return f"np.full({shape}, {self.scalar_leaf()})"
        return str(self.pick(options))

    def integer_index(self, n: int) -> str:
        counters = [name for name, k in self.names.items() if isinstance(k, Integer) and k.bound <= n]
        if counters and self.chance(60):
            return str(self.pick(counters))
        return str(self.source.integer(-n, n - 1) if self.chance(30) else self.source.integer(0, n - 1))

    def slice_of(self, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        """A slice of every axis, and its shape."""
        texts, result = [], []
        for n in shape:
            if n < 2:
                texts.append(":")
                result.append(n)
                continue
            options = [("1:", n - 1), (":-1", n - 1), ("::2", (n + 1) // 2), ("::-1", n), (":", n)]
            if n >= 3:
                options += [("1:-1", n - 2), ("1::2", n // 2), (f":{n - 1}", n - 1)]
            text, size = self.pick(options)
            texts.append(text)
            result.append(size)
        return ", ".join(texts), tuple(result)

    def index(self, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        """Any index, and the shape of what it selects."""
        if self.has("slice") and self.chance(45):
            return self.slice_of(shape)
        if len(shape) == 1:
            return self.integer_index(shape[0]), ()
        row, column = self.integer_index(shape[0]), self.integer_index(shape[1])
        if self.has("slice") and self.chance(60):
            return (row, shape[1:]) if self.chance(50) else (f":, {column}", shape[:1])
        return f"{row}, {column}", ()
