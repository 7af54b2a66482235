"""The files of one repository as modules that import each other: what a name means, followed through the files. Nothing is imported."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from retrieval.preprocess.decoding import Unreadable, text_of
from retrieval.preprocess.distributions import MARK, Distributions
from retrieval.preprocess.documents import SUFFIXES as DOCUMENTS
from retrieval.preprocess.documents import module_of as module_of_document
from retrieval.preprocess.library import LIBRARIES, Library
from retrieval.preprocess.modules import Alias, Module, Statement, module_from
from retrieval.preprocess.notebooks import module_of
from retrieval.preprocess.reading import READ_BYTES, Repository


@dataclass(frozen=True, slots=True)
class Defined:
    """A name that a file of the repository binds. `owner` is the class that holds it, for what is nested."""

    module: Module
    name: str
    owner: Statement | None = None


@dataclass(frozen=True, slots=True)
class External:
    """Something that is imported from outside: `dotted` itself where `name` is "". `local` is what it is called where it was imported."""

    dotted: str
    name: str
    local: str
    level: int = 0
    plain: bool = False

    @property
    def identity(self) -> tuple[str, str, int, bool]:
        return (self.dotted, self.name, self.level, self.plain and "." in self.dotted)


@dataclass(frozen=True, slots=True)
class Inside:
    """A module of the repository itself, or a folder on the way to one. `path` is "" for a folder."""

    path: str
    folder: tuple[str, ...] = ()


Target = Defined | External | Inside
CELLS = (".ipynb", *DOCUMENTS)
"""What is run from above to below, and not imported."""


class Tree:
    """`contents` are the bytes by path; `failures` the reasons for which files were left out, by path. A distribution that is imported and is no part
    of the repository comes in beside it, in a folder of its own (`borrowed` says whose)."""

    def __init__(
        self,
        contents: Mapping[str, bytes],
        library: Library,
        *,
        libraries: frozenset[str] = LIBRARIES,
        distributions: Distributions | None = None,
    ) -> None:
        self.contents = dict(contents)
        self.library = library
        self.failures: dict[str, str] = {}
        self.borrowed: dict[str, Repository] = {}
        self._distributions = distributions or Distributions()
        self._libraries = libraries
        self._texts: dict[str, str | None] = {}
        self._modules: dict[str, Module | None] = {}
        self._by_stem: dict[str, list[str]] = {}
        self._folders: set[tuple[str, ...]] = set()
        self._found: dict[tuple[tuple[str, ...], str, int], str | None] = {}
        self._meanings: dict[tuple[str, str], Target | None] = {}
        self._names: dict[str, set[str]] = {}
        for path in contents:
            if path.endswith(".py"):
                parts = path.split("/")
                stem = parts[-1][:-3]
                self._by_stem.setdefault(parts[-2] if stem == "__init__" and len(parts) > 1 else stem, []).append(path)
                self._add_folders(parts)

    def _add_folders(self, parts: list[str]) -> None:
        for depth in range(1, len(parts)):
            self._folders.add(tuple(parts[:depth]))

    def text(self, path: str) -> str | None:
        """The Python of a file; None where it cannot be read, and `failures` says why."""
        if path not in self._texts:
            try:
                content = self.contents[path]
                notebook = path.endswith(".ipynb")
                text = text_of(content, READ_BYTES) if notebook else text_of(content)
                if path.endswith(DOCUMENTS):
                    text = module_of_document(path, text)
                self._texts[path] = module_of(text) if notebook else text
            except Unreadable as error:
                self.failures[path] = error.reason
                self._texts[path] = None
        return self._texts[path]

    def module(self, path: str) -> Module | None:
        """The parsed file; None where it cannot be, and `failures` says why."""
        if path not in self._modules:
            text = self.text(path)
            try:
                self._modules[path] = None if text is None else module_from(path, text, notebook=path.endswith(CELLS))
            except Unreadable as error:
                self.failures[path] = error.reason
                self._modules[path] = None
        return self._modules[path]

    def add(self, path: str, text: str) -> Module:
        """A module that lies in no file, as the code in a docstring; its imports are those of a file at `path`. Raises `Unreadable`."""
        module = self._modules[path] = module_from(path, text)
        return module

    def clear(self) -> None:
        """Lets go of the parsed files: modules and their statements hold each other, and nothing else frees them while nobody looks for garbage."""
        for module in self._modules.values():
            if module is not None:
                module.clear()
        self._modules.clear()
        self._meanings.clear()

    def path_of(self, importer: Module, dotted: str, level: int) -> str | None:
        """The file that `importer` means by a module's name; None where it is none of the repository's."""
        key = (importer.package, dotted, level)
        if key not in self._found:
            self._found[key] = self._look_up(importer.package, dotted.split(".") if dotted else [], level)
        return self._found[key]

    def _look_up(self, package: tuple[str, ...], parts: list[str], level: int) -> str | None:
        # What was borrowed sees its own distribution, and nothing of the repository.
        root = package[:1] if package and package[0].startswith(MARK) else ()
        if level:
            if level - 1 > len(package) - len(root):
                return None
            return self._at((*package[: len(package) - level + 1], *parts))
        if not parts or parts[0] in self._libraries:
            return None
        # A script's own folder comes first, then the folders above it up to the root, then "src", then the only file of that name.
        for depth in range(len(package), len(root) - 1, -1):
            if (found := self._at((*package[:depth], *parts))) is not None:
                return found
        if (found := self._at((*root, "src", *parts))) is not None:
            return found
        tail = "/".join(parts)
        named = [path for path in self._by_stem.get(parts[-1], ()) if f"/{path}".endswith((f"/{tail}.py", f"/{tail}/__init__.py"))]
        if len(named) == 1 and len(parts) > 1 and not root:
            return named[0]
        folder = self._borrow(parts[0])
        return None if folder is None else self._at((*folder, *parts))

    def _borrow(self, top: str) -> tuple[str, ...] | None:
        """The folder that the package `top` of another distribution lies in; None where none brings it."""
        distribution = self._distributions.tops.get(top)
        if distribution is None:
            return None
        name = MARK + distribution.name
        if name not in self.borrowed:
            self.borrowed[name] = distribution
            for file in self._distributions.files(distribution):
                try:
                    self.contents[f"{name}/{file.path}"] = file.content()
                except zlib.error:
                    continue  # counted where its own repository is worked on
                self._add_folders([name, *file.path.split("/")])
        return next((folder for folder in ((name,), (name, "src")) if (*folder, top) in self._folders), None)

    def _at(self, parts: tuple[str, ...]) -> str | None:
        stem = "/".join(parts)
        for path in (f"{stem}.py", f"{stem}/__init__.py" if stem else "__init__.py"):
            if path in self.contents:
                return path
        return None

    def folder_of(self, importer: Module, dotted: str, level: int) -> tuple[str, ...] | None:
        """The folder that a package's name means, with or without an `__init__.py`."""
        parts = tuple(dotted.split(".")) if dotted else ()
        if level:
            found = (*importer.package[: len(importer.package) - level + 1], *parts)
            return found if found in self._folders or not found else None
        if not parts or parts[0] in self._libraries:
            return None
        root = 1 if importer.package and importer.package[0].startswith(MARK) else 0
        for depth in range(len(importer.package), root - 1, -1):
            if (*importer.package[:depth], *parts) in self._folders:
                return (*importer.package[:depth], *parts)
        folder = self._borrow(parts[0])
        return (*folder, *parts) if folder is not None and (*folder, *parts) in self._folders else None

    def meaning(self, module: Module, name: str) -> Target | None:
        """`resolve`, remembered."""
        if name not in self._reachable(module):
            return None
        key = (module.path, name)
        if key not in self._meanings:
            self._meanings[key] = self.resolve(module, name)
        return self._meanings[key]

    def _reachable(self, module: Module) -> set[str]:
        """The names that a file and those whose star imports reach it bind: no other can mean anything. Most names of a scene are Manim's."""
        if module.path not in self._names:
            seen: dict[str, Module] = {module.path: module}
            stack = [module]
            while stack:
                current = stack.pop()
                for star in current.stars:
                    for alias in star.aliases:
                        path = self.path_of(current, alias.dotted, alias.level)
                        if path is not None and path not in seen and (inner := self.module(path)) is not None:
                            seen[path] = inner
                            stack.append(inner)
            self._names[module.path] = {name for one in seen.values() for name in one.bindings}
        return self._names[module.path]

    def resolve(self, module: Module, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> Target | None:
        """What `name` means in a module's scope; None where nothing says so: a builtin, or a name out of a library's star import."""
        if (module.path, name) in seen:
            return None
        seen = seen | {(module.path, name)}
        explicit = module.bindings.get(name)
        last = explicit[-1].index if explicit else -1
        for star in reversed(module.stars):
            if star.index < last:
                break
            for alias in star.aliases:
                found, known = self._through_star(module, alias, name, seen)
                if found is not None or known:
                    return found
        if not explicit:
            return None
        statement = explicit[-1]
        if statement.kind != "import":
            return Defined(module, name)
        alias = next(alias for alias in reversed(statement.aliases) if alias.local == name)
        return self.imported(module, alias, seen)

    def _through_star(self, module: Module, alias: Alias, name: str, seen: frozenset[tuple[str, str]]) -> tuple[Target | None, bool]:
        """What a star import gives for a name, and whether it is known to give it."""
        path = self.path_of(module, alias.dotted, alias.level)
        if path is None:
            names = self.library.brought_by_star(alias.dotted) if not alias.level else None
            return None, names is not None and name in names
        inner = self.module(path)
        if inner is None or (name not in inner.exported if inner.exported is not None else name.startswith("_")):
            return None, False
        return self.resolve(inner, name, seen), False

    def imported(self, module: Module, alias: Alias, seen: frozenset[tuple[str, str]] = frozenset()) -> Target | None:
        """What one name of an import statement means."""
        path = self.path_of(module, alias.dotted, alias.level)
        if not alias.name:
            if path is None and self.folder_of(module, alias.dotted, 0) is None:
                return External(alias.dotted, "", alias.local, plain=alias.plain)
            if not alias.plain or "." not in alias.dotted:
                return Inside(path or "", self.folder_of(module, alias.dotted, 0) or ())
            # `import pkg.mod` binds pkg; what follows is read from the chain.
            top = alias.dotted.split(".")[0]
            return Inside(self.path_of(module, top, 0) or "", self.folder_of(module, top, 0) or ())
        if path is not None and (inner := self.module(path)) is not None:
            found = self.resolve(inner, alias.name, seen)
            if found is not None:
                return found
        folder = self.folder_of(module, alias.dotted, alias.level)
        if folder is not None and (submodule := self._at((*folder, alias.name))) is not None:
            return Inside(submodule, (*folder, alias.name))
        if path is not None:
            # The file has it from a library's star import, or not at all.
            star = next(self.library_stars(self.module(path)), None) if self.module(path) is not None else None
            return (
                External(star.dotted, alias.name, alias.local, star.level)
                if star is not None
                else External(alias.dotted, alias.name, alias.local, alias.level)
            )
        return External(alias.dotted, alias.name, alias.local, alias.level)

    def attribute(self, inside: Inside, name: str) -> Target | None:
        """What `name` means as an attribute of a module or folder of the repository."""
        if inside.path and (module := self.module(inside.path)) is not None:
            found = self.resolve(module, name)
            if found is not None:
                return found
        folder = inside.folder or (tuple(inside.path.split("/")[:-1]) if inside.path.endswith("__init__.py") else None)
        if folder is not None:
            path = self._at((*folder, name))
            if path is not None or (*folder, name) in self._folders:
                return Inside(path or "", (*folder, name))
        return None

    def library_stars(self, module: Module | None, seen: set[str] | None = None) -> Iterator[Alias]:
        """The star imports from outside that reach a module, through those of the repository, in order."""
        seen = set() if seen is None else seen
        if module is None or module.path in seen:
            return
        seen.add(module.path)
        for star in module.stars:
            for alias in star.aliases:
                path = self.path_of(module, alias.dotted, alias.level)
                if path is None:
                    yield alias
                else:
                    yield from self.library_stars(self.module(path), seen)
