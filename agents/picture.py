"""Draws the graph from the code: `python -m agents.picture docs/graph.md` (or `make graph`). A test keeps the file in step."""

from __future__ import annotations

import sys
from pathlib import Path


def picture() -> str:
    """The graph and its animation as Mermaid in Markdown."""
    from agents.animation.graph import build
    from agents.graph import graph

    tutor = graph.get_graph().draw_mermaid()
    animation = build().compile().get_graph(xray=True).draw_mermaid()
    return (
        "# The graph\n\nGenerated from the code by `make graph`.\n\n"
        f"## The tutor\n\n```mermaid\n{tutor.strip()}\n```\n\n## The animation, inside `animate`\n\n```mermaid\n{animation.strip()}\n```\n"
    )


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    if target is None:
        sys.stdout.write(picture())
    else:
        target.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
