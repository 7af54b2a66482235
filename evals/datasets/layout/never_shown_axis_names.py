from manim import *


class SpeedGraph(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 6], y_range=[0, 4], x_length=9, y_length=5)
        names = axes.get_axis_labels(Tex("time"), Tex("speed"))
        graph = axes.plot_line_graph([0, 2, 4, 6], [0, 3, 3, 0], line_color=YELLOW)
        self.play(Create(axes))
        self.play(Create(graph))
        self.wait()
