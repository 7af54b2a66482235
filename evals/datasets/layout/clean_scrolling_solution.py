from manim import *


class Scrolling(Scene):
    def construct(self):
        lines = [MathTex(t, font_size=56) for t in ("6x - 4 = 2x + 12", "4x - 4 = 12", "4x = 16", "x = 4")]
        shown = VGroup(lines[0].shift(UP * 2))
        self.play(Write(lines[0]))
        for line in lines[1:]:
            line.next_to(shown[-1], DOWN, buff=0.8)
            self.play(FadeIn(line), run_time=0.5)
            shown.add(line)
        self.play(shown[:2].animate.shift(UP * 4).set_opacity(0), shown[2:].animate.shift(UP * 2))
        self.remove(*shown[:2])
        self.wait(0.4)
