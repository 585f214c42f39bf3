"""Lists, tuples, dicts, comprehensions; built, changed and taken apart with active values inside."""

import numpy as np

from .registry import program


@program(lambda rng: ((rng.standard_normal(3), 0.5),))
def tuple_argument(pair):
    x, s = pair
    return np.sum(x) * s + pair[1] ** 2


@program(
    lambda rng: ({"w": rng.standard_normal((2, 3)), "b": rng.standard_normal(2)}, rng.standard_normal(3))
)
def dict_argument(params, x):
    return np.tanh(params["w"] @ x + params["b"])


@program(
    lambda rng: (
        [(rng.standard_normal((3, 3)), rng.standard_normal(3)) for _ in range(2)],
        rng.standard_normal(3),
    ),
    tags={"loop"},
)
def list_of_pairs(layers, x):
    for w, b in layers:
        x = np.tanh(w @ x + b)
    return np.sum(x)


@program(lambda rng: (0.3, 0.8))
def tuple_result(x, y):
    return x * y, (np.sin(x), y**2)


@program(lambda rng: (rng.standard_normal(3),))
def dict_result(x):
    return {"sum": np.sum(x), "squares": x**2, "nested": [x[0] * x[1], x[2]]}


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"list", "loop"})
def append_in_loop(x):
    values = []
    for v in x:
        values.append(np.sin(v) * v)
    return np.array(values)


@program(lambda rng: (0.4,), level=3, tags={"list", "loop"})
def history_of_states(x):
    history = [x]
    for _ in range(5):
        history.append(history[-1] * 0.9 + np.sin(history[0]))
    return history[2] * history[-1] + len(history)


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"comprehension"})
def list_comprehension(x):
    squares = [v**2 for v in x]
    return sum(squares) * squares[1]


@program(lambda rng: (rng.standard_normal(6),), level=3, tags={"comprehension"})
def comprehension_with_condition(x):
    positives = [np.sqrt(v) for v in x if v > 0.05]
    evens = [x[i] for i in range(6) if i % 2 == 0]
    return sum(positives) + evens[0] * evens[2]


@program(lambda rng: (rng.standard_normal((3, 3)),), level=3, tags={"comprehension"})
def nested_comprehension(a):
    m = np.array([[a[i, j] * a[j, i] + i for j in range(3)] for i in range(3)])
    flat = [v for row in a for v in row]
    return m * flat[4]


@program(lambda rng: ({"a": 0.4, "b": 0.9, "c": -0.3},), level=3, tags={"comprehension", "dict"})
def dict_comprehension(params):
    scaled = {name: value * 2.0 for name, value in params.items() if name != "c"}
    return scaled["a"] * scaled["b"] ** 2


@program(lambda rng: (0.4, 0.9), level=3, tags={"list"})
def list_methods(x, y):
    values = [x, y]
    values.extend([x * y, x + y])
    values.insert(1, y**2)
    last = values.pop()
    first = values.pop(0)
    values += [last]
    values.reverse()
    return first * values[0] + values[1] * values[-1]


@program(lambda rng: (0.4, 0.9, 0.2), level=3, tags={"list"})
def list_slices_and_concatenation(x, y, z):
    values = [x, y, z] + [x * y] * 2
    head, tail = values[:2], values[2:]
    values[1:3] = [z, z * x]
    swapped = tail[::-1] + head
    return values[1] * swapped[0] + swapped[-1] * values[2]


@program(lambda rng: (0.4, 0.9), level=3, tags={"list"})
def list_item_assignment(x, y):
    values = [0.0] * 4
    for i in range(4):
        values[i] = x * i + y
    values[1] *= values[2]
    values[0] += 1.0
    return values[0] * values[1] - values[3]


@program(lambda rng: (0.4, 0.9), level=3, tags={"alias", "list"})
def list_alias(x, y):
    a = [x, y]
    b = a
    b[0] = y**2
    b.append(x)
    c = list(a)
    c[1] = 5.0
    return a[0] * a[1] * a[2] + c[1]


@program(lambda rng: (0.4, 0.9, 0.1), level=3, tags={"tuple"})
def star_unpacking(x, y, z):
    first, *middle, last = [x, y, x * y, z]
    both = (*middle, first)
    return first * middle[1] + last * both[2] + both[0]


