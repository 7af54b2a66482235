"""Makes a data set: gathers, leaves out, splits, writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from finetune.data import card as cards
from finetune.data.checks import all_filled, few_twins, one_answer
from finetune.data.corpus import Corpus, read_corpus
from finetune.data.example import TASKS, Example, as_row
from finetune.data.held_out import read_held_out
from finetune.data.labelled import descriptions, labelled, there_are_pairs
from finetune.data.licences import allows
from finetune.data.near import twins
from finetune.data.overlap import HeldOut, found_by_set
from finetune.data.own import own
from finetune.data.repairs import repairs
from finetune.data.splits import SPLITS, Shares, Split, assigned
from finetune.data.stored import Facts, Overlap, is_replaceable, write_folder
from finetune.data.undone import MOST, undone
from finetune.data.worked import VerifiedWork, worked
from finetune.errors import DataError

By = Literal["repository", "scene"]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted. `corpus` is a folder of docs/corpus.md or None; `held_out` are files and folders; `work` is where transcripts come from, None for no
    transcripts; `library` are the names of the installed Manim; `by` says what a group of scenes is; `longest` in characters of an answer, None for any."""

    out: Path
    corpus: Path | None = None
    files: Sequence[Path] = ()
    held_out: Sequence[Path] = ()
    work: VerifiedWork | None = None
    library: frozenset[str] = frozenset()
    seed: int = 0
    shares: Shares = field(default_factory=Shares)
    by: By = "repository"
    machine: bool = True
    least_rating: int = 0
    synthetic: int = MOST
    longest: int | None = None
    any_licence: bool = False
    short: bool = False
    strict: bool = False


def make(order: Order, tell: Tell = lambda doing: None) -> Facts:
    """Writes the folder and returns what its `dataset.json` says. Raises `DataError`, `retrieval.errors.RetrievalError`, `OSError`; nothing is written
    then."""
    if order.out.exists() and not is_replaceable(order.out):
        raise DataError(f"{order.out} is there and is no data set; name another folder")
    tell("reading held-out sets")
    held_out = HeldOut(read_held_out(order.held_out))
    dropped: Counter[str] = Counter()
    tell("gathering examples")
    corpus = read_corpus(order.corpus) if order.corpus is not None else None
    examples = _once(_short_enough(_licensed(_gathered(order, corpus, dropped), order, dropped), order, dropped), dropped)
    if not examples:
        raise DataError(
            "there is nothing to learn from" + (": " + _listed(dropped) if dropped else "; name a corpus, files, or --transcripts")
        )
    one_answer([example.answer for example in examples], "the data set")
    tell(f"holding {len(examples)} examples against {len(held_out.items)} held-out items")
    examples, overlap = _apart(examples, held_out, dropped, strict=order.strict)
    tell("looking for near-duplicates")
    splits = _split(examples, order, dropped)
    facts = Facts(
        name=order.out.name,
        version="",
        corpus=corpus.version if corpus else "",
        splits={name: len(splits[name]) for name in SPLITS},
        tasks={task: count for task in TASKS if (count := sum(one.task == task for part in splits.values() for one in part))},
        licences=dict(Counter(one.licence for part in splits.values() for one in part).most_common()),
        dropped=dict(sorted(dropped.items())),
        overlap=overlap,
        seed=order.seed,
        made_at=cards.now(),
    )
    tell("writing")
    text = cards.card(facts, splits, how=_how(order, corpus), personal=order.work is not None)
    return write_folder(order.out, {name: map(as_row, part) for name, part in splits.items()}, facts, text)


def _gathered(order: Order, corpus: Corpus | None, dropped: Counter[str]) -> Iterable[Example]:
    """All sources, what they leave out counted under their names."""
    if corpus is not None:
        described = descriptions(corpus)
        sources: dict[str, Callable[[Counter[str]], Iterable[Example]]] = {
            "labels": lambda out: labelled(corpus, out, least_rating=order.least_rating, machine=order.machine, short=order.short),
            "repairs": lambda out: repairs(corpus, described, out, short=order.short),
            "changes undone": lambda out: undone(corpus, described, order.library, out, most=order.synthetic, short=order.short),
        }
        for name, source in sources.items():
            if name == "changes undone" and not order.synthetic:
                continue
            reasons: Counter[str] = Counter()
            for example in source(reasons):
                yield example if order.by == "repository" else replace(example, group=f"scene:{example.origin['scene']}")
            _count(dropped, name, reasons)
    for path in order.files:
        reasons = Counter()
        yield from own(path, reasons)[0]
        _count(dropped, path.name, reasons)
    if order.work is not None:
        reasons = Counter()
        yield from worked(order.work, reasons, short=order.short)
        _count(dropped, "transcripts", reasons)


