from manim import *


class Reminder(Scene):
    def construct(self):
        recall = Tex(r"Recall: $\sin^2\theta + \cos^2\theta = 1$")
        self.play(Write(recall))
        self.play(recall.animate.scale(0.16).to_corner(UR))
        line = MathTex(r"\cos\theta = \sqrt{1 - \sin^2\theta}", font_size=60)
        self.play(Write(line))
        self.wait()
