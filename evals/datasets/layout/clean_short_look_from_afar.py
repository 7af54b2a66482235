from manim import *


class LookFromAfar(MovingCameraScene):
    def construct(self):
        text = Text("one grain of rice", font_size=40).shift(UP)
        grain = Ellipse(width=0.6, height=0.25, color=WHITE, fill_opacity=1)
        self.add(text, grain)
        self.play(self.camera.frame.animate.scale(5), rate_func=there_and_back, run_time=2)
        self.wait(0.6)
