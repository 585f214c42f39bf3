"""Transforms, convolutions, images, interpolation."""

import numpy as np

from .registry import program


@program(lambda rng: (rng.standard_normal(8), rng.standard_normal(8)), level=3, tags={"loop", "in_place"})
def fft_by_butterflies(re, im):
    n = len(re)
    re, im = re.copy(), im.copy()
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]
    size = 2
    while size <= n:
        half = size // 2
        for start in range(0, n, size):
            for k in range(half):
                angle = -2.0 * np.pi * k / size
                c, s = np.cos(angle), np.sin(angle)
                a, b = start + k, start + k + half
                t_re = c * re[b] - s * im[b]
                t_im = s * re[b] + c * im[b]
                re[b], im[b] = re[a] - t_re, im[a] - t_im
                re[a] += t_re
                im[a] += t_im
        size *= 2
    return np.sum((re**2 + im**2) * np.arange(n))


@program(lambda rng: (rng.standard_normal(8),), level=3, tags={"recursion", "return", "complex"})
def fft_recursive(x):
    def fft(z):
        n = len(z)
        if n == 1:
            return z
        even, odd = fft(z[::2]), fft(z[1::2])
        twiddle = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
        return np.concatenate([even + twiddle, even - twiddle])

    spectrum = fft(x + 0j)
    return np.abs(spectrum[:5]) ** 2


@program(lambda rng: (rng.standard_normal(8),), tags={"complex", "fft"})
def power_spectrum(x):
    spectrum = np.fft.rfft(x * np.hanning(8))
    return np.abs(spectrum) ** 2


@program(lambda rng: (rng.standard_normal(8), rng.standard_normal(8)), tags={"complex", "fft"})
def convolution_theorem(x, h):
    return np.real(np.fft.ifft(np.fft.fft(x) * np.fft.fft(h)))


@program(lambda rng: (rng.standard_normal(6), rng.standard_normal(3)))
def numpy_convolve(x, h):
    return np.convolve(x, h) * np.convolve(x, h[::-1], mode="full")


@program(lambda rng: (rng.standard_normal(6),), tags={"loop"})
def discrete_cosine_transform(x):
    n = x.shape[0]
    total = 0.0
    for k in range(n):
        c = np.cos(np.pi * (np.arange(n) + 0.5) * k / n)
        total = total + (k + 1) * np.dot(x, c) ** 2
    return total


@program(lambda rng: (rng.standard_normal(8),), level=3, tags={"loop", "in_place"})
def haar_wavelet(x):
    out = x.copy()
    n = len(out)
    while n > 1:
        half = n // 2
        mean = (out[0:n:2] + out[1:n:2]) / np.sqrt(2.0)
        detail = (out[0:n:2] - out[1:n:2]) / np.sqrt(2.0)
        out[:half] = mean
        out[half:n] = np.tanh(detail)
        n = half
    return out


@program(lambda rng: (rng.standard_normal(8),), level=3, tags={"loop", "in_place", "view"})
def lifting_scheme(x):
    y = x.copy()
    even, odd = y[::2], y[1::2]
    odd -= 0.5 * (even + np.roll(even, -1))
    even += 0.25 * (odd + np.roll(odd, 1))
    return y * x


@program(lambda rng: (rng.uniform(0, 1, (5, 5)),), tags={"loop", "store"})
def sobel_magnitude(image):
    out = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            w = image[i : i + 3, j : j + 3]
            gx = w[0, 2] + 2.0 * w[1, 2] + w[2, 2] - w[0, 0] - 2.0 * w[1, 0] - w[2, 0]
            gy = w[2, 0] + 2.0 * w[2, 1] + w[2, 2] - w[0, 0] - 2.0 * w[0, 1] - w[0, 2]
            out[i, j] = np.sqrt(gx**2 + gy**2 + 1e-2)
    return out


@program(lambda rng: (rng.uniform(0, 1, (5, 5)), 1.2), tags={"loop"})
def separable_gaussian_blur(image, sigma):
    offsets = np.arange(-1.0, 2.0)
    kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = kernel / kernel.sum()
    padded = np.pad(image, 1)
    rows = kernel[0] * padded[:-2] + kernel[1] * padded[1:-1] + kernel[2] * padded[2:]
    return kernel[0] * rows[:, :-2] + kernel[1] * rows[:, 1:-1] + kernel[2] * rows[:, 2:]


@program(lambda rng: (rng.uniform(0, 1, (4, 4)), 0.5, 0.3), level=3, tags={"loop", "in_place"})
def bilateral_filter(image, spatial, tonal):
    out = np.zeros_like(image)
    for i in range(4):
        for j in range(4):
            total, norm = 0.0, 0.0
            for a in range(max(0, i - 1), min(4, i + 2)):
                for b in range(max(0, j - 1), min(4, j + 2)):
                    w = np.exp(
                        -((a - i) ** 2 + (b - j) ** 2) * spatial - (image[a, b] - image[i, j]) ** 2 / tonal
                    )
                    total += w * image[a, b]
                    norm += w
            out[i, j] = total / norm
    return out


