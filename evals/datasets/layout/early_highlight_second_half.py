from manim import *


class RightSideBoxed(Scene):
    def construct(self):
        eq = MathTex("f(x)", "=", r"\frac{x+1}{x-2}", font_size=64)
        self.play(Write(eq[0]))
        self.play(Create(SurroundingRectangle(eq[2], color=RED)))
        self.wait(0.4)
        self.play(Write(eq[1]), Write(eq[2]))
        self.wait()
