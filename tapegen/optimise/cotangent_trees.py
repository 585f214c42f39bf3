"""Cotangents of tuples, lists and dicts of known structure, as displays and stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from tapegen.analysis.predicates import is_array, is_float, is_number
from tapegen.analysis.uses import binding_counts
from tapegen.analysis.values import Mapping as Mapping_
from tapegen.analysis.values import Sequence, Value
from tapegen.kernels import scatter_add
from tapegen.kernels.trees import add_at, add_cotangents, add_into, element, zero_cotangent
from tapegen.lang import build
from tapegen.lang.core import Core, lookup
from tapegen.lang.names import Namer
from tapegen.optimise.rewrite import changed, map_blocks, map_operands, target_name

LARGEST = 64


def spell_out_cotangents(fn: Core, facts: Mapping[str, Value]) -> Core:
    """Write the buffer of the cotangents of a container of known structure as a display, and additions as stores.

    >>> from tapegen.analysis.values import abstract
    >>> from tapegen.lang.show import show
    >>> from tapegen.optimise.rewrite import core
    >>> before = core('''
    ... def f(x, ct):
    ...     b = zero_cotangent(x)
    ...     add_at(b, 1, ct)
    ...     return b''', zero_cotangent=zero_cotangent, add_at=add_at)
    >>> facts = {"x": abstract((1.0, 2.0), "x"), "ct": abstract(3.0, "ct")}
    >>> print(show(spell_out_cotangents(before, facts)))
    def f(x, ct):
        b = [0.0, 0.0]
        b_1 = b[1]
        b_2 = b_1 + ct
        b[1] = b_2
        return b

    Only containers of numbers and arrays, and nests of these, to which cotangents are added at known places.
    """
    if not any(value is zero_cotangent for value in fn.namespace.values()):
        return fn
    return _Spell(fn, facts).run()


@dataclass(frozen=True)
class _Tree:
    """The structure of a container: its items by their keys, each a container, an array (True) or a number (False)."""

    kind: type
    items: dict[Any, _Tree | bool]

    def size(self) -> int:
        return sum(item.size() if isinstance(item, _Tree) else 1 for item in self.items.values())


def _tree(fact: Value | None) -> _Tree | bool | None:
    """The structure of a value, None if it is not known or holds something else."""
    if is_number(fact):
        return False
    if is_array(fact):
        return True if is_float(fact) else None
    if isinstance(fact, Sequence) and (fact.type is list or issubclass(fact.type, tuple)):
        pairs: list[tuple[Any, Value]] = list(enumerate(fact.items))
    elif (
        isinstance(fact, Mapping_) and fact.type is dict and all(type(key) in (str, int) for key in fact.keys)
    ):
        pairs = list(zip(fact.keys, fact.values, strict=True))
    else:
        return None
    items: dict[Any, _Tree | bool] = {}
    for key, value in pairs:
        item = _tree(value)
        if item is None:
            return None
        items[key] = item
    return _Tree(dict if isinstance(fact, Mapping_) else list, items)


class _Spell:
    def __init__(self, fn: Core, facts: Mapping[str, Value]) -> None:
        self.fn, self.facts = fn, facts
        self.namer = Namer(fn.names)
        self.imported: dict[str, Any] = {}
        self.out: list[gast.stmt] = []
        self.origin: Any = None
        self.trees = self.structures()

    def structures(self) -> dict[str, _Tree]:
        """The structure of each buffer that is to be spelled out."""
        counts = binding_counts(self.fn)
        found: dict[str, _Tree] = {}
        for stmt in self.fn.statements:
            name, value = target_name(stmt), _value(stmt)
            if name is not None and counts[name] == 1 and self.calls(value, zero_cotangent):
                argument = value.args[0]
                tree = _tree(self.facts.get(argument.id)) if type(argument) is gast.Name else None
                if isinstance(tree, _Tree) and tree.size() <= LARGEST:
                    found[name] = tree
        for stmt in self.fn.statements:
            buffer, key = self.addition(stmt)
            if buffer in found and key is not None:
                if type(key) is not gast.Constant or key.value not in found[buffer].items:
                    del found[buffer]
            for target in getattr(stmt, "targets", ()):
                if type(target) is gast.Subscript and type(target.value) is gast.Name:
                    found.pop(target.value.id, None)
        return found

    def calls(self, node: Any, *functions: Any) -> bool:
        """Whether a node is a call of one of these functions."""
        return type(node) is gast.Call and lookup(self.fn, node.func) in functions

    def addition(self, stmt: gast.stmt) -> tuple[str | None, gast.expr | None]:
        """The buffer to which a statement adds, and at which key: None for all of them."""
        call = _value(stmt)
        if type(stmt) is gast.Expr and self.calls(call, add_at, scatter_add, add_into):
            buffer = call.args[0]
            if type(buffer) is gast.Name:
                return buffer.id, call.args[1] if len(call.args) == 3 else None
        return None, None

    def run(self) -> Core:
        if not self.trees:
            return self.fn
        body = self.block(self.fn.body)
        return self.fn.with_body(body, **self.imported)

    def block(self, body: list[gast.stmt]) -> list[gast.stmt]:
        outer, self.out = self.out, []
        for stmt in body:
            stmt = map_blocks(map_operands(stmt, self.read), self.block)
            self.origin = getattr(stmt, "origin", None)
            name, value = target_name(stmt), _value(stmt)
            buffer, key = self.addition(stmt)
            if name in self.trees and self.calls(value, zero_cotangent):
                self.out.append(changed(stmt, value=self.zeros(value.args[0].id, name, self.trees[name])))
            elif buffer in self.trees:
                tree = self.trees[buffer]
                if key is None:
                    self.add_all(buffer, tree, value.args[1])
                else:
                    self.add(buffer, key.value, tree.items[key.value], value.args[2])
            else:
                self.out.append(stmt)
        result, self.out = self.out, outer
        return result

    def read(self, node: Any) -> Any:
        """`element(buffer, key)` as `buffer[key]`."""
        if self.calls(node, element) and type(node.args[0]) is gast.Name and node.args[0].id in self.trees:
            return gast.Subscript(value=node.args[0], slice=node.args[1], ctx=gast.Load())
        return node

    def bind(self, value: gast.expr, hint: str) -> str:
        name = self.namer(hint)
        self.out.append(build.assign(name, value, self.origin))
        return name

    def zeros(self, of: str, hint: str, tree: _Tree) -> gast.expr:
        """The display of the zeros of what `of` holds."""
        parts: list[gast.expr] = []
        for key, item in tree.items.items():
            if item is False:
                parts.append(build.constant(0.0))
                continue
            part = self.bind(_item(of, key), of)
            if isinstance(item, _Tree):
                zeros = self.zeros(part, hint, item)
            else:
                zeros = build.call(f"{self.name_of(np, 'np')}.zeros_like", build.load(part))
            parts.append(build.load(self.bind(zeros, hint)))
        if tree.kind is dict:
            return gast.Dict(keys=[build.constant(key) for key in tree.items], values=parts)
        return gast.List(elts=parts, ctx=gast.Load())

    def add(self, buffer: str, key: Any, item: _Tree | bool, ct: gast.expr) -> None:
        """Add `ct` to `buffer[key]`."""
        old = self.bind(_item(buffer, key), buffer)
        if isinstance(item, _Tree):
            self.add_all(old, item, ct)
            return
        new = self.bind(self.sum(build.load(old), ct), buffer)
        place = _item(buffer, key)
        place.ctx = gast.Store()
        self.out.append(build.assign(place, build.load(new), self.origin))

    def add_all(self, buffer: str, tree: _Tree, ct: gast.expr) -> None:
        """Add each item of `ct` to that of `buffer`."""
        known = type(ct) is gast.Name and isinstance(_tree(self.facts.get(ct.id)), _Tree)
        for key, item in tree.items.items():
            part: gast.expr = gast.Subscript(
                value=build.clone(ct), slice=build.constant(key), ctx=gast.Load()
            )
            if not known:
                part = build.call(self.name_of(element, "element"), build.clone(ct), build.constant(key))
            self.add(buffer, key, item, build.load(self.bind(part, buffer)))

    def sum(self, old: gast.expr, ct: gast.expr) -> gast.expr:
        fact = self.facts.get(ct.id) if type(ct) is gast.Name else None
        if is_number(fact) or is_array(fact) or type(ct) is not gast.Name:
            return gast.BinOp(left=old, op=gast.Add(), right=build.clone(ct))
        return build.call(self.name_of(add_cotangents, "add_cotangents"), old, build.clone(ct))

    def name_of(self, obj: Any, hint: str) -> str:
        for name, known in {**self.fn.namespace, **self.imported}.items():
            if known is obj:
                return name
        name = self.namer(hint)
        self.imported[name] = obj
        return name


def _item(name: str, key: Any) -> gast.Subscript:
    return gast.Subscript(value=build.load(name), slice=build.constant(key), ctx=gast.Load())


def _value(stmt: gast.stmt) -> Any:
    return getattr(stmt, "value", None)
