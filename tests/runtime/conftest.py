"""Fixture `tf`: each test that takes it runs on tapegen's names, and on TensorFlow itself where that is installed."""

import importlib.util
import os
import types
import warnings

import pytest

from tapegen import tf as names_of_tf

OURS = types.SimpleNamespace(**names_of_tf.names, is_tapegen=True)


def load_tensorflow():
    """TensorFlow, or None. Its import is slow and warns."""
    if importlib.util.find_spec("tensorflow") is None or os.environ.get("TAPEGEN_TESTS_WITHOUT_TENSORFLOW"):
        return None
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow

    tensorflow.is_tapegen = False
    return tensorflow


@pytest.fixture(params=["tapegen", "tensorflow"])
def tf(request):
    if request.param == "tapegen":
        return OURS
    if request.node.get_closest_marker("ours"):
        pytest.skip("tapegen goes beyond TensorFlow here, or differs from it")
    module = load_tensorflow()
    if module is None:
        pytest.skip("TensorFlow is not installed")
    return module


def pytest_configure(config):
    config.addinivalue_line("markers", "ours: not run on TensorFlow")


@pytest.fixture(autouse=True)
def nothing_left_recording():
    """A test must not leave a tape active in this thread."""
    yield
    from tapegen.runtime.state import state

    assert state.recorders == ()
