"""The two ways onto a tape give the same numbers: operation by operation, and as one decorated function.

Each case of test_names.py is a function in a file, called as it stands and decorated, at first and second order.
"""

import importlib.util

import numpy as np
import pytest

import tapegen as tg
from tests.tf.test_names import CASES, OURS

STATED = {text: arrays for text, *arrays in CASES}


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    """One Python function a case: `tg.function` reads its text."""
    path = tmp_path_factory.mktemp("paths") / "cases.py"
    lines = ["import numpy as np", "import tapegen as tf", ""]
    for number, (_text, arrays) in enumerate(STATED.items()):
        lines += [f"def case_{number}({', '.join('xy'[: len(arrays)])}):", f"    return {_text}", ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("cases_of_both_paths", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [getattr(module, f"case_{number}") for number in range(len(STATED))]


def first_order(f, arrays):
    tensors = [OURS.constant(a) for a in arrays]
    with tg.GradientTape() as tape:
        tape.watch(tensors)
        out = f(*tensors)
    weights = np.cos(np.arange(out.size)).reshape(out.shape)
    return out, tape.gradient(out, tensors, output_gradients=OURS.constant(weights, out.dtype))


def second_order(f, arrays):
    tensors = [OURS.constant(a) for a in arrays]
    with tg.GradientTape() as outer:
        outer.watch(tensors)
        with tg.GradientTape() as inner:
            inner.watch(tensors)
            out = f(*tensors)
        slopes = inner.gradient(out, tensors)
        total = sum(tg.reduce_sum(s * s) for s in slopes if s is not None)
    return outer.gradient(total, tensors)


def agree(found, wanted, tolerance=1e-9):
    assert (found is None) == (wanted is None)
    if found is not None:
        assert found.dtype == wanted.dtype and found.shape == wanted.shape
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=tolerance, atol=tolerance)


TRANSFORMED = """
tf.tanh(x) tf.nn.relu(x) tf.nn.softmax(x) tf.nn.log_softmax(x) tf.nn.sigmoid(x) tf.math.softplus(x)
tf.reduce_sum(x,axis=1) tf.reduce_mean(x,axis=[0,1],keepdims=True) tf.concat([x,2.0*x],0) tf.stack([x,x*x],axis=1)
tf.reshape(x,[3,2]) tf.transpose(x) tf.expand_dims(x,1) tf.nn.l2_loss(x) tf.sqrt(x) tf.math.rsqrt(x)
tf.math.reciprocal(x) tf.add_n([x,2.0*x,x*x]) tf.einsum('ij,jk->ik',x,y) tf.reduce_logsumexp(x,axis=1) tf.nn.selu(x)
tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[2,0],logits=x) tf.linalg.l2_normalize(x,axis=1)
tf.one_hot([0,2],3,dtype=tf.float64)*x tf.pad(x,[[1,0],[2,1]]) tf.linalg.diag(x) tf.nn.moments(x,axes=[0])[1]
""".split()


@pytest.mark.filterwarnings("error::tapegen.TapegenWarning")
def test_the_usual_names_are_transformed(functions):
    texts = {text.replace(" ", ""): number for number, text in enumerate(STATED)}
    for text in TRANSFORMED:
        number = texts[text]
        first_order(tg.function(functions[number], fallback="error"), list(STATED.values())[number])


def test_tensors_made_inside_are_noticed():
    def f(x):
        return tg.Tensor([1.0, 2.0]) * x

    x = tg.constant([3.0, 4.0])
    with tg.GradientTape() as tape:
        tape.watch(x)
        with pytest.warns(tg.TapegenWarning, match="f is recorded operation by operation"):
            y = tg.function(f)(x)
    np.testing.assert_array_equal(tape.gradient(y, x), [1.0, 2.0])


@pytest.mark.filterwarnings("ignore::tapegen.TapegenWarning")
@pytest.mark.parametrize("number", range(len(STATED)), ids=list(STATED))
def test_both_paths(number, functions):
    f = functions[number]
    arrays = list(STATED.values())[number]
    decorated = tg.function(f)
    try:
        out, grads = first_order(f, arrays)
    except LookupError as missing:
        pytest.skip(f"has no rule: {missing}")
    out_2, grads_2 = first_order(decorated, arrays)
    agree(out_2, out)
    for found, wanted in zip(grads_2, grads, strict=True):
        agree(found, wanted)
    if number % 4 == 0 and grads[0] is not None and decorated._reason is None:
        for found, wanted in zip(second_order(decorated, arrays), second_order(f, arrays), strict=True):
            if wanted is None:  # a constant slope, which the generated adjoint computes like any other
                assert found is None or not np.any(found.numpy())
            else:
                agree(found, wanted, 1e-7)
