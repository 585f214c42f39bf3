"""Reading source: the tree is that of the code that runs, or there is an error; never another function's tree."""

from __future__ import annotations

import ast
import doctest
import functools
import importlib
import inspect
import linecache
import os
import subprocess
import sys
import types
import warnings
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent

import gast
import numpy as np
import pytest

from tapegen.errors import TransformError
from tapegen.frontend.compiled_file import code_key, compile_file
from tapegen.frontend.read_source import python_function, read_source


def text_of(source):
    """What stands in the file where the tree says it is."""
    return ast.get_source_segment("".join(source.lines), source.tree)


def read(fn):
    """The text of `fn` as found."""
    return text_of(read_source(fn))


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes modules, and imports them."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = []

    def make(text, name="module_under_test"):
        path = tmp_path / f"{name}.py"
        path.write_text(dedent(text), encoding="utf-8")
        made.append(name)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield make
    for name in made:
        sys.modules.pop(name, None)
    linecache.checkcache()


def functions_of(module):
    """Functions defined in the file of `module`, methods among them."""
    for value in list(vars(module).values()):
        if isinstance(value, types.FunctionType):
            yield value
        elif isinstance(value, type) and value.__module__ == module.__name__:
            for member in vars(value).values():
                member = getattr(member, "__func__", member)
                if isinstance(member, types.FunctionType):
                    yield member


# What is found.


def test_a_function():
    source = read_source(text_of)
    assert isinstance(source.tree, gast.FunctionDef)
    assert source.tree.name == source.qualname == "text_of"
    assert source.filename == text_of.__code__.co_filename
    assert source.function is text_of
    assert source.lines[source.tree.lineno - 1].startswith("def text_of(source):")
    assert (source.tree.lineno, source.tree.col_offset) == (text_of.__code__.co_firstlineno, 0)


def test_positions_are_those_of_the_file():
    source = read_source(text_of)
    call = source.tree.body[-1].value
    origin = source.origin(call)
    line = source.lines[origin.line - 1]
    assert (
        line[origin.column : origin.end_column]
        == 'ast.get_source_segment("".join(source.lines), source.tree)'
    )
    assert (origin.file, origin.function) == (source.filename, "text_of")


def test_the_tree_is_the_callers_own():
    first = read_source(text_of).tree
    first.body.clear()
    assert read_source(text_of).tree.body


def test_two_lambdas_on_a_line():
    f, g = lambda x: x + 1, lambda x: x + 2
    assert (read(f), read(g)) == ("lambda x: x + 1", "lambda x: x + 2")


def test_equal_lambdas_on_a_line():
    f, g, h = lambda x: x, lambda y: y, lambda x: x
    assert (read(f), read(g), read(h)) == ("lambda x: x", "lambda y: y", "lambda x: x")
    if sys.version_info >= (3, 11):
        assert read_source(f).tree.col_offset < read_source(h).tree.col_offset


def test_lambdas_inside_lambdas():
    outer = lambda a: lambda b: lambda c: a + b + c
    assert read(outer) == "lambda a: lambda b: lambda c: a + b + c"
    assert read(outer(1)) == "lambda b: lambda c: a + b + c"
    assert read(outer(1)(2)) == "lambda c: a + b + c"


def test_lambdas_in_comprehensions():
    fs = [
        (lambda x, i=i: x * i, lambda x, i=i: x - i)
        for i in range(2)
    ]  # fmt: skip
    assert [tuple(map(read, pair)) for pair in fs] == [("lambda x, i=i: x * i", "lambda x, i=i: x - i")] * 2


def test_constants_tell_lambdas_apart():
    fs = [lambda: 1, lambda: 1.0, lambda: True, lambda: 0.0, lambda: -0.0, lambda: (1, 2), lambda: (1, 2.0)]
    assert [eval(read(f))() for f in fs] == [f() for f in fs]
    assert [read(f) for f in fs] == [f"lambda: {f()!r}" for f in fs]


def test_a_lambda_in_a_default_and_a_decorator():
    def keep(f):
        return lambda g: (f, g)

    @keep(lambda x: x + 1)
    def h(x, key=lambda y: y + 2):
        return x

    f, g = h
    assert (read(f), read(g.__defaults__[0])) == ("lambda x: x + 1", "lambda y: y + 2")
    assert read(g).startswith("def h(x, key=")


