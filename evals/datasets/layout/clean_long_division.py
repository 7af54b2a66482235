from manim import *


class LongDivision(Scene):
    def construct(self):
        divisor = MathTex("4", font_size=56).move_to([-1.2, 1, 0])
        dividend = MathTex("9", "6", font_size=56).arrange(RIGHT, buff=0.2).move_to([0, 1, 0])
        side = Line([-0.75, 0.6, 0], [-0.75, 1.45, 0])
        top = Line([-0.75, 1.45, 0], [0.8, 1.45, 0])
        quotient = MathTex("2", "4", font_size=56).arrange(RIGHT, buff=0.2).move_to([0, 1.85, 0])
        eight = MathTex("8", font_size=56).next_to(dividend[0], DOWN, buff=0.3)
        minus = MathTex("-", font_size=48).next_to(eight, LEFT, buff=0.15)
        rule = Line(eight.get_corner(DL) + DL * 0.12, eight.get_corner(DR) + RIGHT * 0.15 + DOWN * 0.12)
        rest = MathTex("1", "6", font_size=56).arrange(RIGHT, buff=0.2).next_to(rule, DOWN, buff=0.15, aligned_edge=LEFT)
        self.play(Write(VGroup(divisor, dividend)), Create(side), Create(top))
        self.play(Write(quotient[0]), Write(minus), Write(eight))
        self.play(Create(rule), Write(rest), Write(quotient[1]))
        self.wait(0.5)
