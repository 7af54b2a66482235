"""Finds names of Manim's API: exactly, by a name that is nearly right, or by words. Read once a version of Manim and kept as JSON."""

from __future__ import annotations

import difflib
import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from retrieval import extract
from retrieval.api import read
from retrieval.api.read import Callable, Parameter
from retrieval.errors import RetrievalError
from retrieval.sources import manim_docs
from retrieval.whole import write_whole
from retrieval.words import words, words_of_names

logger = logging.getLogger(__name__)

CLOSE = 0.6
"""The least similarity of `difflib` from which a name counts as nearly right."""
SHOWN_PARAMETERS = 16


class Api:
    """The callables of one version. Inherited methods are found under each class that has them."""

    def __init__(self, version: str, callables: Sequence[Callable]) -> None:
        self.version = version
        self.callables = tuple(callables)
        self._by_name: dict[str, Callable] = {}
        self._methods: dict[str, list[Callable]] = {}
        for one in self.callables:
            self._by_name.setdefault(one.name, one)
            if one.kind == "method":
                self._methods.setdefault(one.name.rsplit(".", 1)[1], []).append(one)

    def find(self, name: str) -> Callable | None:
        """A class or function by its name, or a method as `Class.method`, inherited ones too; None where there is none."""
        if (found := self._by_name.get(name)) is not None:
            return found
        owner, _, method = name.rpartition(".")
        return next((self._by_name[f"{base}.{method}"] for base in self.bases_of(owner) if f"{base}.{method}" in self._by_name), None)

    def methods_called(self, method: str) -> list[Callable]:
        """The methods of that name, whatever their class."""
        return list(self._methods.get(method, ()))

    def bases_of(self, name: str) -> Iterator[str]:
        """A class and those that it inherits from, nearest first (depth first, each once, as far as they are known)."""
        todo, seen = [name], set()
        while todo:
            one = todo.pop(0)
            if one in seen:
                continue
            seen.add(one)
            yield one
            if (known := self._by_name.get(one)) is not None:
                todo = [*known.bases, *todo]

    def parameters_of(self, one: Callable) -> tuple[Parameter, ...]:
        """What it takes, with what a class passes on to its bases."""
        if one.kind != "class" or not one.open:
            return one.parameters
        found: dict[str, Parameter] = {}
        for base in self.bases_of(one.name):
            known = self._by_name.get(base)
            for parameter in known.parameters if known else ():
                found.setdefault(parameter.name, parameter)
            if known is not None and not known.open:
                break
        return tuple(found.values())

    def close(self, name: str, n: int = 3) -> list[str]:
        """Names that are nearly `name`, nearest first: of methods of the class where one is given (`Axes.get_label`), else of everything."""
        owner, _, last = name.rpartition(".")
        if owner:
            owners = set(self.bases_of(owner))
            known: Iterable[str] = {
                one.name.rsplit(".", 1)[1] for one in self.callables if one.kind == "method" and one.name.split(".")[0] in owners
            }
            return [f"{owner}.{match}" for match in difflib.get_close_matches(last, sorted(known), n=n, cutoff=CLOSE)]
        return difflib.get_close_matches(name, sorted({*self._by_name, *self._methods}), n=n, cutoff=CLOSE)

    def search(self, text: str, k: int = 5) -> list[Callable]:
        """The `k` callables whose names and summaries share most words with `text`, best first, those that share none left out."""
        index, asked = self._words, [word for word in words(text) if word in self._words.vocab_dict]
        if not asked:
            return []
        scores = index.get_scores(asked)
        best = sorted(range(len(scores)), key=lambda at: (-scores[at], at))[:k]
        return [self.callables[at] for at in best if scores[at] > 0]

    def signature(self, one: Callable) -> str:
        """For instance "Circle(radius=None, color=RED)": what must be given first, then what may be."""
        shown = [f"{item.name}={item.default}" if item.default else item.name for item in self.parameters_of(one)]
        more = ["..."] if len(shown) > SHOWN_PARAMETERS else []
        return f"{one.name.rsplit('.', 1)[-1]}({', '.join(shown[:SHOWN_PARAMETERS] + more)})"

    @cached_property
    def _words(self) -> Any:
        import bm25s

        index = bm25s.BM25(k1=1.2, b=0.75)
        # a name says more than its summary
        documents = [2 * words_of_names([one.name]) + words(one.summary) for one in self.callables]
        index.index([document or ["\0"] for document in documents], show_progress=False)
        return index


def api_path(cache_dir: Path, version: str | None = None) -> Path:
    """Where what was read of a version of Manim (the installed one) is kept."""
    return cache_dir / "api" / f"manim-{version or manim_docs.installed_version()}.json"


def ensure_api(cache_dir: Path) -> Api:
    """The API of the installed Manim, read first where it is not kept (about a second). Blocking. Raises `RetrievalError`."""
    version = manim_docs.installed_version()
    path = api_path(cache_dir, version)
    made_by = _reader()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["reader"] == made_by and kept["manim"] == version:
            return Api(version, [_callable(one) for one in kept["callables"]])
    except FileNotFoundError:
        pass
    except (OSError, ValueError, TypeError, KeyError) as error:
        logger.info("%s is read anew: %s", path, error)
    callables = read.read_package(manim_docs.package_folder(), "manim")
    _keep(path, {"reader": made_by, "manim": version, "callables": [asdict(one) for one in callables]})
    return Api(version, callables)


def _callable(told: dict[str, Any]) -> Callable:
    values = told | {"parameters": tuple(Parameter(**one) for one in told["parameters"]), "bases": tuple(told["bases"])}
    return Callable(**values)


def _keep(path: Path, content: Any) -> None:
    """Writes it whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda handle: handle.write(json.dumps(content).encode()))
    except OSError as error:
        raise RetrievalError(f"the API of Manim could not be kept in {path.parent}: {error.strerror}") from error


def _reader() -> str:
    digest = hashlib.sha256()
    for module in (read.__file__, extract.__file__):
        digest.update(Path(str(module)).read_bytes())
    return digest.hexdigest()[:16]
