from manim import *


class BoxAlong(Scene):
    def construct(self):
        law = MathTex(r"\text{distance} = \text{speed} \cdot \text{time}")
        box = SurroundingRectangle(law, color=BLUE, buff=0.3)
        self.play(Write(law), Create(box))
        self.play(Indicate(VGroup(law, box)))
        self.wait(0.5)
