"""What the commands of fine-tuning have in common: how they tell what goes wrong, and how they keep the libraries quiet."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from agents import errors
from finetune.errors import FinetuneError
from retrieval.errors import RetrievalError
from server.command import FAILED, leave


@contextmanager
def told(*usage: type[FinetuneError]) -> Iterator[None]:
    """Ends the command for a `FinetuneError` with one line that says why: exit code 2 for those in `usage`, which the caller must change something for,
    1 for all others. What concerns the corpus becomes `agents.errors.RetrievalError`."""
    try:
        yield
    except FinetuneError as error:
        if isinstance(error, usage):
            raise errors.InputError(error.message) from error
        tell(f"hisolver: {' '.join(error.message.split())}")
        leave(FAILED)
    except RetrievalError as error:
        raise errors.RetrievalError(error.message) from error


def tell(line: str) -> None:
    """A line on standard error."""
    from server.terminal import plain

    print(plain(line), file=sys.stderr, flush=True)  # noqa: T201 - this is the command line


def quieten() -> None:
    """Progress bars and deprecations of the libraries tell the user nothing that our lines do not."""
    import warnings

    import datasets
    import transformers

    warnings.filterwarnings("ignore", category=FutureWarning)
    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
