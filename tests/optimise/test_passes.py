"""Every pass on every function of the corpus, and what each pass must and must not do."""

import time

import gast
import numpy as np
import pytest

from tapegen import optimise
from tapegen.kernels.trees import seed
from tapegen.lang.origin import Origin
from tapegen.lang.show import show
from tapegen.optimise.rewrite import core

from .corpus import functions
from .harness import check_pass, run
from .passes import ORDER, PASSES, everything, everything_bold

FUNCTIONS = functions()
# `same_type` without limits is a lie for these: their sums change shape, or are of Python lists.
BOLD_LIES = {
    "accumulator that is kept",
    "a unit of an integer",
    "a unit of a mask",
    "elements of a dictionary",
}


def text_of(step, text, **namespace):
    return show(step(core(text, **namespace)))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("step", PASSES)
def test_pass_keeps_the_meaning(step, name):
    if name in BOLD_LIES and "all" in step:
        pytest.skip("not all floats")
    fn, args = FUNCTIONS[name]
    call, exact = PASSES[step]
    check_pass(call, fn, args, exact)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_passes_keep_the_meaning(name):
    fn, args = FUNCTIONS[name]
    check_pass(everything, fn, args, exact=False)
    if name not in BOLD_LIES:
        check_pass(everything_bold, fn, args, exact=False)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "step", ["copies", "moves", "common subexpressions", "dead code", "stores", "elements"]
)
def test_pass_twice_is_pass_once(step, name):
    call, _ = PASSES[step]
    once = call(FUNCTIONS[name][0])
    assert gast.dump(call(once).tree) == gast.dump(once.tree)


def test_parameters_that_are_one_array():
    fn, _ = FUNCTIONS["same twice, parameters may be one array"]
    for step in (everything, everything_bold):
        x, y = np.array([1.0, 2.0]), np.array([1.0, 2.0])
        assert np.array_equal(run(fn, [x, x])["result"], run(step(fn), [x, x])["result"])
        assert np.array_equal(run(fn, [x, y])["result"], run(step(fn), [x, y])["result"])


def test_the_gradient_of_a_loss_reads_as_written_by_hand():
    assert show(everything(FUNCTIONS["loss gradient"][0])) == (
        "def f(w, x, y):\n"
        "    z = np.tanh(x @ w)\n"
        "    d = z - y\n"
        "    sq = d ** 2\n"
        "    t = np.broadcast_to(unreduce(1.0, sq), sq.shape)\n"
        "    # adjoint\n"
        "    z_1_bar = t / sq.size * (2 * d) * (1 - z ** 2)\n"
        "    w_bar = np.transpose(x) @ z_1_bar\n"
        "    return w_bar"
    )


def test_a_check_is_not_dead():
    before = core("def f(x):\n    out_bar = seed(x)\n    return x", seed=seed)
    assert "seed" in show(optimise.drop_dead_code(before))


def test_a_loop_that_only_counts_is_over_a_range():
    after = show(optimise.drop_dead_code(FUNCTIONS["a stack that only counts"][0]))
    assert "append" not in after and "for i_1 in range(n)" in after


def test_a_loop_with_a_break_keeps_its_stack():
    after = show(optimise.drop_dead_code(FUNCTIONS["a stack that counts up to a break"][0]))
    assert "s.append(x)" in after and "reversed(s)" in after


def test_stacks_that_nobody_needs_are_dropped():
    after = show(optimise.drop_dead_code(FUNCTIONS["stacks"][0]))
    assert "for v in reversed(c_stack)" in after and "t_stack" not in after and "i_stack" not in after


def test_an_accumulator_is_added_in_place():
    after = optimise.merge_versions(optimise.accumulate_in_place(FUNCTIONS["accumulator"][0]))
    assert "w_bar += c" in show(after) and "w_bar_1" not in show(after)
    later = optimise.accumulate_in_place(optimise.merge_versions(FUNCTIONS["accumulator"][0]))
    assert show(later) == show(after)


@pytest.mark.parametrize(
    "name",
    ["accumulator that is someone else's", "accumulator that is kept", "sum of cotangents with a view"],
)
def test_an_array_of_others_is_not_added_to(name):
    assert "+=" not in show(optimise.accumulate_in_place(FUNCTIONS[name][0], lambda acc, term: True))


def test_names_of_the_namespace_are_not_shadowed():
    text = "def f(x):\n    G_1 = x * G\n    G_2 = G_1 + 1.0\n    return G_2"
    assert "    G =" not in text_of(optimise.merge_versions, text, G=2.0)
    assert "    sum =" not in text_of(
        optimise.merge_versions, "def f(x):\n    sum_1 = x * 2\n    return sum_1"
    )


