"""The distributions of the corpus that scenes may import from: what a scene needs of a plugin is taken out of the plugin's own files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.preprocess.library import LIBRARIES, STANDARD
from retrieval.preprocess.reading import PackedFile, Reader, Repository

MARK = "@"
"""The first letter of the folder in which a distribution's files stand beside those of a repository; no collected path begins with a name like it."""
NOT_IMPORTED = frozenset({"tests", "test", "docs", "doc", "examples", "example", "scripts", "src", "utils", "numpy", "scipy", "sympy"})


@dataclass(frozen=True, slots=True)
class Distributions:
    """`tops` are the distributions by the name of the package that they bring. Their files are in `held`, or in the file `corpus`."""

    tops: Mapping[str, Repository] = field(default_factory=dict)
    corpus: Path | None = None
    held: Mapping[int, tuple[PackedFile, ...]] = field(default_factory=dict)

    def files(self, distribution: Repository) -> Iterable[PackedFile]:
        """The Python files of one. Raises `RetrievalError` where the corpus cannot be read."""
        if self.corpus is None:
            return self.held.get(distribution.key, ())
        return [file for file in Reader(self.corpus).files(distribution) if file.path.endswith(".py")]

    def packed(self) -> Distributions:
        """The same with its files, for workers that see no corpus."""
        wanted = {repository.key: repository for repository in self.tops.values()}
        return Distributions(self.tops, None, {key: tuple(self.files(repository)) for key, repository in wanted.items()})


def distributions_of(reader: Reader, repositories: Iterable[Repository]) -> Distributions:
    """Those among the repositories that came as packages. Where two bring one name, the one that is called so has it, else neither."""
    packages = {repository.key: repository for repository in repositories if repository.source == "packages"}
    claims: dict[str, set[int]] = {}
    for key, top in reader.packages():
        if key in packages and top.isidentifier() and top not in LIBRARIES | STANDARD | NOT_IMPORTED:
            claims.setdefault(top, set()).add(key)
    tops: dict[str, Repository] = {}
    for top, keys in claims.items():
        namesake = [key for key in sorted(keys) if packages[key].name.partition("==")[0].replace("-", "_").lower() == top.lower()]
        if namesake or len(keys) == 1:
            tops[top] = packages[(namesake or sorted(keys))[0]]
    return Distributions(dict(sorted(tops.items())), reader.path)


def digest_of(distributions: Distributions, digests: Mapping[int, tuple[str, int]]) -> str:
    """A hash over their files, names and licences: a scene may hold code of any of them."""
    digest = hashlib.sha256()
    for top, one in distributions.tops.items():
        digest.update(f"{top}\0{one.name}\0{one.licence}\0{digests.get(one.key, ('', 0))[0]}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
