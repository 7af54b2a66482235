from manim import *


class Ladder(Scene):
    def construct(self):
        wall = Line([3, -2.5, 0], [3, 3, 0], stroke_width=8, color=GREY)
        ground = Line([-5, -2.5, 0], [4, -2.5, 0], stroke_width=8, color=GREY)
        ladder = Line([-2, -2.5, 0], [3, 2, 0], color=ORANGE)
        length = MathTex(r"10\text{ m}").move_to(ladder.get_center())
        self.play(Create(wall), Create(ground))
        self.play(Create(ladder))
        self.play(FadeIn(length))
        self.wait()
