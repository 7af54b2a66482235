from manim import *


class BoxFirst(Scene):
    def construct(self):
        eq = MathTex("4x = 20", font_size=60).shift(UP)
        result = MathTex("x = 5", font_size=60).next_to(eq, DOWN, buff=0.8)
        box = SurroundingRectangle(result, color=YELLOW, buff=0.2)
        self.play(Write(eq))
        self.play(Create(box))
        self.wait(0.4)
        self.play(Write(result))
        self.wait()
