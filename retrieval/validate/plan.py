"""Which scenes are tried, and in which order: one of each near-duplicates first, the next of them only where that one fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from retrieval.validate.scenes import Entry


@dataclass(frozen=True, slots=True)
class Choice:
    """`flavours`: also what was not written for Manim Community and not migrated to it. `duplicates`: every one of near-duplicates."""

    flavours: bool = False
    duplicates: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Near-duplicates, the first of them first. Those in `refused` are not tried, for that reason."""

    scenes: tuple[Entry, ...]
    refused: tuple[tuple[Entry, str], ...]


def groups(entries: Iterable[Entry], choice: Choice) -> Iterator[Group]:
    """Every entry in exactly one group; groups in the order of their clusters' ids, which, being hashes, mix long scenes with short ones."""
    clusters: dict[str, list[Entry]] = {}
    for entry in entries:
        clusters.setdefault(entry.cluster or entry.id, []).append(entry)
    for name, members in sorted(clusters.items()):
        members.sort(key=lambda entry: (entry.id != name, entry.id))
        refused = tuple((entry, reason) for entry in members if (reason := _refusal(entry, choice)))
        left = {entry.id for entry, _ in refused}
        yield Group(tuple(entry for entry in members if entry.id not in left), refused)


def _refusal(entry: Entry, choice: Choice) -> str:
    if entry.flavour == "community" or entry.migrated or choice.flavours:
        return ""
    return f"written for {entry.flavour}"
