from manim import *


class VennDiagram(Scene):
    def construct(self):
        left = Circle(radius=2.1, color=BLUE, fill_opacity=0.3).shift(LEFT * 1.3)
        right = Circle(radius=2.1, color=RED, fill_opacity=0.3).shift(RIGHT * 1.3)
        texts = VGroup(
            Text("even", font_size=30).move_to(LEFT * 2.2),
            Text("6, 12", font_size=30),
            Text("odd", font_size=26).move_to(RIGHT * 2.2 + UP * 0.4),
            Text("threes", font_size=26).move_to(RIGHT * 2.2 + DOWN * 0.3),
        )
        names = VGroup(MathTex("A").next_to(left, UP, buff=0.15), MathTex("B").next_to(right, UP, buff=0.15))
        self.play(Create(left), Create(right), Write(names))
        self.play(LaggedStartMap(FadeIn, texts))
        self.wait()
