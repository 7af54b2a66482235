from manim import *


class ProofInTheCorner(Scene):
    def construct(self):
        square = Square(3, color=BLUE).rotate(0.4)
        proof = VGroup(
            MathTex(r"(a+b)^2 = c^2 + 4 \cdot \tfrac12 ab"),
            MathTex("a^2 + 2ab + b^2 = c^2 + 2ab"),
            MathTex("a^2 + b^2 = c^2"),
        ).arrange(DOWN)
        proof.scale(0.18).next_to(square, RIGHT, buff=1)
        self.play(Create(square))
        self.play(Write(proof))
        self.wait()
