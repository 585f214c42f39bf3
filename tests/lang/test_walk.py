"""Trees of Core never change: what a node remembers is true as long as it lives, and changes are other nodes."""

import cProfile
import pstats
import types

import gast
import numpy as np
import pytest

import tapegen as tg
from benchmarks.fifty_lines import X, loss
from tapegen.analysis.purity import effects, is_pure
from tapegen.analysis.uses import expressions, names_in
from tapegen.api.explain import _pair
from tapegen.lang.build import clone, quote
from tapegen.lang.core import Core, lookup
from tapegen.lang.walk import REMEMBERED, below, shallow, walk

from ..programs import registry

PROGRAMS = registry.load()
NAMES = (
    "in_place.recurrence_in_array", "containers.mixed_configuration", "closures.captures_in_loop",
    "loops.loop_over_dict",
    "classes.vector_algebra", "control_flow.none_and_flags", "npbench_stencils.heat_3d",
)  # fmt: skip
CALLS = 900_000
"""Calls of functions, those written in C among them, that the gradient of fifty lines may take at most: what the first
gradient costs, whatever the machine. It was 1,160,000 before nodes remembered what is known of them."""


@pytest.fixture(scope="module")
def nodes():
    """Each node of all stages of some compilations, with the function it is in: what their passes looked at."""
    grad = tg.grad(loss)
    grad(X)
    transforms = [grad]
    for name in NAMES:
        args = PROGRAMS[name].args()
        transforms.append(_pair(PROGRAMS[name].function, args))
        transforms[-1].ready(args, {})
    found = {}
    for transform in transforms:
        for _, core in transform._last.stages:
            assert isinstance(core, Core)
            for node in walk(core.tree):
                found.setdefault((id(node), id(core.memo)), (node, core))
    return list(found.values())


def test_what_nodes_remember_is_true_after_all_passes(nodes):
    remembered = 0
    for node, _ in nodes:
        kept = node.__dict__
        if "_below" in kept:
            assert kept["_below"] == tuple(walk(node)), gast.unparse(node)
        if "_names" in kept:
            parts = expressions(node) if isinstance(node, gast.stmt) else [node]
            read = tuple(n.id for part in parts for n in walk(part) if isinstance(n, gast.Name))
            assert kept["_names"] == read, gast.unparse(node)
            remembered += 1
    assert remembered > 1000


def test_what_a_function_remembers_of_its_nodes_is_true_after_all_passes(nodes):
    known = 0
    for node, core in nodes:
        memo, plain = core.memo, Core(core.tree, core.namespace)
        if node in memo.pure:
            assert memo.pure[node] == is_pure(plain, node), gast.unparse(node)
        if node in memo.effects:
            assert memo.effects[node] == effects(plain, node), gast.unparse(node)
            known += 1
        if node in memo.objects:
            assert memo.objects[node] is lookup(plain, node), gast.unparse(node)
    assert known > 1000


def test_a_copy_remembers_nothing():
    tree = quote("np.sin(x)[1:]")
    assert below(tree) is below(tree) and names_in(tree) == ("np", "x")
    for copy in (shallow(tree), clone(tree)):
        assert not any(name in copy.__dict__ for name in REMEMBERED)


def test_a_memo_ends_where_a_name_gets_a_meaning():
    core = Core(gast.parse("def f(x):\n    y = g(x)\n    return y").body[0])
    assert core.with_body(core.body).memo is core.memo
    named = core.with_body(core.body, g=np.sin)
    assert named.memo is not core.memo
    assert named.with_body(core.body, g=np.sin).memo is named.memo
    assert named.with_body(core.body, g=np.cos).memo is not named.memo


def test_the_gradient_of_fifty_lines_takes_a_bounded_number_of_calls():
    tg.grad(loss)(X)  # rules are read and modules imported
    again = types.FunctionType(loss.__code__, loss.__globals__, loss.__name__)
    profile = cProfile.Profile()
    profile.runcall(tg.grad(again), X)
    assert 100_000 < pstats.Stats(profile).total_calls < CALLS
