from manim import *


class Runners(Scene):
    def construct(self):
        a, b = Dot(LEFT * 4, color=RED), Dot(RIGHT * 4, color=BLUE)
        a_name = Text("Ana", font_size=32).add_updater(lambda m: m.next_to(a, UP, buff=0.2))
        b_name = Text("Bo", font_size=32).add_updater(lambda m: m.next_to(b, DOWN, buff=0.2))
        self.add(a, b, a_name, b_name)
        self.play(a.animate.shift(RIGHT * 8), b.animate.shift(LEFT * 8), run_time=2, rate_func=linear)
        self.wait(0.3)
