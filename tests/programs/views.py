"""Views and aliases: what is written through one name is read through another."""

import numpy as np

from .registry import program


@program(lambda rng: (rng.standard_normal(5),), level=3, tags={"view", "in_place"})
def write_through_slice(x):
    a = x.copy()
    y = a[1:]
    y *= 2.0
    y[0] = a[0] * a[1]
    return a * np.arange(5)


@program(lambda rng: (rng.standard_normal(5),), level=3, tags={"view", "writes_argument"})
def view_of_argument(x):
    y = x[1:4]
    y *= y
    return np.sum(x**2)


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"alias", "in_place"})
def alias_by_assignment(x):
    a = np.sin(x)
    b = a
    b[0] = 3.0 * x[1]
    b += 1.0
    return a * b


@program(lambda rng: (rng.standard_normal(6),), level=3, tags={"view", "in_place"})
def reshape_is_a_view(x):
    a = x * 1.0
    m = a.reshape(2, 3)
    m[1] *= m[0]
    m.T[0, 0] = 5.0
    a.ravel()[5] = a[1] ** 2
    return a


@program(lambda rng: (rng.standard_normal((3, 3)),), level=3, tags={"view", "in_place"})
def transpose_is_a_view(x):
    a = x.copy()
    t = a.T
    t[0] = a[:, 1] * t[2]
    t += a[0, 0]
    return a @ x


@program(lambda rng: (rng.standard_normal((3, 4)),), level=3, tags={"view", "in_place", "loop"})
def rows_by_iteration(x):
    a = x.copy()
    for row in a:
        row *= row[0]
        row[1:] += row[:-1]
    return a


@program(lambda rng: (rng.standard_normal((3, 4)),), level=3, tags={"view", "in_place", "loop"})
def columns_by_iteration(x):
    a = np.cos(x)
    for j, column in enumerate(a.T):
        column[:] = column * j + column[::-1]
    return a


@program(lambda rng: (rng.standard_normal(6),), level=3, tags={"view", "in_place"})
def view_of_view(x):
    a = x.copy()
    b = a[1:]
    c = b[::2]
    c *= 3.0
    b[1] = c[0]
    a[3] += c[2]
    return a * x


@program(lambda rng: (rng.standard_normal(6),), level=3, tags={"view", "in_place"})
def overlapping_slices(x):
    a = x.copy()
    a[1:] = a[:-1] * 2.0
    a[:-1] += a[1:]
    a[::2] *= a[1::2]
    return a


@program(lambda rng: (rng.standard_normal(6),), level=3, tags={"view", "in_place"})
def reversed_onto_itself(x):
    a = x.copy()
    a[:] = a[::-1] * a
    a += a[::-1]
    return a * x


@program(lambda rng: (rng.standard_normal(7),), level=3, tags={"alias", "loop", "in_place"})
def swapped_buffers(u0):
    u = u0.copy()
    v = np.zeros_like(u)
    for _ in range(5):
        v[1:-1] = u[1:-1] + 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2]) + 0.05 * u[1:-1] ** 2
        v[0], v[-1] = u[0], u[-1]
        u, v = v, u
    return u


@program(lambda rng: (rng.standard_normal(6),), level=3, tags={"alias", "loop", "in_place"})
def three_buffers_rotated(u0):
    old = u0.copy()
    now = u0 * 0.9
    new = np.zeros(6)
    for _ in range(4):
        new[1:-1] = 2.0 * now[1:-1] - old[1:-1] + 0.1 * (now[2:] - 2.0 * now[1:-1] + now[:-2])
        old, now, new = now, new, old
    return now + old


@program(lambda rng: (rng.standard_normal(5), 0.6), level=3, tags={"alias", "in_place"})
def alias_under_branch(x, s):
    a = x * 2.0
    b = x * 3.0
    c = a if s > 0.5 else b
    c[1:] *= s
    c[0] = a[1]
    return a + b * c


@program(lambda rng: (rng.standard_normal(5), 3), level=3, tags={"alias", "in_place", "loop"})
def alias_chosen_in_loop(x, n):
    a = x * 2.0
    b = x + 1.0
    for i in range(n):
        if i % 2 == 0:
            target = a
        else:
            target = b
        target[i] += x[i] * a[i + 1]
        target *= 1.1
    return a * b


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"alias", "in_place"})
def same_array_in_two_roles(x):
    def scale_by(u, v):
        u *= v
        return v * 2.0

    a = x.copy()
    b = scale_by(a, a)
    return a + b


