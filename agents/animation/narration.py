"""What the voice says of an animation, and when: each sentence when its words come into the picture, none before the one before it has ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.animation.aloud import aloud
from agents.animation.captions import said_in, seen
from agents.animation.schema import BeatPlan
from agents.animation.state import MadeBeat, Production, Spoken
from agents.context import Speech
from agents.errors import SpeechError
from agents.rendering.narrate import VoicedPart
from agents.rendering.wav import NotASound, Sound, read_wav

log = logging.getLogger(__name__)
MOST_SECONDS = 60.0
"""Of one sentence."""
_LEAD_S, _PAUSE_S, _TAIL_S = 0.2, 0.25, 0.3
_AT_A_TIME = 2


@dataclass(frozen=True, slots=True)
class Narration:
    """The beats with what is said in each, and the parts to be joined; `spoken` is False where no beat says anything."""

    beats: list[MadeBeat]
    parts: list[VoicedPart]
    spoken: bool


async def narration(production: Production, speech: Speech, plans: Sequence[BeatPlan], made: Sequence[tuple[MadeBeat, Path]]) -> Narration:
    """Has every sentence spoken. Raises `SpeechError` where one cannot be, or all together take too long: half a narration would only confuse."""
    data = {plan["id"]: plan["data"] for plan in plans}
    texts = [[(text, words) for text in said_in(data, beat) if (words := aloud(text))] for beat, _ in made]
    gate = asyncio.Semaphore(_AT_A_TIME)

    async def sound(words: str) -> Sound:
        async with gate:
            try:
                return read_wav(await speech.speak(words), most_seconds=MOST_SECONDS)
            except NotASound as error:
                raise SpeechError(f"the voice gave no usable sound: {error}") from error

    seconds = production.ports.limits.narration_seconds
    tasks = [[asyncio.ensure_future(sound(words)) for _, words in said] for said in texts]
    every = [task for of_beat in tasks for task in of_beat]
    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*every)
    except TimeoutError as error:
        raise SpeechError(f"the voice took longer than {seconds:g} s") from error
    finally:
        for task in every:
            task.cancel()
        await asyncio.gather(*every, return_exceptions=True)
    beats: list[MadeBeat] = []
    parts: list[VoicedPart] = []
    for (beat, video), said, spoken in zip(made, texts, tasks, strict=True):
        placed = _placed(beat, [text for text, _ in said], [task.result() for task in spoken])
        lasts = max([beat["seconds"], *(item["to_s"] + _TAIL_S for item, _ in placed)])
        beats.append(MadeBeat(**{**beat, "spoken": [item for item, _ in placed], "lasts": round(lasts, 3)}))
        parts.append(VoicedPart(video, [(item["from_s"], sound) for item, sound in placed], round(lasts, 3)))
    return Narration(beats, parts, spoken=bool(every))


def _placed(beat: MadeBeat, texts: Sequence[str], sounds: Sequence[Sound]) -> list[tuple[Spoken, Sound]]:
    placed: list[tuple[Spoken, Sound]] = []
    free = _LEAD_S
    for text, sound in zip(texts, sounds, strict=True):
        shown = seen(text, beat["shown"])
        start = round(max(free, shown[0] if shown else 0.0), 3)
        end = start + sound.seconds
        placed.append((Spoken(text=text, from_s=start, to_s=round(end, 3)), sound))
        free = end + _PAUSE_S
    return placed
