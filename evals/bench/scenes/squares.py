from manim import *


class SquaresScene(Scene):
    def construct(self):
        grid = VGroup(*[Square(side_length=0.6, color=TEAL) for _ in range(25)]).arrange_in_grid(5, 5, buff=0.05)
        self.play(LaggedStart(*[FadeIn(square) for square in grid], lag_ratio=0.05))
        self.play(*[grid[index].animate.set_fill(ORANGE, 0.9) for index in range(0, 25, 6)])
        self.play(Write(MathTex("5^2 = 25").next_to(grid, RIGHT)))
        self.wait()
