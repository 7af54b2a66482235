"""The scene corpus: collecting Manim scenes, indexing them in Chroma, searching them."""
