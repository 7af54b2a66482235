from manim import *


class CancelFactors(Scene):
    def construct(self):
        fraction = MathTex(r"\frac{6 \cdot 5}{4 \cdot 5}", font_size=90)
        result = MathTex(r"= \frac{3}{2}", font_size=90).next_to(fraction, RIGHT)
        upper, lower = fraction[0][2], fraction[0][6]
        strokes = VGroup(*(Line(n.get_corner(DL), n.get_corner(UR), color=RED, stroke_width=5).scale(1.3) for n in (upper, lower)))
        self.play(Write(fraction))
        self.play(Create(strokes))
        self.play(Write(result))
        self.wait(0.5)
