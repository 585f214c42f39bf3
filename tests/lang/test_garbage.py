"""Collections wait for compilations, and go on as they were."""

import gc

from tapegen.lang.garbage import uncollected


def test_nested_requests_end_together():
    assert gc.isenabled()
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_who_switched_collections_off_finds_them_off():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_error_ends_the_wait():
    try:
        with uncollected():
            raise ValueError
    except ValueError:
        assert gc.isenabled()
