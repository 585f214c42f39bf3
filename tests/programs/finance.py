"""Options, bonds, portfolios, paths."""

import math

import numpy as np

from .registry import program


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def smooth_cdf(x):
    return 1.0 / (1.0 + np.exp(-1.5976 * x - 0.07056 * x**3))


@program(lambda rng: (100.0, 95.0, 1.0, 0.03, 0.2), level=3)
def black_scholes_call(spot, strike, maturity, rate, volatility):
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / (
        volatility * math.sqrt(maturity)
    )
    d2 = d1 - volatility * math.sqrt(maturity)
    return spot * normal_cdf(d1) - strike * math.exp(-rate * maturity) * normal_cdf(d2)


@program(lambda rng: (100.0, np.array([90.0, 100.0, 110.0]), 0.5, 0.03, 0.25))
def approximate_smile(spot, strikes, maturity, rate, volatility):
    root = volatility * np.sqrt(maturity)
    d1 = np.log(spot / strikes) / root + (rate + 0.5 * volatility**2) * maturity / root
    return spot * smooth_cdf(d1) - strikes * np.exp(-rate * maturity) * smooth_cdf(d1 - root)


@program(lambda rng: (100.0, 101.3, 0.02, 0.2), tags={"loop", "store"})
def european_binomial_tree(spot, strike, rate, volatility):
    n = 6
    dt = 1.0 / n
    up = np.exp(volatility * np.sqrt(dt))
    p = (np.exp(rate * dt) - 1.0 / up) / (up - 1.0 / up)
    values = np.zeros(n + 1)
    for i in range(n + 1):
        values[i] = np.maximum(spot * up ** (2 * i - n) - strike, 0.0)
    for step in range(n, 0, -1):
        lower = np.zeros(n + 1)
        for i in range(step):
            lower[i] = np.exp(-rate * dt) * (p * values[i + 1] + (1.0 - p) * values[i])
        values = lower
    return values[0]


@program(lambda rng: (100.0, 106.1, 0.05, 0.25), level=3, tags={"loop", "in_place"})
def american_put_tree(spot, strike, rate, volatility):
    n = 6
    dt = 0.5 / n
    up = math.exp(volatility * math.sqrt(dt))
    p = (math.exp(rate * dt) - 1.0 / up) / (up - 1.0 / up)
    prices = spot * up ** np.arange(-n, n + 1, 2.0)
    values = np.maximum(strike - prices, 0.0)
    for _ in range(n):
        values[:-1] = math.exp(-rate * dt) * (p * values[1:] + (1.0 - p) * values[:-1])
        prices = prices[:-1] * up
        values = np.maximum(values[:-1], strike - prices)
    return values[0]


@program(lambda rng: (100.0, 0.03, 0.2, rng.standard_normal((5, 4))), tags={"loop"})
def asian_option_monte_carlo(spot, rate, volatility, normals):
    dt = 0.25
    total = 0.0
    for path in normals:
        price = spot
        average = 0.0
        for z in path:
            price = price * np.exp((rate - 0.5 * volatility**2) * dt + volatility * np.sqrt(dt) * z)
            average = average + price / 4
        total = total + np.maximum(average - 98.7, 0.0)
    return np.exp(-rate) * total / 5


@program(lambda rng: (100.0, 0.2, rng.standard_normal((4, 6))), level=3, tags={"loop", "break"})
def barrier_option(spot, volatility, normals):
    total = 0.0
    for path in normals:
        price = spot
        for z in path:
            price *= math.exp(-0.05 * volatility**2 + volatility * 0.3 * z)
            if price > 125.0:
                break
        else:
            total += max(price - 92.3, 0.0)
    return total


@program(lambda rng: (0.05, 0.04), tags={"loop"})
def bond_price_and_duration(coupon, y):
    price = 0.0
    duration = 0.0
    for t in range(1, 11):
        flow = 100.0 * coupon if t < 10 else 100.0 * (1.0 + coupon)
        discounted = flow / (1.0 + y) ** t
        price = price + discounted
        duration = duration + t * discounted
    return price, duration / price


