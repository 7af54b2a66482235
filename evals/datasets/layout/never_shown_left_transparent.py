from manim import *


class SlopeLabel(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 4], y_range=[0, 4], x_length=6, y_length=6)
        line = axes.plot(lambda x: 0.75 * x, color=GREEN)
        label = Text("slope three quarters", font_size=32).move_to(axes.c2p(1.2, 3.2))
        label.set_opacity(0)
        self.add(label)
        self.play(Create(axes))
        self.play(Create(line))
        self.wait()
