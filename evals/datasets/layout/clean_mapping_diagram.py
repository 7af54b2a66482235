from manim import *


class Mapping(Scene):
    def construct(self):
        left = Ellipse(width=2, height=5, color=BLUE).shift(LEFT * 3)
        right = Ellipse(width=2, height=5, color=GREEN).shift(RIGHT * 3)
        ins = VGroup(*(MathTex(str(n)) for n in (1, 2, 3))).arrange(DOWN, buff=0.9).move_to(left)
        outs = VGroup(*(MathTex(str(3 * n)) for n in (1, 2, 3))).arrange(DOWN, buff=0.9).move_to(right)
        arrows = VGroup(*(Arrow(i.get_right(), o.get_left(), buff=0.25, stroke_width=3) for i, o in zip(ins, outs)))
        self.play(Create(left), Create(right))
        self.play(Write(ins), Write(outs))
        self.play(LaggedStartMap(GrowArrow, arrows))
        self.wait(0.5)