def _count(dropped: Counter[str], source: str, reasons: Counter[str]) -> None:
    for reason, count in reasons.items():
        dropped[f"{source}: {reason}"] += count


def _licensed(examples: Iterable[Example], order: Order, dropped: Counter[str]) -> Iterable[Example]:
    for example in examples:
        if order.any_licence or allows(example.licence):
            yield example
        else:
            dropped[f"licence: {example.licence or 'not known'}"] += 1


def _short_enough(examples: Iterable[Example], order: Order, dropped: Counter[str]) -> Iterable[Example]:
    """A program of ten pages would be cut in training, and crowd out twenty that are asked for."""
    for example in examples:
        if order.longest is None or len(example.answer) <= order.longest:
            yield example
        else:
            dropped[f"its answer has more than {order.longest} characters"] += 1


def _once(examples: Iterable[Example], dropped: Counter[str]) -> list[Example]:
    """Each example once, in the order of their ids."""
    found: dict[str, Example] = {}
    for example in examples:
        if example.id in found:
            dropped["the same example again"] += 1
        found.setdefault(example.id, example)
    return [found[name] for name in sorted(found)]


def _apart(examples: list[Example], held_out: HeldOut, dropped: Counter[str], *, strict: bool) -> tuple[list[Example], dict[str, Overlap]]:
    """The examples that overlap with no held-out item, and how much was found."""
    hit: set[int] = set()
    kept: list[Example] = []
    for example in examples:
        if items := held_out.overlaps(example):
            hit |= items
            dropped[f"overlaps with {held_out.items[min(items)].set}"] += 1
        else:
            kept.append(example)
    overlap = {name: Overlap(items=items, found=found) for name, items, found in found_by_set(held_out.items, hit)}
    if hit and (strict or not kept):
        told = ", ".join(f"{one['found']} of {one['items']} items of {name}" for name, one in overlap.items() if one["found"])
        shared = f"{len(examples) - len(kept)} of {len(examples)} examples overlap with held-out sets ({told})"
        raise DataError(f"{shared}; without --strict they are left out" if kept else f"{shared}; nothing is left to train on")
    return kept, overlap


def _split(examples: list[Example], order: Order, dropped: Counter[str]) -> dict[Split, list[Example]]:
    splits: dict[Split, list[Example]] = {name: [] for name in SPLITS}
    crossing = 0
    for example, split in zip(examples, assigned(examples, twins(examples), order.seed, order.shares), strict=True):
        if split is None:
            crossing += 1
        else:
            splits[split].append(example)
    few_twins(crossing, len(examples))
    if crossing:
        dropped["a near-duplicate of it stands in another split"] += crossing
    shares = {"train": 1.0, "validation": order.shares.validation, "test": order.shares.test}
    all_filled({name: len(part) for name, part in splits.items()}, len({example.group for example in examples}), shares)
    return splits


def _how(order: Order, corpus: Corpus | None) -> list[str]:
    lines = [
        f"seed {order.seed}; shares: {order.shares.validation:g} for validation, {order.shares.test:g} for the test; split by {order.by}"
    ]
    if corpus is not None:
        lines.append(f"corpus `{corpus.version}`, whose scenes were rendered on Manim {corpus.manim or 'of an unknown version'}")
        if not there_are_pairs(corpus.folder):
            lines.append("the corpus has no labelled pairs (`hisolver corpus label export`)")
    lines += [f"file `{path.name}`" for path in order.files]
    if order.longest is not None:
        lines.append(f"answers of at most {order.longest} characters")
    lines.append("licences: all, by --any-licence" if order.any_licence else "licences: permissive ones only")
    lines.append("prompts: without their worked examples" if order.short else "prompts: those of the service, with their worked examples")
    return lines


def _listed(dropped: Counter[str]) -> str:
    return "; ".join(f"{count} {reason}" for reason, count in dropped.most_common(6) if count)
