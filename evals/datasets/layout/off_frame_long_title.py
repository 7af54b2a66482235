from manim import *


class PolygonAngles(Scene):
    def construct(self):
        title = Text("The sum of the interior angles of every convex polygon with n sides", font_size=48)
        title.to_edge(UP)
        formula = MathTex(r"S = (n-2)\cdot 180^\circ", font_size=60)
        self.play(Write(title))
        self.play(FadeIn(formula, shift=UP))
        self.wait()