@program(lambda rng: (rng.standard_normal((3, 3)),), level=3, tags={"view", "in_place"})
def diagonal_by_stride(x):
    a = x.copy()
    flat = a.reshape(-1)
    flat[::4] += 10.0
    flat[::4] *= x[0]
    return a


@program(lambda rng: (rng.standard_normal((2, 3, 2)),), level=3, tags={"view", "in_place"})
def views_of_higher_rank(x):
    a = x.copy()
    plane = a[1]
    column = plane[:, 0]
    column -= plane[:, 1]
    a[:, 1, :] = a[:, 0, :] * column[0]
    np.moveaxis(a, 1, 0)[2] *= 3.0
    return a


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"view", "in_place"})
def copy_breaks_the_alias(x):
    a = x * 1.0
    saved = a[:2].copy()
    view = a[:2]
    a *= 3.0
    return saved * view + np.array(view)


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"view", "in_place"})
def fancy_index_copies(x):
    a = x * 1.0
    picked = a[[0, 1, 1]]
    picked *= 5.0
    part = a[1:3]
    part *= 2.0
    return a.sum() * picked


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"view", "in_place"})
def read_before_and_after_write(x):
    a = x.copy()
    view = a[:2]
    before = view * view
    a[0] = a[3] * 2.0
    after = view * view
    return before - after * x[:2]


@program(lambda rng: (rng.standard_normal(5), 0.3), level=3, tags={"view", "in_place", "helper"})
def view_passed_to_helper(x, s):
    def relax(v, rate):
        v[1:-1] += rate * (v[2:] - v[:-2])

    a = x.copy()
    relax(a, s)
    relax(a[::-1], s * a[0])
    relax(a[:4], 0.1)
    return a


@program(lambda rng: (rng.standard_normal(5),), level=3, tags={"view", "helper", "in_place"})
def view_returned_by_helper(x):
    def interior(v):
        return v[1:-1]

    a = x.copy()
    interior(a)[:] = x[:3] ** 2
    inner = interior(a)
    inner += 1.0
    return a


@program(lambda rng: (rng.standard_normal((3, 3)),), level=3, tags={"view", "in_place"})
def tuple_of_views(x):
    a = x.copy()
    top, bottom = a[0], a[2]
    top += bottom
    bottom *= top
    top[0], bottom[0] = bottom[0], top[0]
    return a


@program(lambda rng: (rng.standard_normal((3, 3)),), level=3, tags={"view", "in_place", "list"})
def list_of_views(x):
    a = x.copy()
    rows = [a[0], a[1], a[2]]
    rows[1] *= rows[0]
    rows[2][1:] = rows[0][:2]
    a[0] = 0.5
    return rows[0] + rows[1] * rows[2]


@program(lambda rng: (rng.standard_normal((4, 4)),), level=3, tags={"view", "in_place"})
def row_exchange(x):
    a = x.copy()
    a[[0, 2]] = a[[2, 0]]
    a[:, [1, 3]] = a[:, [3, 1]] * 2.0
    a[1], a[3] = a[3].copy(), a[1].copy()
    return a @ x


@program(lambda rng: (rng.standard_normal((3, 3)),), level=3, tags={"view", "in_place"})
def row_exchange_through_views(x):
    a = x.copy()
    a[0], a[1] = a[1], a[0]
    return a * x


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"view", "in_place"})
def expanded_view(x):
    a = x.copy()
    column = a[:, None]
    column *= 2.0
    np.expand_dims(a, 0)[0, 1] = a[0] * a[2]
    np.squeeze(column)[3] -= 1.0
    return a * x


@program(
    lambda rng: (rng.standard_normal(4), rng.standard_normal(4)), level=3, tags={"view", "writes_argument"}
)
def writes_both_arguments(x, y):
    u = x[:2]
    v = y[2:]
    u += v
    v *= u
    return np.sum(x * y)


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"view", "store"})
def overlapping_copy_without_temporary(x):
    a = np.sin(x)
    a[::-1] = a
    a[1:] = a[:-1]
    a[0] = x[3]
    return a * np.arange(1.0, 5.0)
