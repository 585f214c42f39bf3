"""Look inside a plate: find the conductivity of every cell from temperatures, by differentiating an in-place loop.

    python examples/heat.py

A square plate hides two patches, one that conducts well and one that hardly does. It is heated along one edge after
another and its temperature is recorded with noise. The simulation writes each step into the same array; tapegen
differentiates it as it stands, for all 1,024 conductivities at the price of a few simulations.
Written to --out: plate.png and gradient.py (the generated source).
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import OptimizeResult, minimize
from tqdm import tqdm

import tapegen as tg

CELLS = 32
STEPS = 400
RECORD_EVERY = 50


def simulate(conductivity, start, steps, record_every):
    """Temperatures of an insulated plate, recorded every so many explicit Euler steps: (records, n, n).

    The step is one unit of time and the cells have unit size, so conductivities must stay below 1/4.
    """
    down = (conductivity[1:] + conductivity[:-1]) / 2
    right = (conductivity[:, 1:] + conductivity[:, :-1]) / 2
    u = start.copy()
    record = np.zeros((steps // record_every, *start.shape))
    for i in range(steps):
        flow_down = down * (u[:-1] - u[1:])
        flow_right = right * (u[:, :-1] - u[:, 1:])
        u[:-1] -= flow_down
        u[1:] += flow_down
        u[:, :-1] -= flow_right
        u[:, 1:] += flow_right
        if (i + 1) % record_every == 0:
            record[i // record_every] = u
    return record


def misfit(log_conductivity, starts, records, noise, steps, record_every):
    """Half the sum of squared errors in units of the noise, plus a penalty on rough conductivities."""
    field = log_conductivity.reshape(starts[0].shape)
    conductivity = np.exp(field)
    total = 20 * (np.sum(np.diff(field, axis=0) ** 2) + np.sum(np.diff(field, axis=1) ** 2))
    for start, record in zip(starts, records):
        error = (simulate(conductivity, start, steps, record_every) - record) / noise
        total += 0.5 * np.sum(error**2)
    return total


def hidden_plate(n: int) -> np.ndarray:
    """The conductivity to be found."""
    y, x = np.mgrid[:n, :n] / n
    conductivity = np.full((n, n), 0.08)
    conductivity[(x - 0.3) ** 2 + (y - 0.35) ** 2 < 0.03] = 0.2
    conductivity[(abs(x - 0.7) < 0.12) & (abs(y - 0.65) < 0.2)] = 0.02
    return conductivity


def heated_edges(n: int) -> list[np.ndarray]:
    """Four plates at temperature 0, the cells along one edge of each at 1."""
    hot = np.zeros((n, n))
    hot[: n // 8] = 1.0
    return [np.rot90(hot, k).copy() for k in range(4)]


def find_conductivity(
    starts: list[np.ndarray], records: list[np.ndarray], noise: float, iterations: int
) -> OptimizeResult:
    """Minimise the misfit from an even plate; shows a progress bar."""
    guess = np.full(starts[0].size, np.log(0.08))
    with tqdm(total=iterations, unit="iteration") as bar:

        def report(intermediate_result: OptimizeResult) -> None:
            bar.update()
            bar.set_postfix(misfit=f"{intermediate_result.fun:.1f}")

        return minimize(
            tg.value_and_grad(misfit),
            guess,
            args=(starts, records, noise, STEPS, RECORD_EVERY),
            jac=True,
            method="L-BFGS-B",
            bounds=[(np.log(0.005), np.log(0.24))] * guess.size,
            callback=report,
            options={"maxiter": iterations},
        )


def plot(truth: np.ndarray, record: np.ndarray, found: np.ndarray, path: Path) -> None:
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    axes[0].imshow(record, cmap="inferno")
    axes[0].set_title("last recorded temperature")
    for axis, image, title in zip(axes[1:], (truth, found), ("conductivity", "found"), strict=True):
        shown = axis.imshow(image, cmap="viridis", vmin=0, vmax=0.24)
        axis.set_title(title)
    figure.colorbar(shown, ax=axes[1:])
    for axis in axes:
        axis.axis("off")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--iterations", type=int, default=60)
    parser.add_argument("--noise", type=float, default=0.005, help="of the recorded temperatures")
    parser.add_argument("--seed", type=int, default=0, help="of the noise")
    parser.add_argument("--out", type=Path, default=Path("output/heat"), help="folder for what is written")
    options = parser.parse_args(arguments)

    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    truth = hidden_plate(CELLS)
    starts = heated_edges(CELLS)
    records = [simulate(truth, start, STEPS, RECORD_EVERY) for start in starts]
    records = [record + options.noise * rng.normal(size=record.shape) for record in records]
    result = find_conductivity(starts, records, options.noise, options.iterations)
    found = np.exp(result.x).reshape(truth.shape)
    (options.out / "gradient.py").write_text(tg.value_and_grad(misfit).source, encoding="utf-8")
    plot(truth, records[-1][-1], found, options.out / "plate.png")
    error = np.median(abs(np.log(found / truth)))
    print(f"misfit {result.fun:.1f}, median error of a cell {error:.1%}")
    print(f"plate.png and gradient.py are in {options.out}/")


if __name__ == "__main__":
    main()
