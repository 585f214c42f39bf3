"""The stopwatch's bookkeeping. No test here looks at a clock."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cases, measure, peers, report
from benchmarks.measure import Timing
from benchmarks.peers import Contestant

DIGITS = cases.load()["digits"]


def timings(**samples):
    return {name: Timing(first=1.0, samples=list(values)) for name, values in samples.items()}


def test_a_ratio_is_of_minima_and_of_rounds():
    both = measure.ratio(Timing(0.0, [2.0, 4.0, 9.0]), Timing(0.0, [1.0, 4.0, 3.0]))
    assert both.minimum == 2.0
    assert both.median == 2.0
    assert math.isnan(measure.ratio(Timing(0.0), Timing(0.0, [1.0])).minimum)


def test_contestants_are_timed_in_turn():
    order = []
    found = measure.interleave({name: lambda name=name: order.append(name) for name in "ab"}, seconds=0.0)
    assert {name: len(timing.samples) for name, timing in found.items()} == {"a": 5, "b": 5}
    assert order[:4] == ["a", "a", "b", "b"]  # a first call and a calibrating one each
    turns = [name for k, name in enumerate(order[4:]) if k == 0 or name != order[4:][k - 1]]
    assert turns == ["a", "b", "a", "b", "a", "b"]


def test_wrong_gradients_are_not_timed():
    expected = (1.0, [np.array([2.0, 3.0])])
    right = Contestant("x", lambda: (1.0, (np.array([2.0, 3.0]),)), lambda result: result)
    wrong = Contestant("x", lambda: (1.0, (np.array([2.0, -3.0]),)), lambda result: result)
    nan = Contestant("x", lambda: (1.0, (np.array([2.0, np.nan]),)), lambda result: result)
    assert measure.disagreement(right, expected) is None
    assert measure.disagreement(wrong, expected) == "cotangent 0 is off by 6.0e+00, its scale is 3.0e+00"
    assert "nan" in measure.disagreement(nan, expected)
    by_hand = Contestant("by_hand", right.run, right.read)
    found = measure.measure([by_hand, Contestant("bad", wrong.run, wrong.read)], seconds=0.0)
    assert found["bad"].samples == []
    assert "off by" in found["bad"].error


def test_a_failing_peer_is_a_result():
    def fail():
        raise RuntimeError("no such kernel\nand more")

    by_hand = Contestant("by_hand", lambda: (1.0, ()), lambda result: result)
    found = measure.measure([by_hand, Contestant("bad", fail, lambda result: result)], seconds=0.0)
    assert found["bad"].error == "RuntimeError: no such kernel"


def test_peak_memory_sees_arrays():
    assert 8e6 <= measure.peak_memory(lambda: np.ones(1_000_000)) < 9e6


def test_the_table():
    measured = timings(by_hand=[1e-3], primal=[5e-4], tapegen=[2e-3], jax=[4e-3])
    text = report.table([report.Result(DIGITS, "small", measured)], "tapegen")
    header, row, mean = text.splitlines()
    assert header.split() == "case size by hand tapegen / by_hand / primal / jax".split()
    assert row.split() == ["digits", "small", "1", "ms", "2", "ms", "2", "2", "4", "4", "0.5", "0.5"]
    assert mean.split() == ["mean", "of", "vectorised", "2", "2", "4", "4", "0.5", "0.5"]
    assert report.table([report.Result(DIGITS, "small", measured)], "tapegen_numba") == ""


def test_the_table_of_costs():
    measured = timings(by_hand=[1e-3], tapegen=[2e-3], jax=[4e-3])
    measured["by_hand"].peak_bytes, measured["tapegen"].peak_bytes = 2000, 3_500_000
    header, row = report.costs([report.Result(DIGITS, "small", measured)]).splitlines()
    assert header.split() == "case size first tapegen first jax peak by_hand peak tapegen".split()
    assert row.split() == ["digits", "small", "1", "s", "1", "s", "2", "kB", "3.5", "MB"]
    assert report.costs([]) == "" and report.memory(12) == "12 B"


def test_words_for_numbers():
    assert [report.duration(s) for s in (2.0, 0.0123, 4.56e-6, 7e-9)] == ["2 s", "12.3 ms", "4.56 us", "7 ns"]
    assert report.geometric_mean([2.0, 8.0]) == pytest.approx(4.0)
    assert math.isnan(report.geometric_mean([]))


def test_what_is_missing_is_left_out_and_what_fails_says_so(monkeypatch):
    def missing(case, args):
        raise ImportError

    monkeypatch.setitem(peers.BUILDERS, "jax", missing)
    monkeypatch.setitem(peers.BUILDERS, "torch", lambda case, args: None)
    monkeypatch.setitem(peers.BUILDERS, "autograd", lambda case, args: 1 / 0)
    found = list(peers.contestants(DIGITS, DIGITS.arguments("small"), ("jax", "torch", "autograd")))
    assert [contestant.name for contestant in found] == ["primal", "by_hand", "autograd"]
    with pytest.raises(ZeroDivisionError):
        found[-1].run()


def test_one_command(tmp_path):
    root = Path(__file__).resolve().parents[2]
    words = "rosenbrock --sizes small --peers= --ways= --seconds 0 --no-startup --out".split()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words, str(tmp_path)], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "rosenbrock small by_hand" not in done.stdout  # that is: no errors
    assert any(line.split()[:2] == ["rosenbrock", "small"] for line in done.stdout.splitlines()[2:])
    found = json.loads((tmp_path / "results.json").read_text())
    assert found["machine"]["threads"] == 1
    (result,) = found["results"]
    assert set(result["timings"]) == {"primal", "by_hand"}
    assert result["timings"]["by_hand"]["peak_bytes"] > 0


def test_unknown_cases_are_named():
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "digit"], cwd=root, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "no such case: digit; there are" in done.stderr
