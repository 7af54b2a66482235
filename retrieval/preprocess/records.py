"""One scene of one file as a record, with what finding its duplicates needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from retrieval.extract import Example, words_of
from retrieval.preprocess.assembling import assemble
from retrieval.preprocess.decoding import Unreadable
from retrieval.preprocess.facts import facts_of
from retrieval.preprocess.flavour import flavour_of
from retrieval.preprocess.library import LIBRARIES, STANDARD
from retrieval.preprocess.migrating import may_migrate, migrated
from retrieval.preprocess.modules import Alias, Statement
from retrieval.preprocess.needs import NotAlone, needs_of
from retrieval.preprocess.normal import coarse_form, compiled, shingles_of, signature_of
from retrieval.preprocess.privacy import cleaned_prose, without_personal_data
from retrieval.preprocess.reading import Repository
from retrieval.preprocess.traits import description_of, sentences, traits_of
from retrieval.preprocess.tree import Tree
from retrieval.preprocess.trimming import BY_NAME, IMPORT, TRIMMED, attributes_by_name, may_trim, trimmed, without_override
from retrieval.records import Flavour, Origin, SceneRecord, scene_id

OTHER_RENDERER = "opengl"
PERSONAL = "personal data removed"
NOT_OURS = frozenset({*LIBRARIES, *STANDARD, "numpy", "scipy", "__future__"})
"""Packages that no scene needs taken apart."""
LARGEST_CODE = 200_000
"""Characters; a longer module is a program with a scene in it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """`coarse` as of `coarse_form`; `shingles` and `signature` as of `retrieval.preprocess.normal`."""

    record: SceneRecord
    coarse: str
    shingles: bytes
    signature: bytes


def load() -> None:
    """Imports what every record needs and nothing else does, so that a process has it before its first file."""
    signature_of(shingles_of(facts_of(["key = 1"]).hashes))


def prepare_scene(tree: Tree, repository: Repository, scene: Statement, *, alone: bool) -> Prepared:
    """The record of a scene class. Raises `NotAlone` with the reason for which there is none."""
    line = 0 if scene.module.notebook else scene.node.lineno
    place = scene.module.path
    return _prepare(tree, repository, _taken_out(tree, scene), description_of(scene, alone=alone), Origin("", "", "", place, line), place)


def prepare_example(tree: Tree, repository: Repository, path: str, example: Example) -> Prepared:
    """The record of a docstring's example: as it stands there, or with what it needs of modules in the corpus. Raises `NotAlone`."""
    if OTHER_RENDERER in path.lower().split("/") or OTHER_RENDERER in example.code.lower():
        raise NotAlone("other_renderer")
    dotted = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    place = f"{dotted}.{example.owner}" if example.owner else dotted
    description = sentences((words_of(example.scene), example.summary, example.prose))
    scene = _in_need(tree, path, example)
    made = _Made(example.code, example.scene, [Alias("manim", 0, "*", "*")]) if scene is None else _taken_out(tree, scene)
    return _prepare(tree, repository, made, description, Origin("", "", "", path, example.line), place)


@dataclass(frozen=True, slots=True)
class _Made:
    """A module, the class to render and what it imports; `lenders` are the distributions that some of it was taken from."""

    code: str
    scene: str
    imported: list[Alias]
    lenders: tuple[Repository, ...] = ()
    verbatim: bool = True
    parts: tuple[str, ...] = ()
    """The statements that it was put together of; none where it is as it was found."""
    changes: tuple[str, ...] = ()


def _taken_out(tree: Tree, scene: Statement) -> _Made:
    needs = needs_of(tree, scene)
    made = assemble(tree, needs)
    folders = {statement.module.path.partition("/")[0] for statement in needs.statements} if tree.borrowed else set[str]()
    lenders = tuple(tree.borrowed[folder] for folder in sorted(folders & tree.borrowed.keys()))
    code, parts = without_override(made.code, made.parts)
    changes = () if code == made.code else (TRIMMED,)
    if (direct := attributes_by_name(code)) != code:
        code, parts, changes = direct, tuple(map(attributes_by_name, parts)), (*changes, BY_NAME)
    return _Made(code, made.scene, made.imported, lenders, made.verbatim and not changes, parts, changes)


