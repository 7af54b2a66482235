from manim import *


class SineWave(Scene):
    def construct(self):
        axes = Axes(x_range=[0, TAU + 0.3, PI / 2], y_range=[-1.5, 1.5, 1], x_length=10, y_length=4.5)
        ticks = VGroup()
        for x, name in ((PI / 2, r"\frac{\pi}{2}"), (PI, r"\pi"), (TAU, r"2\pi")):
            ticks.add(MathTex(name, font_size=34).next_to(axes.c2p(x, 0), DOWN if x != TAU else DR, buff=0.2))
        ticks[1].shift(LEFT * 0.25)
        wave = axes.plot(np.sin, x_range=[0, TAU], color=YELLOW)
        self.play(Create(axes), Write(ticks))
        self.play(Create(wave), run_time=1.2)
        self.wait(0.5)
