from manim import *


class AreaUnderCurve(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 5], y_range=[0, 6], x_length=8, y_length=5).to_edge(DOWN)
        curve = axes.plot(lambda x: 0.2 * x**2 + 1, color=YELLOW)
        bars = axes.get_riemann_rectangles(curve, x_range=[0, 4], dx=0.5, fill_opacity=0.6)
        area = MathTex(r"\int_0^4 \left(\tfrac15 x^2 + 1\right) dx").to_corner(UL)
        self.play(Create(axes), Create(curve))
        self.play(Create(bars), Write(area))
        self.wait(0.5)
