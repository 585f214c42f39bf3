"""Random control flow: each stage of the frontend gives what the program gives."""

import ast
import linecache
import textwrap

import gast
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tapegen.errors import TransformError
from tapegen.frontend.lower import lower
from tapegen.lang.show import show
from tapegen.lang.verify import verify
from tests.frontend.test_lower import outcome, same

NAMES = ("a", "b", "c", "x")
atoms = st.sampled_from([*NAMES, "1", "2", "0.5", "-3", "i"])
operators = st.sampled_from(["+", "-", "*"])
tests = st.builds("{} {} {}".format, atoms, st.sampled_from(["<", ">", "==", "<=", "!="]), atoms)
conditions = st.one_of(
    tests,
    st.builds("{} {} {}".format, tests, st.sampled_from(["and", "or"]), tests),
    st.builds("not {}".format, tests),
    st.builds("{} < {} < {}".format, atoms, atoms, atoms),
    st.builds("(x := {}) > {}".format, atoms, atoms),
    st.builds("note({}) > {}".format, atoms, atoms),
)
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, operators, inner),
        st.builds("({} if {} else {})".format, inner, conditions, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("max({}, {})".format, inner, inner),
        st.builds("note({})".format, inner),
        st.builds("sum([t * {} for t in range(3) if t != {}])".format, inner, atoms),
        st.builds("(c := {})".format, inner),
        st.builds("sum([(b := b + {}) for t in range(2)])".format, inner),
        st.builds("any(t > {} for t in range(2))".format, inner),
        st.builds("apply(lambda t: t + {}, {})".format, atoms, inner),
    ),
    max_leaves=4,
)


def indent(lines):
    return [f"    {line}" for line in lines]


@st.composite
def blocks(draw, depth, in_loop):
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        lines += draw(statements(depth, in_loop))
    return lines


@st.composite
def statements(draw, depth, in_loop):
    kinds = ["assign", "assign", "augment", "swap", "log", "store"]
    if depth:
        kinds += ["if", "if", "for", "for", "while", "list"]
    if in_loop:
        kinds += ["break", "continue", "break"]
    kinds.append("return")
    kind = draw(st.sampled_from(kinds))
    if kind == "assign":
        return [f"{draw(st.sampled_from(NAMES))} = {draw(expressions)}"]
    if kind == "augment":
        return [f"{draw(st.sampled_from(NAMES))} {draw(operators)}= {draw(expressions)}"]
    if kind == "swap":
        return [f"{draw(st.permutations(NAMES[:3]))[0]}, x = x, {draw(expressions)}"]
    if kind == "log":
        return [f"note({draw(expressions)})"]
    if kind == "store":
        return [f"log[0] {draw(st.sampled_from(['=', '+=', '*=']))} {draw(expressions)}"]
    if kind in ("break", "continue", "return"):
        jump = f"return {draw(expressions)}" if kind == "return" else kind
        if draw(st.integers(0, 5)) == 0:
            return [jump]
        return [f"if {draw(conditions)}:", *indent([f"note({draw(atoms)})", jump])]
    inner = draw(blocks(depth - 1, in_loop or kind in ("for", "while", "list")))
    if kind == "if":
        lines = [f"if {draw(conditions)}:", *indent(inner)]
        if draw(st.booleans()):
            lines += [f"elif {draw(conditions)}:", *indent(draw(blocks(depth - 1, in_loop)))]
        if draw(st.booleans()):
            lines += ["else:", *indent(draw(blocks(depth - 1, in_loop)))]
        return lines
    if kind == "for":
        head = f"for {draw(st.sampled_from(['i', 'a']))} in range({draw(st.integers(0, 4))}):"
    elif kind == "list":
        head = draw(
            st.sampled_from(
                [
                    "for a in [x, 2, b]:",
                    "for i, b in enumerate((a, x, 1)):",
                    "for a, c in zip([1, x], (b, 2, 3)):",
                    "for i in reversed([a, x]):",
                    "for (i, c) in sorted({1: a, 2: 3}.items()):",
                ]
            )
        )
    else:
        head = f"while ({draw(conditions)}) and tick():"
    lines = [head, *indent(inner)]
    if draw(st.integers(0, 3)) == 0:
        lines += ["else:", *indent(draw(blocks(depth - 1, in_loop)))]
    return lines


count = 0


def define(lines):
    """A function with these lines, whose text `linecache` can find."""
    global count
    count += 1
    text = (
        "def program(a, b, x, log):\n    c = 0\n    i = 7\n"
        + textwrap.indent("\n".join(lines), "    ")
        + "\n"
    )
    text += "    return a, b, c, x, i\n"
    filename = f"<random program {count}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    effects, ticks = [], []

    def note(value):
        effects.append(value)
        if len(effects) > 300:
            raise RuntimeError("too long")
        return value

    def tick():
        ticks.append(1)
        return len(ticks) % 6 != 0

    def apply(function, value):
        return function(value)

    namespace = {"note": note, "tick": tick, "apply": apply, "__name__": "random_programs"}
    exec(compile(text, filename, "exec"), namespace)
    return text, namespace["program"], effects, ticks, filename


def compiled(core):
    """`core` as a function, without the detour through text."""
    module = gast.gast_to_ast(gast.Module(body=[core.tree], type_ignores=[]))
    namespace = dict(core.namespace)
    exec(compile(ast.fix_missing_locations(module), "<stage>", "exec"), namespace)
    return namespace[core.tree.name]


@settings(suppress_health_check=list(HealthCheck))
@given(lines=blocks(3, False), args=st.tuples(st.integers(-2, 3), st.floats(-2, 2), st.integers(0, 2)))
def test_random_control_flow(lines, args):
    text, program, effects, ticks, filename = define(lines)
    try:
        lowered = lower(program)
    except TransformError as error:
        assert "a function that captures" in error.what  # a lambda in a call whose later arguments rebind  # noqa: PT017
        return
    verify(lowered.core)
    args = (*args, [1.0])

    def run(call):
        effects.clear()
        ticks.clear()
        return outcome(call, args), list(effects)

    expected = run(program)
    if isinstance(expected[0][0], tuple) and expected[0][0] and isinstance(expected[0][0][0], type):
        return  # the program itself fails
    for name, core in lowered.stages:
        stage = compiled(core)
        got = run(lambda *a: stage(*lowered.arguments(a, {})))
        assert same(expected, got), f"{text}\n# {name}\n{show(core)}\n{expected}\n{got}"
    del linecache.cache[filename]


@pytest.mark.slow
@settings(max_examples=20000, suppress_health_check=list(HealthCheck))
@given(lines=blocks(4, False), args=st.tuples(st.integers(-2, 3), st.floats(-2, 2), st.integers(0, 2)))
def test_many_random_programs(lines, args):
    test_random_control_flow.hypothesis.inner_test(lines, args)
