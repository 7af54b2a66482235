from manim import *


class SineScene(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 7, 1], y_range=[-1.5, 1.5, 0.5], x_length=10, y_length=4)
        curve = axes.plot(np.sin, x_range=[0, TAU], color=RED)
        dot = Dot(color=YELLOW).move_to(curve.get_start())
        self.add(axes)
        self.play(Create(curve), MoveAlongPath(dot, curve.copy()), run_time=2)
        self.play(Write(MathTex("y = \\sin x").to_corner(UR)))
        self.wait()
