from manim import *


class TrainsMeet(Scene):
    def construct(self):
        track = Line(LEFT * 6.5, RIGHT * 6.5, color=GREY)
        red = Square(0.5, color=RED, fill_opacity=1).move_to(LEFT * 5)
        blue = Square(0.5, color=BLUE, fill_opacity=1).move_to(RIGHT * 5)
        red_name = Text("train A: 60 km/h", font_size=30).next_to(red, UP).add_updater(lambda m: m.next_to(red, UP))
        blue_name = Text("train B: 40 km/h", font_size=30).next_to(blue, UP).add_updater(lambda m: m.next_to(blue, UP))
        self.add(track, red, blue, red_name, blue_name)
        self.wait(0.3)
        self.play(red.animate.move_to(RIGHT * 5), blue.animate.move_to(LEFT * 5), run_time=3, rate_func=linear)
        self.wait(0.3)
