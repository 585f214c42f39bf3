"""The examples run, reach what they promise, and write what they say."""

import importlib

import numpy as np
import pytest

import tapegen as tg

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")
pytest.importorskip("tqdm")

needs_gradient = pytest.mark.skipif(not hasattr(tg, "value_and_grad"), reason="tapegen has no gradients yet")
needs_tape = pytest.mark.skipif(not hasattr(tg, "GradientTape"), reason="tapegen has no tape yet")


def example(name):
    return importlib.import_module(f"examples.{name}")


def assert_written(folder, pictures):
    for name in pictures:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    source = (folder / "gradient.py").read_text()
    compile(source, "gradient.py", "exec")
    assert "def " in source


@needs_gradient
def test_digits(tmp_path, capsys):
    example("digits").main(["--epochs", "20", "--out", str(tmp_path)])
    assert_written(tmp_path, ["learning_curve.png", "mistakes.png"])
    right = float(capsys.readouterr().out.split("%")[0])
    assert right >= 96


@needs_gradient
@needs_tape
def test_digits_on_the_tape_has_the_same_losses(tmp_path):
    digits = example("digits")
    digits.main(["--epochs", "3", "--out", str(tmp_path / "source")])
    digits.main(["--epochs", "3", "--tape", "--out", str(tmp_path / "tape")])
    for way in ("source", "tape"):
        assert_written(tmp_path / way, ["learning_curve.png", "mistakes.png"])
    losses = [np.loadtxt(tmp_path / way / "losses.csv") for way in ("source", "tape")]
    np.testing.assert_allclose(*losses, rtol=0, atol=1e-10)


def test_the_digits_split_is_fixed_and_disjoint():
    train, held_out = example("digits").load()
    assert len(train.x) + len(held_out.x) == 1797
    assert len(held_out.x) == 360
    assert not {row.tobytes() for row in train.x} & {row.tobytes() for row in held_out.x}


@needs_gradient
def test_lotka_volterra_finds_the_published_rates(tmp_path, capsys):
    example("lotka_volterra").main(["--out", str(tmp_path)])
    assert_written(tmp_path, ["fit.png"])
    printed = dict(line.split() for line in capsys.readouterr().out.splitlines()[:4])
    # Posterior means of Carpenter (2018), Predator-Prey Population Dynamics, Stan case studies.
    published = {"birth": 0.545, "caught": 0.028, "fed": 0.024, "death": 0.803}
    for name, value in published.items():
        assert float(printed[name]) == pytest.approx(value, rel=0.05)


@needs_gradient
def test_heat_sees_the_hidden_patches(tmp_path, capsys):
    example("heat").main(["--iterations", "15", "--out", str(tmp_path)])
    assert_written(tmp_path, ["plate.png"])
    error = float(capsys.readouterr().out.split("of a cell")[1].split("%")[0])
    assert error < 20


def test_heat_is_conserved():
    heat = example("heat")
    start = heat.heated_edges(8)[0]
    last = heat.simulate(heat.hidden_plate(8), start, 20, 10)[-1]
    assert np.sum(last) == pytest.approx(np.sum(start))
    assert np.ptp(last) < np.ptp(start)
