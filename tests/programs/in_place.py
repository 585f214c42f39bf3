"""Writes: elements, slices, masks, fancy indices, augmented assignment, `out=`, arguments written."""

import numpy as np

from .registry import program


@program(lambda rng: (rng.standard_normal(4),), tags={"store"})
def store_elements(x):
    y = np.zeros(4)
    y[0] = x[0] * x[1]
    y[1] = y[0] + x[2]
    y[0] = y[1] ** 2
    y[-1] = np.sin(x[3])
    return y


@program(lambda rng: (rng.standard_normal((3, 4)),), tags={"store"})
def store_slices(a):
    b = np.ones((3, 4))
    b[0, :] = a[1, :]
    b[1:, 1:3] = a[:2, :2] * b[:2, 2:]
    b[:, -1] = a.sum(axis=1)
    return b


@program(lambda rng: (rng.standard_normal(4), 0.7), tags={"store"})
def broadcast_store(x, s):
    b = np.zeros((3, 4))
    b[:] = x
    b[1] = s
    b[:, 2:] = x[:2] * s
    return b * b


@program(lambda rng: (rng.standard_normal(5),), tags={"store"})
def augmented_elements(x):
    y = np.ones(5)
    y[0] += x[0]
    y[1:3] += x[1:3] * y[0]
    y[2:] -= x[2:] ** 2
    return y


@program(lambda rng: (rng.uniform(0.5, 1.5, 5),), level=3, tags={"store"})
def augmented_other_operators(x):
    y = np.ones(5)
    y[1:] *= x[1:]
    y[:3] /= x[:3] + 1.0
    y[2] **= 2
    y[::2] *= y[2]
    return y


@program(lambda rng: (rng.standard_normal(4), 0.3), level=3, tags={"in_place"})
def whole_array_in_place(x, s):
    y = x.copy()
    y *= s
    y += x
    y -= y[0]
    y /= 2.0 + s
    return y


@program(lambda rng: (rng.uniform(0.5, 1.5, 4),), level=3, tags={"in_place"})
def nonlinear_in_place(x):
    y = x.copy()
    y *= y
    y **= 2
    y += np.sin(y)
    y *= x
    return y


@program(lambda rng: (rng.standard_normal((3, 3)),), level=3, tags={"in_place"})
def matmul_in_place(a):
    b = a.copy()
    b @= a.T
    b @= np.eye(3) * 0.5
    return b


@program(lambda rng: (rng.standard_normal(4), 0.4), level=3, tags={"writes_argument"})
def scale_argument(x, s):
    x *= s
    return np.sum(x**2)


@program(lambda rng: (rng.standard_normal(5),), level=3, tags={"writes_argument", "loop"})
def prefix_sum_argument(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1]
    return x


@program(lambda rng: (rng.standard_normal(4), rng.standard_normal(4)), level=3, tags={"writes_argument"})
def swap_contents(x, y):
    t = x.copy()
    x[:] = y
    y[:] = t * x
    return np.sum(x * y**2)


def axpy(a, x, y):
    y += a * x


@program(
    lambda rng: (0.5, rng.standard_normal(3), rng.standard_normal(3)),
    level=3,
    tags={"writes_argument", "helper"},
)
def helper_writes_argument(a, x, y):
    axpy(a, x, y)
    axpy(a**2, y, x)
    return x @ y


@program(lambda rng: (rng.standard_normal(6),), level=3, tags={"store", "mask"})
def masked_store(x):
    y = x.copy()
    y[y < 0.0] = 0.0
    y[x > 0.5] *= 2.0
    y[np.array([True, False, True, False, False, True])] += x[:3]
    return y


@program(lambda rng: (rng.standard_normal(6), 0.2), level=3, tags={"store", "mask"})
def masked_store_of_values(x, floor):
    y = x * 2.0
    low = y < floor
    y[low] = floor * x[low]
    y[~low] = np.log(y[~low] + 1.0)
    return y


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(4)), level=3, tags={"store", "fancy"})
def fancy_store_with_repeats(x, v):
    y = np.zeros(3)
    y[[0, 2, 0, 1]] = v
    y[[1, 1]] += x[:2]
    return y * x


@program(lambda rng: (rng.standard_normal(3), rng.standard_normal(5)), level=3, tags={"store", "fancy"})
def add_at(x, v):
    index = np.array([0, 2, 0, 1, 2])
    y = x.copy()
    np.add.at(y, index, v)
    np.subtract.at(y, [0, 0], v[:2] ** 2)
    return y


@program(lambda rng: (rng.standard_normal(8), np.array([0, 1, 1, 3, 2, 0, 3, 3])), tags={"store", "loop"})
def histogram_by_loop(weights, bins):
    counts = np.zeros(4)
    for w, b in zip(weights, bins):
        counts[b] += w * w
    return counts


@program(lambda rng: (rng.uniform(0.5, 1.0, 4), rng.standard_normal(4)), level=3, tags={"in_place", "out"})
def out_arguments(x, y):
    buffer = np.empty(4)
    np.multiply(x, y, out=buffer)
    np.add(buffer, x, out=buffer)
    np.exp(buffer, out=buffer)
    np.sqrt(x, buffer[:4])
    return buffer * y


@program(lambda rng: (rng.standard_normal(4), rng.standard_normal(2), 0.6), level=3, tags={"in_place"})
def copyto_and_fill(x, v, s):
    y = np.empty(4)
    y.fill(s)
    z = y * x
    np.copyto(y[:2], v)
    z[1:3] = y[1:3]
    return z * y


