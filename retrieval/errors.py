"""What retrieval raises."""

from __future__ import annotations

from typing import Literal

REBUILD = "hisolver corpus index"


class RetrievalError(Exception):
    """The scene index or the embedding model is missing, damaged, or of another version. The message names the command that mends it."""

    code = "retrieval_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


LabelFault = Literal["input", "environment", "key", "down", "gone", "refused", "busy", "disk"]


class LabelError(RetrievalError):
    """Labelling failed. `fault` says where: the caller's `input`, the `environment` of Label Studio's SDK, the `key`, a server that is `down` or that
    `refused`, a project that is `gone`, another command that is `busy`, the `disk`."""

    code = "label_error"

    def __init__(self, message: str, fault: LabelFault = "disk") -> None:
        super().__init__(message)
        self.fault = fault
