"""Every way to get a case's gradient, as a call without arguments. A library that is missing is left out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.case import Case


@dataclass(frozen=True)
class Contestant:
    """`run` does the work once; `read` turns what it returned into (value, cotangents), None where there are none."""

    name: str
    run: Callable[[], Any]
    read: Callable[[Any], tuple[Any, tuple[Any, ...]]] | None = None


Arguments = tuple[Any, ...]


def contestants(case: Case, args: Arguments, wanted: tuple[str, ...]) -> Iterator[Contestant]:
    """The primal, the gradients by hand, and of `wanted` what is installed and has a version of the case."""
    yield Contestant("primal", lambda: case.primal(*args))
    yield Contestant("by_hand", lambda: case.by_hand(*args), lambda result: result)
    if case.tuned is not None:
        tuned = case.tuned
        yield Contestant("tuned", lambda: tuned(*args), lambda result: result)
    for name in wanted:
        try:
            contestant = BUILDERS[name](case, args)
        except ImportError:
            continue
        except Exception as error:  # a library's failure is a result, not the end of the run
            contestant = _failed(name, error)
        if contestant is not None:
            yield contestant


def _failed(name: str, error: Exception) -> Contestant:
    def run() -> None:
        raise error

    return Contestant(name, run, lambda result: result)


def tapegen(case: Case, args: Arguments, **options: str) -> Contestant | None:
    import tapegen as tg

    if not hasattr(tg, "value_and_grad"):
        return None
    gradient = tg.value_and_grad(case.primal, argnums=case.argnums, **options)
    name = "_".join(["tapegen", *options.values()])
    return Contestant(name, lambda: gradient(*args), lambda result: (result[0], tuple(result[1])))


def tapegen_numba(case: Case, args: Arguments) -> Contestant | None:
    import numba  # noqa: F401

    return tapegen(case, args, backend="numba")


def tapegen_tape(case: Case, args: Arguments) -> Contestant | None:
    import tapegen as tg

    if not hasattr(tg, "GradientTape"):
        return None
    return _tape("tapegen_tape", tg, case.primal, case, args)


def autograd(case: Case, args: Arguments) -> Contestant | None:
    import autograd

    if "autograd" not in case.peers:
        return None
    loss = case.peers["autograd"]()

    def of_sources(sources: tuple[Any, ...]) -> Any:
        return loss(*_put(args, case.argnums, sources))

    gradient = autograd.value_and_grad(of_sources)
    sources = tuple(args[n] for n in case.argnums)
    return Contestant("autograd", lambda: gradient(sources), lambda result: result)


def jax(case: Case, args: Arguments) -> Contestant | None:
    import jax

    if "jax" not in case.peers:
        return None
    static = tuple(n for n, arg in enumerate(args) if isinstance(arg, int))
    gradient = jax.jit(jax.value_and_grad(case.peers["jax"](), argnums=case.argnums), static_argnums=static)
    on_device = tuple(arg if n in static else jax.numpy.asarray(arg) for n, arg in enumerate(args))
    return Contestant("jax", lambda: jax.block_until_ready(gradient(*on_device)), lambda result: result)


def torch(case: Case, args: Arguments) -> Contestant | None:
    import torch

    if "torch" not in case.peers:
        return None
    loss = case.peers["torch"]()
    tensors = [
        arg
        if isinstance(arg, int)
        else torch.tensor(arg, requires_grad=n in case.argnums, dtype=_torch_dtype(torch, arg))
        for n, arg in enumerate(args)
    ]
    sources = [tensors[n] for n in case.argnums]

    def run() -> Any:
        value = loss(*tensors)
        return value.detach(), torch.autograd.grad(value, sources)

    return Contestant("torch", run, lambda result: result)


def _torch_dtype(torch: Any, arg: Any) -> Any:
    return torch.float64 if np.asarray(arg).dtype.kind == "f" else None


def tensorflow(case: Case, args: Arguments) -> Contestant | None:
    import tensorflow as tf

    if "tensorflow" not in case.peers:
        return None
    return _tape("tensorflow", tf, case.peers["tensorflow"](), case, args)


def _tape(name: str, tf: Any, loss: Callable[..., Any], case: Case, args: Arguments) -> Contestant:
    tensors = [arg if isinstance(arg, int) else tf.constant(np.asarray(arg)) for arg in args]
    sources = [tensors[n] for n in case.argnums]

    def run() -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources)
            value = loss(*tensors)
        return value, tape.gradient(value, sources)

    def read(result: Any) -> tuple[Any, tuple[Any, ...]]:
        return result[0], tuple(tf.convert_to_tensor(ct) for ct in result[1])

    return Contestant(name, run, read)


def _put(args: Arguments, argnums: tuple[int, ...], sources: tuple[Any, ...]) -> list[Any]:
    full = list(args)
    for n, source in zip(argnums, sources, strict=True):
        full[n] = source
    return full


BUILDERS: dict[str, Callable[[Case, Arguments], Contestant | None]] = {
    "tapegen": tapegen,
    "tapegen_numba": tapegen_numba,
    "tapegen_tape": tapegen_tape,
    "autograd": autograd,
    "jax": jax,
    "torch": torch,
    "tensorflow": tensorflow,
}
