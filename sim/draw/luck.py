"""Luck as a function of who and where: Philox4x32-10, and values of laws by inversion.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011), §3.3 and table 2.
The key is (seed, replication); the counter is (stream, n-th of the stream, child, attempt; block name, pass, purpose).
"""

from __future__ import annotations

import math

import numpy as np

from sim.draw.compiling import kernel, part, seldom
from sim.tables.laws import LOGIT_NODES, LOGIT_REACH
from sim.tables.types import DETERMINISTIC, EXPONENTIAL, LOGNORMAL, POINTS, UNIFORM, WEIBULL

(
    PURPOSE_ARRIVAL, PURPOSE_FACTOR, PURPOSE_PATIENCE, PURPOSE_DURATION, PURPOSE_CHOICE, PURPOSE_VALUE, PURPOSE_GATE,
    PURPOSE_DROP, PURPOSE_CRASH, PURPOSE_DELAY, PURPOSE_GAP, PURPOSE_TEAM, PURPOSE_ACCOUNT, PURPOSE_ABSENCE,
    PURPOSE_DISRUPTION,
) = (np.uint64(number) for number in range(1, 16))  # fmt: skip

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_S32, _S24, _S28, _S12 = (np.uint64(n) for n in (32, 24, 28, 12))
_UNIT = 2.0**-52
_LONGEST = 2.0**60
"""Milliseconds; longer durations are cut to it, so that sums of ticks stay in 64 bits."""
_NODE = (LOGIT_NODES - 1) / (2.0 * LOGIT_REACH)


