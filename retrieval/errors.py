"""What retrieval raises.

    RetrievalError     the scene index or the embedding model is missing, damaged, or of another version
      CorpusError      the collected corpus cannot be used: disk full, damaged, in use by another collector
      RequestError     what was asked for cannot be collected as written (a URL with a password in it, a folder that is not there)
      CredentialsError a token is missing, wrong or expired; the message names the setting
      SourceDown       a source cannot be reached, or asks for a longer wait than was allowed; the same command goes on later

One repository that fails is none of these: it is a `retrieval.sources.base.TargetError`, which is counted by its reason.
"""

from __future__ import annotations

from typing import Literal

REBUILD = "hisolver corpus index"


class RetrievalError(Exception):
    """The scene index or the embedding model is missing, damaged, or of another version. The message names the command that mends it."""

    code = "retrieval_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class CorpusError(RetrievalError):
    code = "corpus_error"


class RequestError(RetrievalError):
    code = "invalid_request"


class CredentialsError(RetrievalError):
    code = "credentials"


class SourceDown(RetrievalError):
    code = "source_down"


LabelFault = Literal["input", "environment", "key", "down", "gone", "refused", "busy", "disk"]


class LabelError(RetrievalError):
    """Labelling failed. `fault` says where: the caller's `input`, the `environment` of Label Studio's SDK, the `key`, a server that is `down` or that
    `refused`, a project that is `gone`, another command that is `busy`, the `disk`."""

    code = "label_error"

    def __init__(self, message: str, fault: LabelFault = "disk") -> None:
        super().__init__(message)
        self.fault = fault
