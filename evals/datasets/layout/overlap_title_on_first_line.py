from manim import *


class QuadraticFormula(Scene):
    def construct(self):
        title = Title("Quadratic formula")
        steps = VGroup(
            MathTex("x^2 - 5x + 6 = 0"),
            MathTex(r"x = \frac{5 \pm \sqrt{25 - 24}}{2}"),
            MathTex(r"x = \frac{5 \pm 1}{2}"),
            MathTex(r"x_1 = 3"),
            MathTex(r"x_2 = 2"),
        ).arrange(DOWN, buff=0.6)
        steps.move_to(UP * 0.55)
        self.add(title)
        for step in steps:
            self.play(Write(step), run_time=0.5)
        self.wait()
