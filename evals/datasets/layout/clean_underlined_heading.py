from manim import *


class UnderlinedHeading(Scene):
    def construct(self):
        heading = Text("Geometry: symmetry", font_size=48).to_edge(UP)
        line = Underline(heading, buff=0.06)
        shape = RegularPolygon(6, color=PURPLE).scale(1.5)
        axis = DashedLine(UP * 2, DOWN * 2)
        self.play(Write(heading), Create(line))
        self.play(Create(shape), Create(axis))
        self.wait()
