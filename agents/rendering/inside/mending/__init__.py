"""Mends a scene's program where it fails, without a model: the program is run without drawing, and the failing expression is mended or taken out.

Runs inside the sandbox only. `main` is the loop; `trial` runs, `place` finds and changes places in the program, the rest are the fixes by kind of failure.
"""
