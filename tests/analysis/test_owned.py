"""Values that nobody else refers to, for which adding in place and adding come to the same."""

import operator

from tapegen.analysis.owned import owned_sums
from tapegen.optimise.rewrite import core

SUM = """
def f(x, buffer):
    total = 0.0
    part = x * 2.0
    total_1 = operator.iadd(total, part)
    {use}
    total_2 = operator.isub(total_1, part)
    return total_2"""


def owned(use, arrays=()):
    return owned_sums(core(SUM.format(use=use), operator=operator), arrays)


def test_what_is_read_by_a_function_that_forgets_it_stays_owned():
    assert "total_1" not in owned("shown = [total_1]")
    assert "total_1" not in owned("shown = total_1[1:]")
    assert "total_2" in owned("pass")


def test_the_result_may_be_converted():
    text = SUM.format(use="pass").replace("return total_2", "number = float(total_2)\n    return number")
    assert {"total", "total_1", "total_2"} <= owned_sums(core(text, operator=operator))


def test_what_is_stored_in_an_array_is_copied_but_a_list_keeps_it():
    text = SUM.format(use="pass").replace("return total_2", "buffer[0] += total_2\n    return buffer")
    assert "total_2" not in owned_sums(core(text, operator=operator))
    assert "total_2" in owned_sums(core(text, operator=operator), {"buffer"})
