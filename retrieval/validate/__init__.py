"""Which scenes of the corpus render on the installed Manim: each is tried once, what came of it is kept, and only what renders is ever retrieved.

`port` is what a renderer must offer, `plan` says which scenes are tried, `journal` keeps results across a kill, `run` does it, `publish` writes what
the next step reads.
"""
