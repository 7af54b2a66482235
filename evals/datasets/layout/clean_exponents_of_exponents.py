from manim import *


class NestedExponents(Scene):
    def construct(self):
        formula = MathTex(r"f(x) = e^{-\frac{x^2}{2\sigma^2}}", font_size=72)
        powers = MathTex(r"2^{2^{2}} = 16, \quad a_{n_{k}}", font_size=60).next_to(formula, DOWN, buff=1)
        self.play(Write(formula))
        self.play(Write(powers))
        self.wait()
