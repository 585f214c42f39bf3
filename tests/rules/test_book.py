"""The rule book as a whole: what bodies may contain, what tables promise, and that tests would notice a mistake."""

from __future__ import annotations

import ast
import threading
from typing import Any

import gast
import numpy as np
import pytest

from tapegen import rules
from tapegen.rules import evaluate, tables
from tapegen.rules.body import Body, slice_body
from tapegen.rules.registry import Rule, rule_for

from .harness import Call, leaves, random_like
from .table import rows
from .table_numpy import samplers
from .table_scipy import elsewhere
from .test_table import check_first_order

for _function in [*(row[1] for row in rows()), *elsewhere(), *samplers()]:
    rule_for(_function)  # reads the rules that are read late
DIFFERENTIABLE = [
    rule
    for rule in rules.rules()
    if rule.kind != "constant"
    and rule.wrt
    and not rule.name.startswith("tests.")  # other tests add rules of their own
]


def bodies(rule: Rule) -> list[Body]:
    """All bodies of a rule, whole."""
    functions = [case[2] for case in rule.cases] + list(rule.variants.values())
    functions += [rule.function] if rule.has_own_body else []
    found = []
    for function in functions:
        plain = Rule(rule.primitive, rule.name, rule.kind, function, rule.params, wrt=rule.wrt, jvp=rule.jvp)
        found.append(slice_body(plain))
    for jvp in [*([rule.jvp] if rule.jvp is not None else []), *rule.jvps.values()]:
        found.append(slice_body(Rule(rule.primitive, rule.name, rule.kind, jvp, rule.params, wrt=rule.wrt)))
    return found


def callees(body: Body) -> list[tuple[str, Any]]:
    """The functions that a body calls: text and object."""
    found = []
    for node in [n for root in [*body.statements, *body.results] for n in gast.walk(root)]:
        if isinstance(node, gast.Call):
            text = gast.unparse(node.func)
            root, *attributes = text.split(".")
            value = body.namespace[root]
            for attribute in attributes:
                value = getattr(value, attribute)
            found.append((text, value))
    return found


HIGH_ORDER = {
    "k.einsum_directions_gradient",
    "k.einsum_replaced_gradients",
    "k.einsum_derivative_along",
    "k.einsum_gradient_along",
    "k.chain_gradient_derivative",
    "k.chain_mixed",
    "sampled_curvature",
}
"""Derivatives of a high order of np.einsum, np.linalg.multi_dot and ndimage.map_coordinates would need these."""
FOLLOWED = {"solution_back", "solution_dot"}
"""Loops over the times of a differential equation, which are followed into like the user's functions."""


@pytest.mark.parametrize("rule", DIFFERENTIABLE, ids=lambda rule: rule.name)
def test_bodies_call_only_what_has_a_rule(rule: Rule) -> None:
    for body in bodies(rule):
        for text, function in callees(body):
            if text in HIGH_ORDER | FOLLOWED:
                continue
            assert rule_for(function) is not None, f"the rule for {rule.name} calls {text}, which has no rule"


def test_general_rules_have_both_modes() -> None:
    assert [rule.name for rule in DIFFERENTIABLE if rule.kind == "general" and rule.jvp is None] == []


def test_every_rule_stands_in_the_table_of_tests() -> None:
    tested = {row[1] for row in rows()} | {*elsewhere(), *samplers()}
    alike = {rule_for(function).function for function in tested}
    modules = {rule.primitive: getattr(rule.primitive, "__module__", None) or "" for rule in DIFFERENTIABLE}
    kernels = {p for p, module in modules.items() if module.startswith(("tapegen.", "copy"))}
    missing = [r.name for r in DIFFERENTIABLE if r.function not in alike and r.primitive not in kernels]
    assert missing == []


def test_slices_leave_out_what_is_not_wanted() -> None:
    body = slice_body(rule_for(np.power), (0,))
    assert body.reads == {"x1", "x2"}
    assert ast.unparse(ast.parse(gast.unparse(body.results[0]))) == "x2 * x1 ** (x2 - 1 + (x2 == 0))"
    assert slice_body(rule_for(np.tanh)).reads == {"out"}
    assert slice_body(rule_for(np.arctan2), (1,)).reads == {"x1", "x2"}
    assert slice_body(rule_for(np.add)).reads == set()


def test_each_slice_is_a_fresh_copy() -> None:
    first = slice_body(rule_for(np.arctan2))
    first.statements.clear()
    first.results[0].left = gast.Constant(0, None)
    assert len(slice_body(rule_for(np.arctan2)).statements) == 1
    assert gast.unparse(slice_body(rule_for(np.arctan2)).results[0]) == "x2 / r2"


def test_bodies_are_straight_line() -> None:
    @rules.elementwise(object())
    def branching(x):
        if x > 0:
            return 1
        return 2

    with pytest.raises(SyntaxError, match="not straight-line"):
        slice_body(branching)


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "message"),
    [
        (
            np.sum,
            (np.ones(2),),
            {"out": np.ones(())},
            "the rule for np.sum does not support the argument 'out'",
        ),
        (
            np.ptp,
            (np.ones(2),),
            {"initial": 0},
            "the rule for np.ptp does not support the argument 'initial'",
        ),
        (np.sum, (np.ones(2), 0), {"axis": 0}, "np.sum got several values for the argument 'axis'"),
        (np.reshape, (np.ones(2),), {}, "np.reshape lacks the argument 'shape'"),
        (np.sin, (1.0, 2.0), {}, "the rule for np.sin takes 1 positional arguments, not 2"),
    ],
)
def test_bind_refuses_what_a_rule_has_not_got(function, args, kwargs, message) -> None:
    with pytest.raises(TypeError) as error:
        rule_for(function).bind(args, kwargs)
    assert str(error.value) == message