@program(lambda rng: (0.4, 0.9), level=3, tags={"dict"})
def dict_methods(x, y):
    d = {"x": x}
    d["y"] = y
    d.update(z=x * y)
    d.setdefault("w", y**2)
    d.setdefault("x", 100.0)
    d["x"] += d.get("missing", 2.0) * y
    removed = d.pop("y")
    return sum(d.values()) + removed * d["w"]


@program(lambda rng: (0.4, 0.9), level=3, tags={"dict", "loop"})
def counter_dict(x, y):
    totals = {}
    for name, value in [("a", x), ("b", y), ("a", x * y), ("b", 1.0)]:
        totals[name] = totals.get(name, 0.0) + value**2
    return totals["a"] * totals["b"]


@program(lambda rng: (rng.standard_normal(3), 0.5), level=3, tags={"dict", "in_place"})
def arrays_in_dict_written(x, s):
    state = {"u": x.copy(), "v": np.zeros(3)}
    for i in range(3):
        state["v"][i] = state["u"][i] * s
        state["u"] *= 1.0 + s
        state["u"][0] -= state["v"][i]
    return state["u"] * state["v"]


@program(lambda rng: (rng.standard_normal(3), 0.5), level=3, tags={"list", "in_place", "alias"})
def same_array_twice_in_list(x, s):
    a = x.copy()
    both = [a, a]
    both[0][1] = s
    both[1] *= 2.0
    return both[0] * a


@program(
    lambda rng: ([rng.standard_normal(2), rng.standard_normal(2)], 0.1),
    level=3,
    tags={"list", "writes_argument"},
)
def list_argument_written(arrays, s):
    arrays[0][:] *= s
    arrays[1] += arrays[0]
    return arrays[1] @ arrays[0]


@program(lambda rng: ({"w": 0.5}, 1.2), level=3, tags={"dict", "writes_argument"})
def dict_argument_written(params, x):
    params["w"] = params["w"] * x
    params["new"] = params["w"] ** 2
    return params["w"] + params["new"]


@program(lambda rng: ([[0.1, 0.2], [0.3, 0.4]],), level=3, tags={"list", "loop"})
def nested_lists(rows):
    total = 0.0
    for row in rows:
        row = [v * 2.0 for v in row]
        for v in row:
            total += v * rows[0][1]
    return total


@program(lambda rng: (rng.standard_normal((4, 2)),), level=3, tags={"list", "loop"})
def stack_as_a_list(points):
    stack = [points[0], points[1]]
    total = 0.0
    k = 2
    while stack:
        p = stack.pop()
        total = total + p @ p
        if k < 4:
            stack.append(points[k] * p[0])
            k += 1
    return total


@program(lambda rng: (0.3, 0.5), level=3, tags={"tuple"})
def tuples_of_tuples(x, y):
    state = ((x, y), (y, x * y))
    for _ in range(3):
        (a, b), (c, d) = state
        state = ((b * c, a), (d + x, c))
    return state[0][0] + state[1][1] * state[1][0]


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"list", "comprehension"})
def zip_of_lists(x):
    a = [v * 2.0 for v in x]
    b = [np.cos(v) for v in a]
    pairs = list(zip(a, b))
    return sum(p * q for p, q in pairs) + pairs[0][1]


@program(lambda rng: (rng.standard_normal((3, 2)),), level=3, tags={"list"})
def stack_of_list(a):
    rows = [a[i] * (i + 1) for i in range(3)]
    rows[1] = rows[0] + rows[2]
    return np.stack(rows) @ np.concatenate([rows[0][:1], rows[1][1:]])


@program(
    lambda rng: (rng.standard_normal(4), {"scale": 0.5, "names": ["a", "b"], "n": 2}), level=3, tags={"dict"}
)
def mixed_configuration(x, config):
    for name in config["names"]:
        if name == "b":
            x = x * config["scale"]
        x = x ** config["n"]
    return x


@program(lambda rng: (0.3, 0.7), level=3, tags={"set", "dict"})
def sets_and_membership(x, y):
    wanted = {"x", "y"}
    values = {"x": x, "y": y, "z": 100.0}
    total = 0.0
    for name, value in values.items():
        if name in wanted:
            total += value**2
    return total * (2.0 if "z" not in wanted else x)