@program(lambda rng: (98.0, 0.05), level=3, tags={"loop", "break", "return"})
def yield_to_maturity(price, coupon):
    y = 0.05
    for _ in range(50):
        value, slope = 0.0, 0.0
        for t in range(1, 6):
            flow = 100.0 * coupon + (100.0 if t == 5 else 0.0)
            value += flow * (1.0 + y) ** -t
            slope -= t * flow * (1.0 + y) ** (-t - 1)
        change = (value - price) / slope
        y = y - change
        if abs(change) < 1e-10:
            return y
    raise RuntimeError("no convergence")


@program(lambda rng: (10.0, 0.03), level=3, tags={"loop", "while", "closure"})
def implied_volatility(price, rate):
    def call(volatility):
        d1 = (rate + 0.5 * volatility**2) / volatility
        return 100.0 * (normal_cdf(d1) - math.exp(-rate) * normal_cdf(d1 - volatility))

    volatility = 0.3
    count = 0
    while abs(call(volatility) - price) > 1e-9 and count < 40:
        d1 = (rate + 0.5 * volatility**2) / volatility
        vega = 100.0 * math.exp(-0.5 * d1**2) / math.sqrt(2.0 * math.pi)
        volatility = volatility - (call(volatility) - price) / vega
        count += 1
    return volatility


@program(lambda rng: (rng.uniform(0.1, 1.0, 4), rng.uniform(0.02, 0.1, 4), rng.standard_normal((4, 4)) * 0.2))
def sharpe_ratio(weights, returns, factor):
    weights = weights / np.sum(weights)
    covariance = factor @ factor.T + 0.01 * np.eye(4)
    return (weights @ returns - 0.02) / np.sqrt(weights @ covariance @ weights)


@program(lambda rng: (rng.uniform(0.02, 0.1, 3), rng.standard_normal((3, 3)), 2.0))
def markowitz_weights(returns, factor, aversion):
    covariance = factor @ factor.T + np.eye(3)
    raw = np.linalg.solve(aversion * covariance, returns)
    return raw / raw.sum()


@program(lambda rng: (0.03, 0.3, 0.05, 0.01, rng.standard_normal(8)), tags={"loop"})
def vasicek_discount(r, speed, mean, volatility, noise):
    integral = 0.0
    for z in noise:
        integral = integral + r * 0.125
        r = r + speed * (mean - r) * 0.125 + volatility * np.sqrt(0.125) * z
    return np.exp(-integral)


@program(lambda rng: (100.0, 0.04, 1.5, 0.04, 0.3, -0.6, rng.standard_normal((6, 2))), tags={"loop"})
def heston_path(spot, v, kappa, theta, xi, rho, noise):
    dt = 0.05
    x = np.log(spot)
    for i in range(6):
        z1 = noise[i, 0]
        z2 = rho * z1 + np.sqrt(1.0 - rho**2) * noise[i, 1]
        root = np.sqrt(np.maximum(v, 1e-4) * dt)
        x = x - 0.5 * v * dt + root * z1
        v = v + kappa * (theta - v) * dt + xi * root * z2
    return np.exp(x)


@program(lambda rng: (0.02, 0.05, 200000.0), level=3, tags={"loop", "while"})
def mortgage(growth, rate, balance):
    payment = 14000.0
    years = 0
    paid = 0.0
    while balance > 100000.0:
        interest = balance * rate
        balance = balance + interest - payment
        paid += payment
        payment *= 1.0 + growth
        years += 1
    return balance / years + 1e-3 * paid


@program(lambda rng: (np.array([0.02, 0.025, 0.03, 0.032]), 2.5), level=3, tags={"loop", "break"})
def interpolated_curve(rates, t):
    knots = [1.0, 2.0, 3.0, 5.0]
    for i in range(len(knots) - 1):
        if knots[i] <= t < knots[i + 1]:
            break
    weight = (t - knots[i]) / (knots[i + 1] - knots[i])
    return math.exp(-t * ((1.0 - weight) * rates[i] + weight * rates[i + 1]))
