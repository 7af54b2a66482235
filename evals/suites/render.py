"""`render`: topics and descriptions to animate; right is a video that a browser plays and, where the prompt says what must be seen, shows it."""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from evals.client import HiSolverClient
from evals.errors import DatasetError
from evals.scorers.seen import Expected, missing
from evals.scorers.video import VideoFacts, read_video, sample_video
from evals.suites.base import (
    Asking,
    Item,
    Metric,
    Proof,
    Record,
    Suite,
    Verdict,
    figure,
    median,
    read_rows,
    refusal,
    share,
    turns_of,
    unique,
)

SOURCES = ("code", "storyboard", "plain")


class RenderSuite(Suite):
    name = "render"
    model = "hisolver-animate"
    files: ClassVar[tuple[str, ...]] = ("theorem-explain-bench-math.jsonl", "render_prompts.jsonl")
    options: ClassVar[dict[str, Any]] = {}
    """What is sent in the extra field `hisolver`."""
    score_means = "a playable H.264 video; for our own prompts, everything that must be seen is in its inventory"

    def items(self, data_dir: Path) -> list[Item]:
        topics = [
            Item(
                id=f"theorem-{_slug(row['theorem'])}",
                prompt=f"Explain {row['theorem']} with an animation. {row['description']}",
                expected="a playable video",
            )
            for row in read_rows(data_dir / self.files[0], {"theorem": str, "description": str})
        ]
        return unique(topics + self.prompts(data_dir / self.files[1]))

    @staticmethod
    def prompts(path: Path) -> list[Item]:
        """Our own prompts, each with what must be seen. Raises `DatasetError`."""
        prompts = []
        for row in read_rows(path, {"id": str, "prompt": str, "expect": dict}):
            expect = _expected(row)
            seen = ", ".join(names[0] for names in expect["kinds"] + expect["texts"])
            prompts.append(
                Item(id=f"prompt-{row['id']}", prompt=row["prompt"], expected=f"a playable video with {seen}", data={"expect": expect})
            )
        return unique(prompts)

    async def ask(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        messages = [{"role": "user", "content": item.prompt}]
        turn = await client.chat(self.model, messages, user=how.learner, seed=how.seed, options=self.options)
        record: Record = {"turns": [turn], "video": None, "shown": [], "layout": [], "beats": [], "faults": []}
        animation = turn["hisolver"].get("animation") or {}
        if url := animation.get("url"):
            try:
                media, data = await client.download(url)
            except LookupError as error:
                record["faults"].append(str(error))
            else:
                if media != "video/mp4":
                    record["faults"].append(f"the video is served as {media or 'nothing'}")
                record["video"] = await asyncio.to_thread(read_video, data, picture=how.out / "frames" / f"{item.id}.png")
        if url := animation.get("manifest_url"):
            try:
                _, data = await client.download(url)
                record |= _told(data)
            except (LookupError, ValueError) as error:
                record["faults"].append(f"manifest: {error}")
        return record

    def score(self, item: Item, record: Record) -> Verdict:
        video: VideoFacts | None = record.get("video")
        animation = _animation(record)
        playable = bool(video and video["playable"]) and not [fault for fault in record.get("faults", []) if fault.startswith("the video")]
        expect: Expected | None = item.data.get("expect")
        lost = missing(expect, record.get("shown", [])) if expect else []
        wanted = len(expect["kinds"]) + len(expect["texts"]) + bool(expect.get("order")) if expect else 0
        right = playable and not lost
        reason = "" if right else refusal(record) or _reason(video, record, lost)
        beats = [str(beat.get("source")) for beat in animation.get("beats", [])]
        facts: dict[str, Any] = {
            "playable": playable,
            "status": animation.get("status"),
            "beats": beats,
            "attempts": sum(int(beat.get("attempts", 0)) for beat in animation.get("beats", [])),
            "seconds": video["seconds"] if video else None,
            "shown": len(record.get("shown", [])),
            "layout": Counter(str(finding.get("severity")) for finding in record.get("layout", [])),
            "waited": sum(turn["seconds"] for turn in turns_of(record)),
            "wanted": wanted,
            "lost": lost,
        }
        length = f"{video['seconds']:.1f} s" if video else "no video"
        counts = ", ".join(f"{count} {source}" for source, count in Counter(beats).items()) or "no beats"
        return Verdict(right=right, reason=reason, answered=f"{length}; {counts}; {facts['shown']} things shown", facts=facts)

    def proof(self, item: Item) -> Proof:
        expect: Expected = item.data.get("expect") or Expected(texts=[], kinds=[], order=[])
        shown: list[dict[str, Any]] = [{"kind": names[0], "text": None, "from_s": 0.0} for names in expect["kinds"]]
        shown += [
            {"kind": "MathTex", "text": words[-1], "from_s": float(at)}
            for at, words in enumerate([*expect.get("order", []), *expect["texts"]])
        ]
        scrambled: Record = {"turns": [], "video": _broken(), "shown": shown[::-1], "faults": []}
        if shown:  # it plays, and shows something else: every text spelt backwards, every class another one
            others = [thing | {"kind": f"Not{thing['kind']}", "text": thing["text"] and f"{thing['text'][::-1]}?"} for thing in shown]
            scrambled = {"turns": [], "video": _playing(), "shown": others, "faults": []}
        return Proof(
            gold={"turns": [], "video": _playing(), "shown": shown, "faults": []},
            blank={"turns": [], "video": _blank(), "shown": [], "faults": []},
            scrambled=scrambled,
        )

    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        facts = [verdict["facts"] for verdict in verdicts]
        beats = [source for fact in facts for source in fact["beats"]]
        expecting = [fact for fact in facts if fact["wanted"]]
        wanted = sum(fact["wanted"] for fact in expecting)
        lengths = [fact["seconds"] for fact in facts if fact["seconds"] is not None]
        return {
            "playable videos": share(sum(fact["playable"] for fact in facts), len(facts)),
            "prompts with everything seen": share(sum(fact["playable"] and not fact["lost"] for fact in expecting), len(expecting)),
            "things seen of those that must be": share(wanted - sum(len(fact["lost"]) for fact in expecting), wanted),
            "fully rendered": share(sum(fact["status"] == "rendered" for fact in facts), len(facts)),
            **{f"beats by {source}": share(beats.count(source), len(beats)) for source in SOURCES},
            "renders a beat": figure(sum(fact["attempts"] for fact in facts) / len(beats) if beats else None, len(beats), "attempts"),
            "length of a video": median(lengths, "s (median)"),
            "seconds for a video": median([fact["waited"] for fact in facts], "s (median)"),
            **{f"layout {severity}s a minute": _a_minute(facts, severity) for severity in ("error", "warning")},
            "with an inventory": share(sum(fact["shown"] > 0 for fact in facts), len(facts)),
        }


def _animation(record: Record) -> dict[str, Any]:
    turns = turns_of(record)
    animation = turns[-1]["hisolver"].get("animation") if turns else None
    return animation if isinstance(animation, dict) else {}


def _reason(video: VideoFacts | None, record: Record, lost: list[str]) -> str:
    faults = [*record.get("faults", []), *([video["fault"]] if video and video["fault"] else [])]
    if video is None and not faults:
        errors = [error for beat in _animation(record).get("beats", []) for error in beat.get("errors", [])[-1:]]
        return f"no video{': ' + '; '.join(errors) if errors else ''}"
    return "; ".join(faults) or f"not seen: {', '.join(lost)}"


def _told(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """The manifest's inventory, layout findings and beats. Raises `ValueError`."""
    manifest = json.loads(data)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("shown"), list):
        raise ValueError("it has no list `shown`")
    return {name: [thing for thing in manifest.get(name) or [] if isinstance(thing, dict)] for name in ("shown", "layout", "beats")}


def _a_minute(facts: Sequence[dict[str, Any]], severity: str) -> Metric:
    seconds = sum(fact["seconds"] or 0.0 for fact in facts)
    found = sum(fact["layout"].get(severity, 0) for fact in facts)
    return figure(60 * found / seconds if seconds else None, len(facts), "faults")


def _expected(row: dict[str, Any]) -> Expected:
    """`expect` with every entry as a list of alternatives. Raises `DatasetError`."""
    expect = row["expect"]
    if not set(expect) <= {"texts", "kinds", "order"} or not any(expect.values()):
        raise DatasetError(f"{row['id']}: expect holds `texts`, `kinds` and `order`, at least one of them")
    lists: dict[str, list[list[str]]] = {}
    for name in ("texts", "kinds", "order"):
        lists[name] = [[entry] if isinstance(entry, str) else list(entry) for entry in expect.get(name, [])]
        if not all(words and all(isinstance(word, str) and word.strip() for word in words) for words in lists[name]):
            raise DatasetError(f"{row['id']}: every entry of expect.{name} is a text or a list of alternative texts")
    return Expected(texts=lists["texts"], kinds=lists["kinds"], order=lists["order"])


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


# Real files through the real reader: the proof covers the decoding too.
@cache
def _playing() -> VideoFacts:
    return read_video(sample_video())


@cache
def _blank() -> VideoFacts:
    return read_video(sample_video(blank=True))


@cache
def _broken() -> VideoFacts:
    data = sample_video()
    return read_video(data[len(data) // 2 :] + data[: len(data) // 2])
