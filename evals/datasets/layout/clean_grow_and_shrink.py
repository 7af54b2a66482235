from manim import *


class GrowAndShrink(Scene):
    def construct(self):
        word = Text("infinity", font_size=60)
        sign = MathTex(r"\infty", font_size=140).shift(DOWN * 1.5)
        self.play(GrowFromCenter(word), run_time=1)
        self.play(FadeIn(sign, scale=0.1))
        self.play(ShrinkToCenter(word), FadeOut(sign, scale=0.1))
        self.wait(0.2)
