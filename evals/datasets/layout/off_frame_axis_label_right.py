from manim import *


class WaterTank(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 10, 2], y_range=[0, 50, 10], x_length=12.6, y_length=5.5, tips=False)
        axes.add_coordinates()
        x_name = Text("time in hours", font_size=30).next_to(axes.x_axis.get_end(), RIGHT, buff=0.15)
        y_name = Text("litres", font_size=30).next_to(axes.y_axis.get_end(), RIGHT, buff=0.25)
        level = axes.plot(lambda t: 4 * t + 5, color=TEAL)
        self.play(Create(axes), FadeIn(x_name, y_name))
        self.play(Create(level))
        self.wait()
