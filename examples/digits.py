"""Train a 64-64-10 network on 1,797 real handwritten digits, in plain NumPy, with gradients from tapegen.

    python examples/digits.py           gradients from the generated source
    python examples/digits.py --tape    the same network through tg.GradientTape

Written to --out: learning_curve.png, mistakes.png, gradient.py (the generated source) and losses.csv.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from tqdm import tqdm

import tapegen as tg

Params = list[np.ndarray]
Gradient = Callable[..., tuple[float, Params]]
"""`(w1, b1, w2, b2, x, digit) -> (loss, [w1_bar, b1_bar, w2_bar, b2_bar])`."""


def logits(w1, b1, w2, b2, x):
    """Scores of the ten digits, one row an image."""
    hidden = np.tanh(x @ w1 + b1)
    return hidden @ w2 + b2


def loss(w1, b1, w2, b2, x, digit):
    """Mean cross-entropy of the softmax of the scores, as log-sum-exp minus the score of the right digit."""
    scores = logits(w1, b1, w2, b2, x)
    top = np.max(scores, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(scores - top), axis=1)) + top[:, 0]
    right = scores[np.arange(len(digit)), digit]
    return np.mean(log_sum - right)


class Data(NamedTuple):
    """Images as rows of 64 grey values in 0..1, and the digits they show."""

    x: np.ndarray
    digit: np.ndarray


class History(NamedTuple):
    losses: list[float]
    """One a step."""
    accuracies: list[float]
    """On held-out images, one an epoch."""


def load() -> tuple[Data, Data]:
    """Four fifths of scikit-learn's digits to train on, a fixed fifth held out."""
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.data))
    train, held_out = np.split(order, [len(order) * 4 // 5])
    x = digits.data / 16
    return Data(x[train], digits.target[train]), Data(x[held_out], digits.target[held_out])


def initial_params(rng: np.random.Generator, inputs: int = 64, hidden: int = 64, outputs: int = 10) -> Params:
    return [
        rng.normal(size=(inputs, hidden)) / np.sqrt(inputs),
        np.zeros(hidden),
        rng.normal(size=(hidden, outputs)) / np.sqrt(hidden),
        np.zeros(outputs),
    ]


def tape_gradient(*args: np.ndarray) -> tuple[float, Params]:
    """What `tg.value_and_grad(loss, argnums=(0, 1, 2, 3))` computes, recorded operation by operation on a tape."""
    *params, x, digit = args
    variables = [tg.Variable(param) for param in params]
    with tg.GradientTape() as tape:
        value = loss(*variables, x, digit)
    return float(value), [gradient.numpy() for gradient in tape.gradient(value, variables)]


def predict(params: Params, x: np.ndarray) -> np.ndarray:
    return np.argmax(logits(*params, x), axis=1)


def train(
    gradient: Gradient, train: Data, held_out: Data, *, epochs: int = 60, batch: int = 64, seed: int = 0
) -> tuple[Params, History]:
    """Stochastic gradient descent with momentum and a linearly falling step size; shows a progress bar."""
    rng = np.random.default_rng(seed)
    params = initial_params(rng)
    velocities = [np.zeros_like(param) for param in params]
    history = History([], [])
    with tqdm(range(epochs), unit="epoch") as bar:
        for epoch in bar:
            rate = 0.1 * (1 - epoch / epochs)
            order = rng.permutation(len(train.x))
            for start in range(0, len(order), batch):
                chosen = order[start : start + batch]
                value, gradients = gradient(*params, train.x[chosen], train.digit[chosen])
                for param, velocity, slope in zip(params, velocities, gradients, strict=True):
                    velocity *= 0.9
                    velocity -= rate * slope
                    param += velocity
                history.losses.append(float(value))
            history.accuracies.append(float(np.mean(predict(params, held_out.x) == held_out.digit)))
            bar.set_postfix(loss=f"{history.losses[-1]:.4f}", held_out=f"{history.accuracies[-1]:.2%}")
    return params, history


def plot_learning_curve(history: History, path: Path) -> None:
    figure, left = plt.subplots(figsize=(7, 4), layout="constrained")
    epochs = np.linspace(0, len(history.accuracies), len(history.losses))
    left.semilogy(epochs, history.losses, color="tab:blue", linewidth=0.5)
    left.set_xlabel("epoch")
    left.set_ylabel("loss of a batch", color="tab:blue")
    right = left.twinx()
    error = 100 * (1 - np.array(history.accuracies))
    right.plot(np.arange(1, len(error) + 1), error, color="tab:red")
    right.set_ylabel("held-out error in %", color="tab:red")
    right.set_ylim(0, 15)
    left.set_title(f"digits: {history.accuracies[-1]:.1%} of the held-out images right")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def plot_mistakes(params: Params, data: Data, path: Path) -> int:
    """Draw every image of `data` that the network misreads; returns their number."""
    said = predict(params, data.x)
    wrong = np.flatnonzero(said != data.digit)
    columns = 6
    rows = max(1, -(-len(wrong) // columns))
    figure, axes = plt.subplots(rows, columns, figsize=(1.4 * columns, 1.7 * rows), layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    for axis, i in zip(axes.flat, wrong, strict=False):
        axis.imshow(data.x[i].reshape(8, 8), cmap="gray_r")
        axis.set_title(f"{data.digit[i]} read as {said[i]}", fontsize=9)
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return len(wrong)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tape", action="store_true", help="record on a tg.GradientTape instead")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=64, help="images a step")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the order of the images")
    parser.add_argument("--out", type=Path, default=Path("output/digits"), help="folder for what is written")
    options = parser.parse_args(arguments)

    options.out.mkdir(parents=True, exist_ok=True)
    generated = tg.value_and_grad(loss, argnums=(0, 1, 2, 3))
    train_set, held_out = load()
    params, history = train(
        tape_gradient if options.tape else generated,
        train_set,
        held_out,
        epochs=options.epochs,
        batch=options.batch,
        seed=options.seed,
    )
    (options.out / "gradient.py").write_text(generated.source, encoding="utf-8")
    np.savetxt(options.out / "losses.csv", history.losses, fmt="%.17g")
    plot_learning_curve(history, options.out / "learning_curve.png")
    mistakes = plot_mistakes(params, held_out, options.out / "mistakes.png")
    print(f"{history.accuracies[-1]:.2%} of {len(held_out.x)} held-out images right, {mistakes} wrong")
    print(f"learning_curve.png, mistakes.png, gradient.py and losses.csv are in {options.out}/")


if __name__ == "__main__":
    main()
