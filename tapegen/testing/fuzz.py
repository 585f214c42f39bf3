"""Compare gradients of random programs with extrapolated differences.

    python -m tapegen.testing.fuzz --programs 20000 --seed 0

Each program is transformed as a user's would be, from a file. A program counts as

- ok: value, side effects and gradient agree with plain Python and differences;
- refused: TransformError, as promised for what cannot be done;
- doubtful: differences cannot tell (the point is next to a jump);
- wrong or crashed: printed with a shortened program that still fails.

Exit status 1 if any is wrong or crashed.
"""

import argparse
import ast
import collections
import itertools
import linecache
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import tapegen
from tapegen.errors import InternalError
from tapegen.testing import differences, trees
from tapegen.testing.random_programs import BASIC, FEATURES, RandomProgram, write_program

Verdict = tuple[str, str]
"""One of "ok", "refused", "doubtful", "wrong", "crashed", and what happened."""

_RTOL = 1e-6
_serial = itertools.count()


class Chooser:
    """Choices from a seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


def judge(
    program: RandomProgram, folder: Path, vjp: Callable[..., Any], jvp: Callable[..., Any] | None = None
) -> Verdict:
    """Run one program through `vjp` (and `jvp`) and compare with plain Python and differences."""
    path = folder / f"program_{next(_serial)}.py"
    path.write_text(program.text)
    try:
        f = program.function(str(path))
    except Exception as error:
        return "doubtful", f"the program itself raises {error!r}"
    else:
        return _judge(program, f, vjp, jvp)
    finally:
        path.unlink()
        linecache.cache.pop(str(path), None)


def _judge(
    program: RandomProgram, f: Callable[..., Any], vjp: Callable[..., Any], jvp: Callable[..., Any] | None
) -> Verdict:
    plain = program.args()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            expected = f(*plain)
        except Exception as error:
            return "doubtful", f"the program itself raises {error!r}"
        if not trees.is_leaf(expected):
            return "doubtful", "the program returns no number"
        direction = trees.random_like(program.args(), np.random.default_rng(program.seed + 1))
        reference = differences.central(f, program.args(), direction)
        slope, doubt = float(reference.value), reference.errors[0]
        if not np.isfinite(expected) or doubt > _RTOL * abs(slope):
            return "doubtful", f"slope {slope!r} known to {doubt:.1e} only"
        args = program.args()
        try:
            value, pullback = vjp(f, *args)
            cotangents = pullback(np.float64(1.0))
            tangent = None if jvp is None else jvp(f, program.args(), direction)[1]
        except tapegen.TransformError as error:
            return ("crashed" if isinstance(error, InternalError) else "refused"), str(error)
        except Exception as error:
            return "crashed", f"{type(error).__name__}: {error}"
    if not np.allclose(value, expected, rtol=1e-11, atol=0.0):
        return "wrong", f"value {value!r} should be {expected!r}"
    if [path for path, _ in trees.leaves(args)] != [path for path, _ in trees.leaves(plain)]:
        return "wrong", f"the arguments are left as {args!r}, should be {plain!r}"
    for (path, a), (_, b) in zip(trees.leaves(args), trees.leaves(plain), strict=True):
        if not np.allclose(a, b, rtol=1e-11, atol=1e-13):
            return "wrong", f"{trees.name(path)} is left as {a!r}, should be {b!r}"
    if any(trees.at(cotangents, path) is None for path, _ in trees.leaves(program.args())):
        return "wrong", f"cotangents {cotangents!r} are not of the arguments' structure"
    actual, size = trees.inner(direction, cotangents)
    if not abs(actual - slope) <= _RTOL * abs(slope) + 20 * doubt + 1e-11 * size:
        return "wrong", f"slope by reverse mode {actual!r} should be {slope!r}"
    if tangent is not None and not abs(float(tangent) - actual) <= 1e-9 * (size + abs(actual)):
        return "wrong", f"slope by forward mode {tangent!r}, by reverse mode {actual!r}"
    return "ok", ""


def judge_second(program: RandomProgram, folder: Path) -> Verdict:
    """Compare the derivative of the gradient of one program with differences of the gradient."""
    path = folder / f"program_{next(_serial)}.py"
    path.write_text(program.text)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return _judge_second(program, program.function(str(path)))
    except tapegen.TransformError as error:
        return ("crashed" if isinstance(error, InternalError) else "refused"), str(error)
    except Exception as error:
        return "crashed", f"{type(error).__name__}: {error}"
    finally:
        path.unlink()
        linecache.cache.pop(str(path), None)


def _judge_second(program: RandomProgram, f: Callable[..., Any]) -> Verdict:
    if not trees.is_leaf(f(*program.args())):
        return "doubtful", "the program returns no number"
    rng = np.random.default_rng(program.seed + 2)
    first = tapegen.grad(f, tuple(range(len(program.shapes))))
    slope, pullback = tapegen.vjp(first, *program.args())
    ct, direction = trees.random_like(slope, rng), trees.random_like(program.args(), rng)
    reference = differences.central(first, program.args(), direction)
    expected, scale = trees.inner(ct, reference.value)
    doubt = sum(
        float(np.sum(np.abs(leaf))) * error
        for (_, leaf), error in zip(trees.leaves(ct), reference.errors, strict=True)
    )
    if not np.isfinite(expected) or doubt > _RTOL * scale:
        return "doubtful", f"{expected!r} known to {doubt:.1e} only"
    actual, size = trees.inner(direction, pullback(ct))
    if not abs(actual - expected) <= _RTOL * max(size, scale) + 20 * doubt:
        return "wrong", f"second derivative {actual!r} should be {expected!r}"
    return "ok", ""


def shrink(
    program: RandomProgram, fails: Callable[[RandomProgram], bool], seconds: float = 20.0
) -> RandomProgram:
    """Drop statements, and put bodies in place of their blocks, while the program goes on failing."""
    end = time.monotonic() + seconds
    shrunk = True
    while shrunk:
        shrunk = False
        for text in _shorter(program.text):
            if time.monotonic() > end:
                return program
            candidate = replace(program, text=text)
            if fails(candidate):
                program, shrunk = candidate, True
                break
    return program


def _shorter(text: str) -> Sequence[str]:
    """Texts with one statement less, or one block replaced by its body, largest cuts first."""
    results = []
    for k in range(sum(len(block) for block in _blocks(ast.parse(text)))):
        for keep_body in (False, True):
            tree = ast.parse(text)
            place = 0
            for block in _blocks(tree):
                if k < place + len(block):
                    statement = block[k - place]
                    body = getattr(statement, "body", None)
                    if _is_kept(statement) or (
                        keep_body and (not body or isinstance(statement, ast.FunctionDef))
                    ):
                        break
                    block[k - place : k - place + 1] = list(body) if keep_body and body else []
                    if not block:
                        block.append(ast.Pass())
                    results.append(ast.unparse(tree) + "\n")
                    break
                place += len(block)
    return sorted({r for r in results if r.count("\n") < text.count("\n") or len(r) < len(text)}, key=len)


def _is_kept(statement: ast.stmt) -> bool:
    """True for imports and for the counters of while loops, without which a program may not end."""
    match statement:
        case ast.Import():
            return True
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=ast.Constant(value=1)):
            return name.startswith("k")
    return False


def _blocks(tree: ast.AST) -> list[list[ast.stmt]]:
    found = []
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if (
                isinstance(block, list)
                and block
                and isinstance(block[0], ast.stmt)
                and not isinstance(block[0], ast.Pass)
            ):
                found.append(block)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tapegen.testing.fuzz", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=6, help="statements at top level, at most")
    parser.add_argument(
        "--features", default="all", help="'all', 'basic', or names with commas; '-name' leaves one out"
    )
    parser.add_argument("--forward", action="store_true", help="check forward mode as well")
    parser.add_argument("--second", action="store_true", help="check second order as well")
    parser.add_argument("--only", type=int, help="run the one program with this seed and print it")
    parser.add_argument("--show", type=int, default=10, help="how many failures to print")
    parser.add_argument("--refusals", action="store_true", help="count refusals by their first line")
    options = parser.parse_args(arguments)
    features = choose_features(options.features)
    seeds = (
        [options.only] if options.only is not None else range(options.seed, options.seed + options.programs)
    )
    jvp = tapegen.jvp if options.forward else None
    counts: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for k, seed in enumerate(seeds):
            chooser = Chooser(seed)
            some = swarm(chooser, features)
            program = write_program(chooser, some, chooser.integer(1, options.size))
            verdict, detail = judge(program, folder, tapegen.vjp, jvp)
            if verdict == "ok" and options.second:
                verdict, detail = judge_second(program, folder)
                detail = f"second order: {detail}"
            counts[verdict] += 1
            if options.only is not None:
                print(program.text, f"\n{verdict}: {detail}")
            elif verdict == "refused":
                reasons[detail.split("\n")[0]] += 1
            elif verdict in ("wrong", "crashed") and counts["wrong"] + counts["crashed"] <= options.show:
                second = options.second and detail.startswith("second order")
                again = partial(_judge_again, folder=folder, jvp=jvp, second=second)
                short = shrink(program, _fails_alike(verdict, again(program)[1], again))
                print(f"\n# seed {seed} is {verdict}: {again(short)[1]}\n{short.text}", flush=True)
            if sys.stderr.isatty() and k % 20 == 0:
                print(f"\r{k + 1} programs, {dict(counts)}", end="", file=sys.stderr)
    if options.refusals:
        for reason, count in reasons.most_common():
            print(f"{count:6d} {reason}")
    spent = time.monotonic() - started
    print(
        ", ".join(f"{counts[v]} {v}" for v in ("ok", "refused", "doubtful", "wrong", "crashed")),
        f"in {spent:.0f} s",
    )
    return 1 if counts["wrong"] or counts["crashed"] else 0


def swarm(chooser: Chooser, features: frozenset[str]) -> frozenset[str]:
    """For two programs of three a random half of the features, so that each of these is used more often.

    Source: Groce et al. (2012), Swarm testing.
    """
    if chooser.integer(0, 2) == 0:
        return features
    return BASIC & features | {name for name in sorted(features) if chooser.integer(0, 1)}


def choose_features(text: str) -> frozenset[str]:
    """Read the option `--features`.

    >>> sorted(choose_features("basic,list,-while"))
    ['branch', 'helper', 'list', 'loop', 'slice', 'store']
    """
    chosen: frozenset[str] = frozenset()
    words = text.split(",")
    if words[0].startswith("-"):
        chosen = FEATURES
    for word in words:
        if word.startswith("-"):
            chosen -= {word[1:]}
        else:
            chosen |= {"all": FEATURES, "basic": BASIC}.get(word, frozenset({word}))
    if chosen - FEATURES:
        raise SystemExit(
            f"no such features: {', '.join(sorted(chosen - FEATURES))}; there are {', '.join(sorted(FEATURES))}"
        )
    return chosen


def _judge_again(
    program: RandomProgram, folder: Path, jvp: Callable[..., Any] | None, second: bool
) -> Verdict:
    return judge_second(program, folder) if second else judge(program, folder, tapegen.vjp, jvp)


def _fails_alike(
    verdict: str, detail: str, judged: Callable[[RandomProgram], Verdict]
) -> Callable[[RandomProgram], bool]:
    """Whether a shortened program fails as the long one did: the same verdict, the same kind of exception."""
    kind = detail.split(":")[0] if verdict == "crashed" else ""

    def alike(candidate: RandomProgram) -> bool:
        try:
            now, why = judged(candidate)
        except Exception:
            return False
        return now == verdict and why.startswith(kind)

    return alike


if __name__ == "__main__":
    raise SystemExit(main())
