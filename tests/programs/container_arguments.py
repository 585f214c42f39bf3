"""Lists and dicts of the caller's that a function writes: they end as plain Python leaves them."""

import numpy as np

from .registry import program


def three_and_a_list(rng):
    return rng.standard_normal(3), [1.0, 2.0, 3.0]


def three_and_a_dict(rng):
    return rng.standard_normal(3), {
        "w": rng.standard_normal(3),
        "b": 0.5,
        "l": [rng.standard_normal(3), {"k": 2.0}],
    }


@program(three_and_a_dict, level=3, tags={"writes_argument"})
def descent_by_keys(x, p):
    for k in ("w", "b"):
        p[k] = p[k] - 0.1 * p[k] * x[0]
    for k, v in p.items():
        if k != "l":
            p[k] = v * 2
    return np.sum(p["w"]) * p["b"]


@program(three_and_a_dict, level=3, tags={"writes_argument"})
def new_keys(x, p):
    p["m"] = {"w": p["w"] * x, "n": [x[0]]}
    p["m"]["n"].append(p["b"])
    m = p["m"]
    m["z"] = m["n"][0] * 2
    del p["b"]
    return np.sum(p["m"]["w"]) + p["m"]["z"] * p["m"]["n"][1]


@program(three_and_a_dict, level=3, tags={"writes_argument"})
def written_under_branches(x, p):
    if x[0] > 0:
        p["b"] = x[0]
    else:
        p["w"] = p["w"] * x[1]
        p["b"] += 1
    while p["b"] < 4.0:
        p["b"] = p["b"] * 1.5 + 0.3
    return np.sum(p["w"]) * p["b"]


@program(three_and_a_dict, level=3, tags={"writes_argument"})
def alias_of_an_inner_dict(x, p):
    q = p["l"][1]
    q["k"] = q["k"] * x[0]
    p["l"][0] *= 2
    return np.sum(p["w"] * p["l"][0]) * p["l"][1]["k"] + p["b"]


@program(three_and_a_list, level=3, tags={"writes_argument"})
def index_from_data(x, c):
    for i in range(len(c)):
        c[i] = c[i] * x[i]
    for i in range(1, 3):
        c[i] += c[i - 1]
    j = int(np.argmax(x))
    c[j] = 0.5
    return c[0] * c[1] * c[2] + c[-1]


@program(three_and_a_list, level=3, tags={"writes_argument"})
def list_methods_on_an_argument(x, c):
    c.sort(key=lambda v: -v)
    c.reverse()
    c.extend([x[0], x[1]])
    a = c.pop(0)
    c.insert(1, a * x[2])
    c[1:3] = [x[0] * 2]
    return c[0] * c[1] + c[-1] * c[2]


class Descent:
    def __init__(self, rate):
        self.rate = rate
        self.steps = 0

    def step(self, params, gradient):
        self.steps += 1
        for key in params:
            params[key] = params[key] - self.rate * gradient[key]


@program(
    lambda rng: ({"w": rng.standard_normal(3), "b": 0.3}, rng.standard_normal(3)),
    level=3,
    tags={"writes_argument"},
)
def optimiser_with_a_dict_of_parameters(params, x):
    descent = Descent(0.1)
    for _ in range(3):
        gradient = {"w": x * params["b"], "b": np.sum(params["w"])}
        descent.step(params, gradient)
    return np.sum(params["w"] ** 2) + params["b"] * descent.steps


@program(
    lambda rng: ([rng.standard_normal(3), rng.standard_normal(3)], 0.3), level=3, tags={"writes_argument"}
)
def swap_buffers_in_list(bufs, a):
    for _ in range(3):
        bufs[1][1:] = bufs[0][:-1] * a
        bufs[0], bufs[1] = bufs[1], bufs[0]
    return np.sum(bufs[0] ** 2)


@program(lambda rng: ((rng.standard_normal(3), [1.0, 2.0]), 0.3), level=3, tags={"writes_argument"})
def list_in_tuple(t, a):
    t[1][0] = a * t[1][1]
    t[0][1] = t[1][0]
    return np.sum(t[0]) * t[1][0]


@program(lambda rng: ({"w": rng.standard_normal(3), "b": 0.3},), level=3, tags={"writes_argument"})
def defaults_and_updates(p):
    p["b"] = max(p["b"], 0.1)
    p.setdefault("c", p["b"] * 2)
    p.update(w=p["w"] * 2, d=p["c"])
    return np.sum(p["w"]) * p["d"] * p.get("zz", 2.0)
