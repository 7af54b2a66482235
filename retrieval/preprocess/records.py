"""One scene of one file as a record, with what finding its duplicates needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from retrieval.extract import Example, words_of
from retrieval.preprocess.assembling import assemble
from retrieval.preprocess.flavour import flavour_of
from retrieval.preprocess.migrating import may_migrate, migrated
from retrieval.preprocess.modules import Alias, Statement
from retrieval.preprocess.needs import NotAlone, needs_of
from retrieval.preprocess.normal import coarse_form, compiled, hashes_of, shingles_of, signature_of
from retrieval.preprocess.privacy import cleaned_prose, holds_secret, without_personal_data
from retrieval.preprocess.reading import Repository
from retrieval.preprocess.tokens import tokens_of, words_of_tokens
from retrieval.preprocess.traits import description_of, sentences, traits_of
from retrieval.preprocess.tree import Tree
from retrieval.records import Flavour, Origin, SceneRecord, scene_id

OTHER_RENDERER = "opengl"
PERSONAL = "personal data removed"
LARGEST_CODE = 200_000
"""Characters; a longer module is a program with a scene in it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """`coarse` as of `coarse_form`; `shingles` and `signature` as of `retrieval.preprocess.normal`."""

    record: SceneRecord
    coarse: str
    shingles: bytes
    signature: bytes


def prepare_scene(tree: Tree, repository: Repository, scene: Statement, *, alone: bool) -> Prepared:
    """The record of a scene class. Raises `NotAlone` with the reason for which there is none."""
    needs = needs_of(tree, scene)
    made = assemble(tree, needs)
    if not made.verbatim:
        compiled(made.code)
    line = 0 if scene.module.notebook else scene.node.lineno
    place = scene.module.path
    return _prepare(
        tree, repository, made.code, made.scene, made.imported, description_of(scene, alone=alone), Origin("", "", "", place, line), place
    )


def prepare_example(tree: Tree, repository: Repository, path: str, example: Example) -> Prepared:
    """The record of a docstring's example. Raises `NotAlone`."""
    if OTHER_RENDERER in path.lower().split("/") or OTHER_RENDERER in example.code.lower():
        raise NotAlone("other_renderer")
    dotted = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    place = f"{dotted}.{example.owner}" if example.owner else dotted
    description = sentences((words_of(example.scene), example.summary, example.prose))
    origin = Origin("", "", "", path, example.line)
    return _prepare(tree, repository, example.code, example.scene, [Alias("manim", 0, "*", "*")], description, origin, place)


def _prepare(
    tree: Tree, repository: Repository, code: str, scene: str, imported: list[Alias], description: str, origin: Origin, place: str
) -> Prepared:
    if len(code) > LARGEST_CODE:
        raise NotAlone("too_long")
    if holds_secret(code):
        raise NotAlone("secret")
    tokens = tokens_of(code)
    words = words_of_tokens(tokens)
    flavour: Flavour = flavour_of(imported, frozenset(words))
    found = code
    code, changes = migrated(code, flavour, tree.library) if may_migrate(code, words, flavour) else (code, ())
    clean = without_personal_data(code)
    if clean != code:
        code, changes = clean, (*changes, PERSONAL)
    if code != found:
        try:
            compiled(code)
        except NotAlone:
            # A change that breaks the code is none.
            code, changes = without_personal_data(found), ()
        tokens = tokens_of(code)
        words = words_of_tokens(tokens)
    hashes = hashes_of(tokens)
    shingles = shingles_of(hashes)
    traits = traits_of(words, tree.library.callables)
    record = SceneRecord(
        id=scene_id(code),
        scene=scene,
        source=_shown(repository, place),
        licence=repository.licence,
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
    return Prepared(record, coarse_form(hashes), shingles, signature_of(shingles))


def _shown(repository: Repository, place: str) -> str:
    if repository.source == "packages":
        return f"{repository.name.replace('==', ' ')}: {place}"
    revision = f"@{repository.revision[:7]}" if repository.revision else ""
    name = repository.name if repository.source == "github" else cleaned_prose(repository.name)
    return f"{name}{revision}: {place}"


def _url(repository: Repository, origin: Origin) -> str:
    base = f"https://github.com/{repository.name}" if repository.source == "github" else repository.name.removesuffix(".git")
    if not base.startswith("https://github.com/") or not repository.revision:
        return ""
    return f"{base}/blob/{repository.revision}/{origin.path}" + (f"#L{origin.line}" if origin.line else "")
