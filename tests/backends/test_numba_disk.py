"""Compiled code on disk: used again where everything is as it was, and never where it may be another's."""

import os
import stat
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import tapegen as tg
from tapegen.backends.numba.directory import Unusable, check, checked, keep_text, location

pytest.importorskip("numba")
from tapegen.backends.numba import disk

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are those of POSIX")


@pytest.fixture
def directory(tmp_path, monkeypatch):
    monkeypatch.setenv("TAPEGEN_CACHE_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


def gradient(scale=2.0):
    @tg.function(backend="numba", cache=True, fallback="error")
    def f(x):
        return scale * x * x

    return tg.grad(f)


def hits(name="f_grad_loops"):
    """How often code was loaded, and how often compiled, of the module that was made last."""
    module = [m for n, m in sys.modules.items() if n.startswith("tapegen_compiled_") and hasattr(m, name)][-1]
    stats = getattr(module, name).stats
    return sum(stats.cache_hits.values()), sum(stats.cache_misses.values())


def forget():
    for name in [name for name in sys.modules if name.startswith("tapegen_compiled_")]:
        del sys.modules[name]


def test_code_is_kept_and_used_again(directory):
    assert gradient()(3.0) == 12.0 and hits() == (0, 1)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert sorted(path.suffix for path in directory.iterdir()) == [".nbc", ".nbi", ".py"]
    forget()
    assert gradient()(3.0) == 12.0 and hits() == (1, 0)
    # Code whose text is not beside it is not trusted.
    next(directory.glob("*.py")).write_text("def f_grad_loops(x):\n    return 7.0\n")
    forget()
    assert gradient()(3.0) == 12.0 and hits() == (0, 1)
    # Nor is code that others may write, or that is damaged.
    code = next(directory.glob("*.nbc"))
    code.write_bytes(b"damaged")
    forget()
    with pytest.warns(tg.TapegenWarning, match="compiled code is not kept"):
        assert gradient()(3.0) == 12.0
    if os.name == "posix":
        code.chmod(0o666)
        forget()
        with pytest.warns(tg.TapegenWarning, match="others may write"):
            assert gradient()(3.0) == 12.0


def test_names_depend_on_all_that_the_code_depends_on(monkeypatch):
    first = disk.digest("text")
    assert disk.digest("text") == first != disk.digest("texts")
    monkeypatch.setattr(disk.np, "__version__", "0.0")
    assert disk.digest("text") != first
    monkeypatch.undo()
    monkeypatch.setattr(disk.binding, "get_host_cpu_name", lambda: "abacus")
    assert disk.digest("text") != first


def test_values_of_globals_and_callees_are_part_of_the_text(directory):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradient(2.0)(3.0) == 12.0
        assert gradient(5.0)(3.0) == 30.0


def test_the_directory_is_that_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("TAPEGEN_CACHE_DIR", str(tmp_path))
    assert location() == tmp_path
    monkeypatch.setenv("TAPEGEN_CACHE_DIR", "")
    with pytest.raises(Unusable, match="is empty"):
        location()
    monkeypatch.delenv("TAPEGEN_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert location() == tmp_path / "tapegen"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert location() == tmp_path / ".cache" / "tapegen"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert location() == tmp_path / "tapegen"


@posix
def test_directories_that_others_may_write_are_refused(tmp_path, monkeypatch):
    assert checked(tmp_path / "new").is_dir()
    shared = tmp_path / "shared"
    shared.mkdir()
    for mode in (0o770, 0o707):
        shared.chmod(mode)
        with pytest.raises(Unusable, match="others may write"):
            checked(shared)
    (tmp_path / "link").symlink_to(tmp_path / "new")
    with pytest.raises(Unusable, match="is a link"):
        checked(tmp_path / "link")
    shared.chmod(0o707)
    (shared / "inner").mkdir(mode=0o700)
    with pytest.raises(Unusable, match="everybody may write"):
        checked(shared / "inner")
    (tmp_path / "file").write_text("")
    with pytest.raises(Unusable):
        checked(tmp_path / "file")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(Unusable, match="belongs to somebody else"):
        checked(tmp_path / "new")


@posix
def test_texts_are_written_whole_and_compared(tmp_path):
    path = tmp_path / "text.py"
    assert not keep_text(path, "one") and keep_text(path, "one")
    assert not keep_text(path, "two") and path.read_text() == "two"
    assert [p.name for p in tmp_path.iterdir()] == ["text.py"]
    path.chmod(0o666)
    with pytest.raises(Unusable, match="others may write"):
        keep_text(path, "two")
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unusable, match="is a link"):
        check(path)


def test_where_nothing_can_be_kept_code_is_compiled_all_the_same(monkeypatch):
    monkeypatch.setenv("TAPEGEN_CACHE_DIR", "")
    with pytest.warns(tg.TapegenWarning, match="compiled code is not kept: TAPEGEN_CACHE_DIR is empty"):
        assert gradient(7.0)(3.0) == 42.0


@pytest.mark.slow
def test_a_second_process_compiles_nothing(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\nimport numpy as np\nimport tapegen as tg\n"
        "@tg.function(backend='numba', cache=True, fallback='error')\n"
        "def f(x):\n"
        "    y = x * 1.0\n"
        "    for i in range(1, len(x)):\n"
        "        y[i] = np.exp(-y[i - 1]) * x[i]\n"
        "    return np.sum(y)\n"
        "print(tg.grad(f)(np.linspace(0.0, 1.0, 9)).tolist())\n"
        "stats = [m for n, m in sys.modules.items() if n.startswith('tapegen_compiled_')][0].f_grad_loops.stats\n"
        "print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))\n"
    )
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "TAPEGEN_CACHE_DIR": str(tmp_path / "kept"), "PYTHONPATH": root}
    outputs = [
        subprocess.run(
            [sys.executable, str(program)], env=environment, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert outputs[0][0] == outputs[1][0] and len(np.fromstring(outputs[0][0].strip("[]"), sep=",")) == 9
    assert (outputs[0][1], outputs[1][1]) == ("0 1", "1 0")
