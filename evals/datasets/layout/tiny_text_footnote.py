from manim import *


class Compound(Scene):
    def construct(self):
        formula = MathTex(r"A = P\left(1 + \frac{r}{n}\right)^{nt}", font_size=64)
        note = Text("rounded to the nearest cent; r is the yearly rate", font_size=8)
        note.to_edge(DOWN)
        self.play(Write(formula))
        self.play(FadeIn(note))
        self.wait()
