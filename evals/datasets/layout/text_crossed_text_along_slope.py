from manim import *


class RiseOverRun(Scene):
    def construct(self):
        line = Line([-4, -2, 0], [4, 2, 0], color=TEAL)
        run = DashedLine([-4, -2, 0], [4, -2, 0])
        rise = DashedLine([4, -2, 0], [4, 2, 0])
        words = Text("rise over run", font_size=40).rotate(line.get_angle()).move_to(line.get_center())
        self.play(Create(line), Create(run), Create(rise))
        self.play(FadeIn(words))
        self.wait()
