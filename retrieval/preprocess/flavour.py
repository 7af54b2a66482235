"""Which Manim a scene was written for, by what it imports and by the names that only one of them has."""

from __future__ import annotations

from collections.abc import Iterable

from retrieval.preprocess.modules import Alias
from retrieval.records import Flavour

OLD_MODULES = ("big_ol_pile_of_manim_imports", "manimlib.imports", "topics", "helpers", "scene.scene", "mobject.", "animation.")
GL_MODULES = (
    "manimgl",
    "manim_imports_ext",
    "manimlib.mobject.types.surface",
    "manimlib.scene.interactive_scene",
    "manimlib.utils.shaders",
    "manimlib.shader_wrapper",
)
OLD_NAMES = frozenset(
    {
        "TextMobject",
        "TexMobject",
        "GraphScene",
        "FadeInFromDown",
        "FadeInFrom",
        "FadeOutAndShift",
        "FadeInFromLarge",
        "OldTeX",
        "FRAME_X_RADIUS",
    }
)
GL_NAMES = frozenset({"TexText", "OldTex", "OldTexText", "InteractiveScene", "embed", "fix_in_frame", "fixed_in_frame", "set_backstroke", "TexturedSurface", "GlowDot", "checkpoint_paste",
                      "add_sound_at", "IntegralSymbol", "FadeTransform_", "increment_phi", "reorient", "FlashAround", "SurfaceMesh"})  # fmt: skip
COMMUNITY_NAMES = frozenset({"tempconfig", "MathTex", "Create", "add_fixed_in_frame_mobjects", "Circumscribe", "MarkupText"})


def flavour_of(imported: Iterable[Alias], words: frozenset[str]) -> Flavour:
    """`words` are the identifiers of the code, comments and strings left out."""
    modules = [alias.dotted for alias in imported]
    if any(module.startswith(GL_MODULES) for module in modules):
        return "manimgl"
    if any(module == "manimlib.imports" or module.startswith(OLD_MODULES[:2]) for module in modules):
        return "manimlib"
    if any(module.split(".")[0] in ("manim", "manimce") for module in modules):
        return "community"
    if any(module.split(".")[0] == "manimlib" for module in modules):
        # Both call their package so. TextMobject went when ManimGL came.
        return "manimlib" if words & OLD_NAMES and not words & GL_NAMES else "manimgl"
    if any(module.startswith(OLD_MODULES) for module in modules):
        return "manimlib"
    if words & GL_NAMES:
        return "manimgl"
    if words & OLD_NAMES and not words & COMMUNITY_NAMES:
        return "manimlib"
    return "community"
