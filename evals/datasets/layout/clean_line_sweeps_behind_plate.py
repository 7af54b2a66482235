from manim import *


class BehindPlate(Scene):
    def construct(self):
        angle = ValueTracker(5)
        hand = always_redraw(lambda: Line(ORIGIN, 3.2 * RIGHT, color=TEAL).rotate(angle.get_value() * DEGREES, about_point=ORIGIN))
        plate = RoundedRectangle(width=2.6, height=0.9, fill_color=GREY_E, fill_opacity=1, corner_radius=0.15).move_to([1.6, 1.5, 0])
        words = Text("45 degrees", font_size=28).move_to(plate)
        self.add(hand, plate, words)
        self.play(angle.animate.set_value(85), run_time=2)
        self.wait(0.3)