def _in_need(tree: Tree, path: str, example: Example) -> Statement | None:
    """The example's class where it imports from the repository or a distribution of the corpus; None where it runs as it is."""
    if not NOT_OURS.issuperset(IMPORT.findall(example.code)):
        try:
            module = tree.add(f"{path}:{example.line}:{example.scene}", example.code)
        except Unreadable:
            return None
        aliases = [alias for statement in module.statements for alias in statement.aliases]
        if any(tree.path_of(module, alias.dotted, alias.level) is not None for alias in aliases):
            return next((one for one in reversed(module.bindings.get(example.scene, ())) if one.kind == "definition"), None)
    return None


def _prepare(tree: Tree, repository: Repository, made: _Made, description: str, origin: Origin, place: str) -> Prepared:
    code, scene = made.code, made.scene
    if len(code) > LARGEST_CODE:
        raise NotAlone("too_long")
    facts = facts_of(made.parts or (code,))
    if facts.secret:
        raise NotAlone("secret")
    flavour: Flavour = flavour_of(made.imported, frozenset(facts.words))
    found = code
    try:
        code, changes = migrated(code, flavour, tree.library) if may_migrate(code, facts.words, flavour) else (code, ())
    except SyntaxError:
        raise NotAlone("unprintable") from None
    changes = (*made.changes, *changes)
    if not made.parts and may_trim(code) and (rest := trimmed(code)) != code:
        code, changes = rest, (*changes, TRIMMED)
    clean = without_personal_data(code) if facts.personal else code
    if clean != code:
        code, changes = clean, (*changes, PERSONAL)
    if code == found:
        if not made.verbatim:
            compiled(code)
    else:
        try:
            compiled(code)
        except NotAlone:
            # A change that breaks the code is none.
            code, changes = without_personal_data(found), made.changes
            compiled(code)
        facts = facts_of((code,))
    shingles = shingles_of(facts.hashes)
    traits = traits_of(facts.words, tree.library.callables)
    record = SceneRecord(
        id=scene_id(code),
        scene=scene,
        source=_shown(repository, place) + "".join(f", with {_called(lender)}" for lender in made.lenders),
        licence=licence_of(repository, made.lenders),
        description=cleaned_prose(description),
        code=code,
        origin=replace(
            origin, source=repository.source, repository=repository.name, revision=repository.revision, url=_url(repository, origin)
        ),
        flavour=flavour,
        migrated=changes,
        uses=traits.uses,
        needs_latex=traits.needs_latex,
        three_d=traits.three_d,
    )
    return Prepared(record, coarse_form(facts.hashes), shingles, signature_of(shingles))


def licence_of(repository: Repository, lenders: Iterable[Repository]) -> str:
    """The licence under which a scene stands that holds code of others too: `MIT AND GPL-3.0-only`; "" where one of them is not known."""
    licences = sorted({repository.licence, *(lender.licence for lender in lenders)})
    if "" in licences:
        return ""
    return licences[0] if len(licences) == 1 else " AND ".join(f"({one})" if " OR " in one else one for one in licences)


def _called(distribution: Repository) -> str:
    return distribution.name.replace("==", " ")


def _shown(repository: Repository, place: str) -> str:
    if repository.source == "packages":
        return f"{_called(repository)}: {place}"
    revision = f"@{repository.revision[:7]}" if repository.revision else ""
    name = repository.name if repository.source == "github" else cleaned_prose(repository.name)
    return f"{name}{revision}: {place}"


def _url(repository: Repository, origin: Origin) -> str:
    base = f"https://github.com/{repository.name}" if repository.source == "github" else repository.name.removesuffix(".git")
    if not base.startswith("https://github.com/") or not repository.revision:
        return ""
    return f"{base}/blob/{repository.revision}/{origin.path}" + (f"#L{origin.line}" if origin.line else "")
