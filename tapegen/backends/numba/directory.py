"""The directory of compiled code: one of the user's own, which nobody else may write.

Compiled code is kept in pickles, and whoever can write a pickle that is loaded runs code. So the directory must belong
to the user, must not be a link, and neither the group nor others may write it; the same holds for the files in it.
Where that does not hold, or nothing can be written, nothing is kept.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import uuid
from pathlib import Path

VARIABLE = "TAPEGEN_CACHE_DIR"
"""Names the directory in the environment; if it is empty, nothing is kept."""


class Unusable(Exception):
    """Why compiled code can't be kept."""


def location() -> Path:
    """Where compiled code is kept.

    Raises: Unusable if that is switched off, or there is no such place.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        if not chosen:
            raise Unusable(f"{VARIABLE} is empty")
        return Path(chosen).absolute()
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA")
    else:
        root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    if not root or not os.path.isabs(root):
        raise Unusable("there is no directory for caches")
    return Path(root) / "tapegen"


def checked(directory: Path) -> Path:
    """The directory, made if it is not there, after it has been found safe.

    Raises: Unusable.
    """
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)
        check(directory, stat.S_ISDIR)
        for above in directory.parents:
            found = above.stat()
            if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX and os.name == "posix":
                raise Unusable(f"everybody may write {above}")
    except OSError as error:
        raise Unusable(f"{directory}: {error.strerror or error}") from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise Unusable(f"{directory} can't be written")
    return directory


def check(path: Path, is_kind: object = stat.S_ISREG) -> None:
    """See to it that a file or directory is the user's own and that nobody else may write it.

    Raises: Unusable; OSError if it is not there.
    """
    found = path.lstat()
    if not is_kind(found.st_mode):  # type: ignore[operator]
        raise Unusable(f"{path} is a link, or not what it should be")
    if os.name != "posix":
        return
    if found.st_uid != os.geteuid():
        raise Unusable(f"{path} belongs to somebody else")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Unusable(f"others may write {path}")


def keep_text(path: Path, text: str) -> bool:
    """Write `text` to a file, all of it or nothing, unless it is there already.

    Returns: whether it was.
    Raises: Unusable.
    """
    data = text.encode()
    try:
        check(path)
        if path.read_bytes() == data:
            return True
    except FileNotFoundError:
        pass
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or error}") from error
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise Unusable(f"{path}: {error.strerror or error}") from error
    return False
