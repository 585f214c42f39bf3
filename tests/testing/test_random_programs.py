"""Random programs run, are the same for the same choices, keep to their features, and can be checked by differences."""

import ast
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from tapegen.testing import differences, fuzz, trees
from tapegen.testing.random_programs import BASIC, FEATURES, write_program
from tapegen.testing.strategies import programs

MARKS = {
    "while": ast.While, "break": (ast.Break, ast.Continue), "comprehension": (ast.ListComp, ast.GeneratorExp),
    "tuple": ast.Tuple, "dict": ast.Dict, "branch": (ast.If, ast.IfExp), "loop": ast.For, "slice": ast.Slice,
    "try": ast.Try, "match": ast.Match, "walrus": ast.NamedExpr, "nonlocal": ast.Nonlocal, "class": ast.ClassDef,
    "generator": ast.Yield,
}  # fmt: skip


@pytest.mark.parametrize(
    "features", [BASIC, FEATURES, FEATURES - {"argument_writes"}], ids=["basic", "all", "own arrays"]
)
def test_programs_run_and_are_smooth(features):
    doubtful = 0
    for seed in range(60):
        program = write_program(fuzz.Chooser(seed), features)
        assert program == write_program(fuzz.Chooser(seed), features)
        f, args = program.function(), program.args()
        with np.errstate(all="ignore"):
            value = f(*args)
        assert np.isfinite(value)
        assert value == f(*program.args())
        if "argument_writes" not in features:
            for a, b in zip(args, program.args(), strict=True):
                np.testing.assert_array_equal(a, b)
        direction = trees.random_like(program.args(), np.random.default_rng(seed))
        doubtful += differences.central(f, program.args(), direction).relative_error > 1e-6
    assert doubtful <= 3


def test_features_left_out_do_not_occur():
    for feature, nodes in MARKS.items():
        if feature in ("tuple", "branch", "loop", "slice"):
            continue
        for seed in range(20):
            tree = ast.parse(write_program(fuzz.Chooser(seed), FEATURES - {feature}).text)
            assert not any(isinstance(node, nodes) for node in ast.walk(tree)), feature


def test_every_feature_occurs():
    nodes = [n for seed in range(60) for n in ast.walk(ast.parse(write_program(fuzz.Chooser(seed)).text))]
    for feature, kinds in MARKS.items():
        assert any(isinstance(node, kinds) for node in nodes), feature


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(BASIC, max_size=3))
def test_strategy_gives_programs_that_run(program):
    with np.errstate(all="ignore"):
        assert np.isfinite(program.function()(*program.args()))


def reverse_by_differences(flaw=lambda text: 1.0):
    """A stand-in for the engine."""

    def vjp(f, *args):
        before = trees.fresh(args)
        value = f(*args)

        def pullback(ct):
            bars = []
            for k, (_, x) in enumerate(trees.leaves(before)):
                bar = np.zeros(np.shape(x))
                for index in np.ndindex(bar.shape):
                    units = [np.zeros(np.shape(y)) for _, y in trees.leaves(before)]
                    units[k][index] = 1.0
                    bar[index] = differences.central(f, before, trees.replace(before, units)).value
                bars.append(bar * flaw(f))
            return trees.replace(before, bars)

        return value, pullback

    return vjp


@pytest.fixture
def transform_error(monkeypatch):
    import tapegen

    if not hasattr(tapegen, "TransformError"):
        monkeypatch.setattr(
            tapegen, "TransformError", type("TransformError", (Exception,), {}), raising=False
        )


@pytest.mark.usefixtures("transform_error")
def test_a_right_engine_is_never_called_wrong(tmp_path):
    verdicts = [
        fuzz.judge(write_program(fuzz.Chooser(seed), size=3), tmp_path, reverse_by_differences())[0]
        for seed in range(15)
    ]
    assert set(verdicts) <= {"ok", "doubtful"}
    assert verdicts.count("ok") > 10


@pytest.mark.usefixtures("transform_error")
def test_a_wrong_engine_is_found_and_the_program_shortened(tmp_path):
    def flaw(f):
        return 1.0 if "while" not in open(f.__code__.co_filename).read() else 1.0001

    vjp = reverse_by_differences(flaw)
    numbers = iter(range(1000))
    for seed in numbers:
        program = write_program(fuzz.Chooser(seed), size=3)
        if fuzz.judge(program, tmp_path, vjp)[0] == "wrong":
            break
    short = fuzz.shrink(program, lambda p: fuzz.judge(p, tmp_path, vjp)[0] == "wrong", seconds=5.0)
    assert "while" in short.text
    assert len(short.text) < len(program.text)


def test_a_program_can_be_found_again():
    chooser = random.Random(5)
    assert fuzz.Chooser(5).integer(0, 10**6) == chooser.randint(0, 10**6)
