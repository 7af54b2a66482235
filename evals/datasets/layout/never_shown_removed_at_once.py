from manim import *


class FactorHint(Scene):
    def construct(self):
        problem = MathTex("x^2 - 9 = 0", font_size=64)
        hint = Text("Hint: a difference of squares", font_size=34).to_edge(DOWN)
        self.play(Write(problem))
        self.add(hint)
        self.remove(hint)
        factored = MathTex("(x-3)(x+3) = 0", font_size=64).next_to(problem, DOWN)
        self.play(Write(factored))
        self.wait()
