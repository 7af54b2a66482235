from manim import *


class Listing(Scene):
    def construct(self):
        code = Code(
            code_string="total = 0\nfor n in range(1, 11):\n    total += n\nprint(total)",
            language="python",
            background="window",
        )
        said = Text("1 + 2 + ... + 10 = 55", font_size=36).next_to(code, DOWN, buff=0.5)
        self.play(FadeIn(code))
        self.play(Write(said))
        self.wait()
