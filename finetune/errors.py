"""What fine-tuning raises. Every message names what mends it, where something can.

FinetuneError
  DataError         the data set cannot be used as it is: empty, without answers, shared with a held-out set
  ConfigError       a configuration has an unknown key or a value that cannot be
  BaseModelError    the base model is missing, of another content, pickled, or wants code of its own to run
  PreflightError    the run would fail or be worth nothing: `faults` say why, each with the setting that mends it
  TrainingError     training stopped; the last good checkpoint stays
  ReportError       a report cannot be made: the endpoint fails, or its folder holds another report
  GateError         an adapter that did not pass the gate is not published
  RegistryError     an adapter is missing, damaged, or for another base
"""

from __future__ import annotations

from collections.abc import Sequence


class FinetuneError(Exception):
    """Base of what `finetune` raises on purpose. `code` is stable and machine-readable."""

    code = "finetune_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DataError(FinetuneError):
    code = "data_error"


class ConfigError(FinetuneError):
    code = "config_error"


class BaseModelError(FinetuneError):
    code = "base_model_error"


class PreflightError(FinetuneError):
    code = "preflight_failed"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class TrainingError(FinetuneError):
    code = "training_error"


class ReportError(FinetuneError):
    code = "report_error"


class GateError(FinetuneError):
    code = "gate_closed"


class RegistryError(FinetuneError):
    code = "registry_error"
