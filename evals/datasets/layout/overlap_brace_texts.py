from manim import *


class RopePieces(Scene):
    def construct(self):
        left = Line(LEFT * 2, ORIGIN, color=RED)
        right = Line(ORIGIN, RIGHT * 2, color=BLUE)
        b1, b2 = Brace(left, DOWN), Brace(right, DOWN)
        t1 = b1.get_text("five metres long")
        t2 = b2.get_text("seven metres long")
        self.play(Create(left), Create(right))
        self.play(GrowFromCenter(b1), Write(t1))
        self.play(GrowFromCenter(b2), Write(t2))
        self.wait()
