"""Fit the Lotka-Volterra equations to the hares and lynxes that the Hudson's Bay Company counted from 1900 to 1920.

    python examples/lotka_volterra.py

The loss integrates the equations with 1,000 Runge-Kutta steps, branch and all; tapegen differentiates the loop, and
L-BFGS follows the gradient. Written to --out: fit.png and gradient.py (the generated source).

Data: pelts in thousands, from Howard (2009), Modeling Basics, after Odum (1953), Fundamentals of Ecology.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import OptimizeResult, minimize
from tqdm import tqdm

import tapegen as tg

YEARS = np.arange(1900, 1921)
# fmt: off
HARE = np.array([30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1,
                 40.3, 57.0, 76.6, 52.3, 19.5, 11.2, 7.6, 14.6, 16.2, 24.7])
LYNX = np.array([4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4,
                 8.0, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6])
# fmt: on
STEPS = 1000


def growth(state, rates):
    """Change of both populations a year."""
    hare, lynx = state
    birth, caught, fed, death = rates
    return np.array([birth * hare - caught * hare * lynx, fed * hare * lynx - death * lynx])


def runge_kutta_step(state, rates, h):
    k1 = growth(state, rates)
    k2 = growth(state + h / 2 * k1, rates)
    k3 = growth(state + h / 2 * k2, rates)
    k4 = growth(state + h * k3, rates)
    return state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def misfit(log_params, pelts, steps):
    """Sum of squared differences between the logarithms of computed and counted populations.

    `log_params` are the logarithms of the four rates and of both populations in the first year.
    """
    params = np.exp(log_params)
    rates = params[:4]
    state = params[4:]
    years = len(pelts) - 1
    steps_a_year = steps // years
    total = np.sum((np.log(state) - np.log(pelts[0])) ** 2)
    for i in range(steps):
        state = runge_kutta_step(state, rates, years / steps)
        if (i + 1) % steps_a_year == 0:
            counted = pelts[(i + 1) // steps_a_year]
            total += np.sum((np.log(state) - np.log(counted)) ** 2)
    return total


def fit(pelts: np.ndarray, guess: np.ndarray, iterations: int) -> OptimizeResult:
    """Minimise the misfit from a guess of the parameters; shows a progress bar."""
    with tqdm(total=iterations, unit="iteration") as bar:

        def report(intermediate_result: OptimizeResult) -> None:
            bar.update()
            bar.set_postfix(misfit=f"{intermediate_result.fun:.4f}")

        return minimize(
            tg.value_and_grad(misfit),
            np.log(guess),
            args=(pelts, STEPS),
            jac=True,
            method="L-BFGS-B",
            callback=report,
            options={"maxiter": iterations, "ftol": 1e-10, "gtol": 1e-6},
        )


def trajectory(params: np.ndarray, years: float) -> np.ndarray:
    """Both populations after each of the steps, one row a step."""
    states = [params[4:]]
    for _ in range(STEPS):
        states.append(runge_kutta_step(states[-1], params[:4], years / STEPS))
    return np.array(states)


def plot(guess: np.ndarray, params: np.ndarray, path: Path) -> None:
    figure, axes = plt.subplots(2, 1, sharex=True, figsize=(8, 5.5), layout="constrained")
    years = np.linspace(YEARS[0], YEARS[-1], STEPS + 1)
    first, fitted = (trajectory(p, YEARS[-1] - YEARS[0]) for p in (guess, params))
    for axis, name, counted, k in zip(axes, ("hares", "lynxes"), (HARE, LYNX), (0, 1), strict=True):
        axis.plot(years, first[:, k], color="lightgrey", label="first guess")
        axis.plot(years, fitted[:, k], color="tab:blue", label="fit")
        axis.plot(YEARS, counted, "o", color="tab:red", label="pelts")
        axis.set_ylabel(f"{name} in thousands")
    axes[0].legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
    axes[1].set_xticks(YEARS[::4])
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--iterations", type=int, default=200)
    parser.add_argument(
        "--out", type=Path, default=Path("output/lotka_volterra"), help="folder for what is written"
    )
    options = parser.parse_args(arguments)

    options.out.mkdir(parents=True, exist_ok=True)
    pelts = np.stack([HARE, LYNX], axis=1)
    guess = np.array([0.8, 0.05, 0.04, 1.0, 30.0, 4.0])
    result = fit(pelts, guess, options.iterations)
    params = np.exp(result.x)
    (options.out / "gradient.py").write_text(tg.value_and_grad(misfit).source, encoding="utf-8")
    plot(guess, params, options.out / "fit.png")
    for name, value in zip(("birth", "caught", "fed", "death"), params[:4], strict=True):
        print(f"{name:6} {value:.4f}")
    print(f"misfit {result.fun:.4f}; fit.png and gradient.py are in {options.out}/")


if __name__ == "__main__":
    main()
