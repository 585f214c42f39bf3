"""Who may import whom: the law of docs/decisions/0001-rooms.md, compared with the imports that the source really has.

Imports are read with `ast`, wherever they stand: inside functions and under TYPE_CHECKING too, because an import
that is hidden is still knowledge of the other room.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tapegen.rules import registry

ROOT = Path(__file__).resolve().parent.parent / "tapegen"
MAX_LINES = 500

# room -> the other rooms that it may import; "." is the package itself, that is, the public names.
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "pytree": set(),
    "kernels": set(),
    "rules": {"kernels", "errors"},
    "lang": {"errors"},
    "frontend": {"lang", "errors", "rules", "kernels"},
    "analysis": {"lang", "errors", "rules", "kernels"},
    "transforms": {"analysis", "lang", "rules", "errors", "kernels"},
    "optimise": {"analysis", "lang", "errors", "kernels"},
    "backends": {"analysis", "lang", "kernels", "errors"},
    "linked": {"lang", "frontend", "analysis"},
    "linker": {"errors", "lang", "frontend", "analysis", "transforms", "backends", "rules", "linked"},
    "object_linker": {"errors", "lang", "frontend", "analysis", "transforms", "linker"},
    "functional_linker": {"linker", "transforms"},
    "generated": {"errors", "lang", "analysis", "transforms", "linker"},
    "compiler": {
        *("generated", "errors", "lang", "frontend", "analysis", "transforms", "optimise", "backends"),
        *("linker", "rules", "kernels"),
    },
    "directions": {"compiler", "generated", "linker", "lang", "analysis", "transforms", "kernels"},
    "runtime": {"rules", "kernels", "pytree", "errors"},
    "api": {
        *("compiler", "directions", "linker", "object_linker", "functional_linker"),
        *("analysis", "lang", "kernels", "backends"),
        *("runtime", "rules", "pytree", "errors", "tf"),
    },
    "tf": {".", "api", "runtime", "pytree", "errors"},
    "testing": {".", "api", "pytree", "errors"},
    "cli": {".", "api", "compiler", "errors"},
}
# Rooms that look rules up see the catalogue and the text of a rule, not the chapters with the mathematics.
CATALOGUE = {"rules", "rules.registry", "rules.tables", "rules.kinds", "rules.body", "rules.stand_ins"}
# (who, whom): the modules of the second that are open to the first, where that is not the whole room.
DOORS: dict[tuple[str, str], set[str]] = {
    **{(reader, "rules"): CATALOGUE for reader in ("frontend", "analysis", "linker", "compiler")},
    ("api", "analysis"): {"analysis.values"},  # descriptions of arguments: what a call is specialised for
    # Pickling ships source and loads it again.
    ("api", "backends"): {"backends.emit", "backends.load", "backends.options"},
    ("api", "tf"): {"tf", "tf.table"},
}
# The names of TensorFlow that compiled code may spell are learnt at the seam, nowhere else.
READERS_OF_TF = {"api.dispatch"}

# package -> the modules or rooms that may import it; numpy, gast and the standard library are free to all.
EXTERNAL: dict[str, set[str]] = {
    "astor": {"lang.show"},
    "numba": {f"backends.numba.{name}" for name in ("compile", "disk", "elementary", "kernels", "run")},
    "llvmlite": {"backends.numba.disk", "backends.numba.elementary"},  # comes with Numba
    "scipy": {"kernels", "rules", "runtime", "tf", "testing", "api.sparse"},
    "hypothesis": {"testing"},
    "_pytest": {"frontend.read_source"},  # to know the code that pytest makes of asserts
}
FREE = {"numpy", "gast", *sys.stdlib_module_names}
# These must be imported inside a function: `import tapegen` stays fast and works without them.
LAZY = {"astor", "numba", "llvmlite", "scipy", "_pytest"}
# Rules that nobody imports by name: they are read when first needed, and may import what is lazy at the top.
LATE = {f"rules.{name}" for names in registry._LAZY.values() for name in names}
# Imported only inside functions, so it may import what is lazy at the top.
INNER = {"backends.numba.disk", "backends.numba.elementary", "backends.numba.kernels"}

Import = tuple[str, int, bool]
"""What is imported (a dotted name), the line, and whether the import stands inside a function."""


def modules(root: Path) -> dict[str, Path]:
    """Module names relative to the package (the package itself is ".") and their files."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "."] = path
    return found


def imports(path: Path, package: str) -> Iterator[Import]:
    """Each import of a file, `from a import b` as `a.b`; relative imports are made absolute in `package`."""

    def walk(node: ast.AST, local: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            inside = local or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield alias.name, child.lineno, inside
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    kept = package.split(".")[: len(package.split(".")) - child.level + 1]
                    base = ".".join([*kept, base] if base else kept)
                for alias in child.names:
                    yield f"{base}.{alias.name}", child.lineno, inside
            elif isinstance(child, ast.Call) and ast.unparse(child.func).endswith("import_module"):
                if child.args and isinstance(child.args[0], ast.Constant):
                    yield str(child.args[0].value), child.lineno, inside
            yield from walk(child, inside)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), False)


def own_module(name: str, known: Mapping[str, Path], package: str) -> str | None:
    """The module of ours that a dotted name lies in (`tapegen.lang.core.Core` -> `lang.core`), None if foreign."""
    head, _, rest = name.partition(".")
    if head != package:
        return None
    while rest and rest not in known:
        rest = rest.rpartition(".")[0]
    return rest or "."


def room(module: str) -> str:
    return module.partition(".")[0] or "."


