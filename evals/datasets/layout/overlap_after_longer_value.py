from manim import *


class AreaOfCircle(Scene):
    def construct(self):
        area = MathTex(r"A = \pi r^2").shift(LEFT * 2)
        words = Text("is the area", font_size=40).next_to(area, RIGHT, buff=0.3)
        self.play(Write(area), FadeIn(words))
        exact = MathTex(r"A = 3.14159 \cdot 5^2 \approx 78.54").move_to(area, aligned_edge=LEFT)
        self.play(Transform(area, exact))
        self.wait()
