from manim import *


class Perimeter(Scene):
    def construct(self):
        rectangle = Rectangle(width=6, height=2.5, color=GOLD)
        brace = Brace(rectangle, DOWN)
        words = Text("half of the perimeter less the height", font_size=9).next_to(brace, DOWN)
        height = MathTex("h").next_to(rectangle, LEFT)
        self.play(Create(rectangle), Write(height))
        self.play(GrowFromCenter(brace), FadeIn(words))
        self.wait()