@program(lambda rng: (rng.uniform(0, 1, (4, 4)), 1.3, 1.7))
def bilinear_sample(image, y, x):
    i, j = int(np.floor(y)), int(np.floor(x))
    fy, fx = y - i, x - j
    top = image[i, j] * (1.0 - fx) + image[i, j + 1] * fx
    bottom = image[i + 1, j] * (1.0 - fx) + image[i + 1, j + 1] * fx
    return top * (1.0 - fy) + bottom * fy


@program(
    lambda rng: (np.sort(rng.uniform(0, 4, 5)), rng.standard_normal(5), 1.9), level=3, tags={"loop", "return"}
)
def linear_interpolation(knots, values, t):
    for i in range(len(knots) - 1):
        if knots[i] <= t <= knots[i + 1]:
            w = (t - knots[i]) / (knots[i + 1] - knots[i])
            return (1.0 - w) * values[i] + w * values[i + 1]
    return values[0] if t < knots[0] else values[-1]


@program(lambda rng: (np.arange(5.0), rng.standard_normal(5), 2.3), level=3, tags={"loop", "store"})
def cubic_spline(x, y, t):
    n = len(x)
    h = x[1:] - x[:-1]
    a = np.zeros((n, n))
    r = np.zeros(n)
    a[0, 0] = a[-1, -1] = 1.0
    for i in range(1, n - 1):
        a[i, i - 1], a[i, i], a[i, i + 1] = h[i - 1], 2.0 * (h[i - 1] + h[i]), h[i]
        r[i] = 6.0 * ((y[i + 1] - y[i]) / h[i] - (y[i] - y[i - 1]) / h[i - 1])
    m = np.linalg.solve(a, r)
    i = int(np.searchsorted(x, t)) - 1
    u, v = x[i + 1] - t, t - x[i]
    return (
        (m[i] * u**3 + m[i + 1] * v**3) / (6.0 * h[i])
        + (y[i] / h[i] - m[i] * h[i] / 6.0) * u
        + (y[i + 1] / h[i] - m[i + 1] * h[i] / 6.0) * v
    )


@program(lambda rng: (rng.standard_normal((4, 2)), 0.35), level=3, tags={"loop", "in_place", "list"})
def de_casteljau(points, t):
    p = [point for point in points]
    while len(p) > 1:
        p = [(1.0 - t) * a + t * b for a, b in zip(p[:-1], p[1:])]  # noqa: RUF007
    work = points.copy()
    for k in range(len(work) - 1, 0, -1):
        work[:k] = (1.0 - t) * work[:k] + t * work[1 : k + 1]
    return p[0] * work[0]


@program(lambda rng: (rng.standard_normal(8), 2), level=3, tags={"loop", "list"})
def autocorrelation_and_levinson(x, order):
    n = len(x)
    r = [sum(x[i] * x[i + k] for i in range(n - k)) for k in range(order + 1)]
    a = [1.0]
    error = r[0]
    for m in range(1, order + 1):
        reflection = -sum(a[j] * r[m - j] for j in range(m)) / error
        a = [1.0] + [a[j] + reflection * a[m - j] for j in range(1, m)] + [reflection]
        error *= 1.0 - reflection**2
    return error, a[1] * a[2]


@program(lambda rng: (rng.standard_normal(8), 0.4), tags={"loop"})
def goertzel(x, frequency):
    coefficient = 2.0 * np.cos(2.0 * np.pi * frequency)
    s1 = 0.0
    s2 = 0.0
    for v in x:
        s1, s2 = v + coefficient * s1 - s2, s1
    return s1**2 + s2**2 - coefficient * s1 * s2


@program(lambda rng: (rng.uniform(0, 1, (4, 4)), rng.uniform(0, 1, (4, 4))))
def structural_similarity(a, b):
    ma, mb = a.mean(), b.mean()
    va, vb = a.var(), b.var()
    covariance = ((a - ma) * (b - mb)).mean()
    return (2 * ma * mb + 0.01) * (2 * covariance + 0.03) / ((ma**2 + mb**2 + 0.01) * (va + vb + 0.03))


@program(lambda rng: (rng.uniform(0, 1, (4, 4)),))
def total_variation(image):
    dx = image[1:, :-1] - image[:-1, :-1]
    dy = image[:-1, 1:] - image[:-1, :-1]
    return np.sum(np.sqrt(dx**2 + dy**2 + 1e-3))
