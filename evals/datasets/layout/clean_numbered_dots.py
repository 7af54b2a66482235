from manim import *


class NumberedDots(Scene):
    def construct(self):
        spots = {1: LEFT * 3, 2: UP * 2, 3: RIGHT * 3, 4: DOWN * 2}
        dots = {n: LabeledDot(str(n), radius=0.45).move_to(p) for n, p in spots.items()}
        edges = VGroup(*(Line(spots[a], spots[b]) for a, b in ((1, 2), (2, 3), (3, 4), (4, 1), (1, 3))))
        self.play(Create(edges))
        self.play(*(FadeIn(d) for d in dots.values()))
        self.wait(0.5)
