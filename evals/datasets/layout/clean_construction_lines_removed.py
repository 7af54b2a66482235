from manim import *


class ConstructionLines(Scene):
    def construct(self):
        base = Line(LEFT * 2, RIGHT * 2)
        arcs = VGroup(
            Arc(radius=4, start_angle=PI / 6, angle=PI / 3, arc_center=base.get_start()),
            Arc(radius=4, start_angle=PI / 2, angle=PI / 3, arc_center=base.get_end()),
        ).set_color(GREY)
        figure = VGroup(base, arcs).shift(DOWN * 1.7)
        top = figure.get_bottom() + UP * 4 * np.sin(PI / 3)
        triangle = Polygon(base.get_start(), base.get_end(), [base.get_center()[0], top[1], 0], color=GREEN)
        self.play(Create(base))
        self.play(Create(arcs))
        self.play(Create(triangle))
        self.play(Uncreate(arcs))
        self.wait(0.5)
