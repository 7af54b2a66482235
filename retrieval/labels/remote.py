"""Talks to Label Studio through its SDK. Run as a file by the interpreter of `.venv-labels`; imports nothing of ours.

It reads one line of JSON with `url`, `key` and `timeout` (seconds) from standard input (the key stays off the command line and out of the environment),
then a request a line, and answers each with lines of JSON: any number of `{"row": ...}`, then `{"done": ...}` or `{"error": {"fault", "message"}}`. The
end of standard input ends it, after the request that it is at.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

PAGE = 100
WORDS = 300
"""Characters of a server's complaint that are handed on."""


def main() -> int:
    """Serves requests until standard input ends. Returns 3 where the SDK is not installed."""
    lines = iter(sys.stdin.buffer.readline, b"")
    start = json.loads(next(lines))
    try:
        import httpx
        from label_studio_sdk.client import LabelStudio
        from label_studio_sdk.core.api_error import ApiError
    except ImportError as error:
        _say({"error": {"fault": "environment", "message": f"the SDK of Label Studio cannot be imported ({error})"}})
        return 3
    client: Any = None
    for line in lines:
        request = json.loads(line)
        try:
            # A key that is a token of the newer kind is looked at when the client is made, and refused there when it has expired.
            client = client or LabelStudio(base_url=start["url"], api_key=start["key"], timeout=start["timeout"])
            done = None
            for kind, value in _OPERATIONS[request.pop("op")](client, **request):
                if kind == "row":
                    _say({"row": value})
                else:
                    done = value
            _say({"done": done})
        except ApiError as error:
            _say({"error": {"fault": _fault(error.status_code), "message": _words(error)}})
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            _say({"error": {"fault": "down", "message": f"{type(error).__name__}: {error}"[:WORDS]}})
        except ValueError as error:  # JSON and pydantic's: what answers there is not Label Studio
            _say({"error": {"fault": "refused", "message": f"its answer is not Label Studio's ({type(error).__name__})"}})
    return 0


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _fault(status: int | None) -> str:
    return {401: "key", 403: "key", 404: "gone"}.get(status or 0, "down" if (status or 0) in (502, 503, 504) else "refused")


def _words(error: Any) -> str:
    """What the server said, on one line, without the headers that the SDK's own text repeats."""
    body = error.body
    if isinstance(body, dict):
        details = body.get("validation_errors") or body.get("detail") or body
        body = details if isinstance(details, str) else json.dumps(details, default=str)
    text = " ".join(str(body or "no reason was given").split())
    return f"{error.status_code}: {'a page of HTML' if text.startswith('<') else text}"[:WORDS]


Answers = Iterator[tuple[str, Any]]


def _whoami(client: Any) -> Answers:
    yield "done", _plain(client.users.whoami())["email"]


def _find_project(client: Any, marker: str) -> Answers:
    """The number of the project whose description holds `marker`, or None."""
    found = [project for project in map(_plain, client.projects.list(page_size=PAGE)) if marker in (project.get("description") or "")]
    yield "done", min((int(project["id"]) for project in found), default=None)


def _create_project(client: Any, **settings: Any) -> Answers:
    yield "done", int(_plain(client.projects.create(**settings))["id"])


def _project(client: Any, project: int) -> Answers:
    found = _plain(client.projects.get(project))
    yield "done", {"title": found.get("title") or "", "config": found.get("label_config") or ""}


def _serve_folders(client: Any, project: int, paths: list[str]) -> Answers:
    """Lets the server hand out files of these folders, which it sees under the same paths, to those who may see the project."""
    there = {_plain(storage).get("path") for storage in client.import_storage.local.list(project=project)}
    for path in paths:
        if path not in there:
            client.import_storage.local.create(project=project, path=path, title=path.rsplit("/", 1)[-1], use_blob_urls=True)
    yield "done", len(set(paths) - there)


def _users(client: Any) -> Answers:
    for user in map(_plain, client.users.list()):
        yield "row", [int(user["id"]), str(user.get("email") or user.get("username") or "")]


def _tasks(client: Any, project: int, annotations: bool) -> Answers:
    """A row a task: its number, its scene's id, its draft, and its annotations where they are asked for. `taken` knows of unfinished ones only then,
    and of our own only."""
    from label_studio_sdk.core.api_error import ApiError

    for page in range(1, 1_000_000):
        try:
            listed = client.tasks.list(
                project=project, page=page, page_size=PAGE, fields="all" if annotations else "task_only", resolve_uri=False
            )
        except ApiError as error:
            if page > 1 and error.status_code == 404:
                break  # so the server says that the pages are at their end
            raise
        rows = [_plain(task) for task in listed.items or []]
        for task in rows:
            data = task.get("data") or {}
            said = [_annotation(one) for one in task.get("annotations") or []] if annotations else []
            taken = bool(task.get("total_annotations") or task.get("cancelled_annotations") or task.get("drafts"))
            named = {name: data.get(name) for name in ("scene_id", "draft")}
            yield "row", {"task": int(task["id"]), **named, "taken": taken, "annotations": said}
        if not rows:
            break
    _plain(client.projects.get(project))  # a project that was deleted meanwhile looks like the end of its pages
    yield "done", None


def _annotation(row: dict[str, Any]) -> dict[str, Any]:
    person = row.get("completed_by")
    return {
        "annotation": row["id"],
        "completed_by": person.get("id") if isinstance(person, dict) else person,
        "created_at": str(row["created_at"]),
        "updated_at": str(row["updated_at"]),
        "was_cancelled": bool(row.get("was_cancelled")),
        "lead_time": row.get("lead_time"),
        "result": row.get("result"),
    }


def _annotation_is_there(client: Any, annotation: int) -> Answers:
    from label_studio_sdk.core.api_error import ApiError

    try:
        client.annotations.get(annotation)
    except ApiError as error:
        if error.status_code != 404:
            raise
        yield "done", False
    else:
        yield "done", True


def _import(client: Any, project: int, tasks: list[dict[str, Any]]) -> Answers:
    # Not tried again by the SDK: an answer that was lost may have been a yes.
    answer = client.projects.import_tasks(project, request=tasks, return_task_ids=True, request_options={"max_retries": 0})
    yield "done", int(_plain(answer)["task_count"])


def _without_drafts(client: Any, tasks: list[int]) -> Answers:
    """Those of the tasks that nobody has an unfinished annotation of. A listing tells of one's own only; where the server does not say, there may be one."""
    http = client._client_wrapper.httpx_client  # the SDK has no call for it
    free = []
    for task in tasks:
        answer = http.request(f"api/tasks/{task}/drafts", method="GET")
        if answer.status_code == 200 and answer.json() == []:
            free.append(task)
    yield "done", free


def _delete_tasks(client: Any, tasks: list[int]) -> Answers:
    for task in tasks:
        client.tasks.delete(str(task))
    yield "done", len(tasks)


def _plain(model: Any) -> dict[str, Any]:
    """A model of the SDK as a dict of plain values."""
    return dict(json.loads(model.model_dump_json())) if hasattr(model, "model_dump_json") else dict(model)


_OPERATIONS: dict[str, Any] = {
    "whoami": _whoami,
    "find_project": _find_project,
    "create_project": _create_project,
    "project": _project,
    "serve_folders": _serve_folders,
    "users": _users,
    "tasks": _tasks,
    "annotation_is_there": _annotation_is_there,
    "import": _import,
    "without_drafts": _without_drafts,
    "delete_tasks": _delete_tasks,
}

if __name__ == "__main__":
    sys.exit(main())
