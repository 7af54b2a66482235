"""The report's plots, each an SVG text. The same answers give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from finetune.report.items import Item
from finetune.report.measures import Found, Measure, repetition
from finetune.report.ports import MODELS, Model
from retrieval.report.plots import INK, LINE, NARROW, QUIET, WIDE, svg

COLOURS: dict[Model, str] = {"base": "#8a919b", "tuned": "#2a7f7a"}
BAD = "#c8553d"
RATES = ("success", "runaway", "ended", "empty", "prompt_use", "skill")
OUTCOMES = (("both", "#2a7f7a"), ("tuned only", "#7fbdb8"), ("base only", BAD), ("neither", "#d5d8dc"))


def draw_all(measures: Mapping[str, Measure], items: Sequence[Item], found: Found, samples: int, limit: int) -> dict[str, str]:
    """SVG by the name of its place on the page; a plot without data is left out. `limit` is that on an answer's length, in tokens."""
    made = {
        "rates": _rates(measures),
        "outcomes": _outcomes(items, found, samples),
        "length": _lengths(found, items, limit),
        "repetition": _repetition(found, items),
        "likelihood": _likelihoods(items, found),
    }
    return {name: drawn for name, drawn in made.items() if drawn}


def _rates(measures: Mapping[str, Measure]) -> str:
    names = [name for name in measures if name in RATES or name.startswith("success_")]
    if not names:
        return ""

    def draw(_: Any, axes: Any) -> None:
        for row, name in enumerate(names):
            for model, shift in zip(MODELS, (-0.16, 0.16), strict=True):
                found = measures[name]
                value = found["base"] if model == "base" else found["tuned"]
                low, high = found["base_interval"] if model == "base" else found["tuned_interval"]
                axes.plot([100 * low, 100 * high], [row + shift] * 2, color=COLOURS[model], linewidth=2, solid_capstyle="round")
                axes.plot([100 * value], [row + shift], "o", color=COLOURS[model], markersize=6, label=model if row == 0 else None)
                axes.annotate(
                    f"{100 * value:.0f} %",
                    (100 * high, row + shift),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=8.5,
                    color=INK,
                )
        labels = {"higher": "more is better", "lower": "less is better", None: ""}
        axes.set_yticks(range(len(names)), [f"{name.replace('_', ' ')}\n{labels[measures[name]['better']]}" for name in names])
        axes.set_xlim(-2, 112)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xticks(range(0, 101, 20), [f"{share} %" for share in range(0, 101, 20)])
        axes.grid(axis="x", color=LINE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="both", length=0)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9, borderpad=0, handletextpad=0.2)

    return svg(draw, rows=2.1 * len(names) + 2, width=WIDE)


def _outcomes(items: Sequence[Item], found: Found, samples: int) -> str:
    """A bar a task: on how many items which of the two was right. Of several samples the first is shown."""
    tasks: dict[str, list[int]] = {}
    for item in items:
        verdicts = [found.verdicts.get((model, item.id, 0)) for model in MODELS]
        told = [verdict.right for verdict in verdicts if verdict is not None and verdict.right is not None]
        if len(told) == 2:
            place = {(True, True): 0, (False, True): 1, (True, False): 2, (False, False): 3}[(told[0], told[1])]
            tasks.setdefault(item.task, [0, 0, 0, 0])[place] += 1
    if not tasks:
        return ""
    names = sorted(tasks)

    def draw(_: Any, axes: Any) -> None:
        left = [0] * len(names)
        for place, (label, colour) in enumerate(OUTCOMES):
            widths = [tasks[name][place] for name in names]
            bars = axes.barh(range(len(names)), widths, left=left, color=colour, height=0.62, label=label)
            axes.bar_label(bars, labels=[str(width) if width else "" for width in widths], label_type="center", fontsize=9, color=INK)
            left = [start + width for start, width in zip(left, widths, strict=True)]
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.xaxis.set_visible(False)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, fontsize=9, borderpad=0, handlelength=1)

    return svg(draw, rows=1.6 * len(names) + 1.5, width=NARROW)


def _lengths(found: Found, items: Sequence[Item], limit: int) -> str:
    columns = _columns(items, found, lambda answer: float(answer.tokens))
    if not columns["base"]:
        return ""

    def draw(_: Any, axes: Any) -> None:
        _histograms(axes, columns, (0.0, float(limit)))
        axes.axvline(limit, color=BAD, linewidth=1, linestyle=(0, (3, 3)))
        axes.annotate("the limit ", (limit, 1), xycoords=("data", "axes fraction"), ha="right", va="top", fontsize=9, color=BAD)
        axes.set_xlabel("tokens of an answer", fontsize=9, color=QUIET)

    return svg(draw, rows=8, width=NARROW)


def _repetition(found: Found, items: Sequence[Item]) -> str:
    columns = _columns(items, found, lambda answer: 100 * repetition(answer.text))
    if not columns["base"]:
        return ""

    def draw(_: Any, axes: Any) -> None:
        _histograms(axes, columns, (0.0, 100.0))
        axes.set_xlabel("repeated runs of four words, % of an answer", fontsize=9, color=QUIET)

    return svg(draw, rows=8, width=NARROW)


def _likelihoods(items: Sequence[Item], found: Found) -> str:
    points = []
    for item in items:
        pair = [found.likelihoods.get((model, item.id)) for model in MODELS]
        nats = [one.nll / one.tokens for one in pair if one is not None and one.tokens]
        if len(nats) == 2:
            points.append(nats)
    if not points:
        return ""

    def draw(_: Any, axes: Any) -> None:
        most = max(max(pair) for pair in points) * 1.05 or 1.0
        axes.plot([0, most], [0, most], color=LINE, linewidth=1)
        axes.plot([pair[0] for pair in points], [pair[1] for pair in points], "o", color=COLOURS["tuned"], markersize=3.5, alpha=0.6)
        axes.set_xlim(0, most)
        axes.set_ylim(0, most)
        axes.set_xlabel("base, nats a token", fontsize=9, color=QUIET)
        axes.set_ylabel("tuned, nats a token", fontsize=9, color=QUIET)
        axes.spines[["top", "right"]].set_visible(False)

    return svg(draw, rows=10, width=NARROW)


def _columns(items: Sequence[Item], found: Found, value: Any) -> dict[Model, list[float]]:
    wanted = {item.id for item in items}
    return {
        model: [value(answer) for (who, item, _), answer in sorted(found.answers.items()) if who == model and item in wanted]
        for model in MODELS
    }


def _histograms(axes: Any, columns: Mapping[Model, Sequence[float]], over: tuple[float, float]) -> None:
    for model in MODELS:
        axes.hist(columns[model], bins=25, range=over, histtype="stepfilled", alpha=0.55, color=COLOURS[model], label=model)
    axes.set_ylabel("answers", fontsize=9, color=QUIET)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9, borderpad=0, handlelength=1)
