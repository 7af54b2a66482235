from manim import *


class CopyBoxed(Scene):
    def construct(self):
        formula = MathTex("E", "=", r"\frac{1}{2}", "m", "v^2", font_size=72)
        ghost = formula[2].copy()
        self.play(Write(formula))
        self.play(FadeIn(SurroundingRectangle(ghost, color=BLUE)))
        self.play(ghost.animate.shift(DOWN * 2))
        self.wait(0.4)
