from manim import *


class CompleteTheSquare(Scene):
    def construct(self):
        block = VGroup(MathTex("x^2 + 6x + 5"), MathTex("(x+3)^2 - 4")).arrange(DOWN, buff=1).move_to(UP * 1.5)
        heading = Text("Step 1: half of six, squared", font_size=36)
        heading.next_to(block, UP, buff=2.2)
        self.play(FadeIn(heading))
        self.play(Write(block))
        self.wait()
