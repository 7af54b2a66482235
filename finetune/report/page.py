"""The report as one self-contained HTML page: no script, nothing fetched. What models wrote is hostile, and escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from finetune.report.items import Item
from finetune.report.measures import WORDS, Found, Measure
from finetune.report.ports import MODELS, Model
from finetune.report.run import Made
from retrieval.report.page import document, plot_section, side_by_side, text

SHOWN = 16
"""Items whose answers stand side by side."""
LONGEST = 2_000
"""Characters of an answer on the page; `samples.jsonl` has all."""
_RATES = ("success", "runaway", "ended", "empty", "repetition", "prompt_use", "skill")
_CSS = """
.gate { border-left: 6px solid var(--bad) } .gate.passed { border-left-color: var(--good) }
.gate ul { margin: 0; padding-left: 20px } .gate li { margin: 4px 0 }
td.good { color: var(--good) } td.bad { color: var(--bad) }
.asked { border-top: 1px solid var(--line); padding: 14px 0 6px } .asked:first-of-type { border-top: 0 }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 12px; margin-top: 8px }
.answers h3 { font-size: 12.5px; font-weight: 500; color: var(--quiet); margin: 0 0 4px }
.answers b.good { color: var(--good) } .answers b.bad { color: var(--bad) }
pre { margin: 0; padding: 10px 12px; background: var(--back); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere;
  font: 12.5px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; max-height: 340px; overflow: auto }
