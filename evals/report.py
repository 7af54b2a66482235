"""The report of a run: its shape, and the same as Markdown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from evals.curve import accuracy_curve, chart
from evals.runner import Measured, Row
from evals.stats import percentile, wilson
from evals.suites.base import Item, Metric, Suite


class Spread(TypedDict):
    p50: float | None
    p95: float | None


class Tokens(TypedDict):
    """Sums over all requests of the measured items."""

    prompt: int
    completion: int
    cached: int


class Comparison(TypedDict):
    """Against a baseline, over the items that both measured. `went_wrong` and `went_right` name the items that flipped; `p` is the chance of at
    least that many falls if nothing had changed (exact sign test)."""

    file: str
    made: str
    shared: int
    score: float
    baseline_score: float
    went_wrong: list[str]
    went_right: list[str]
    p: float
    regression: bool


class SuiteReport(TypedDict):
    """One suite. `n` counts measured items; `infrastructure_errors` the item runs that were not measured, by kind in `faults`. `interval` is
    Wilson's, 95 %, with the item as the unit: epochs of one item are averaged first. `resumed` items had been asked by an earlier run."""

    suite: str
    score_means: str
    dataset_sha256: str
    dataset_items: int
    epochs: int
    asked: int
    resumed: int
    n: int
    score: float | None
    interval: tuple[float, float]
    infrastructure_errors: int
    faults: dict[str, int]
    seconds: Spread
    first_text_s: Spread
    tokens: Tokens
    metrics: dict[str, Metric]
    baseline: Comparison | None
    rows: list[Row]


class Report(TypedDict):
    """A whole run. `base_url` is "" where no suite asked a server. `outcome` is pass, regression or infrastructure."""

    started: str
    base_url: str
    server: dict[str, Any]
    settings: dict[str, Any]
    outcome: str
    suites: list[SuiteReport]


def item_scores(rows: Sequence[Row]) -> dict[str, float]:
    """Each measured item's share of right epochs, in order of appearance."""
    verdicts: defaultdict[str, list[bool]] = defaultdict(list)
    for row in rows:
        if row["right"] is not None:
            verdicts[row["id"]].append(row["right"])
    return {name: sum(right) / len(right) for name, right in verdicts.items()}


def suite_report(suite: Suite, measured: Measured, items: Sequence[Item], *, digest: str, dataset_items: int, epochs: int) -> SuiteReport:
    """Sums up what was measured. Rows without an answer count in `infrastructure_errors` and nowhere else."""
    rows = measured["rows"]
    scores = item_scores(rows)
    n, right = len(scores), sum(scores.values())
    faults = Counter(row["fault"]["kind"] for row in rows if row["fault"] is not None)
    return SuiteReport(
        suite=suite.name,
        score_means=suite.score_means,
        dataset_sha256=digest,
        dataset_items=dataset_items,
        epochs=epochs,
        asked=len(items),
        resumed=measured["resumed"],
        n=n,
        score=right / n if n else None,
        interval=wilson(min(right, n), n),
        infrastructure_errors=faults.total(),
        faults=dict(faults),
        seconds=_spread([row["seconds"] for row in rows]),
        first_text_s=_spread([row["first_text_s"] for row in rows]),
        tokens=Tokens(
            prompt=sum(row["prompt_tokens"] for row in rows),
            completion=sum(row["completion_tokens"] for row in rows),
            cached=sum(row["cached_tokens"] for row in rows),
        ),
        metrics=suite.metrics(measured["verdicts"], measured["records"]),
        baseline=None,
        rows=rows,
    )


def _spread(values: Sequence[float | None]) -> Spread:
    known = [value for value in values if value is not None]
    return Spread(p50=percentile(known, 50), p95=percentile(known, 95))


