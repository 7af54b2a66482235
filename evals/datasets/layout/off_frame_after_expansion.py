from manim import *


class CubeOfSum(Scene):
    def construct(self):
        head = Text("Expand", font_size=40).to_corner(UL)
        short = MathTex("(a+b)^3", font_size=64).move_to(RIGHT * 4.8)
        long = MathTex("a^3 + 3a^2b + 3ab^2 + b^3", font_size=64).move_to(short)
        self.play(FadeIn(head), Write(short))
        self.wait(0.5)
        self.play(TransformMatchingShapes(short, long))
        self.wait()