def test_lambdas_in_a_finally_block():
    try:
        pass
    finally:
        f, g = lambda: 1, lambda: 2
    assert (read(f), read(g)) == ("lambda: 1", "lambda: 2")


def test_closures_and_nested_functions():
    def outer(a):
        def inner(b):
            return a + b

        return inner

    assert (
        read_source(outer(1)).qualname == "test_closures_and_nested_functions.<locals>.outer.<locals>.inner"
    )
    assert read(outer(1)).startswith("def inner(b):")


def test_functions_of_one_name():
    def make(which):
        if which:

            def f(x):
                return x + 1
        else:

            def f(x):
                return x + 2

        return f

    assert "x + 1" in read(make(True))
    assert "x + 2" in read(make(False))


def test_decorated():
    def plain(f):
        return f

    @plain
    @plain
    def f(x):
        return x

    assert read(f) == "def f(x):\n        return x"
    assert len(read_source(f).tree.decorator_list) == 2


def test_wraps_gives_the_wrapper():
    def double(f):
        @functools.wraps(f)
        def wrapper(*args):
            return 2 * f(*args)

        return wrapper

    @double
    def f(x):
        return x

    assert f.__name__ == "f"
    assert read_source(f).tree.name == "wrapper"


class Model:
    """Has methods."""

    __scale = 2

    def call(self, x):
        """Text at column 0:
        import os
        """
        return x

    def private(self, __x):
        self.__value = __x * self.__scale + self.__class__.__len__(self)
        return lambda: (self.__value, dict(__key=__x))

    @staticmethod
    def static(x):
        return x

    @classmethod
    def make(cls):
        return cls()

    def __len__(self):
        return 0

    class __Inner:
        def __hidden(self):
            return self.__a

        hidden = __hidden


def test_methods():
    assert read(Model.call) == read(Model().call)
    assert read_source(Model().call).function is Model.call
    assert "import os" in ast.get_docstring(ast.parse(read(Model.call)).body[0])


def test_static_and_class_methods():
    assert read_source(Model.static).tree.name == "static"
    assert read_source(Model.__dict__["static"]).tree.name == "static"
    assert read_source(Model.make).tree.name == "make"
    assert read_source(Model.__dict__["make"]).function is Model.make.__func__


def test_private_names_are_mangled():
    printed = gast.unparse(read_source(Model.private).tree)
    assert "self._Model__value = _Model__x * self._Model__scale + self.__class__.__len__(self)" in printed
    assert "dict(__key=_Model__x)" in printed
    inner = read_source(Model._Model__Inner.hidden)
    assert inner.tree.name == "__hidden"
    assert "self._Inner__a" in gast.unparse(inner.tree)


def test_private_names_agree_with_the_compiler():
    for function in (Model.private, Model._Model__Inner.hidden):
        tree = read_source(function).tree
        names = {node.attr for node in gast.walk(tree) if isinstance(node, gast.Attribute)}
        codes = [
            function.__code__,
            *(c for c in function.__code__.co_consts if isinstance(c, types.CodeType)),
        ]
        assert names == set().union(*(code.co_names for code in codes)) - {"dict"}


def test_future_imports_of_the_file(write):
    module = write("""
        from __future__ import annotations

        def f(x: undefined):
            def g(y: undefined_too): return y
            return g
    """)
    assert read_source(module.f).tree.name == "f"
    assert read_source(module.f(1)).tree.name == "g"


def test_code_after_a_call_and_under_tracing():
    def f(x):
        total = 0
        for i in range(x):
            total += i
        return total

    before = read(f)
    for _ in range(100):
        f(50)
    assert read(f) == before
    old = sys.gettrace()
    sys.settrace(lambda *args: None)
    try:
        f(50)
        assert read(f) == before
    finally:
        sys.settrace(old)


