"""What goes wrong in fine-tuning, as the command line tells it: one line, and the exit code of a job that failed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from agents import errors
from server.command import FAILED, leave
from server.terminal import plain


@contextmanager
def told() -> Iterator[None]:
    """Ends the command with exit code 1 for a `FinetuneError`; what concerns the corpus becomes `agents.errors.RetrievalError`."""
    from finetune.errors import FinetuneError
    from retrieval.errors import RetrievalError

    try:
        yield
    except FinetuneError as error:
        sys.stderr.write(f"hisolver: {plain(' '.join(error.message.split()))}\n")
        leave(FAILED)
    except RetrievalError as error:
        raise errors.RetrievalError(error.message) from error
