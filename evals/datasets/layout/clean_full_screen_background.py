from manim import *


class Blackboard(Scene):
    def construct(self):
        board = Rectangle(width=16, height=9, fill_color="#14342B", fill_opacity=1, stroke_width=0)
        self.add(board)
        chalk = MathTex(r"\sin 30^\circ = \tfrac12", font_size=72)
        self.play(Write(chalk))
        self.wait(0.5)
