"""The results as a table, as JSON and as a picture."""

import json
import math
import platform
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.case import Case, Size
from benchmarks.measure import Timing, ratio

AGAINST = ("by_hand", "tuned", "primal", "autograd", "jax", "torch", "tensorflow")
SUBJECTS = ("tapegen", "tapegen_numba", "tapegen_tape")


@dataclass(frozen=True)
class Result:
    case: Case
    size: Size
    timings: dict[str, Timing]


def duration(seconds: float) -> str:
    """Three digits with a unit."""
    for unit, factor in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def geometric_mean(values: Iterable[float]) -> float:
    logs = [math.log(value) for value in values if value > 0]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan


def table(results: list[Result], subject: str) -> str:
    """Times by hand, then the subject's time as a multiple of the others': minimum and median of the rounds."""
    header = ["case", "size", "by hand", subject, *(f"/ {name}" for name in AGAINST)]
    rows = []
    for result in results:
        timings = result.timings
        if subject not in timings:
            continue
        cells = [result.case.name, result.size, duration(timings["by_hand"].minimum)]
        cells.append("failed" if timings[subject].error else duration(timings[subject].minimum))
        for name in AGAINST:
            usable = name in timings and timings[name].samples and timings[subject].samples
            if usable and name != subject:
                both = ratio(timings[subject], timings[name])
                cells.append(f"{both.minimum:.3g} {both.median:.3g}")
            else:
                cells.append("")
        rows.append(cells)
    if not rows:
        return ""
    for kind in dict.fromkeys(result.case.kind for result in results):
        of_kind = [r.timings for r in results if r.case.kind == kind and subject in r.timings]
        rows.append([f"mean of {kind}", "", "", "", *(_mean(of_kind, subject, name) for name in AGAINST)])
    return _columns(header, rows, always=4)


def costs(results: list[Result]) -> str:
    """The first gradient in this process, compilation included, and the memory at the peak of a later one."""
    names = [n for n in ("by_hand", *SUBJECTS, *AGAINST[3:]) if any(n in r.timings for r in results)]
    header = ["case", "size", *(f"first {n}" for n in names if n != "by_hand"), *(f"peak {n}" for n in names)]
    rows = []
    for result in results:
        known = {name: result.timings[name] for name in names if name in result.timings}
        cells = [result.case.name, result.size]
        cells += [
            duration(known[n].first) if n in known and known[n].samples else ""
            for n in names
            if n != "by_hand"
        ]
        cells += [memory(known[n].peak_bytes) if n in known else "" for n in names]
        rows.append(cells)
    return _columns(header, rows, always=2) if rows else ""


def memory(count: int | None) -> str:
    """Bytes in words; nothing where they were not counted."""
    if count is None:
        return ""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} B"


def _columns(header: list[str], rows: list[list[str]], always: int) -> str:
    """Rows under each other, without the columns in which nothing stands; the first ones always."""
    used = [k for k in range(len(header)) if k < always or any(row[k] for row in rows)]
    rows = [[row[k] for k in used] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def _mean(timings: list[dict[str, Timing]], subject: str, name: str) -> str:
    pairs = [
        ratio(t[subject], t[name]) for t in timings if name in t and t[name].samples and t[subject].samples
    ]
    if not pairs or name == subject:
        return ""
    return f"{geometric_mean(p.minimum for p in pairs):.3g} {geometric_mean(p.median for p in pairs):.3g}"


def errors(results: list[Result]) -> list[str]:
    return [
        f"{result.case.name} {result.size} {name}: {timing.error}"
        for result in results
        for name, timing in result.timings.items()
        if timing.error
    ]


def as_json(results: list[Result], startup: dict[str, Any], threads: int) -> str:
    """Everything measured, with what it was measured on."""
    return json.dumps(
        {
            "machine": {
                "python": sys.version.split()[0],
                "platform": platform.platform(),
                "processor": _processor(),
                "threads": threads,
                "versions": _versions(("numpy", "numba", "autograd", "jax", "torch", "tensorflow")),
            },
            "startup": startup,
            "results": [
                {
                    "case": result.case.name,
                    "kind": result.case.kind,
                    "size": result.size,
                    "timings": {
                        name: {**asdict(t), "minimum": t.minimum, "median": t.median}
                        for name, t in result.timings.items()
                    },
                }
                for result in results
            ],
        },
        indent=1,
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def _versions(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        for distribution in (name, f"{name}-cpu"):
            try:
                found[name] = metadata.version(distribution)
            except metadata.PackageNotFoundError:
                continue
    return found


def plot(results: list[Result], path: Path) -> bool:
    """Seconds of each contestant relative to the gradient by hand; False without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = [n for n in (*SUBJECTS, *AGAINST) if n != "by_hand" and any(n in r.timings for r in results)]
    figure, axis = plt.subplots(figsize=(9, 1 + 0.35 * len(results)), layout="constrained")
    for k, name in enumerate(names):
        points = [
            (ratio(result.timings[name], result.timings["by_hand"]).minimum, y)
            for y, result in enumerate(results)
            if name in result.timings and result.timings[name].samples
        ]
        axis.plot(*zip(*points, strict=True), "o", color=f"C{k}", label=name) if points else None
    axis.axvline(1, color="grey", linewidth=0.8)
    axis.set_yticks(range(len(results)), [f"{result.case.name} {result.size}" for result in results])
    axis.set(xscale="log", xlabel="time / time of the gradient by hand")
    axis.invert_yaxis()
    axis.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1))
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return True
