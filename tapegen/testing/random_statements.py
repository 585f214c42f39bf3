"""Random simple statements: assignments, writes into arrays, views, containers, calls."""

from tapegen.testing.random_expressions import Array, Dict, Expressions, Function, List, Scalar, Tuple


class Statements(Expressions):
    """Each method writes one statement, or none where nothing in scope fits."""

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
        helpers = self.of(lambda k: isinstance(k, Function) and "values" not in k.gives)
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
