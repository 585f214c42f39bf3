"""Lists, tuples, dicts, comprehensions; built, changed and taken apart with active values inside."""

import collections

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


@program(lambda rng: (0.4, 0.9, 60), level=3, tags={"dict", "loop"})
def dict_as_state_of_a_long_loop(x, v, steps):
    state = {"x": x, "v": v, "energy": 0.0}
    for _ in range(steps):
        state["v"] -= 0.1 * np.sin(state["x"])
        state["x"] += 0.1 * state["v"]
        state["energy"] = 0.5 * state["v"] ** 2 - np.cos(state["x"])
    return state["x"] * state["energy"]


@program(lambda rng: (rng.standard_normal(3), 20), level=3, tags={"dict", "loop"})
def new_dict_in_each_iteration(x, steps):
    params = {"w": x, "m": np.zeros(3)}
    for _ in range(steps):
        grads = {name: np.tanh(value) for name, value in params.items()}
        params = {
            "w": params["w"] - 0.1 * grads["w"] + params["m"],
            "m": 0.5 * params["m"] - 0.01 * grads["m"],
        }
    return params["w"] * 2.0 + params["m"]


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"list", "loop"})
def swap_lists_in_a_loop(x):
    old, new = [x[0], x[1], x[2]], [0.0, 0.0, 0.0]
    for _ in range(4):
        for i in range(3):
            new[i] = 0.5 * old[i] + 0.25 * old[i - 1] + x[3]
        old, new = new, old
    return old[0] * old[1] - old[2]


@program(lambda rng: (rng.standard_normal(4), 30), level=3, tags={"list", "loop"})
def sliding_window(x, n):
    window = [x[0], x[1], x[2]]
    for _ in range(n):
        window.append(0.5 * sum(window) / 3 + np.sin(window[0]) * x[3])
        window.pop(0)
    return window[-1] * window[0]


@program(lambda rng: (0.3, 0.7), level=3, tags={"dict"})
def dict_union_and_copies(x, y):
    base = {"a": x, "b": y}
    more = base | {"b": x * y, "c": 2.0}
    more |= {"d": x + y}
    copied = dict(base, a=y**2)
    other = base.copy()
    other["a"] = 5.0
    del more["c"]
    return base["a"] * more["b"] + copied["a"] * more["d"] + other["a"] * len(more)


@program(
    lambda rng: (
        {"layer": {"w": rng.standard_normal((2, 3)), "b": rng.standard_normal(2)}, "scale": 0.5},
        rng.standard_normal(3),
    ),
    level=3,
    tags={"dict"},
)
def nested_dicts(params, x):
    hidden = np.tanh(params["layer"]["w"] @ x + params["layer"]["b"])
    cache = {"hidden": hidden, "shape": {"out": hidden.shape[0]}}
    cache["shape"]["n"] = len(params)
    return cache["hidden"] * params["scale"] * cache["shape"]["n"] + cache["shape"]["out"]


@program(lambda rng: (0.3, 0.7, 1.1), level=3, tags={"list"})
def lists_of_lists_written(x, y, z):
    grid = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            grid[i][j] = x * i + y * j
    grid[1][2] *= z
    grid[0] = [z, z * x, y]
    transposed = [list(row) for row in zip(*grid)]
    return sum(grid[1]) * transposed[2][1] - transposed[0][0] * grid[2][2]


@program(lambda rng: (0.3, 0.7, 1.1), level=3, tags={"list"})
def list_methods_by_index(x, y, z):
    values = [x, y, z]
    values.insert(-1, x * y)
    del values[0]
    values *= 2
    values[1:3] = [values[2] * 2.0]
    second = values[::2]
    values.clear()
    values.extend(reversed(second))
    return values[0] * values[-1] + len(values)


@program(lambda rng: (rng.standard_normal(5),), level=3, tags={"list", "sort"})
def list_sorted_in_place(x):
    values = [v * v for v in x]
    values.sort()
    values.sort(key=lambda v: -v)
    return values[0] * values[1] + values[-1]


@program(lambda rng: (rng.standard_normal(5),), level=3, tags={"tuple"})
def star_unpacking_of_an_array(x):
    first, *rest = x
    *most, last = rest
    return first * most[1] + last * len(rest)


@program(lambda rng: (0.4, 0.8), level=3, tags={"tuple"})
def tuples_compared_and_joined(x, y):
    pair = (x, y)
    both = pair + (x * y,) + pair[:1] * 2
    if 2.0 in (1.0, 2.0) and len(both) == 5:
        return both[2] * both[-1] + max(both)
    return x


@program(lambda rng: (rng.standard_normal(6),), level=3, tags={"dict", "loop"})
def defaultdict_of_lists(x):
    groups = collections.defaultdict(list)
    for i in range(6):
        groups["even" if i % 2 == 0 else "odd"].append(x[i] * (i + 1))
    return sum(groups["even"]) * sum(groups["odd"])


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"dict", "loop"})
def defaultdict_of_floats(x):
    totals = collections.defaultdict(float)
    for name, v in zip(["a", "b", "a", "c"], x):
        totals[name] += v**2
    return totals["a"] * totals["b"] + totals["missing"]


@program(lambda rng: (0.4, 0.9), level=3, tags={"list"})
def deque_as_a_buffer(x, y):
    buffer = collections.deque([x, y])
    for i in range(4):
        buffer.append(buffer[0] * 0.5 + buffer[-1] * y)
        buffer.popleft()
    buffer.appendleft(x)
    return buffer[0] * buffer[1] + buffer[2]


@program(lambda rng: (rng.standard_normal(12),), level=3, tags={"list", "loop"})
def branches_append_to_lists(x):
    positive, negative = [], []
    for v in x:
        if v > 0:
            positive.append(np.sqrt(v))
        else:
            negative.append(v**2)
    return sum(positive) * len(negative) - sum(negative)


@program(
    lambda rng: ({"w": rng.standard_normal(3), "steps": [0.1, 0.2]}, 0.7),
    level=3,
    tags={"dict", "writes_argument"},
)
def nested_argument_written(params, x):
    params["w"] = params["w"] * x
    params["w"] += 1.0
    params["steps"].append(x)
    params["steps"][0] *= 2.0
    return np.sum(params["w"]) * params["steps"][0] * params["steps"][-1]


@program(lambda rng: ([0.3, 0.5, 0.7], 1.2), level=3, tags={"list", "writes_argument"})
def list_of_numbers_written(values, x):
    values[0] = x * values[1]
    values.append(values[0] ** 2)
    values[1] += x
    return sum(values)


@program(lambda rng: (rng.standard_normal((3, 2)), 0.5), level=3, tags={"dict", "in_place", "loop"})
def dict_of_arrays_accumulated(a, s):
    sums = {"mean": np.zeros(2), "square": np.zeros(2)}
    for row in a:
        sums["mean"] += row
        sums["square"] += row**2 * s
    for name in sums:
        sums[name] /= 3.0
    return sums["square"] - sums["mean"] ** 2
