from manim import *


class NumberedAxes(Scene):
    def construct(self):
        axes = Axes(x_range=[-4, 4], y_range=[-3, 3], x_length=9, y_length=6, axis_config={"include_numbers": True})
        names = axes.get_axis_labels(x_label="x", y_label="y")
        line = axes.plot(lambda x: 0.5 * x + 1, x_range=[0.4, 4], color=RED)
        self.play(Create(axes), Write(names))
        self.play(Create(line))
        self.wait()
