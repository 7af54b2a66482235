from manim import *


class EquationScene(Scene):
    def construct(self):
        lines = [MathTex("3x", "+", "5", "=", "20"), MathTex("3x", "=", "15"), MathTex("x", "=", "5")]
        for number, line in enumerate(lines):
            line.move_to(UP * (1.5 - 1.2 * number))
        self.play(Write(lines[0]))
        for above, below in zip(lines, lines[1:]):
            self.play(TransformMatchingTex(above.copy(), below))
        self.play(Create(SurroundingRectangle(lines[-1])))
        self.wait()
