from manim import *


class Rules(Scene):
    def construct(self):
        rules = BulletedList("Do the same to both sides.", "Collect like terms.", "Check by putting the value in.", buff=0.5)
        self.play(Write(rules))
        rules.fade_all_but(1, opacity=0.3)
        self.wait(0.7)
