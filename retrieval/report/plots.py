"""The page's plots, each an SVG text. The same facts give the same bytes."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from retrieval.report.facts import STATES, Facts, State

COLOURS: dict[State, str] = {"rendered": "#2a7f7a", "failed": "#c8553d", "not tried": "#c3c7cd"}
INK, QUIET, LINE = "#22262b", "#6b7280", "#e3e5e8"
MOST_BARS = 20
WIDE, NARROW = 12.4, 5.6
"""Inches, for a plot over the whole page and for one of two side by side: letters come out the same size."""
Draw = Callable[[Any, Any], None]


def draw_all(facts: Facts) -> dict[str, str]:
    """SVG by the name of its place on the page; a plot without data is left out."""
    made = {
        "funnel": _bars(facts.funnel, colour=INK, width=WIDE),
        "flavours": _stacked(facts.flavours),
        "licences": _stacked(facts.licences),
        "repositories": _stacked(facts.per_repository, width=WIDE),
        "errors": _bars(facts.errors.most_common(MOST_BARS), colour=COLOURS["failed"]),
        "video": _histogram(facts.video_s, "seconds of video"),
        "wall": _histogram(facts.wall_s, "seconds of rendering"),
        "layout": _bars(facts.layout.most_common(MOST_BARS), colour=QUIET),
        "objects": _bars(facts.objects.most_common(MOST_BARS), colour=COLOURS["rendered"]),
    }
    return {name: drawn for name, drawn in made.items() if drawn}


def _bars(counts: Sequence[tuple[str, int]], *, colour: str, width: float = NARROW) -> str:
    if not counts:
        return ""

    def draw(_: Any, axes: Any) -> None:
        names, values = [short(name) for name, _ in counts], [count for _, count in counts]
        bars = axes.barh(range(len(values)), values, color=colour, height=0.68)
        axes.bar_label(bars, labels=[f"{value:,}" for value in values], padding=4, color=INK, fontsize=9)
        _rows(axes, names, max(values))

    return svg(draw, rows=len(counts), width=width)


def _stacked(counts: Counter[tuple[str, State]], *, width: float = NARROW) -> str:
    """One bar a name, its parts the states of its scenes; names beyond the longest bars are summed in one."""
    totals: Counter[str] = Counter()
    for (name, _), count in counts.items():
        totals[name] += count
    if not totals:
        return ""
    names = [name for name, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]
    shown, rest = (names, []) if len(names) <= MOST_BARS else (names[: MOST_BARS - 1], names[MOST_BARS - 1 :])

    def draw(_: Any, axes: Any) -> None:
        labels = [short(name) for name in shown] + ([f"{len(rest)} others"] if rest else [])
        left = [0] * len(labels)
        for state in STATES:
            widths = [counts[(name, state)] for name in shown] + ([sum(counts[(name, state)] for name in rest)] if rest else [])
            axes.barh(range(len(labels)), widths, left=left, color=COLOURS[state], height=0.68, label=state)
            left = [start + width for start, width in zip(left, widths, strict=True)]
        for row, total in enumerate(left):
            axes.annotate(f"{total:,}", (total, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9, color=INK)
        _rows(axes, labels, max(left))
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=9, borderpad=0, handlelength=1)

    return svg(draw, rows=len(shown) + bool(rest) + 1, width=width)


def _histogram(values: Sequence[float], unit: str) -> str:
    if not values:
        return ""

    def draw(_: Any, axes: Any) -> None:
        ordered = sorted(values)
        median, most = ordered[len(ordered) // 2], ordered[-1]
        cut = max(ordered[min(len(ordered) - 1, int(len(ordered) * 0.98))], 1.0)
        axes.hist([min(value, cut) for value in values], bins=30, range=(0, cut), color=COLOURS["rendered"], rwidth=0.92)
        axes.axvline(median, color=INK, linewidth=1, linestyle=(0, (3, 3)))
        axes.annotate(
            f" median {median:.1f} s, longest {most:.0f} s",
            (median, 1),
            xycoords=("data", "axes fraction"),
            va="top",
            fontsize=9,
            color=INK,
        )
        axes.set_xlabel(unit + (f" ({cut:.0f} and more in the last bar)" if most > cut else ""), fontsize=9, color=QUIET)
        axes.set_ylabel("scenes", fontsize=9, color=QUIET)
        axes.spines[["top", "right"]].set_visible(False)

    return svg(draw, rows=7, width=NARROW)


def short(name: str, most: int = 34) -> str:
    """A label that fits, without what a font cannot draw."""
    name = "".join(char if char.isprintable() else " " for char in name)
    return name if len(name) <= most else f"{name[: most // 2 - 1]}…{name[-most // 2 :]}"


def _rows(axes: Any, names: Sequence[str], most: float) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, max(most, 1) * 1.12)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.xaxis.set_visible(False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def svg(draw: Draw, *, rows: float, width: float) -> str:
    """One figure as SVG, so many inches wide and as high as its rows need; `draw` is given matplotlib's figure and axes."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings = {
        "svg.hashsalt": "hisolver",
        "svg.fonttype": "path",
        "text.parse_math": False,  # a stranger's name may hold dollar signs
        "font.family": "DejaVu Sans",
        "font.size": 9.5,
        "text.color": INK,
        "axes.edgecolor": LINE,
        "xtick.color": QUIET,
        "ytick.color": INK,
    }
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(width, 0.25 + 0.27 * max(rows, 2)), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure, figure.add_subplot())
        out = io.BytesIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return out.getvalue().decode()
