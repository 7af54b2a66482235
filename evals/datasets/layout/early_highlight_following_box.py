from manim import *


class FollowingBox(Scene):
    def construct(self):
        rule = MathTex("y = 3x - 2", font_size=60).to_edge(UP)
        value = MathTex("y = 10", font_size=60)
        box = always_redraw(lambda: SurroundingRectangle(value, color=GREEN, buff=0.2))
        self.play(Write(rule))
        self.add(box)
        self.wait(0.8)
        self.play(FadeIn(value))
        self.play(value.animate.shift(DOWN * 1.5))
        self.wait(0.3)
