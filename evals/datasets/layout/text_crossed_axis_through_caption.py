from manim import *


class VertexForm(Scene):
    def construct(self):
        ax = Axes(x_range=[-5, 5], y_range=[-4, 4], x_length=10, y_length=7)
        graph = ax.plot(lambda x: (x - 2) ** 2 - 3, x_range=[-0.6, 4.6], color=PURPLE)
        caption = Text("the vertex is the lowest point", font_size=32).move_to(ax.c2p(-1, 3))
        caption.shift(LEFT * 0.4)
        self.play(Create(ax))
        self.play(Create(graph), FadeIn(caption))
        self.wait()
