from manim import *


class AngleSum(Scene):
    def construct(self):
        law = MathTex(r"\alpha + \beta + \gamma = 180^\circ", font_size=60)
        lead = Text("In every triangle:", font_size=36).next_to(law, UP, buff=0.7)
        self.play(FadeIn(lead))
        self.play(AnimationGroup(Circumscribe(law, fade_out=True), Write(law), lag_ratio=1))
        self.wait()
