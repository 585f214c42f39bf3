"""Functions that the frontend refuses."""

import threading

REFUSED = []
LOCK = threading.Lock()
counter = 0


def refused(function):
    """Register a function."""
    REFUSED.append(function)
    return function


@refused
async def coroutine(x):
    return x


@refused
def generator(x):
    yield x


@refused
def delegating(x):
    yield from x


@refused
def awaits(x):
    async def inner():
        await x

    return inner


@refused
def tries(x):
    y = 1.0
    try:
        y = x * x
        z = y / float(y > 1)
    except ZeroDivisionError:
        z = y
    return z


@refused
def locks(x):
    with LOCK:
        return x


@refused
def defines_class(x):
    class Local:
        value = x

    return Local


@refused
def writes_global(x):
    global counter
    counter = counter + 1
    return x * counter


def _around():
    total = 0.0

    @refused
    def writes_nonlocal(x):
        nonlocal total
        total = total + x
        return total

    return writes_nonlocal


_around()


@refused
def uses_locals(x):
    return locals()["x"]


@refused
def uses_eval(x):
    return eval("x")


@refused
def undefined(x):
    return x * undefined_name  # noqa: F821


@refused
def grows(xs):
    for x in xs:
        if x > 0:
            xs.append(-x)
    return xs


@refused
def wrong_count(x):
    a, b = x, x, x
    return a + b


@refused
def deletes_attribute(x):
    del x.cache
    return x


@refused
def escaping_generator(x, consume):
    return consume(v * 2 for v in x)


@refused
def two_inner(x):
    if x > 0:

        def inner(y):
            return y

    else:

        def inner(y):
            return -y

    return inner(x)


@refused
def binding_alternative(x):
    match x:
        case [[1, y] | [2, y], 3]:
            return y
    return 0.0


@refused
def import_and_assign(x):
    import math as m

    if x > 0:
        m = 3
    return m


@refused
def kept_generator(xs):
    squares = (x * x for x in xs)
    return sum(squares) + sum(squares)


@refused
def walrus_moves_element(x, i):
    x[i] += (i := 2)
    return x


@refused
def rebinds_in_the_same_call(x, apply):
    return apply(lambda y: x * y, (x := 2.0))
