from manim import *


class LostLabels(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 5], y_range=[0, 5], x_length=11, y_length=6)
        f = axes.plot(lambda x: x, color=BLUE)
        g = axes.plot(lambda x: 4 - 0.5 * x, color=RED)
        f_name = MathTex("f(x) = x", color=BLUE).next_to(axes.c2p(4.2, 4.6), LEFT)
        g_name = MathTex(r"g(x) = 4 - \tfrac12 x", color=RED).next_to(axes.c2p(5, 1.5), RIGHT, buff=0.2)
        meeting = Tex("They meet where $x = 4 - x/2$.").to_edge(DOWN)
        self.play(Create(axes), run_time=0.6)
        self.play(Create(f), Create(g))
        self.play(Write(f_name), Write(g_name))
        self.wait()
