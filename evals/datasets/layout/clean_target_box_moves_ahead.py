from manim import *


class BoxAndNumber(Scene):
    def construct(self):
        sequence = VGroup(*[Integer(n, font_size=60) for n in (2, 5, 8, 11)]).arrange(RIGHT, buff=1)
        box = Square(1.1, color=YELLOW).move_to(sequence[0])
        self.play(FadeIn(sequence[0]), Create(box))
        for number in sequence[1:]:
            self.play(box.animate.move_to(number), FadeIn(number), run_time=0.7)
        self.wait(0.4)
