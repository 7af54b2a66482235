"""What retrieval raises."""

from __future__ import annotations

REBUILD = "hisolver corpus index"


class RetrievalError(Exception):
    """The scene index or the embedding model is missing, damaged, or of another version. The message names the command that mends it."""

    code = "retrieval_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