@part
def _philox(c0, c1, c2, c3, k0, k1):
    """Return the first two words of Philox4x32-10; all arguments are 32-bit numbers in uint64."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _S32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _S32) ^ c3 ^ k1, p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1


@part
def _between(w0, w1):
    """Return the middle of one of 2⁵² equal steps from 0 to 1: exact in float64, so neither 0 nor 1 comes out."""
    return (np.float64(((w0 << _S32) | w1) >> _S12) + 0.5) * _UNIT


@part
def uniform(key0, key1, hash0, hash1, n, lineage, name, passes, purpose):
    """Return u in (0, 1), a function of who (stream hash, n, child and attempt) and where (name, pass, purpose).

    `lineage` is child · 256 + attempt, 0 for who came by himself and tries for the first time.
    """
    c2 = (name & np.uint64(0xFFFFFF)) | (hash1 << _S24)
    c3 = (purpose << _S28) | ((np.uint64(lineage) & np.uint64(0xFFFF)) << _S12) | (np.uint64(passes) & np.uint64(0xFFF))
    w0, w1 = _philox(hash0, np.uint64(n) & _LOW, c2, c3, key0, key1)
    return _between(w0, w1)


@part
def _normal(u):
    """Return the standard normal quantile: algorithm AS 241 (PPND16), Wichura, Appl. Statist. 37 (1988) 477-484."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = 2.5090809287301226727e3
        top = top * r + 3.3430575583588128105e4
        top = top * r + 6.7265770927008700853e4
        top = top * r + 4.5921953931549871457e4
        top = top * r + 1.3731693765509461125e4
        top = top * r + 1.9715909503065514427e3
        top = top * r + 1.3314166789178437745e2
        top = top * r + 3.3871328727963666080e0
        low = 5.2264952788528545610e3
        low = low * r + 2.8729085735721942674e4
        low = low * r + 3.9307895800092710610e4
        low = low * r + 2.1213794301586595867e4
        low = low * r + 5.3941960214247511077e3
        low = low * r + 6.8718700749205790830e2
        low = low * r + 4.2313330701600911252e1
        low = low * r + 1.0
        return q * top / low
    r = math.sqrt(-math.log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        r = r - 1.6
        top = 7.74545014278341407640e-4
        top = top * r + 2.27238449892691845833e-2
        top = top * r + 2.41780725177450611770e-1
        top = top * r + 1.27045825245236838258e0
        top = top * r + 3.64784832476320460504e0
        top = top * r + 5.76949722146069140550e0
        top = top * r + 4.63033784615654529590e0
        top = top * r + 1.42343711074968357734e0
        low = 1.05075007164441684324e-9
        low = low * r + 5.47593808499534494600e-4
        low = low * r + 1.51986665636164571966e-2
        low = low * r + 1.48103976427480074590e-1
        low = low * r + 6.89767334985100004550e-1
        low = low * r + 1.67638483018380384940e0
        low = low * r + 2.05319162663775882187e0
        low = low * r + 1.0
    else:
        r = r - 5.0
        top = 2.01033439929228813265e-7
        top = top * r + 2.71155556874348757815e-5
        top = top * r + 1.24266094738807843860e-3
        top = top * r + 2.65321895265761230930e-2
        top = top * r + 2.96560571828504891230e-1
        top = top * r + 1.78482653991729133580e0
        top = top * r + 5.46378491116411436990e0
        top = top * r + 6.65790464350110377720e0
        low = 2.04426310338993978564e-15
        low = low * r + 1.42151175831644588870e-7
        low = low * r + 1.84631831751005468180e-5
        low = low * r + 7.86869131145613259100e-4
        low = low * r + 1.48753612908506148525e-2
        low = low * r + 1.36929880922735805310e-1
        low = low * r + 5.99832206555887937690e-1
        low = low * r + 1.0
    return -top / low if q < 0.0 else top / low


@part
def value(laws, points, law, u):
    """Return the duration in seconds of `law` at cumulative probability `u`; rises with u."""
    kind = laws[law].kind
    a = laws[law].a
    if kind == LOGNORMAL:
        return math.exp(a + laws[law].b * _normal(u))
    if kind == EXPONENTIAL:
        return -a * math.log1p(-u)
    if kind == DETERMINISTIC:
        return a
    if kind == WEIBULL:
        return a * (-math.log1p(-u)) ** laws[law].b
    if kind == UNIFORM:
        return a + (laws[law].b - a) * u
    first = laws[law].first
    if kind == POINTS:
        low, high = first, first + laws[law].count - 1
        while high - low > 1:
            middle = (low + high) >> 1
            if points[middle].p <= u:
                low = middle
            else:
                high = middle
        share = (u - points[low].p) / (points[high].p - points[low].p)
        return points[low].x + share * (points[high].x - points[low].x)
    place = (math.log(u / (1.0 - u)) + LOGIT_REACH) * _NODE
    node = min(int(place), LOGIT_NODES - 2)
    left = points[first + node].x
    return math.exp(left + (place - node) * (points[first + node + 1].x - left))


@part
def to_ticks(seconds, tick):
    """Return whole ticks, rounded half to even; a positive duration is at least one tick."""
    milliseconds = min(seconds * 1000.0, _LONGEST)
    rounded = np.int64(np.rint(milliseconds)) if tick == 1 else np.int64(np.rint(milliseconds / tick)) * tick
    return np.int64(tick) if rounded == 0 and seconds > 0.0 else rounded


@seldom
def seconds(laws, points, law, key0, key1, hash0, hash1, n, lineage, name, passes, purpose):
    """Return a duration in seconds: the luck of `uniform` through `value`."""
    return value(laws, points, law, uniform(key0, key1, hash0, hash1, n, lineage, name, passes, purpose))


@part
def look_up(points, first, count, straight, x):
    """Return the value of a table at `x`: of the last point not above it, or on the straight line; constant outside."""
    low, high = first, first + count - 1
    if x <= points[low].p:
        return points[low].x
    if x >= points[high].p:
        return points[high].x
    while high - low > 1:
        middle = (low + high) >> 1
        if points[middle].p <= x:
            low = middle
        else:
            high = middle
    if straight == 0:
        return points[low].x
    share = (x - points[low].p) / (points[high].p - points[low].p)
    return points[low].x + share * (points[high].x - points[low].x)


@part
def bounded_exp(x):
    """Return e^x, with x cut to where the result is finite."""
    return math.exp(min(x, 700.0))


@part
def bounded_log(x):
    """Return ln x, and 0 where there is none."""
    return math.log(x) if x > 0.0 else 0.0


@kernel
def draw_look_up(points, first, count, straight, x):
    """Return `look_up`, for callers that are not compiled."""
    return look_up(points, first, count, straight, x)


@kernel
def draw_exp(x):
    """Return `bounded_exp`, for callers that are not compiled: the same bits as in a kernel."""
    return bounded_exp(x)


@kernel
def draw_log(x):
    """Return `bounded_log`, for callers that are not compiled: the same bits as in a kernel."""
    return bounded_log(x)


@kernel
def draw_seconds(laws, points, law, key0, key1, hash0, hash1, n, lineage, name, passes, purpose):
    """Return a duration in seconds, for callers that are not compiled."""
    return seconds(laws, points, law, key0, key1, hash0, hash1, n, lineage, name, passes, purpose)


@kernel
def draw_uniform(key0, key1, hash0, hash1, n, lineage, name, passes, purpose):
    """Return the luck of `uniform`, for callers that are not compiled."""
    return uniform(key0, key1, hash0, hash1, n, lineage, name, passes, purpose)


@kernel
def round_ticks(time_s, tick):
    """Return whole ticks, for callers that are not compiled."""
    return to_ticks(time_s, tick)


@kernel
def philox_words(counter, key, out):
    """Write the first two words of Philox4x32-10 into `out` (uint64 of shape (2,)); for the published test vectors."""
    out[0], out[1] = _philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1])


@kernel
def unit_steps(words, out):
    """Write what `uniform` makes of two 32-bit words, shape (n, 2), into `out`; for its ends."""
    for i in range(out.size):
        out[i] = _between(words[i, 0], words[i, 1])


@kernel
def values(laws, points, law, u, out):
    """Write the value in seconds at each u of an array into `out`."""
    for i in range(u.size):
        out[i] = value(laws, points, law, u[i])
