"""Our end of `remote`: Label Studio's SDK in a child process of its own environment."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from retrieval.errors import LabelError, LabelFault

SET_UP = "scripts/labels.sh"
TIMEOUT_S = 60.0
"""Seconds that one request to the server may take."""
LAST_WORDS = 400


class LabelServer(Protocol):
    """What labelling needs of Label Studio. All of it blocks, and raises `LabelError`."""

    def whoami(self) -> str:
        """The address of the person whose key it is."""
        ...

    def find_project(self, marker: str) -> int | None: ...

    def create_project(self, settings: Mapping[str, Any]) -> int: ...

    def project_config(self, project: int) -> str:
        """The labelling configuration as XML."""
        ...

    def serve_folders(self, project: int, paths: Sequence[str]) -> None: ...

    def users(self) -> dict[int, str]: ...

    def tasks(self, project: int, *, annotations: bool) -> Iterator[dict[str, Any]]:
        """Every task of the project, as `remote` puts it. An error may come after the first rows."""
        ...

    def annotation_is_there(self, annotation: int) -> bool: ...

    def import_tasks(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> int: ...

    def without_drafts(self, tasks: Sequence[int]) -> list[int]:
        """Those of them that nobody has begun to annotate."""
        ...

    def delete_tasks(self, tasks: Sequence[int]) -> None: ...


class SdkServer:
    """`LabelServer` through the interpreter `python` of an environment that has label-studio-sdk. A context manager, which ends the child.

    `hold` names descriptors that the child keeps open: a lock is so held until a request that outlived us is through. `environment` is all that
    the child gets of one.
    """

    def __init__(
        self, python: Path, url: str, key: str, *, environment: Mapping[str, str], hold: Iterable[int] = (), timeout_s: float = TIMEOUT_S
    ) -> None:
        self._python = python
        self._url = url
        self._start = {"url": url, "key": key, "timeout": timeout_s}
        self._environment = dict(environment)
        self._hold = tuple(hold)
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if not os.access(self._python, os.X_OK):
            raise LabelError(f"Label Studio's SDK is not installed (there is no {self._python}); install it with `{SET_UP}`", "environment")
        self._errors = tempfile.TemporaryFile()
        self._child = subprocess.Popen(  # noqa: S603 - our own file
            [str(self._python), "-I", str(Path(__file__).with_name("remote.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=self._environment,
            pass_fds=self._hold,
        )
        self._send(self._start)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        child, self._child = self._child, None
        if child is None or child.stdin is None or child.stdout is None:
            return
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        try:
            child.wait(5.0)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()
        self._errors.close()

    def whoami(self) -> str:
        return str(self._ask("whoami"))

    def find_project(self, marker: str) -> int | None:
        found = self._ask("find_project", marker=marker)
        return None if found is None else int(found)

    def create_project(self, settings: Mapping[str, Any]) -> int:
        return int(self._ask("create_project", **settings))

    def project_config(self, project: int) -> str:
        return str(self._ask("project", project=project)["config"])

    def serve_folders(self, project: int, paths: Sequence[str]) -> None:
        self._ask("serve_folders", project=project, paths=list(paths))

    def users(self) -> dict[int, str]:
        return {int(number): str(address) for number, address in self._rows("users")}

    def tasks(self, project: int, *, annotations: bool) -> Iterator[dict[str, Any]]:
        return self._rows("tasks", project=project, annotations=annotations)

    def annotation_is_there(self, annotation: int) -> bool:
        return bool(self._ask("annotation_is_there", annotation=annotation))

    def import_tasks(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> int:
        return int(self._ask("import", project=project, tasks=list(tasks)))

    def without_drafts(self, tasks: Sequence[int]) -> list[int]:
        return [int(task) for task in self._ask("without_drafts", tasks=list(tasks))]

    def delete_tasks(self, tasks: Sequence[int]) -> None:
        self._ask("delete_tasks", tasks=list(tasks))

    def _ask(self, operation: str, **request: Any) -> Any:
        answer = None
        for message in self._answers(operation, request):
            answer = message.get("done")
        return answer

    def _rows(self, operation: str, **request: Any) -> Iterator[Any]:
        for message in self._answers(operation, request):
            if "row" in message:
                yield message["row"]

    def _answers(self, operation: str, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        self._send({"op": operation, **request})
        while True:
            message = self._receive()
            if "error" in message:
                raise self._fault(message["error"]["fault"], str(message["error"]["message"]))
            yield message
            if "done" in message:
                return

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._child is not None and self._child.stdin is not None, "used outside its `with`"  # noqa: S101
        try:
            self._child.stdin.write(json.dumps(message).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def _receive(self) -> dict[str, Any]:
        assert self._child is not None and self._child.stdout is not None  # noqa: S101
        line = self._child.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._ended()
        try:
            return dict(json.loads(line))
        except (ValueError, TypeError):
            raise LabelError("Label Studio's SDK wrote something of its own where an answer should be", "environment") from None

    def _ended(self) -> LabelError:
        self._errors.seek(0)
        said = " ".join(self._errors.read().decode("utf-8", "replace").split())[-LAST_WORDS:]
        return LabelError(f"the process with Label Studio's SDK ended unexpectedly{f': {said}' if said else ''}", "environment")

    def _fault(self, fault: LabelFault, said: str) -> LabelError:
        """The error in words that say what to do."""
        mend: dict[str, str] = {
            "key": f"Label Studio at {self._url} refuses the key ({said}); set HISOLVER_LABELS_KEY to an access token of its Account & Settings page",
            "down": f"Label Studio at {self._url} cannot be reached ({said}); start one with `hisolver corpus label start`, or set HISOLVER_LABELS_URL",
            "gone": f"Label Studio at {self._url} does not have that any more ({said})",
            "refused": f"Label Studio at {self._url} refused ({said})",
            "environment": f"{said}; install it with `{SET_UP}`",
        }
        return LabelError(mend.get(fault, said), fault)
