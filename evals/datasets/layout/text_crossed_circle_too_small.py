from manim import *


class Circumference(Scene):
    def construct(self):
        circle = Circle(radius=1.2, color=WHITE)
        word = Text("circumference", font_size=44)
        formula = MathTex(r"C = 2\pi r").to_edge(DOWN)
        self.play(Create(circle))
        self.play(Write(word), Write(formula))
        self.wait()