@program(lambda rng: (rng.standard_normal(5),), level=3, tags={"in_place"})
def sort_in_place(x):
    y = x.copy()
    y.sort()
    return y[0] * y[2] - y[-1] ** 2


@program(lambda rng: (rng.standard_normal(5),), tags={"store"})
def overwritten_before_use(x):
    y = x * 2.0
    z = y[1] * x[0]
    y[1] = z * z
    y[1] = y[1] + y[0]
    y[0] = 0.0
    return np.sum(y) * z


@program(lambda rng: (rng.standard_normal(5),), tags={"store"})
def value_saved_before_overwrite(x):
    y = np.exp(x)
    s = np.sum(y * y)
    y[2] = 3.0
    t = np.sum(y * y)
    y[:] = 1.0
    return s * t


@program(lambda rng: (rng.standard_normal(4), 0.8), tags={"store"})
def store_under_branch(x, s):
    y = np.ones(4)
    if s > 0.5:
        y[0] = x[0] * s
        y[1:3] = x[1:3]
    else:
        y[3] = x[3]
    y[3] += y[0]
    return y


@program(lambda rng: (rng.uniform(0.2, 1.0, 6),), tags={"store", "loop"})
def recurrence_in_array(x):
    y = np.zeros(6)
    y[0] = x[0]
    y[1] = x[1] * y[0]
    for i in range(2, 6):
        y[i] = y[i - 1] * y[i - 2] + x[i] * np.sin(y[i - 1])
    return y[-1]


@program(lambda rng: (rng.uniform(0.2, 1.0, 5),), tags={"store", "loop"})
def same_slot_many_times(x):
    slot = np.zeros(1)
    for i in range(5):
        slot[0] = slot[0] * x[i] + np.cos(x[i])
    return slot[0]


@program(lambda rng: (rng.standard_normal((4, 4)),), tags={"store", "loop"})
def symmetrise(a):
    s = np.zeros((4, 4))
    for i in range(4):
        s[i, i] = a[i, i] ** 2
        for j in range(i):
            s[i, j] = 0.5 * (a[i, j] + a[j, i])
            s[j, i] = s[i, j]
    return s


@program(lambda rng: (rng.standard_normal(4),), tags={"store"})
def array_method_copy(x):
    y = x.copy()
    y[0] = 2.0 * x[1]
    z = np.array(y)
    z[1] = y[0] * 3.0
    w = np.zeros_like(z)
    w[:2] = z[:2] * y[2:]
    return w + y


@program(lambda rng: (1.5, rng.standard_normal(3)), level=3, tags={"in_place"})
def float_rebinding_against_array_write(s, x):
    t = s
    t += 1.0
    y = x * 1.0
    z = y
    z += 1.0
    return s * t + np.sum(y * z)


@program(lambda rng: (rng.standard_normal(4),), level=3, tags={"in_place", "loop"})
def in_place_accumulation_in_loop(x):
    total = np.zeros(4)
    power = np.ones(4)
    for k in range(1, 5):
        power *= x
        total += power / k
    return total


@program(
    lambda rng: (rng.standard_normal((3, 3)), rng.standard_normal(3)),
    level=3,
    tags={"writes_argument", "loop"},
)
def argument_written_by_rows(a, v):
    for i in range(3):
        a[i, :] *= v[i]
        a[:, i] += v
    return a


@program(lambda rng: (rng.standard_normal(5), 0.7), level=3, tags={"writes_argument", "return"})
def writes_then_returns_nothing_of_it(x, s):
    y = np.sum(x**2) * s
    x[:] = 0.0
    return y


@program(lambda rng: (rng.standard_normal(5), 2), tags={"store"})
def index_by_variables(x, k):
    y = np.zeros(8)
    y[k] = x[k]
    y[k + 1 : k + 4] = x[k - 1 : k + 2] ** 2
    y[-k] += x[-k]
    return y


@program(lambda rng: (rng.standard_normal((3, 4)),), tags={"in_place", "views"})
def thomas_rows_in_uninitialised_memory(x):
    upper = np.ndarray(x.shape, dtype=x.dtype)
    lower = np.ndarray((3, 4), order="F")
    upper[0] = x[0] / 4.0
    lower[:] = 1.0
    for k in range(1, 3):
        upper[k] = x[k] / (4.0 - upper[k - 1] * lower[k - 1])
        lower[k] = np.sin(upper[k])
    return np.sum(upper * lower)


@program(lambda rng: (rng.uniform(0.5, 1.5, 4),), level=3, tags={"in_place"})
def ufuncs_where_it_is_safe(x):
    y = x - x[0]
    out = np.zeros(4)
    r = np.divide(x, y, out=out, where=y != 0)
    np.log(x, out=r, where=x > 1.2)
    a = np.outer(x, x)
    np.add(a, 1.0, where=(x > 1.0)[:, None], out=a)
    return out * np.sum(r) + np.sum(a * a)


@program(
    lambda rng: (rng.uniform(0.5, 1.5, (3, 4)), rng.standard_normal(2)),
    level=3,
    tags={"in_place", "writes_argument"},
)
def functions_that_write_parts(a, v):
    b = a[:, 1:3]
    np.put(b, [0, 5, 0], v)
    np.copyto(b.T, 2.0 * v[:, None], where=b.T > 1.0)
    np.put_along_axis(a, np.argmin(a, 0)[None], v[0], 0)
    np.place(a, a < 0.7, [v[0] * v[1], 3.0])
    c = a.T.copy().T
    c.put(3, v[0])
    np.fill_diagonal(c, v)
    np.putmask(c, c > 1.2, v)
    return np.sum(a * c)
