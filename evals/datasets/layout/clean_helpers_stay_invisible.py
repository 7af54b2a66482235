from manim import *


class Helpers(Scene):
    def construct(self):
        x = ValueTracker(0)
        guide = Line(LEFT * 5, RIGHT * 5).shift(DOWN)
        anchor = Dot(guide.point_from_proportion(0.5), fill_opacity=0)
        self.add(anchor)
        car = always_redraw(lambda: Square(0.6, color=YELLOW, fill_opacity=1).move_to(guide.point_from_proportion(x.get_value())))
        name = Text("half way", font_size=30).next_to(anchor, UP, buff=1)
        self.add(car)
        self.play(x.animate.set_value(0.5), run_time=1)
        self.play(FadeIn(name))
        self.wait(0.5)
