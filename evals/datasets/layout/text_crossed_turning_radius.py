from manim import *


class TurningRadius(Scene):
    def construct(self):
        circle = Circle(radius=3, color=WHITE)
        radius = Line(ORIGIN, RIGHT * 3, color=YELLOW)
        words = Text("first quarter", font_size=24).move_to([1.25, 1.1, 0])
        self.add(circle, radius, words)
        self.wait(0.3)
        self.play(Rotate(radius, PI / 2, about_point=ORIGIN), run_time=2)
        self.wait(0.3)