def test_bind_fills_in_defaults() -> None:
    assert rule_for(np.sum).bind((1,), {"keepdims": True}) == (1, None, None, None, True, 0, True)
    assert rule_for(np.einsum).bind(("i,i", 1, 2)) == ("i,i", (1, 2))
    assert rule_for(np.sum).bind((1,), {}, default=repr) == (1, "None", "None", "None", "False", "0", "True")


def test_cases_are_refused_where_no_rule_applies_or_nothing_is_known() -> None:
    norm = rule_for(np.linalg.norm)
    with pytest.raises(TypeError, match=r"the rule for np.linalg.norm needs literals for: ord"):
        slice_body(norm)
    with pytest.raises(TypeError, match=r"np.linalg.norm has no rule for ord=0"):
        slice_body(norm, values=(None, 0, None, False))


def test_what_has_no_rule() -> None:
    assert rule_for([]) is None
    assert rule_for(np.polyfit) is None
    assert rule_for(np.ones(3)) is None
    assert rules.is_constant(np.argmax)
    assert not rules.is_constant(np.sin)
    assert not rules.is_constant(np.polyfit)


def test_tables_name_functions_with_rules() -> None:
    for method in tables.METHODS.values():
        assert method.mutates or rule_for(method.function) is not None, method
    for function in [*tables.ATTRIBUTES.values(), *tables.OPERATORS.values()]:
        assert rule_for(function) is not None, function


def test_results_outside_of_views_are_fresh() -> None:
    """A function that VIEWS does not name never returns its argument's memory."""
    for _, function, _, calls, project in rows():
        if function in tables.VIEWS:
            continue
        for args in calls:
            call = Call(function, args, project=project)
            arrays = [v for v in call.bound if isinstance(v, np.ndarray)]
            outs = call.out if isinstance(call.out, (list, tuple)) else [call.out]
            for a in arrays:
                assert not any(np.shares_memory(a, o) for o in outs if isinstance(o, np.ndarray)), (
                    call.rule.name
                )


def mutants() -> list[tuple]:
    """A sample of rows, one from each kind and group of rules."""
    seen, sample = set(), []
    for row in rows():
        rule = rule_for(row[1])
        key = (row[0], rule.kind)
        if key not in seen and row[1] not in (np.sign, np.angle):  # zero for real numbers
            seen.add(key)
            sample.append(row)
    return sample


@pytest.mark.parametrize("row", mutants(), ids=lambda row: row[1].__name__)
def test_a_wrong_sign_is_noticed(row: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negate a result of the body: the checks of the table must fail."""
    _, function, _, calls, project = row
    call = next(
        call for call in (Call(function, args, project=project) for args in calls) if is_telling(call)
    )
    real = evaluate.slice_body

    def negated(*args: Any, **kwargs: Any) -> Body:
        body = real(*args, **kwargs)
        if kwargs.get("mode") != "jvp":
            body.results[0] = gast.Call(gast.Name("_negated", gast.Load(), None, None), [body.results[0]], [])
        return Body(
            body.params,
            body.keywords,
            body.statements,
            body.results,
            body.reads,
            {**body.namespace, "_negated": negative},
        )

    monkeypatch.setattr(evaluate, "slice_body", negated)
    cache = dict(call.rule.cache)
    call.rule.cache.clear()
    try:
        with pytest.raises(AssertionError):
            check_first_order(call)
    finally:
        call.rule.cache.clear()
        call.rule.cache.update(cache)


def is_telling(call: Call) -> bool:
    """Whether the first cotangent is not zero."""
    (first, *_) = call.pull(random_like(call.rng, call.out))
    return any(np.any(leaf) for leaf in leaves(first))


def negative(value: Any) -> Any:
    return [negative(v) for v in value] if isinstance(value, (list, tuple)) else -1.0 * value


def test_threads_share_rules() -> None:
    rule, x = rule_for(np.hypot), np.array([3.0])
    rule.cache.clear()
    wrong = []

    def work() -> None:
        for _ in range(200):
            (result,) = evaluate.pullback(rule, (x, 4.0), None, np.array([5.0]), (0,))(np.array([1.0]))
            if result[0] != 0.6:
                wrong.append(result)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_lacking_names_parameters_with_a_derivative_that_the_book_has_not_got() -> None:
    assert rule_for(np.quantile).lacking == (1,)
    assert rule_for(np.where).lacking == ()


def test_cases_read_literals_of_syntax_trees() -> None:
    norm = rule_for(np.linalg.norm)
    call = gast.parse("norm(x, 1, (0, -1), False)").body[0].value
    assert "hits" in slice_body(norm, values=call.args).namespace
    with pytest.raises(TypeError, match="needs literals for: ord"):
        slice_body(norm, values=gast.parse("norm(x, p, 0, False)").body[0].value.args)
