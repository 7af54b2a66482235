from manim import *


class WalkingFrame(Scene):
    def construct(self):
        steps = VGroup(MathTex("3(x - 1) = 12"), MathTex("x - 1 = 4"), MathTex("x = 5")).arrange(DOWN, buff=0.8)
        frame = SurroundingRectangle(steps[0])
        self.play(Write(steps))
        self.play(Create(frame))
        for step in steps[1:]:
            self.play(frame.animate.become(SurroundingRectangle(step)), run_time=0.7)
        self.wait(0.4)
