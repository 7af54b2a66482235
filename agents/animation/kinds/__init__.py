"""The parametric beats: each a pydantic model that validates hard and writes its own Manim program."""
