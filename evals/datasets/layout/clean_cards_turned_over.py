from manim import *


class Cards(Scene):
    def construct(self):
        card = RoundedRectangle(width=4.5, height=2.5, color=ORANGE, fill_color=GREY_E, fill_opacity=1)
        front = Text("area of a circle?", font_size=34).move_to(card)
        back = MathTex(r"\pi r^2", font_size=64).move_to(card)
        self.play(FadeIn(card), FadeIn(front))
        self.wait(0.3)
        self.play(FadeTransform(front, back))
        self.wait(0.3)
        self.play(FadeOut(back), FadeIn(front))
        self.wait(0.3)