def test_kept_names_stay():
    text = "def f(x):\n    x_1 = x * 2\n    x_2 = x_1 + 1\n    return x_2"
    assert "x_1 = x * 2" in text_of(
        lambda fn: optimise.merge_versions(fn, keep=lambda name: name == "x_1"), text
    )


def test_lines_of_the_user_are_quoted(tmp_path):
    file = tmp_path / "model.py"
    file.write_text("def loss(x):\n    y = np.sin(x)\n    return y\n")
    fn = core(
        "def f(x):\n    y = np.sin(x)\n    t_bar = np.cos(x)\n    x_bar = t_bar * 2.0\n    return x_bar"
    )
    for stmt in fn.body[:3]:
        stmt.origin = Origin(str(file), 2, 4, 2, 17, "loss")
    assert show(optimise.mark_lines(fn)) == (
        "def f(x):\n    y = np.sin(x)\n    # adjoint\n    # line 2: y = np.sin(x)\n    t_bar = np.cos(x)\n"
        "    x_bar = t_bar * 2.0\n    return x_bar"
    )
    assert not any(getattr(stmt, "comment", None) for stmt in fn.body)


def test_names_in_the_user_s_line_are_not_folded(tmp_path):
    file = tmp_path / "model.py"
    file.write_text("def loss(x):\n    y_1 = np.sin(x)\n    return 2 * y_1 + x\n")
    fn = core(
        "def f(x):\n    y_1 = np.sin(x)\n    product = 2 * y_1\n    result = product + x\n    return result"
    )
    for stmt, line in zip(fn.body, (2, 3, 3)):
        stmt.origin = Origin(str(file), line, 4, line, 17, "loss")
    after = show(optimise.fold_temporaries(fn))
    assert "y_1 = np.sin(x)" in after and "result = 2 * y_1 + x" in after


def _long(blocks: int) -> str:
    lines, last = ["def f(x, w):", "    h = x"], "h"
    for i in range(1, blocks + 1):
        lines += [
            f"    p_{2 * i} = {last} @ w",
            f"    p_{2 * i + 1} = np.sin(p_{2 * i})",
            f"    h_{i} = p_{2 * i + 1} * {last}",
        ]
        last = f"h_{i}"
    for i in reversed(range(1, blocks + 1)):
        lines += [f"    q_{3 * i} = h_{i} * p_{2 * i}", f"    q_{3 * i + 1} = np.shape(q_{3 * i})"]
        lines += [f"    q_{3 * i + 2} = 1 * q_{3 * i}", f"    h_bar_{i} = q_{3 * i + 2} + p_{2 * i + 1}"]
        lines += [f"    log(h_bar_{i})"]
    return "\n".join([*lines, "    return h_bar_1"])


@pytest.mark.parametrize("place", range(len(ORDER)), ids=[step.__name__ for step in ORDER])
def test_time_grows_with_the_length(place):
    """Eight times the statements take far less than sixty-four times the time."""

    def seconds(blocks: int) -> float:
        fn = core(_long(blocks), log=print)
        best = 1e9
        for _ in range(2):
            start = time.process_time()
            ORDER[place](fn)
            best = min(best, time.process_time() - start)
        return best

    short, long = seconds(80), seconds(640)
    assert long < 24 * short + 0.02


def test_versions_of_different_names_do_not_meet():
    text = """
    def f(p, x):
        p_1 = p[1]
        p_1_1 = p_1[1]
        x_1 = x * p_1_1
        x_2 = x_1 + p_1[0]
        return x_2"""
    fn = core(text)
    after = check_pass(optimise.merge_versions, fn, [[1.0, [2.0, 3.0]], 0.5])
    assert "p_1 = p[1]" in show(after) and "x = x + p_1[0]" in show(after)


def test_a_sum_within_an_expression_stays_one():
    text = "def f(x, y):\n    t_1 = x * y\n    t_2 = t_1 + y\n    z = np.tanh(t_2)\n    return z"
    assert "+=" not in text_of(lambda fn: optimise.accumulate_in_place(fn, lambda acc, term: True), text)


def test_names_that_stay_as_they_are_are_minded_in_a_crowd():
    """`x_5` is a part of `x_100`, so it keeps its name: no version that is alive then may get it."""
    early = [f"    x_{n} = p * {n}.0" for n in range(60, 70)]
    crowd = [f"    x_{n} = p + {n}.0" for n in range(101, 160)]
    total = " + ".join(f"x_{n}" for n in (5, *range(60, 70), *range(101, 160)))
    lines = ["def f(p):", "    x_100 = (p, 2.0)", *early, *crowd, "    x_5 = x_100[0]", f"    return {total}"]
    before = core("\n".join(lines))
    after = optimise.names.merge_versions(before)
    assert run(after, [3.0])["result"] == run(before, [3.0])["result"]
