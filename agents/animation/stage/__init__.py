"""The drawing code of our parametric beats: Manim programs in pieces, read as text by `agents.animation.compose` and never imported by the service.

A scene file is `common.py`, one of the other files, and the beat's data as a literal; it needs manim and numpy only.
"""
