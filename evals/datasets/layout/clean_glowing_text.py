from manim import *


class Glow(Scene):
    def construct(self):
        text = Text("Well done!", font_size=72)
        glow = text.copy().set_stroke(YELLOW, width=12, opacity=0.3).set_fill(opacity=0)
        self.play(FadeIn(glow), Write(text))
        self.wait()
