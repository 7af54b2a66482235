from manim import *


class Population(Scene):
    def construct(self):
        ax = Axes(
            x_range=[2000, 2020, 5],
            y_range=[0, 8, 2],
            x_length=12.4,
            y_length=5.6,
            axis_config={"include_numbers": True, "font_size": 26},
            x_axis_config={"decimal_number_config": {"group_with_commas": False, "num_decimal_places": 0}},
            tips=False,
        )
        ax.shift(RIGHT * 0.15)
        name = Text("population in billions", font_size=34).rotate(PI / 2)
        name.next_to(ax.y_axis, LEFT, buff=0.45)
        curve = ax.plot(lambda x: 6.1 + (x - 2000) * 0.08, color=ORANGE)
        self.add(ax, name)
        self.play(Create(curve))
        self.wait()
