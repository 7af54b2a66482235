"""What runs inside the sandbox with the scene: the harness, the observer, the diagnosis. Imports manim; never imported by our own process."""