.skill pre { max-height: 90px }
"""


def page(made: Made, plots: Mapping[str, str]) -> str:
    """The whole document."""
    report = made.report
    body = [
        "<h1>Base against tuned model</h1>",
        f'<p class="about">{_about(report)}</p>',
        _gate(report),
        _table(report["measures"]),
        plot_section("Shares", plots.get("rates"), "With 95 % intervals of each model alone; the paired test is in the table."),
        side_by_side(
            plot_section("Which of the two was right", plots.get("outcomes"), "Items by task."),
            plot_section("Length of the answers", plots.get("length"), "An answer at the limit ran away."),
        ),
        side_by_side(
            plot_section("Repetition", plots.get("repetition"), "A text that goes round in circles lies at the right."),
            plot_section(
                "Held-out answers", plots.get("likelihood"), "A point an item; below the line the tuned model holds its answer likelier."
            ),
        ),
        _samples("Side by side", made.items, made.found, "items"),
        _samples("The unrelated skill", made.skill, made.found, "skill"),
    ]
    return document("Base against tuned model", body, _CSS)


def _about(report: Mapping[str, Any]) -> str:
    sampling = report["sampling"]
    how = (
        "the likeliest token each time"
        if not sampling["temperature"]
        else f"temperature {sampling['temperature']}, seed {sampling['seed']}"
    )
    of = report["dataset"]
    told = [
        f"Base <code>{text(report['base'].get('model'))}</code>, adapter <code>{text(report['adapter'].get('name'))}</code>. "
        f"{report['items']} of {of['held_out']} held-out items of <code>{text(of['name'])}</code> (version <code>{text(of['version'])}</code>), "
        f"{report['samples']} answer{'s' if report['samples'] > 1 else ''} each: {how}, at most {sampling['max_new_tokens']} tokens."
    ]
    if report["left_out"]:
        told.append(f"{report['left_out']} were left out, for they are longer than the models' context.")
    if report["other_tasks"]:
        told.append(f"{report['other_tasks']} of other tasks were left out.")
    if report["not_asked"]:
        told.append(
            f"{report['not_asked']} items, unrelated ones among them, have not been asked of both yet; the shortest prompts come first."
        )
    if report["unjudged"]:
        told.append(f"{report['unjudged']} could not be judged.")
    return " ".join(told)


def _gate(report: Mapping[str, Any]) -> str:
    found = report["gate"]
    if found["passed"]:
        words = "It may be published" + (" (its answers were not looked at: it was to stop)" if report["primary"] == "runaway" else "")
        return f'<section class="gate passed"><h2>{words}</h2><p>Better on <b>{text(report["primary"])}</b>, and nothing against it.</p></section>'
    reasons = "".join(f"<li>{text(reason)}</li>" for reason in found["reasons"])
    return f'<section class="gate"><h2>It is not to be published</h2><ul>{reasons}</ul></section>'


def _table(measures: Mapping[str, Measure]) -> str:
    head = "".join(
        f"<th{' class=n' if index else ''}>{name}</th>"
        for index, name in enumerate(("measure", "base", "tuned", "difference", "95 % interval", "p", "items"))
    )
    rows = "".join(_row(name, found) for name, found in measures.items())
    return (
        "<section><h2>Measures</h2><p>Each is paired, item by item; shares by McNemar's exact test, the others by Wilcoxon's signed ranks.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _row(name: str, found: Measure) -> str:
    task = name.removeprefix("success_")
    words = WORDS.get(name) or f"answers that do what was asked: {task}"
    share = name in _RATES or name.startswith("success_")

    def shown(value: float, *, sign: bool = False) -> str:
        plus = "+" if sign else ""
        return f"{100 * value:{plus}.1f} %" if share else f"{value:{plus}.4g}" if abs(value) < 1000 else f"{value:{plus}.3e}"

    sure = found["low"] > 0 or found["high"] < 0
    good = (found["difference"] > 0) == (found["better"] == "higher")
    colour = "" if not sure or found["better"] is None else " good" if good else " bad"
    # the difference of shares is one of points
    difference = shown(found["difference"], sign=True).replace(" %", " points")
    return (
        f"<tr><td><b>{text(name.replace('_', ' '))}</b><br><span>{text(words)}</span></td>"
        f'<td class="n">{shown(found["base"])}</td><td class="n">{shown(found["tuned"])}</td>'
        f'<td class="n{colour}">{difference}</td><td class="n">{shown(found["low"], sign=True)} … {shown(found["high"], sign=True)}</td>'
        f'<td class="n" title="{text(found["test"])}">{_p(found["p"])}</td><td class="n">{found["n"]:,}</td></tr>'
    )


def _p(value: float) -> str:
    return "&lt; 0.0001" if value < 0.0001 else f"{value:.2g}"


def _samples(title: str, items: Sequence[Item], found: Found, kind: str) -> str:
    chosen = choose(items, found)
    if not chosen:
        return ""
    about = (
        f"{len(chosen)} of {len(items)}: where the two differ first, in turn for the better and the worse."
        if len(chosen) < len(items)
        else f"All {len(items)}."
    )
    parts = "".join(_asked(item, found) for item in chosen)
    return f'<section class="{kind}"><h2>{title}</h2><p>{about}</p>{parts}</section>'


def choose(items: Sequence[Item], found: Found) -> list[Item]:
    """At most `SHOWN`: in turn one that got better, one that got worse, one that ran away, one of the others."""
    piles: list[list[Item]] = [[], [], [], []]
    for item in items:
        if ("base", item.id, 0) not in found.answers or ("tuned", item.id, 0) not in found.answers:
            continue
        right = [(verdict := found.verdicts.get((model, item.id, 0))) is not None and verdict.right is True for model in MODELS]
        if right[0] != right[1]:
            piles[0 if right[1] else 1].append(item)
        else:
            piles[2 if any(found.answers[(model, item.id, 0)].ran_away for model in MODELS) else 3].append(item)
    chosen: list[Item] = []
    depth = 0
    while len(chosen) < SHOWN and any(len(pile) > depth for pile in piles):
        chosen += [pile[depth] for pile in piles if len(pile) > depth]
        depth += 1
    return chosen[:SHOWN]


def _asked(item: Item, found: Found) -> str:
    # what is asked stands last; the instructions and worked examples before it are the same for all items
    *before, asked = item.prompt
    said = "\n\n".join(f"{message['role']}: {message['content']}" for message in before)
    context = f"<details><summary>what stands before it</summary><pre>{_lines(said)}</pre></details>" if before else ""
    answers = "".join(_answer(item, found, model) for model in MODELS)
    return (
        f'<div class="asked"><pre>{_lines(asked["content"])}</pre>{context}<div class="answers">{answers}</div>'
        f"<details><summary>the held-out answer</summary><pre>{_lines(item.completion)}</pre></details></div>"
    )


def _answer(item: Item, found: Found, model: Model) -> str:
    answer, verdict = found.answers[(model, item.id, 0)], found.verdicts.get((model, item.id, 0))
    told = [f"{answer.tokens} tokens"]
    if answer.ran_away:
        told.append('<b class="bad">ran away</b>')
    if verdict is not None:
        words = {True: '<b class="good">right</b>', False: '<b class="bad">wrong</b>', None: "not judged"}[verdict.right]
        told.append(words + (f" ({text(verdict.detail[:160])})" if verdict.detail else ""))
    return f"<div><h3>{model}, {', '.join(told)}</h3><pre>{_lines(answer.text)}</pre></div>"


def _lines(value: str) -> str:
    """Escaped, its lines kept, without control characters and marks that turn the direction of writing."""
    cut = value[:LONGEST] + (" …" if len(value) > LONGEST else "")
    return "\n".join(escape("".join(char if char.isprintable() or char == "\t" else " " for char in line)) for line in cut.split("\n"))
