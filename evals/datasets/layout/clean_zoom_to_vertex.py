from manim import *


class ZoomToVertex(MovingCameraScene):
    def construct(self):
        axes = Axes(x_range=[-4, 4], y_range=[-2, 6], x_length=9, y_length=6)
        graph = axes.plot(lambda x: x**2 - 1, x_range=[-2.5, 2.5], color=GREEN)
        title = Text("The lowest point", font_size=40).to_corner(UL)
        vertex = Dot(axes.c2p(0, -1), radius=0.06, color=RED)
        name = MathTex("(0, -1)", font_size=24).next_to(vertex, DR, buff=0.1)
        self.add(axes, graph, title, vertex, name)
        self.camera.frame.save_state()
        self.play(self.camera.frame.animate.scale(0.4).move_to(vertex))
        self.wait(0.5)
        self.play(Restore(self.camera.frame))
        self.wait(0.3)
