"""What a scene must be to be found."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.index.chroma import Row


@dataclass(frozen=True, slots=True)
class Filters:
    """None and empty mean any. `licences` are SPDX identifiers, compared without regard to case; seconds are those of the rendered video, and a scene
    that was not rendered (0 s, as those of Manim's documentation) passes no limit."""

    flavour: str | None = None
    needs_latex: bool | None = None
    three_d: bool | None = None
    licences: tuple[str, ...] = ()
    min_seconds: float | None = None
    max_seconds: float | None = None

    def admit(self, row: Row) -> bool:
        """Whether a scene passes."""
        seconds = int(row["milliseconds"]) / 1000
        timed = self.min_seconds is not None or self.max_seconds is not None
        return (
            self.flavour in (None, row["flavour"])
            and self.needs_latex in (None, row["needs_latex"])
            and self.three_d in (None, row["three_d"])
            and (not self.licences or str(row["licence"]).casefold() in {licence.casefold() for licence in self.licences})
            and not (timed and seconds == 0.0)
            and (self.min_seconds is None or seconds >= self.min_seconds)
            and (self.max_seconds is None or seconds <= self.max_seconds)
        )