def violations(root: Path) -> list[str]:
    """Every import under `root` that the tables above forbid, in words."""
    known = modules(root)
    wrong = []
    for module, path in known.items():
        if module in {".", "__main__"}:
            continue
        if room(module) not in ROOMS:
            wrong.append(f"{module}: belongs to no room of the table")
            continue
        package = ".".join([root.name, *path.relative_to(root).parent.parts])
        for name, line, local in imports(path, package):
            where = f"{path.relative_to(root)}:{line}: {module} imports {name}"
            target = own_module(name, known, root.name)
            if target is not None:
                if room(target) != room(module) and room(target) not in ROOMS[room(module)]:
                    wrong.append(f"{where}: {room(module)} may not know {room(target)}")
                elif target not in DOORS.get((room(module), room(target)), {target}):
                    wrong.append(f"{where}: {room(module)} may not know this part of {room(target)}")
                continue
            external = name.partition(".")[0]
            if external in EXTERNAL:
                if not EXTERNAL[external] & {module, room(module)}:
                    wrong.append(f"{where}: only {', '.join(sorted(EXTERNAL[external]))} may")
                elif external in LAZY and not local and module not in LATE | INNER:
                    wrong.append(f"{where}: only inside a function")
            elif external not in FREE:
                wrong.append(f"{where}: not a dependency")
    return wrong


def import_graph(root: Path) -> dict[str, set[str]]:
    """Module -> modules of ours that it imports, imports inside functions included."""
    known = modules(root)
    graph = {}
    for module, path in known.items():
        package = ".".join([root.name, *path.relative_to(root).parent.parts])
        targets = {own_module(name, known, root.name) for name, _, _ in imports(path, package)}
        graph[module] = {target for target in targets if target is not None} - {module}
    return graph


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """One cycle of the graph as the list of its nodes, or []."""
    done: set[str] = set()

    def visit(node: str, trail: list[str]) -> list[str]:
        if node in trail:
            return [*trail[trail.index(node) :], node]
        if node in done:
            return []
        for target in sorted(graph[node]):
            if found := visit(target, [*trail, node]):
                return found
        done.add(node)
        return []

    return next((found for node in sorted(graph) if (found := visit(node, []))), [])


def test_rooms_know_only_whom_they_may_know():
    assert violations(ROOT) == []


def test_no_import_cycles_not_even_dodged_ones():
    assert cycle(import_graph(ROOT)) == []


def test_compiler_and_runtime_meet_in_dispatch_alone():
    both = {
        module
        for module, targets in import_graph(ROOT).items()
        if room(module) == "api" and {"compiler", "runtime"} <= {room(target) for target in targets}
    }
    assert both <= {"api.dispatch"}


def test_outer_rooms_are_imported_by_the_package_alone():
    importers = {
        (module, room(target))
        for module, targets in import_graph(ROOT).items()
        for target in targets
        if room(target) in {"tf", "testing", "cli"} and room(module) != room(target)
    }
    assert {module for module, outer in importers if outer == "tf"} <= {".", *READERS_OF_TF}
    assert {module for module, outer in importers if outer != "tf"} <= {".", "__main__"}


def test_what_is_read_late_is_imported_by_nobody():
    assert not LATE & set().union(*import_graph(ROOT).values())


def test_what_is_imported_late_stays_so():
    known = modules(ROOT)
    top = {
        own_module(name, known, "tapegen")
        for module, path in known.items()
        if module not in INNER
        for name, _, local in imports(path, ".".join(["tapegen", *path.relative_to(ROOT).parent.parts]))
        if not local
    }
    assert not INNER & top


def test_files_hold_one_idea():
    long = {
        name: n
        for name, path in modules(ROOT).items()
        if (n := path.read_text("utf-8").count("\n")) > MAX_LINES
    }
    assert long == {}


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("rules/sine.py", "from tapegen.lang import core", "rules may not know lang"),
        ("rules/sine.py", "from ..lang.core import Core", "rules may not know lang"),
        ("rules/sine.py", "def f():\n    import tapegen.api", "rules may not know api"),
        ("runtime/tape.py", "importlib.import_module('tapegen.compiler')", "runtime may not know compiler"),
        ("optimise/cse.py", "from tapegen.rules import registry", "optimise may not know rules"),
        ("analysis/tbr.py", "from tapegen.rules.sine import sin", "analysis may not know this part of rules"),
        ("compiler.py", "from tapegen.rules import linalg", "compiler may not know this part of rules"),
        ("api/grads.py", "from tapegen.backends import emit, numpy", "may not know this part of backends"),
        ("lang/core.py", "def f():\n    import astor", "only lang.show may"),
        ("lang/show.py", "import astor", "only inside a function"),
        (
            "kernels/jit.py",
            "import numba",
            "only backends.numba.compile, backends.numba.disk",
        ),
        ("kernels/jit.py", "import pandas", "not a dependency"),
        ("attic/old.py", "", "belongs to no room"),
    ],
)
def test_the_checker_sees(tmp_path, file, text, complaint):
    root = tmp_path / "tapegen"
    for name in (
        "__init__ compiler rules/sine rules/linalg rules/registry lang/core api/__init__ backends/emit backends/numpy"
    ).split():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / f"{name}.py").touch()
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_text(text)
    found = violations(root)
    assert len(found) == 1
    assert complaint in found[0]


def test_the_checker_sees_a_dodged_cycle(tmp_path):
    root = tmp_path / "tapegen"
    root.mkdir()
    (root / "__init__.py").touch()
    (root / "errors.py").write_text("from tapegen import pytree")
    (root / "pytree.py").write_text("def f():\n    from tapegen.errors import E")
    assert cycle(import_graph(root)) == ["errors", "pytree", "errors"]
