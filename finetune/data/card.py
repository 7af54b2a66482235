"""The data card: what a data set is made of, for people who decide whether to use it.

T. Gebru et al., Datasheets for Datasets (2021); M. Pushkarna et al., Data Cards (2022).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from finetune.data.example import Example
from finetune.data.splits import Split
from finetune.data.stored import Facts

MOST_SOURCES = 40


def card(facts: Facts, splits: Mapping[Split, Sequence[Example]], *, how: Sequence[str], personal: bool) -> str:
    """Markdown. `how` are lines on how it was made; `personal` says whether it holds a learner's own words. `VERSION` stands for the version."""
    examples = [example for part in splits.values() for example in part]
    lines = [
        f"# Data set {_cell(facts['name'])}",
        "",
        f"Version `VERSION`, corpus `{facts['corpus'] or 'none'}`, made {facts['made_at']} by `hisolver finetune data make`.",
        "",
        "## What it is for",
        "Fine-tuning an adapter that writes and mends Manim scenes, solves problems or gives hints; only the last message of an example is learnt.",
        "",
        "## Counts",
        *_table(
            ("task", *splits), [(task, *(sum(one.task == task for one in part) for part in splits.values())) for task in facts["tasks"]]
        ),
        "",
        *_table(("split", "examples", "groups", "characters to learn"), [_split_row(name, part) for name, part in splits.items()]),
        "",
        "## Where it comes from",
        *_table(("source", "examples"), _sources(examples)),
        "",
        "## Licences",
        *_table(("licence", "examples"), [(name or "not known", count) for name, count in facts["licences"].items()]),
        "",
        "`LicenseRef-own` is the user's own: whoever made this data set answers for it. Each example names its source; keep that credit where you pass it on.",
        "",
        "## Splits",
        "A hash of the seed and the group (repository, problem, or row) puts each group in one split, and it stays there when data is added. Near-duplicates",
        "(Jaccard similarity of 0.8 over five tokens in a row, of what is asked or of the answer) stand in one split only.",
        "",
        "## Overlap with held-out sets",
        "Looked for: the same text, 13 words in a row (40 in programs), shorter items whole, and near-duplicates. Examples that overlap were left out.",
        "Paraphrases are not found by this.",
        "",
        *_table(("set", "items", "found in the data"), [(name, one["items"], one["found"]) for name, one in facts["overlap"].items()]),
        "",
        "## Left out",
        *_table(("reason", "examples"), facts["dropped"].items()),
        "",
        "## Personal data",
        _PERSONAL if personal else _NONE,
        "",
        "## How it was made",
        *(f"- {line}" for line in how),
        "",
        "## Known limits",
        "- Labels by a model (`origin.machine`) say what a model saw in the code, not what a person would ask for.",
        "- Errors of repair pairs are those of a render, or predicted (`origin.error`).",
        "- Names of authors may stand in code and in sources.",
    ]
    return "\n".join(lines) + "\n"


_PERSONAL = (
    "It holds learners' own words: problems and wishes that they typed, from this server's chats (`origin.by` is `a transcript`). They were not asked. "
    "Do not pass it on; delete it with the chats that it comes from, and with the adapters trained on it if a learner wants that."
)
_NONE = "No transcripts were used. Addresses and telephone numbers were taken out of the corpus's scenes when they were made; files of one's own are taken as they are."


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _sources(examples: Iterable[Example]) -> list[tuple[str, int]]:
    """How the examples came to be and from where, the most frequent first; the rest in one line."""
    counts = Counter(
        f"{one.origin.get('by', '')}: {one.origin.get('repository') or one.source.partition(': ')[0]}" for one in examples
    ).most_common()
    rest = counts[MOST_SOURCES:]
    return [*counts[:MOST_SOURCES], *([(f"{len(rest)} more", sum(count for _, count in rest))] if rest else [])]


def _split_row(name: str, part: Sequence[Example]) -> tuple[object, ...]:
    return name, len(part), len({one.group for one in part}), sum(len(one.answer) for one in part)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    made = [[_cell(value) for value in row] for row in rows]
    if not made:
        return ["None."]
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in made)]


def _cell(value: object) -> str:
    """A value that cannot leave its cell, or become HTML: strangers named some of them."""
    text = " ".join(str(value).split()).replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
    return text if len(text) <= 120 else f"{text[:117]}..."
