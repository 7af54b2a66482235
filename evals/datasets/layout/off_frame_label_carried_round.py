from manim import *


class TurnOnce(Scene):
    def construct(self):
        centre = Dot(DOWN * 1.2)
        label = Text("(1, 0)", font_size=36).next_to(centre, RIGHT, buff=2.4)
        circle = Circle(radius=1.8, color=BLUE).move_to(centre)
        angle = ValueTracker(0)
        start = label.get_center()
        label.add_updater(lambda m: m.move_to(centre.get_center() + rotate_vector(start - centre.get_center(), angle.get_value())))
        self.add(centre, circle, label)
        self.wait(0.3)
        self.play(angle.animate.set_value(-TAU), run_time=2.5)
        self.wait(0.3)
