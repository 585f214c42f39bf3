"""Every line of `cases/` on both libraries: same values, gradients, second derivatives, or both fail."""

import logging
import types
import warnings

import pytest

from tapegen import tf as names_of_tf
from tests.tf.conftest import load_tensorflow
from tests.tf.differential import agree, agree_or_nothing, cases, outcome

OURS = types.SimpleNamespace(**names_of_tf.names)

CASES = cases()


@pytest.fixture(scope="module")
def tensorflow():
    module = load_tensorflow()
    if module is None:
        pytest.skip("TensorFlow is not installed")
    logging.getLogger("tensorflow").setLevel("ERROR")
    return module


def test_there_are_enough_cases():
    assert len(CASES) >= 650


@pytest.mark.parametrize(("text", "inputs", "known"), CASES, ids=[f"{c[0]} | {c[1]}" for c in CASES])
def test_as_tensorflow(text, inputs, known, tensorflow):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = outcome(OURS, text, inputs), outcome(tensorflow, text, inputs)
    differs = set()
    if not agree(ours.value, theirs.value):
        differs.add("value")
    elif not isinstance(ours.value, Exception):
        if not agree(ours.gradient, theirs.gradient):
            differs.add("gradient")
        if not agree_or_nothing(ours.second, theirs.second):
            differs.add("second")
    assert differs <= set(known.split()), (ours, theirs)
