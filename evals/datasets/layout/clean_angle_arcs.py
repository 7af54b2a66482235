from manim import *


class AngleArcs(Scene):
    def construct(self):
        a, b, c = np.array([-3, -2, 0]), np.array([3, -2, 0]), np.array([1, 2, 0])
        sides = VGroup(Line(a, b), Line(b, c), Line(c, a))
        arc_a = Angle(Line(a, b), Line(a, c), radius=0.8, color=YELLOW)
        arc_b = Angle(Line(b, c), Line(b, a), radius=0.7, color=GREEN)
        alpha = MathTex(r"\alpha", font_size=36).move_to(a + 1.15 * normalize(normalize(b - a) + normalize(c - a)))
        beta = MathTex(r"\beta", font_size=36).move_to(b + 1.05 * normalize(normalize(a - b) + normalize(c - b)))
        corners = VGroup(
            MathTex("A").next_to(a, DL, buff=0.1), MathTex("B").next_to(b, DR, buff=0.1), MathTex("C").next_to(c, UP, buff=0.1)
        )
        self.play(Create(sides), Write(corners))
        self.play(Create(arc_a), Create(arc_b), Write(alpha), Write(beta))
        self.wait()
