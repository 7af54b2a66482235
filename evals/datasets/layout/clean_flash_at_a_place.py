from manim import *


class FlashAtCrossing(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 6], y_range=[0, 6], x_length=6, y_length=6)
        lines = VGroup(axes.plot(lambda x: x, color=BLUE), axes.plot(lambda x: 6 - x, color=GREEN))
        self.play(Create(axes), Create(lines))
        self.play(Flash(axes.c2p(3, 3), color=YELLOW, flash_radius=0.4))
        self.wait(0.4)
