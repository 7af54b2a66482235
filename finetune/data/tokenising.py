"""The work of `finetune.data.tokenised`: rows to token ids, over processes, into Arrow files."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, TypedDict

from finetune.template import special_tokens, tokens_of

IGNORED = -100
"""The label of what is not learnt."""
SOME = 250
"""Examples that a process is given at a time."""
AHEAD = 3
TOO_LONG = "its prompt alone is longer than max_length"
SPECIAL = "it holds a special token of the tokenizer"

_tokenise: Tokenise | None = None


class Written(TypedDict):
    """The first fields of `finetune.data.tokenised.Counts`."""

    examples: int
    truncated: int
    dropped: dict[str, int]
    tokens: int
    learnt: int


class Tokenise:
    """Turns conversations into ids and masks; it can be sent to another process."""

    def __init__(self, tokenizer: Any, end: int, max_length: int) -> None:
        self._tokenizer, self._end, self._max_length = tokenizer, end, max_length
        self._special = tuple(special_tokens(tokenizer))

    def __call__(self, conversations: Iterable[list[Any]]) -> list[tuple[list[int], list[int], bool] | str]:
        """For each the ids, the mask, and whether its end was cut off; or why it is left out. Raises `DataError`."""
        return [self._one(messages) for messages in conversations]

    def _one(self, messages: list[Any]) -> tuple[list[int], list[int], bool] | str:
        # text that reads as the end of a turn would end it
        if any(token in turn["content"] for turn in messages for token in self._special):
            return SPECIAL
        ids, mask = tokens_of(self._tokenizer, messages, self._end)
        cut = len(ids) > self._max_length
        if cut and not any(mask[: self._max_length]):
            return TOO_LONG
        return ids[: self._max_length], mask[: self._max_length], cut


def write_tokens(
    rows: Iterable[dict[str, Any]], tokenizer: Any, *, end: int, max_length: int, processes: int, tokens: Path, labels: Path
) -> Written:
    """Writes `tokens` (input_ids, completion_mask) and `labels` (input_ids, labels), one example a row, in the order of `rows`."""
    import pyarrow as pa

    counts = Written(examples=0, truncated=0, dropped={}, tokens=0, learnt=0)
    dropped: Counter[str] = Counter()
    ids_type, mask_type = pa.list_(pa.int32()), pa.list_(pa.int8())
    masks = pa.schema([("input_ids", ids_type), ("completion_mask", mask_type)])
    labelled = pa.schema([("input_ids", ids_type), ("labels", ids_type)])
    messages = (row["messages"] for row in rows)
    conversations = iter(lambda: list(islice(messages, SOME)), [])
    with ExitStack() as stack:
        one = stack.enter_context(pa.ipc.new_stream(str(tokens), masks))
        other = stack.enter_context(pa.ipc.new_stream(str(labels), labelled))
        for made in _over(conversations, Tokenise(tokenizer, end, max_length), processes):
            kept = [item for item in made if not isinstance(item, str)]
            dropped.update(item for item in made if isinstance(item, str))
            counts["examples"] += len(kept)
            counts["truncated"] += sum(cut for _, _, cut in kept)
            counts["tokens"] += sum(len(ids) for ids, _, _ in kept)
            counts["learnt"] += sum(sum(mask) for _, mask, _ in kept)
            if kept:
                ids = pa.array([ids for ids, _, _ in kept], ids_type)
                one.write_batch(pa.record_batch([ids, pa.array([mask for _, mask, _ in kept], mask_type)], schema=masks))
                learnt = [[number if learn else IGNORED for number, learn in zip(ids, mask, strict=True)] for ids, mask, _ in kept]
                other.write_batch(pa.record_batch([ids, pa.array(learnt, ids_type)], schema=labelled))
    counts["dropped"] = dict(sorted(dropped.items()))
    return counts


def write_empty(out: Path) -> int:
    """A packed file without rows."""
    import pyarrow as pa

    kind = pa.list_(pa.int32())
    with pa.ipc.new_stream(str(out), pa.schema([("input_ids", kind), ("labels", kind), ("seq_lengths", kind)])):
        return 0


def _over(parts: Iterable[list[Any]], tokenise: Tokenise, processes: int) -> Iterator[list[Any]]:
    """What `tokenise` makes of each part, in order, no more than a few parts ahead."""
    if processes == 1:
        yield from map(tokenise, parts)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_start, initargs=(tokenise,))
    try:
        waiting = iter(parts)
        in_hand = [pool.submit(_some, part) for part in islice(waiting, processes * AHEAD)]
        while in_hand:
            made = in_hand.pop(0).result()
            in_hand += [pool.submit(_some, part) for part in islice(waiting, 1)]
            yield made
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start(tokenise: Tokenise) -> None:
    global _tokenise
    _tokenise = tokenise
    # each process is one of many: no threads of its own beside it
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A pool's workers would wait for ever where their parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _some(conversations: list[Any]) -> list[Any]:
    assert _tokenise is not None  # noqa: S101 - the pool's initializer set it
    return _tokenise(conversations)
