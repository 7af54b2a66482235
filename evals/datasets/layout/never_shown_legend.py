from manim import *


class BarsWithoutKey(Scene):
    def construct(self):
        chart = BarChart(
            values=[4, 6, 3, 5],
            bar_names=["a", "b", "c", "d"],
            y_range=[0, 8, 2],
            x_length=7,
            y_length=4.5,
            x_axis_config={"font_size": 44},
        )
        key = VGroup(
            VGroup(Square(0.3, color=BLUE, fill_opacity=1), Text("boys", font_size=26)).arrange(RIGHT),
            VGroup(Square(0.3, color=RED, fill_opacity=1), Text("girls", font_size=26)).arrange(RIGHT),
        ).arrange(DOWN, aligned_edge=LEFT)
        key.to_corner(UR)
        self.play(Create(chart))
        self.wait()