def test_functions_with_asserts_in_a_test_module():
    """pytest compiled this very function from a rewritten tree."""

    def f(x, y):
        assert x < y, "order"
        assert (lambda: x)() == x and (lambda: y)() == y
        return x

    def g(x, y):
        assert x < y
        return x

    assert "assert x < y" in gast.unparse(read_source(f).tree)
    assert read(g).endswith("assert x < y\n        return x")
    assert read_source(f).tree.name == "f"


def test_lambdas_on_a_line_of_an_assert():
    fs = []
    assert (fs.append(lambda: 1), fs.append(lambda: 2)) == (None, None)
    assert [read(f) for f in fs] == ["lambda: 1", "lambda: 2"]


def test_this_tests_own_function():
    source = read_source(test_functions_with_asserts_in_a_test_module)
    assert source.tree.name == "test_functions_with_asserts_in_a_test_module"
    assert ast.get_docstring(ast.parse(text_of(source)).body[0])


def test_exec_with_a_linecache_entry():
    text = "f = lambda x: x + 1\ndef g(x):\n    return x\n"
    name = "<interactive 7>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    scope: dict = {}
    exec(compile(text, name, "exec"), scope)
    assert read(scope["f"]) == "lambda x: x + 1"
    assert read(scope["g"]) == "def g(x):\n    return x"
    del linecache.cache[name]


def test_an_interactive_cell_under_future_flags():
    """As when an earlier cell said `from __future__ import annotations`."""
    text = "def g(x: undefined):\n    def h(y: undefined): return y\n    return h\n"
    name = "<interactive 8>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    scope: dict = {}
    import __future__

    exec(compile(text, name, "exec", __future__.annotations.compiler_flag, dont_inherit=True), scope)
    assert read_source(scope["g"]).tree.name == "g"
    assert read_source(scope["g"](1)).tree.name == "h"
    del linecache.cache[name]


def test_an_interactive_cell_that_awaits():
    text = "await something\ndef g(x):\n    return x\n"
    name = "<interactive 9>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    cell = compile(text, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    code = next(value for value in cell.co_consts if isinstance(value, types.CodeType))
    assert read(types.FunctionType(code, {})) == "def g(x):\n    return x"
    del linecache.cache[name]


def in_a_doctest():
    """
    >>> def f(x):
    ...     return x + 1
    >>> from tapegen.frontend.read_source import read_source
    >>> read_source(f).tree.name
    'f'
    """


def test_doctests():
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder().find(in_a_doctest, globs={}):
        assert runner.run(test).failed == 0


def test_other_optimisation_levels(tmp_path):
    (tmp_path / "with_asserts.py").write_text("def f(x):\n    '''doc'''\n    assert x\n    return x\n")
    code = (
        "import with_asserts, tapegen.frontend.read_source as r; s = r.read_source(with_asserts.f);"
        "print(s.tree.name, len(s.tree.body))"
    )
    root = os.getcwd()
    for level in ("-O", "-OO", "-B"):
        done = subprocess.run(
            [sys.executable, level, "-c", code],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([root, str(tmp_path)])},
        )
        assert done.stdout == "f 3\n"


def test_threads(write):
    module = write("fs = [" + ", ".join(f"lambda x: x + {i}" for i in range(40)) + "]\n")
    compile_file.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(read, module.fs * 3))
    assert texts == [f"lambda x: x + {i}" for i in range(40)] * 3


def test_a_file_is_compiled_once(write):
    module = write("def f(x): return x\ndef g(x): return x + 1\n")
    compile_file.cache_clear()
    read(module.f)
    read(module.g)
    assert compile_file.cache_info().misses == 1


def test_columns_after_wide_characters(write):
    module = write('fs = ("é表", lambda x: x + 1, "ü", lambda x: x + 2)\n')
    assert (read(module.fs[1]), read(module.fs[3])) == ("lambda x: x + 1", "lambda x: x + 2")


# Files that changed.

FIRST = """
    def f(x):
        return x + 1

    def g(x):
        return x + 2
"""


def change(module, text):
    """Edits the file of `module`, which stays imported as it was."""
    with open(module.__file__, "w", encoding="utf-8") as file:
        file.write(dedent(text))
    os.utime(module.__file__, (1, 1))
    linecache.checkcache()


