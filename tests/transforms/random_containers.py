"""Random functions that make, alias, write and read lists and dicts."""

import random

NAMES = ("a", "b", "c")


def program(seed: int) -> str:
    """The text of a function `f(x, y, n)` of two floats and an integer that returns all its variables."""
    return _Writer(random.Random(seed)).function()


class _Writer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.lines: list[str] = []

    def function(self) -> str:
        self.lines = ["def f(x, y, n):"]
        self.write(1, "a = [x, y, x * y]")
        self.write(1, "b = [y, 2.0]" if self.rng.random() < 0.6 else "b = a")
        self.write(1, "c = [x]")
        self.write(1, "d = {'p': x, 'q': [y, x], 'r': 1.0}")
        self.write(1, "e = d" if self.rng.random() < 0.3 else "e = {'p': y, 'q': [x], 'r': x}")
        self.write(1, "t = (x, y)")
        for _ in range(self.rng.randint(2, 7)):
            self.statement(1, 2)
        self.write(1, f"return {self.rng.choice(['(a, b, c, d, e, t, x)', 'a[0] + x', '(d, a)', 'x'])}")
        return "\n".join(self.lines) + "\n"

    def write(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def number(self) -> str:
        a, k = self.rng.choice(NAMES), self.rng.choice(["0", "0", "-1", "1"])
        choices = [
            "x",
            "y",
            "2.0",
            f"{a}[{k}]",
            "d['p']",
            "e['r']",
            "d['q'][0]",
            f"x * {a}[0]",
            "t[0] * y",
            f"float(len({a}))",
        ]
        choices += ["d.get('p', 0.5)", "e.get('z', 0.5)"]
        return self.rng.choice(choices)

    def sequence(self) -> str:
        a = self.rng.choice(NAMES)
        choices = [
            a,
            f"[{self.number()}, {self.number()}]",
            f"{a}[1:]",
            f"{a}[::-1]",
            f"list({a})",
            f"{a} + [x]",
            "d['q']",
        ]
        choices += [f"{a} * 2", f"[v * 2.0 for v in {a}]", f"{a}.copy()", f"[*{a}, y]"]
        return self.rng.choice(choices)

    def statement(self, depth: int, nesting: int) -> None:
        rng, a = self.rng, self.rng.choice(NAMES)
        if nesting and rng.random() < 0.35:
            return self.nested(depth, nesting)
        d = rng.choice("de")
        choices = [
            lambda: f"{a} = {self.sequence()}",
            lambda: f"{a}[{rng.choice(['0', '-1', '1'])}] = {self.number()}",
            lambda: f"{a}[0] {rng.choice(['+=', '*=', '-='])} {self.number()}",
            lambda: f"{a}.append({self.number()})",
            lambda: f"{a}.extend({self.sequence()})",
            lambda: f"{a} += {self.sequence()}",
            lambda: f"x = {a}.pop() * 0.5",
            lambda: f"{a}.insert({rng.choice(['0', '1'])}, {self.number()})",
            lambda: f"{a}.reverse()",
            lambda: f"{a}[0:1] = {self.sequence()}",
            lambda: f"{d}['p'] = {self.number()}",
            lambda: f"{d}['q'] = {self.sequence()}",
            lambda: f"{d}['q'][0] = {self.number()}",
            lambda: f"{d}['q'].append({self.number()})",
            lambda: f"{d}['p'] += {self.number()}",
            lambda: f"{d}.update(r={self.number()})",
            lambda: f"x = x * 0.5 + {self.number()} * 0.1",
            lambda: f"y = {self.number()}",
            lambda: "a, b = b, a",
            lambda: "d, e = e, d",
            lambda: f"d = {{'p': {self.number()}, 'q': {self.sequence()}, 'r': x}}",
            lambda: f"t = ({self.number()}, t[0])",
            lambda: f"x = sum({a})",
            lambda: f"{d}.setdefault('s', {self.number()})",
            lambda: f"x = {d}.pop('s', x)",
            lambda: f"x = sum({a}[k] for k in range(len({a})))",
        ]
        self.write(depth, rng.choice(choices)())

    def nested(self, depth: int, nesting: int) -> None:
        rng = self.rng
        head = rng.choice(
            [
                "if x > y:",
                "if len(a) > 2:",
                "for i in range(3):",
                "for i in range(n):",
                "if 'p' in d:",
                "for v in a[:2]:",
            ]
        )
        self.write(depth, head)
        for _ in range(rng.randint(1, 3)):
            self.statement(depth + 1, nesting - 1)
        if head.startswith("if") and rng.random() < 0.5:
            self.write(depth, "else:")
            self.statement(depth + 1, nesting - 1)
