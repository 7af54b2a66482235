from manim import *


class BarsScene(Scene):
    def construct(self):
        heights = (2, 3.5, 1.5, 2.8)
        bars = VGroup(*[Rectangle(width=0.9, height=h, fill_opacity=0.8, color=BLUE) for h in heights])
        bars.arrange(RIGHT, buff=0.5, aligned_edge=DOWN)
        names = VGroup(*[Text(name, font_size=28).next_to(bar, DOWN) for name, bar in zip(("Mon", "Tue", "Wed", "Thu"), bars)])
        self.play(LaggedStart(*[GrowFromEdge(bar, DOWN) for bar in bars], lag_ratio=0.2))
        self.play(FadeIn(names))
        self.wait()
