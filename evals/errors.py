"""What can go wrong around a measurement.

EvalsError
  UsageError           the command cannot be carried out as given (unknown suite or item, no baseline, wrong key); exit code 2
    DatasetError       a dataset is missing, damaged, or does not prove itself
  InfrastructureError  the server, or the sandbox here, could not be reached or failed: no answer, so neither right nor wrong; exit code 3
"""

from __future__ import annotations


class EvalsError(Exception):
    """Base of all errors that evals raise on purpose."""


class UsageError(EvalsError):
    pass


class DatasetError(UsageError):
    pass


class InfrastructureError(EvalsError):
    """`kind` is stable: connection, timeout, cut_stream, bad_response, http_STATUS; sandbox, render, or scene (one of ours that does not render)."""

    MARK = "infrastructure"

    def __init__(self, kind: str, message: str) -> None:
        # inspect-ai logs nothing of an exception but its `message`
        self.message = f"{self.MARK}: {kind}: {message}"
        super().__init__(self.message)
        self.kind = kind
