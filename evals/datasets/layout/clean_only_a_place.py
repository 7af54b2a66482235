from manim import *


class PlacesAndTargets(Scene):
    def construct(self):
        slots = VGroup(*[Square(1.2) for _ in range(4)]).arrange(RIGHT, buff=0.6)
        number = Integer(2, font_size=72).move_to(slots[0])
        target = Integer(16, font_size=72, color=YELLOW).move_to(slots[3])
        self.play(Write(number))
        self.play(number.animate.move_to(slots[1]))
        self.play(Transform(number, target))
        self.wait(0.5)
