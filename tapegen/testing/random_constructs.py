"""Random uses of the wider language: classes, generators, `nonlocal`, `try`, unpacking, `match`, walruses, `out=`."""

from tapegen.testing.random_expressions import Array, Class, Dict, Function, Kind, List, Object, Scalar
from tapegen.testing.random_statements import Statements


def indent(lines: list[str]) -> list[str]:
    """The lines of a block, inside."""
    return ["    " + line for line in lines]


class Constructs(Statements):
    """Each method writes one statement, or none where nothing in scope fits."""

    def nested(self, size: int, names: dict[str, Kind] | None = None) -> list[str]:
        """A block whose new names are forgotten after it."""
        raise NotImplementedError

    # what stands beside `f` in the module

    def class_definition(self) -> tuple[str, Class, list[str]]:
        name, aliases = self.fresh("C"), self.has("alias") and self.chance(40)
        writes = ["self.v[0] = self.a * b", "self.v = self.v * np.cos(b)", "self.v[1:] += 0.3 * self.v[:-1]"]
        writes += ["self.v *= np.cos(self.a)"] * self.has("in_place")
        changes = ["self.a = np.sin(self.a + b)", "self.a += 0.4 * self.v[-1]", "self.a = b"]
        step = [self.pick([*writes, *changes]) for _ in range(self.source.integer(1, 3))]
        if self.chance(30):
            step = [step[0], f"if self.a > {self.constant()}:", f"    {self.pick(changes)}", *step[1:]]
        body = [
            "def __init__(self, a, v):",
            "    self.a = a",
            f"    self.v = {'v' if aliases else 'v * 0.9'}",
            "",
            "def step(self, b):",
            *indent(step),
            f"    return self.a * {self.constant()} + self.v[0]",
            "",
            "@property",
            "def total(self):",
            "    return self.a + 0.3 * np.sum(self.v)",
        ]
        return name, Class(aliases), [f"class {name}:", *indent(body)]

    def generator_function(self) -> tuple[str, Function, list[str]]:
        name = self.fresh("gen")
        body = ["total = b", "for e in v:", "    total = np.sin(total + e)"]
        gives = "values"
        if self.has("break") and self.chance(30):
            body += [f"    if total > {self.constant()}:", f"        {self.pick(['continue', 'break'])}"]
            gives = "some values"
        body.append(f"    yield total * {self.constant()}")
        return name, Function(("array", "scalar"), gives), [f"def {name}(v, b):", *indent(body)]

    # statements

    def object_statement(self) -> list[str]:
        classes = [(n, k) for n, k in self.names.items() if isinstance(k, Class)]
        objects = [(n, k) for n, k in self.names.items() if isinstance(k, Object)]
        if not objects or self.chance(30):
            name, kind = self.pick(classes)
            arrays = [n for n in self.arrays(writable=kind.aliases, rank=1) if self.shape(n)[0] >= 2]
            if not arrays:
                return []
            array, new = self.pick(arrays), self.fresh("o")
            line = f"{new} = {name}({self.scalar(1)}, {array})"
            self.names[new] = Object(self.shape(array))
            return [line]
        name, kind = self.pick(objects)
        new = self.fresh("a")
        lines = [
            f"{name}.step({self.scalar(1)})",
            f"{new} = {name}.step({self.scalar(1)})",
            f"{new} = {name}.total",
            f"{name}.a = {self.scalar(1)}",
            f"{name}.a += 0.3 * {self.scalar(1)}",
            f"{name}.v[{self.integer_index(kind.shape[0])}] = {self.scalar(1)}",
            f"{name}.v = {self.fresh_array(kind.shape)}",
        ]
        line = str(self.pick(lines))
        if line.startswith(new):
            self.names[new] = Scalar()
        return [line]

    def generator_statement(self) -> list[str]:
        found = [(n, k) for n, k in self.names.items() if isinstance(k, Function) and "values" in k.gives]
        arrays = self.arrays(rank=1)
        if not found or not arrays:
            return []
        name, kind = self.pick(found)
        array = self.pick(arrays)
        call = f"{name}({array}, {self.scalar(1)})"
        if self.chance(40) and self.depth < 2 and self.has("loop"):
            value = self.fresh("e")
            self.loops += 1
            body = self.nested(self.source.integer(1, 2), {value: Scalar()})
            self.loops -= 1
            return [f"for {value} in {call}:", *indent(body)]
        if kind.gives == "values" and self.has("list") and self.chance(50):
            new = self.fresh("items")
            self.names[new] = List(Scalar(), self.shape(array)[0])
            return [f"{new} = list({call})"]
        new = self.fresh("a")
        line = f"{new} = np.tanh(sum({call}))"
        self.names[new] = Scalar()
        return [line]

    def nonlocal_function(self) -> list[str]:
        name, shared = self.fresh("g"), self.pick(self.scalars())
        change = self.pick([f"{shared} = 0.7 * {shared} + np.sin(z)", f"{shared} += 0.3 * z"])
        line = f"return {shared} * {self.constant()} + 0.2 * {self.scalar(1)}"
        self.names[name] = Function(("scalar",), "scalar")
        lines = [f"def {name}(z):", f"    nonlocal {shared}", f"    {change}", f"    {line}"]
        return [*lines, f"{name}({self.scalar(1)})"] if self.chance(50) else lines

    def attempt(self) -> list[str]:
        new = self.pick(self.scalars()) if self.chance(40) else self.fresh("a")
        value = self.scalar(1)
        first = [f"if {self.condition()}:", "    raise ValueError('no')", f"{new} = {value}"]
        error = "ValueError"
        dicts = self.of(lambda k: isinstance(k, Dict))
        if dicts and self.chance(30):
            first, error = [f'{new} = {self.pick(dicts)}["{self.pick("pz")}"] * {value}'], "KeyError"
        lines = ["try:", *indent(first), f"except {error}:", f"    {new} = {self.scalar(1)}"]
        self.names[new] = Scalar()
        if self.chance(20):
            lines += ["else:", f"    {new} = {new} * 0.9"]
        if self.chance(20):
            lines += ["finally:", f"    {self.pick(self.scalars())} = {self.scalar(1)}"]
        return lines

    def unpacking(self) -> list[str]:
        forms = ["rotate", "elements", "star", "nested", "chain"]
        match self.pick(forms):
            case "rotate":
                names = self.scalars() if self.chance(50) else self.alike()
                if len(names) < 3:
                    return []
                a, b, c = names[:3] if self.chance(50) else names[-3:]
                return [f"{a}, {b}, {c} = {b}, {c}, {a}"]
            case "elements":
                arrays = self.arrays(writable=True, rank=1)
                if not arrays:
                    return []
                array, scalar = self.pick(arrays), self.pick(self.scalars())
                forms = [f"{array}[0], {array}[-1] = {array}[-1], {array}[0]"]
                forms += [f"{array}[0], {scalar} = {scalar}, {array}[-1]"]
                forms += [f"{array}[:], {scalar} = {self.fresh_array(self.shape(array))}, {array}[0]"]
                return [str(self.pick(forms))]
            case "star":
                first, rest = self.fresh("a"), self.fresh("items")
                values = ", ".join(self.scalar(1) for _ in range(3))
                self.names[first] = Scalar()
                if self.has("list"):
                    self.names[rest] = List(Scalar(), 2)
                return [self.pick([f"{first}, *{rest} = {values}", f"*{rest}, {first} = [{values}]"])]
            case "nested":
                a, b, c = (self.fresh("a") for _ in range(3))
                line = f"({a}, {b}), {c} = ({self.scalar(1)}, {self.scalar(1)}), {self.scalar(1)}"
            case _:
                a, b = self.fresh("a"), self.fresh("a")
                c = a
                line = f"{a} = {b} = {self.scalar(2)}"
        self.names.update({a: Scalar(), b: Scalar(), c: Scalar()})
        return [line]

    def alike(self) -> list[str]:
        """Arrays of one kind."""
        kind = self.names[self.pick(self.arrays())]
        return [n for n in self.arrays() if self.names[n] == kind]

    def output(self) -> list[str]:
        names = self.arrays(writable=True)
        if not names:
            return []
        name = self.pick(names)
        shape = self.shape(name)
        a, b = self.array(shape, 0), self.array(shape, 0)
        forms = [
            f"np.sin({a}, out={name})",
            f"np.multiply({a}, 0.4 * {b}, out={name})",
            f"np.subtract({a}, 0.3 * {b}, {name})",
            f"np.copyto({name}, {a})",
            f"{name}.fill({self.scalar(1)})",
        ]
        forms += [f"{name}.sort()", f"{name}[::-1].sort()"] * (len(shape) == 1)
        return [str(self.pick(forms))]

    def walrus(self) -> list[str]:
        new = self.fresh("a")
        value, target = self.scalar(1), self.pick(self.scalars())
        self.names[new] = Scalar()
        if self.depth >= 2:
            return [f"{target} = ({new} := {value}) * {self.constant()} + {new} ** 2"]
        return [
            f"if ({new} := {value}) > {self.constant()}:",
            *indent(self.nested(self.source.integer(1, 2))),
        ]

    def matching(self) -> list[str]:
        if self.depth >= 2:
            return []
        first, second = self.fresh("a"), self.fresh("a")
        subject = self.pick(
            [f"({self.scalar(1)}, {self.scalar(1)})", f"[{self.scalar(1)}, {self.scalar(0)}]"]
        )
        guard = f" if {first} > {self.constant()}" if self.chance(60) else ""
        names = {first: Scalar(), second: Scalar()}
        return [
            f"match {subject}:",
            f"    case ({first}, {second}){guard}:",
            *indent(indent(self.nested(self.source.integer(1, 2), dict(names)))),
            *(
                [f"    case ({first}, *_):", *indent(indent(self.nested(1, {first: Scalar()})))]
                if guard
                else []
            ),
        ]

    def swapped_items(self) -> list[str]:
        lists = [n for n in self.of(lambda k: isinstance(k, List) and k.length >= 2) if n not in self.frozen]
        if not lists:
            return []
        name = self.pick(lists)
        return [f"{name}[0], {name}[1] = {name}[1], {name}[0]"]

    def other_view(self) -> list[str]:
        """A view made by a function or method."""
        name = self.pick(self.arrays())
        shape, writable = self.shape(name), self.writable(name)
        options = [(f"np.asarray({name})", shape), (f"{name}.view()", shape), (f"{name}[...]", shape)]
        options += [(f"np.flip({name})", shape), (f"{name}.ravel()", (_size(shape),))]
        if len(shape) == 2:
            options += [(f"np.transpose({name})", shape[::-1]), (f"{name}.swapaxes(0, 1)", shape[::-1])]
            options += [(f"{name}.T.reshape(-1)", (_size(shape),)), (f"{name}.T[0]", shape[:1])]
        else:
            options += [(f"{name}[None, :]", (1, *shape)), (f"{name}.reshape(-1, 1)", (*shape, 1))]
            if shape[0] == 4:
                options += [(f"{name}.reshape(2, 2)", (2, 2)), (f"{name}.reshape((2, -1)).T", (2, 2))]
        value, shape = self.pick(options)
        new = self.fresh("v")
        self.names[new] = Array(shape, writable)
        return [f"{new} = {value}"]


def _size(shape: tuple[int, ...]) -> int:
    return shape[0] if len(shape) == 1 else shape[0] * shape[1]
