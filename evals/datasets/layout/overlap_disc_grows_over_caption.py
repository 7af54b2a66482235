from manim import *


class GrowingDisc(Scene):
    def construct(self):
        sentence = Text("the radius is doubled, the area is four times as large", font_size=32).shift(DOWN * 2)
        disc = Circle(radius=1, fill_color=RED_E, fill_opacity=1, stroke_color=RED)
        self.play(Write(sentence), FadeIn(disc))
        self.play(disc.animate.scale(2.4))
        self.wait()
