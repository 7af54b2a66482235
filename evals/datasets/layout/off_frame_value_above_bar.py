from manim import *


class TestScores(Scene):
    def construct(self):
        scores = {"Ann": 64, "Ben": 78, "Cleo": 91}
        bars, names, values = VGroup(), VGroup(), VGroup()
        for i, (name, score) in enumerate(scores.items()):
            bar = Rectangle(width=1.2, height=score * 0.0745, fill_opacity=0.7, fill_color=BLUE_D, stroke_width=1)
            bar.move_to([2.5 * (i - 1), -3.2, 0], aligned_edge=DOWN)
            bars.add(bar)
            names.add(Text(name, font_size=26).next_to(bar, DOWN, buff=0.15))
            values.add(Text(str(score), font_size=40).next_to(bar, UP, buff=0.15))
        self.play(LaggedStart(*(GrowFromEdge(bar, DOWN) for bar in bars), lag_ratio=0.3), FadeIn(names))
        self.play(FadeIn(values))
        self.wait()
