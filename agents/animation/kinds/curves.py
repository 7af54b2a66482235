"""Where a function is worth looking at: its branches, zeros, turning points and crossings, found numerically."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction

Function = Callable[[float], float]
SAMPLES = 800


def grid(left: float, right: float, count: int = SAMPLES) -> list[float]:
    return [left + (right - left) * index / count for index in range(count + 1)]


def snapped(value: float) -> float:
    """The nearby simple fraction (denominator up to 12) where there is one, against the noise of bisection."""
    near = float(Fraction(value).limit_denominator(12))
    return near if abs(near - value) < 1e-6 * max(1.0, abs(value)) else value


def shown_number(value: float) -> str:
    """A coordinate for people: 3, −0.5, 1/3, 1.41."""
    value = snapped(value)
    near = Fraction(value).limit_denominator(12)
    if abs(float(near) - value) < 1e-9:
        text = f"{float(near):g}" if near.denominator in (1, 2, 4, 5, 10) else f"{near.numerator}/{near.denominator}"
    else:
        text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def zeros(function: Function, left: float, right: float) -> list[float]:
    """Where the function crosses or touches zero in [left, right], poles left out."""
    xs = grid(left, right)
    found: list[float] = []
    scale = max((abs(function(x)) for x in xs if math.isfinite(function(x))), default=1.0) or 1.0
    for a, b in itertools.pairwise(xs):
        fa, fb = function(a), function(b)
        if not (math.isfinite(fa) and math.isfinite(fb)):
            continue
        if fa == 0.0:
            found.append(a)
        elif fa * fb < 0:
            root = _bisected(function, a, b)
            if abs(function(root)) < 1e-6 * scale:
                found.append(root)
    if function(xs[-1]) == 0.0:
        found.append(xs[-1])
    found += [x for x in turning_points(function, left, right) if abs(function(x)) < 1e-9 * scale]
    return _distinct([snapped(root) for root in found], right - left)


def poles(function: Function, left: float, right: float) -> list[float]:
    """Where the function grows beyond all bounds in [left, right]; of many, the four nearest to zero."""

    def inverse(x: float) -> float:
        try:
            value = function(x)
        except (ValueError, OverflowError, ZeroDivisionError):
            return math.nan
        # where nothing can be computed is the pole itself, if anything is
        return 0.0 if math.isnan(value) else 1.0 / value if value else math.inf

    def grows(x: float) -> bool:
        def beside(side: float, size: float) -> float:
            return abs(function(x + side * size * max(1.0, abs(x))))

        # a logarithm grows without bounds too, only slowly
        return any(beside(side, 1e-12) > 1.3 * beside(side, 1e-7) and beside(side, 1e-12) > 10 for side in (-1.0, 1.0))

    # a grid that is off by a little, so that no pole hides between two of its points or on one
    found = zeros(inverse, left - 0.00137, right + 0.00171)
    xs = grid(left, right)
    found += [x for x in xs if math.isnan(function(x))]
    # where the domain ends between two points, as that of a logarithm does
    found += [_edge(function, a, b) for a, b in itertools.pairwise(xs) if math.isnan(function(a)) != math.isnan(function(b))]
    nearest = sorted((snapped(x) for x in found if grows(snapped(x))), key=abs)
    return sorted(_distinct(nearest, right - left)[:4])


def _edge(function: Function, a: float, b: float) -> float:
    """Between `a` and `b`, of which only one has a value: where that changes."""
    if math.isnan(function(b)):
        a, b = b, a
    for _ in range(60):
        middle = (a + b) / 2
        a, b = (middle, b) if math.isnan(function(middle)) else (a, middle)
    return b


def levels(function: Function) -> list[float]:
    """The heights that the function comes ever nearer to far out on either side."""
    found = []
    for side in (-1.0, 1.0):
        near, far = function(side * 1e5), function(side * 1e7)
        if not math.isfinite(far) and math.isfinite(function(side * 400)):
            near, far = function(side * 200), function(side * 400)  # exponentials leave the range of floats
        if math.isfinite(near) and math.isfinite(far) and abs(near - far) < 1e-3:
            found.append(snapped(round(far, 4)))
    return _distinct(found, 1.0)


def turning_points(function: Function, left: float, right: float) -> list[float]:
    """Local maxima and minima inside (left, right) where the function is smooth or has a corner; flat stretches give none."""
    xs = grid(left, right)
    found: list[float] = []
    step = (right - left) / SAMPLES
    for a, b, c in zip(xs, xs[1:], xs[2:], strict=False):
        fa, fb, fc = function(a), function(b), function(c)
        if not all(map(math.isfinite, (fa, fb, fc))) or (fb - fa) * (fc - fb) > 0 or fa == fb == fc:
            continue
        sign = 1.0 if fb >= max(fa, fc) else -1.0
        low, high = a, c
        for _ in range(80):
            p, q = low + (high - low) * 0.382, low + (high - low) * 0.618
            if sign * function(p) < sign * function(q):
                low = p
            else:
                high = q
        at = (low + high) / 2
        # a pole looks like a turning point on the grid, but its values run away
        if abs(function(at) - fb) <= 4 * max(abs(fb - fa), abs(fc - fb), 1e-12) and left + step < at < right - step:
            near = snapped(round(at, 6))
            found.append(near if abs(near - at) < 1e-4 else at)
    return _distinct(found, right - left)


def branches(function: Function, x_range: tuple[float, float], y_range: tuple[float, float]) -> list[tuple[float, float]]:
    """The intervals on which the curve is defined and inside the frame, cut at jumps and poles."""
    bottom, top = y_range
    height = top - bottom
    out: list[tuple[float, float]] = []
    start: float | None = None
    last = math.nan
    previous = x_range[0]
    for x in grid(*x_range):
        y = function(x)
        inside = math.isfinite(y) and bottom - 0.002 * height <= y <= top + 0.002 * height
        jumps = inside and start is not None and abs(y - last) > 0.5 * height
        if start is not None and (not inside or jumps):
            out.append((start, previous))
            start = None
        if inside and start is None:
            start = x
        last, previous = y, x
    if start is not None:
        out.append((start, previous))
    width = x_range[1] - x_range[0]
    return [(a, b) for a, b in out if b - a > width / 200]


def nice_step(span: float, count: int = 8) -> float:
    """A tick distance of 1, 2 or 5 times a power of ten that gives about `count` ticks."""
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)


def y_window(functions: Sequence[Function], x_range: tuple[float, float], marks: Sequence[float]) -> tuple[float, float]:
    """The y interval that shows what matters: all marked heights, zero, and the middle bulk of the curve's values."""
    values = sorted(y for function in functions for x in grid(*x_range, 200) if math.isfinite(y := function(x)))
    if not values:
        raise ValueError("the function has no real values on this interval")
    reach = 1.2 * max(max(marks) - min(marks), max(map(abs, marks))) if marks else 0.0
    if reach > 0.02 * (values[-1] - values[0]):
        low, high = min(marks), max(marks)
        low, high = min(max(low - reach, values[0]), low), max(min(high + reach, values[-1]), high)
    else:
        low, high = values[int(0.1 * (len(values) - 1))], values[int(0.9 * (len(values) - 1))]
        if values[-1] - values[0] < 2.2 * max(high - low, 1e-9):
            low, high = values[0], values[-1]
        low, high = min([low, *marks]), max([high, *marks])
    span = max(high - low, 1e-6)
    # zero stays in sight unless the curve lives far away from it
    if low > 0 and low < 1.5 * span:
        low = 0.0
    if high < 0 and -high < 1.5 * span:
        high = 0.0
    if high - low < 1e-6:
        low, high = low - 1, high + 1
    margin = 0.12 * (high - low)
    return low - (margin if values[0] < -1e-9 or low != 0.0 else 0.06 * (high - low)), high + margin


def _bisected(function: Function, a: float, b: float) -> float:
    fa = function(a)
    for _ in range(80):
        middle = (a + b) / 2
        fm = function(middle)
        if not math.isfinite(fm) or fm == 0.0:
            return middle
        if fa * fm < 0:
            b = middle
        else:
            a, fa = middle, fm
    return (a + b) / 2


def _distinct(values: Sequence[float], width: float) -> list[float]:
    out: list[float] = []
    for value in sorted(values):
        if not out or value - out[-1] > width / SAMPLES * 2:
            out.append(value)
    return out