def test_edited_body(write):
    module = write(FIRST)
    change(module, FIRST.replace("x + 1", "x + 3"))
    with pytest.raises(TransformError) as caught:
        read_source(module.f)
    assert str(caught.value) == (
        "cannot find the source of f\n"
        f"  why: the text of {module.__file__} does not compile to the code that runs: "
        "it was edited after it was imported, or an import hook or a decorator changed the code\n"
        '  instead: import the module again, or record it on a tape, with @tg.function(fallback="eager")'
    )
    assert "x + 2" in read(module.g)


def test_edited_after_it_was_read(write):
    """The text read earlier is still what runs."""
    module = write(FIRST)
    linecache.getlines(module.__file__)
    with open(module.__file__, "w", encoding="utf-8") as file:
        file.write("something = else_\n")
    assert "x + 1" in read(module.f)


def test_reloaded_after_it_was_read(write):
    """The text read earlier is no longer what runs."""
    module = write(FIRST)
    assert "x + 1" in read(module.f)
    with open(module.__file__, "w", encoding="utf-8") as file:
        file.write(dedent(FIRST).replace("x + 1", "x + 4"))
    os.utime(module.__file__, (1, 1))
    importlib.reload(module)
    assert "x + 4" in read(module.f)


def test_shifted(write):
    module = write(FIRST)
    change(module, "import os\n\n\n" + dedent(FIRST))
    source = read_source(module.f)
    assert "x + 1" in text_of(source)
    assert source.tree.lineno == module.f.__code__.co_firstlineno + 3


def test_swapped(write):
    module = write(FIRST)
    change(module, FIRST.replace("x + 1", "x + 9").replace("x + 2", "x + 1").replace("x + 9", "x + 2"))
    for fn in (module.f, module.g):
        with pytest.raises(TransformError, match="cannot find the source"):
            read_source(fn)


def test_the_nearest_of_several_equal_ones(write):
    module = write("""\
        def f(x):
            return x


        class A:
            def f(x):
                return x


        def g():
            def f(x):
                return x
    """)
    assert read_source(module.f).tree.lineno == 1
    assert read_source(module.A.f).tree.lineno == 6


def test_a_file_that_no_longer_parses(write):
    module = write(FIRST)
    change(module, "def f(:\n")
    with pytest.raises(TransformError, match="cannot find the source of f"):
        read_source(module.f)


def test_a_file_that_is_gone(write):
    module = write(FIRST)
    os.remove(module.__file__)
    linecache.checkcache()
    with pytest.raises(TransformError, match="there is no text for"):
        read_source(module.f)


def test_changed_code():
    def f(x):
        return x + 1

    f.__code__ = f.__code__.replace(co_consts=(None, 98765))
    with pytest.raises(TransformError, match="cannot find the source"):
        read_source(f)


# What has no source.


class Callable:
    def __call__(self, x):
        return x


@functools.lru_cache
def cached(x):
    return x


async def coroutine(x):
    return x


