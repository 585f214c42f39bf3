"""From text to functions: compiled under a file name of its own that debuggers, tracebacks and `inspect` can read."""

from __future__ import annotations

import hashlib
import linecache
import threading
from collections.abc import Mapping
from typing import Any

from tapegen.errors import InternalError
from tapegen.lang.quiet import quiet

_lock = threading.Lock()


def load(text: str, name: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Run `text` as a module and return its globals.

    The text is registered in `linecache` under a name such as `<tapegen loss_grad 1a2b3c4d>`, so a traceback shows its
    lines, pdb steps through it and `inspect.getsource` finds it. Identical texts share one entry.

    Args:
        text: the source of the module.
        name: what the module is about, for its file name.
        namespace: names bound before the text runs.
    Raises: InternalError if the text does not compile.

    >>> load("def double(x):\\n    return two * x", "double", {"two": 2})["double"](4)
    8
    """
    text = text if text.endswith("\n") else text + "\n"
    filename = register(text, name)
    try:
        with quiet():
            code = compile(text, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InternalError(f"the code generated for {name} does not compile", why=str(error)) from error
    scope = {**namespace, "__name__": f"tapegen.generated.{name}", "__file__": filename}
    exec(code, scope)
    return scope


def register(text: str, name: str) -> str:
    """Make `text` readable under a file name of its own, and return that."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    label = "".join(c if c.isalnum() or c in "_." else "_" for c in name)
    lines = text.splitlines(keepends=True)
    with _lock:
        for length in range(8, len(digest) + 1):
            filename = f"<tapegen {label} {digest[:length]}>"
            entry = linecache.cache.get(filename)
            if entry is None or len(entry) < 3 or entry[2] == lines:
                break
        # Without a modification time an entry survives `linecache.checkcache`, as those of import hooks do.
        linecache.cache[filename] = (len(text), None, lines, filename)
    return filename