def markdown(report: Report) -> str:
    """The report for people: a table of the suites, then each with its figures, flips, faults and items."""
    lines = [
        "# Evals",
        "",
        f"{report['started']}, {report['base_url'] or 'without a server'}, outcome: **{report['outcome']}**",
        "",
        "| suite | n | score | 95 % interval | p50 s | p95 s | first text p50 s | p95 s | infrastructure errors |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for suite in report["suites"]:
        low, high = suite["interval"]
        lines.append(
            f"| {suite['suite']} | {suite['n']} | {_percent(suite['score'])} | {_percent(low)} to {_percent(high)} | {_number(suite['seconds']['p50'])} |"
            f" {_number(suite['seconds']['p95'])} | {_number(suite['first_text_s']['p50'])} | {_number(suite['first_text_s']['p95'])} |"
            f" {suite['infrastructure_errors']} |"
        )
    for suite in report["suites"]:
        lines += [
            "",
            f"## {suite['suite']}",
            "",
            f"Right means: {suite['score_means']}."
            + (f" {suite['resumed']} items were asked by an earlier run." if suite["resumed"] else ""),
            "",
            *_metrics(suite),
            *_curve(suite),
            *_comparison(suite),
            *_items(suite),
        ]
    lines += ["", f"Settings: {_settings(report['settings'])}. Server: {_server(report['server']) if report['base_url'] else 'none'}."]
    return "\n".join(lines) + "\n"


def _metrics(suite: SuiteReport) -> list[str]:
    lines = ["| figure | value | 95 % interval | of |", "|---|---|---|---|"]
    for name, metric in suite["metrics"].items():
        interval = metric["interval"]
        told = f"{_percent(interval[0])} to {_percent(interval[1])}" if interval else ""
        value = _percent(metric["value"]) if metric["unit"] == "share" else f"{_number(metric['value'])} {metric['unit']}"
        lines.append(f"| {name} | {value} | {told} | {metric['n']} |")
    tokens, n = suite["tokens"], max(1, sum(row["right"] is not None for row in suite["rows"]))
    lines.append(f"| prompt tokens an item | {tokens['prompt'] / n:.0f}, of them cached {tokens['cached'] / n:.0f} | | {n} |")
    lines.append(f"| completion tokens an item | {tokens['completion'] / n:.0f} | | {n} |")
    return lines


def _curve(suite: SuiteReport) -> list[str]:
    lines = chart(accuracy_curve(suite["rows"]))
    return ["", "Share right within so many seconds:", "", "```", *lines, "```"] if lines else []


def _comparison(suite: SuiteReport) -> list[str]:
    found = suite["baseline"]
    if found is None:
        return []
    verdict = "**regression**" if found["regression"] else "no regression"
    lines = [
        "",
        f"Against {found['file']} of {found['made']}, over {found['shared']} shared items: {_percent(found['baseline_score'])} before,"
        f" {_percent(found['score'])} now, {verdict} (sign test p = {found['p']:.3f}).",
    ]
    for title, names in (("Went wrong", found["went_wrong"]), ("Went right", found["went_right"])):
        if names:
            lines.append(f"\n{title}: {', '.join(names)}")
    return lines


def _items(suite: SuiteReport) -> list[str]:
    lines = ["", "| item | epoch | | expected | answered | s | why |", "|---|---|---|---|---|---|---|"]
    for row in suite["rows"]:
        fault = row["fault"]
        mark = "not measured" if fault else "right" if row["right"] else "wrong"
        why = f"{fault['kind']}: {fault['message']}" if fault else row["reason"]
        cells = [row["id"], str(row["epoch"]), mark, row["expected"], row["answered"], _number(row["seconds"]), why]
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return lines


def _cell(text: str) -> str:
    text = " ".join(text.split()).replace("|", "\\|")
    return text if len(text) <= 160 else text[:157] + "..."


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items() if value is not None)


def _server(server: Mapping[str, Any]) -> str:
    return _cell(", ".join(f"{name} {value}" for name, value in server.items())) or "it gives no /health"
