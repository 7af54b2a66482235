from manim import *


class EuclidListing(Scene):
    def construct(self):
        heading = Text("Greatest common divisor", font_size=40).to_edge(UP)
        listing = Code(
            code_string="def gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return a\n\nprint(gcd(84, 36))",
            language="python",
            add_line_numbers=False,
        ).scale(0.3)
        self.add(heading)
        self.play(FadeIn(listing))
        self.wait()
