from manim import *


class AnglesOnCircle(Scene):
    def construct(self):
        circle = Circle(radius=2.2, color=BLUE)
        self.play(Create(circle))
        group = VGroup()
        for degrees in (30, 60, 120, 210, 330):
            direction = np.array([np.cos(degrees * DEGREES), np.sin(degrees * DEGREES), 0])
            group.add(Line(ORIGIN, 2.2 * direction, stroke_width=2))
            distance = 1.3 if degrees == 120 else 2.8
            group.add(MathTex(rf"{degrees}^\circ", font_size=36).move_to(distance * direction))
        self.play(FadeIn(group))
        self.wait()
