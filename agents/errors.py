"""The error family: one class for each boundary that can fail.

    TutorError
      InputError          the learner's request cannot be worked on; the learner must change it
      ModelError          the model endpoint failed or answered with something unusable
        ModelUnavailable  it cannot be reached, or keeps failing; somebody must mend the endpoint
        ModelOutputError  it answered, but not in the form that was asked for
      SandboxError        the walls around untrusted code failed (not the code inside them)
        NoSandbox         this machine offers no tier of isolation, so nothing untrusted is run
      RenderError         the renderer itself failed (a scene that fails is a report, not an error)
      SpeechError         the voice for narration is missing, failed, or gave no usable sound; the animation is delivered silent
      RetrievalError      the scene index is missing, damaged, or of another embedding model
      StorageError        an artifact or a checkpoint could not be written (disk full, locked)
      ConfigurationError  a setting is missing or contradicts another

`server.openai.errors` is the one place that maps these to HTTP, `server.cli` the one that maps them to exit codes.
"""

from __future__ import annotations


class TutorError(Exception):
    """Base of all errors that HiSolver raises on purpose. `code` is stable and machine-readable."""

    code = "internal_error"

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class InputError(TutorError):
    code = "invalid_input"


class ModelError(TutorError):
    code = "model_error"


class ModelUnavailable(ModelError):
    code = "model_unavailable"


class ModelOutputError(ModelError):
    code = "model_output_invalid"


class SandboxError(TutorError):
    code = "sandbox_error"


class NoSandbox(SandboxError):
    code = "no_sandbox"


class RenderError(TutorError):
    code = "render_error"


class SpeechError(TutorError):
    code = "speech_error"


class RetrievalError(TutorError):
    code = "retrieval_error"


class StorageError(TutorError):
    code = "storage_error"


class ConfigurationError(TutorError):
    code = "configuration_error"
