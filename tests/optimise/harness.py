"""Running Core, and comparing what two versions of a function do."""

import ast
import copy

import gast
import numpy as np

from tapegen.lang.core import Core


def module(fn: Core) -> ast.Module:
    """A function as a module of the standard library's kind."""
    return ast.fix_missing_locations(gast.gast_to_ast(gast.Module(body=[fn.tree], type_ignores=[])))


def run(fn: Core, args: list) -> dict:
    """What a function returns, what it has logged, and what it has made of its arguments."""
    log: list = []
    args = copy.deepcopy(args)
    space = dict(fn.namespace)
    if "log" in space:
        space["log"] = lambda value: log.append(copy.deepcopy(value))
    exec(compile(module(fn), "<core>", "exec"), space)
    with np.errstate(all="ignore"):
        result = space[fn.tree.name](*args)
    return {"result": result, "args": args, "log": log}


def same(a, b, exact: bool) -> bool:
    """Whether two values are equal, to the last bit or nearly."""
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y, exact) for x, y in zip(a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k], exact) for k in a)
    if isinstance(a, (np.ndarray, np.generic, float, int, complex)):
        if np.shape(a) != np.shape(b) or np.asarray(a).dtype != np.asarray(b).dtype:
            return False
        if exact or np.asarray(a).dtype.kind in "bi":
            return np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind in "fc")
        return np.allclose(a, b, rtol=1e-7, atol=1e-9, equal_nan=True)
    return a == b


def arrays(value) -> list:
    """The arrays in a nest."""
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in arrays(item)]
    return [value] if isinstance(value, np.ndarray) else []


def sharing(outcome: dict) -> list:
    """Which of the results share memory with each other or with an argument."""
    results = arrays(outcome["result"])
    others = results + arrays(outcome["args"])
    return [
        (i, j)
        for i, a in enumerate(results)
        for j, b in enumerate(others)
        if i != j and np.shares_memory(a, b)
    ]


def check(before: Core, after: Core, args: list, exact: bool = True) -> None:
    """Assert that two functions do the same, and that the second returns no memory that the first keeps apart."""
    old, new = run(before, args), run(after, args)
    for part in old:
        assert same(old[part], new[part], exact), (
            f"{part}: {old[part]} became {new[part]}\n{ast.unparse(module(after))}"
        )
    assert set(sharing(new)) <= set(sharing(old)), (
        f"results share memory that did not\n{ast.unparse(module(after))}"
    )


def check_pass(step, before: Core, args: list, exact: bool = True) -> Core:
    """Assert that a pass keeps the meaning of a function and leaves the function alone; its result."""
    text = gast.dump(before.tree)
    after = step(before)
    assert gast.dump(before.tree) == text, "the pass changed its input"
    check(before, after, args, exact)
    return after
