"""Time gradients beside hand-written ones and other libraries, interleaved in one process.

    python -m benchmarks                              all cases, sizes and peers
    python -m benchmarks digits lstm --sizes small    two cases at one size
    python -m benchmarks --peers jax --threads 2

Prints a table for each of tapegen's ways; each pair of numbers is the ratio of the minima and the median of the rounds.
Another table has the time to the first gradient in this process and the memory allocated at the peak of a later one.
Writes results.json, and ratios.png where matplotlib is installed. A contestant whose gradient is wrong is not timed.
"""

import argparse
from pathlib import Path

from benchmarks import threads


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "cases", nargs="*", help="names of modules in benchmarks/cases; all of them if none is named"
    )
    parser.add_argument("--sizes", default="small,medium,large")
    parser.add_argument("--peers", default="autograd,jax,torch,tensorflow", help="'' for none")
    parser.add_argument("--ways", default="tapegen,tapegen_numba,tapegen_tape", help="of tapegen")
    parser.add_argument("--threads", type=int, default=1, help="for every library")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each contestant of a case and size")
    parser.add_argument("--no-startup", action="store_true", help="leave out imports and first gradients")
    parser.add_argument(
        "--out", type=Path, default=Path("output/benchmarks"), help="folder for what is written"
    )
    return parser.parse_args()


def main() -> None:
    chosen = options()
    threads.pin(chosen.threads)

    # Only now may NumPy be imported.
    from benchmarks import cases, measure, peers, report, startup

    known = cases.load()
    if unknown := set(chosen.cases) - set(known):
        raise SystemExit(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    wanted = tuple(name for name in f"{chosen.ways},{chosen.peers}".split(",") if name)
    results = []
    for name in chosen.cases or known:
        for size in chosen.sizes.split(","):
            print(f"{name} {size} ...", flush=True)
            found = list(peers.contestants(known[name], known[name].arguments(size), wanted))
            results.append(report.Result(known[name], size, measure.measure(found, chosen.seconds)))

    for subject in (*report.SUBJECTS, "by_hand"):
        if text := report.table(results, subject):
            print(f"\n{text}")
    print(f"\n{report.costs(results)}")
    for line in report.errors(results):
        print(line)
    starting = {} if chosen.no_startup else startup.measure()
    for name, found_times in starting.items():
        minimum, median = found_times["minimum"], found_times["median"]
        in_words = (
            f"{minimum:.3g}, {median:.3g}"
            if "/" in name
            else ", ".join(map(report.duration, (minimum, median)))
        )
        print(f"{name}: {in_words}")

    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "results.json").write_text(
        report.as_json(results, starting, chosen.threads), encoding="utf-8"
    )
    drawn = report.plot(results, chosen.out / "ratios.png")
    print(f"results.json{' and ratios.png are' if drawn else ' is'} in {chosen.out}/")


if __name__ == "__main__":
    main()
