from manim import *


class Steps(Scene):
    def construct(self):
        a = MathTex("2x + 6 = 20", font_size=72)
        self.play(Write(a))
        self.wait(0.3)
        b = MathTex("2x = 14", font_size=72)
        self.play(Write(b))
        self.wait(0.3)
        self.play(FadeOut(a), FadeOut(b))
        c = MathTex("x = 7", font_size=72)
        self.play(Write(c))
        self.wait(0.3)
