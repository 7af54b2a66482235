from manim import *


class StemAndLeaf(Scene):
    def construct(self):
        stems = VGroup(*(Text(s, font_size=40) for s in "345")).arrange(DOWN, buff=0.5).shift(LEFT * 1.5)
        leaves = VGroup(*(Text(t, font_size=40) for t in ("2 5 8", "0 1 1 9", "3 6")))
        for stem, leaf in zip(stems, leaves):
            leaf.next_to(stem, RIGHT, buff=0.7)
        x = stems.get_right()[0] + 0.35
        rule = Line([x, stems.get_top()[1] + 0.3, 0], [x, stems.get_bottom()[1] - 0.3, 0])
        self.play(Write(stems), Create(rule))
        self.play(LaggedStartMap(FadeIn, leaves, shift=RIGHT * 0.3))
        self.wait(0.5)
