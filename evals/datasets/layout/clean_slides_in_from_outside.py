from manim import *


class SlideIn(Scene):
    def construct(self):
        note = Text("A square has four equal sides", font_size=40)
        square = Square(color=BLUE).shift(DOWN * 1.5)
        note.move_to(LEFT * 14 + UP * 1.5)
        self.add(note)
        self.play(note.animate.move_to(UP * 1.5), run_time=1.2)
        self.play(Create(square))
        self.wait(0.5)
