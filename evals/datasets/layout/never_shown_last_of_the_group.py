from manim import *


class PowersOfTwo(Scene):
    def construct(self):
        powers = VGroup(*[MathTex(f"2^{n} = {2**n}", font_size=60) for n in range(1, 5)]).arrange(DOWN, buff=0.5)
        for power in powers[:3]:
            self.play(FadeIn(power, shift=UP * 0.3), run_time=0.6)
        self.wait()
