from manim import *


class WholeGrid(Scene):
    def construct(self):
        grid = NumberPlane(x_range=[-10, 10], y_range=[-6, 6], background_line_style={"stroke_opacity": 0.35})
        shape = Polygon([0, 0, 0], [3, 0, 0], [3, 2, 0], color=YELLOW, fill_opacity=0.4)
        self.add(grid)
        self.play(Create(shape))
        self.play(Rotate(shape, PI / 2, about_point=ORIGIN))
        self.wait(0.5)
