from manim import *


class WigglingTriangle(Scene):
    def construct(self):
        text = Text("Which side is the longest?", font_size=36).to_edge(UP)
        triangle = Polygon([-2, -1, 0], [3, -1, 0], [2, 1.5, 0], color=ORANGE)
        self.play(FadeIn(text))
        self.play(Wiggle(triangle))
        self.play(Create(triangle))
        self.wait()