REFUSED = {
    "builtin": (len, "cannot read the source of len\n  why: it is compiled code"),
    "method of a builtin": ([].append, "cannot read the source of list.append\n  why: it is compiled code"),
    "descriptor": (str.upper, "cannot read the source of str.upper\n  why: it is compiled code"),
    "ufunc": (np.sin, "cannot read the source of sin\n  why: it is a NumPy ufunc, compiled code"),
    "partial": (
        functools.partial(read, 1),
        "cannot read the source of a functools.partial\n  why: it is an object that calls a function\n"
        "  instead: write the call as a def or a lambda",
    ),
    "instance": (
        Callable(),
        "cannot read the source of a Callable\n  why: it is an object that can be called, not a function\n"
        "  instead: pass its method __call__",
    ),
    "class": (Callable, "cannot read the source of Callable\n  why: it is a class"),
    "cache": (
        cached,
        "cannot read the source of cached\n  why: it is a _lru_cache_wrapper around a function\n"
        "  instead: pass its __wrapped__",
    ),
    "numba": (
        types.SimpleNamespace(py_func=functions_of, __name__="fast"),
        "cannot read the source of fast\n  why: numba compiles it\n  instead: pass its py_func",
    ),
    "number": (3, "cannot read the source of an int\n  why: it is an int, not a function"),
    "none": (None, "cannot read the source of a NoneType"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    fn, message = REFUSED[case]
    with pytest.raises(TransformError) as caught:
        read_source(fn)
    assert str(caught.value).startswith(message)


def test_what_is_said_to_pass_instead_can_be_passed():
    assert read_source(Callable().__call__).tree.name == "__call__"
    assert read_source(cached.__wrapped__).tree.name == "cached"
    assert python_function(Callable().__call__) is Callable.__call__


def test_numpy_functions_written_in_python_are_read():
    fn = np.linalg.norm
    assert isinstance(read_source(fn.__wrapped__).tree, gast.FunctionDef)


def test_no_text():
    scope: dict = {}
    exec("def f(x):\n    return x", scope)
    with pytest.raises(TransformError) as caught:
        read_source(scope["f"])
    assert str(caught.value) == (
        "cannot read the source of f\n  why: there is no text for <string>, only compiled code\n"
        '  instead: define the function in a file, or record it on a tape, with @tg.function(fallback="eager")'
    )


def test_async():
    with pytest.raises(TransformError) as caught:
        read_source(coroutine)
    message = str(caught.value)
    assert message.startswith("cannot differentiate an async function\n")
    assert "    async def coroutine(x):\n    ^^^^^" in message


def test_an_expression_that_nests_too_deeply(write):
    module = write("def f(x):\n    return " + " + ".join(["x"] * 900) + "\n")
    with pytest.raises(TransformError) as caught:
        read_source(module.f)
    lines = str(caught.value).splitlines()
    assert lines[0] == "cannot differentiate f"
    assert lines[2:4] == ["    def f(x):", "    ^^^^^^^^^"]
    assert lines[4:] == [
        "  why: an expression in it nests too deeply",
        "  instead: split it into several statements",
    ]


def test_the_command_line():
    code = "from tapegen.frontend.read_source import read_source as r\nf = lambda x: x\nprint(r(f).tree.col_offset)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=os.getcwd(),
    )
    if sys.version_info >= (3, 13):
        assert done.stdout == "4\n"
    else:
        assert "cannot read the source of <lambda>" in done.stderr


# The comparison itself.


def test_code_keys():
    def key(text):
        return code_key(compile(text, "f", "eval"))

    assert key("x + 1") == key("x +  1")
    assert key("x in {1, 2, 3}") == key("x in {1, 2, 3}")
    different = [
        "x + 1",
        "x + 1.0",
        "x + True",
        "y + 1",
        "x - 1",
        "x in {1, 2}",
        "x in {1.0, 2}",
        "0.0",
        "-0.0",
        "f(x=1)",
    ]
    assert len({key(text) for text in different}) == len(different)


@pytest.mark.slow
def test_the_standard_library_and_numpy():
    """Each function is found, and is where it says it is."""
    names = "argparse ast asyncio bdb calendar collections configparser copy csv dataclasses datetime decimal difflib "
    names += "email.message enum fractions functools heapq inspect json logging numbers optparse os pathlib pickle "
    names += "pprint random re shutil statistics string subprocess tarfile textwrap threading tokenize typing unittest "
    names += "urllib.parse uuid weakref xml.dom.minidom zipfile numpy numpy.linalg numpy.ma numpy.polynomial "
    names += "numpy.lib._function_base_impl numpy.lib._index_tricks_impl numpy._core.fromnumeric numpy._core.numeric"
    checked = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        modules = [importlib.import_module(name) for name in names.split()]
    functions = {function for module in modules for function in functions_of(module)}
    for function in sorted(functions, key=lambda function: function.__code__.co_filename):
        function = getattr(function, "_implementation", function)
        code = function.__code__
        if code.co_filename.startswith("<") or code.co_flags & inspect.CO_COROUTINE:
            continue
        tree = read_source(function).tree
        first = tree if isinstance(tree, gast.Lambda) else (tree.decorator_list or [tree])[0]
        assert first.lineno == code.co_firstlineno
        assert code.co_name == ("<lambda>" if isinstance(tree, gast.Lambda) else tree.name)
        checked += 1
    assert checked > 1500
