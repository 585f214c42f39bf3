"""Names of TensorFlow that tapegen has not got, each refused with what to use instead, and names that only look on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from ..pytree import tree_map
from .convert import tensor


def _refused(name: str, instead: str) -> type:
    """A class, so that `isinstance(x, tf.RaggedTensor)` is False, whose use raises `NotImplementedError`."""

    class Refusal(type):
        def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
            raise NotImplementedError(f"tapegen has no tf.{name}: {instead}")

        def __getattr__(cls, attribute: str) -> Any:
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            raise NotImplementedError(f"tapegen has no tf.{name}.{attribute}: {instead}")

    return Refusal(name.rpartition(".")[2], (), {"__doc__": f"Refused: {instead}."})


REFUSED: dict[str, str] = {
    "RaggedTensor": "pad the rows to one length and mask them (tf.sequence_mask), or keep a list of Tensors",
    "SparseTensor": "use a dense Tensor; tf.gather and tf.scatter_nd take indices",
    "IndexedSlices": "gradients of gather and of slices are dense Tensors here",
    "Graph": "everything is eager; decorate functions with tf.function",
    "VariableAggregation": "there is one device",
    "data": "slice arrays in a loop: for i in range(0, len(x), size): x[i:i + size]",
    "image": "arrays of pixels are arrays",
    "train": "pickle Variables, or keep their .numpy() with np.savez",
    "saved_model": "tg.grad(f).source is a module of plain NumPy to keep",
}
KERAS = dict.fromkeys(
    ("layers", "Model", "Sequential", "metrics", "datasets"), "write layers as subclasses of tf.Module"
)
CTC = dict.fromkeys(
    ("ctc_loss", "ctc_greedy_decoder", "ctc_beam_search_decoder"),
    "there is no rule for it; write the recursion over time as a function and decorate it with tf.function",
)


def gradients(*args: Any, **kwargs: Any) -> NoReturn:
    """TensorFlow's function for graphs.

    Raises: RuntimeError, as TensorFlow's does when it is eager.
    """
    raise RuntimeError(
        "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead."
    )


@contextmanager
def _nothing(*args: Any, **kwargs: Any) -> Iterator[None]:
    """A context without meaning here: operations run in order, on one device."""
    yield


def group(*inputs: Any, **kwargs: Any) -> None:
    """The operations have run already."""


def tuple_(tensors: Any, control_inputs: Any = None, name: Any = None) -> Any:
    return tree_map(tensor, tensors)


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    return tensor.numpy()


NAMES: dict[str, Any] = {
    **{name: _refused(name, instead) for name, instead in REFUSED.items()},
    "control_dependencies": _nothing, "device": _nothing, "init_scope": _nothing, "gradients": gradients,
    "group": group, "tuple": tuple_, "get_static_value": get_static_value,
}  # fmt: skip
KERAS_NAMES: dict[str, Any] = {name: _refused(f"keras.{name}", instead) for name, instead in KERAS.items()}
NN: dict[str, Any] = {name: _refused(f"nn.{name}", instead) for name, instead in CTC.items()}
CONFIG: dict[str, Any] = {
    name: lambda device_type=None: [] for name in ("list_physical_devices", "list_logical_devices")
}
