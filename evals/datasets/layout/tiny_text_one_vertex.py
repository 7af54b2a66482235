from manim import *


class Parallelogram(Scene):
    def construct(self):
        corners = [[-3, -1.5, 0], [2, -1.5, 0], [3.5, 1.5, 0], [-1.5, 1.5, 0]]
        shape = Polygon(*corners, color=YELLOW)
        sizes = {"A": 40, "B": 40, "C": 7, "D": 40}
        letters = VGroup()
        for corner, (letter, size) in zip(corners, sizes.items()):
            corner = np.array(corner)
            letters.add(Text(letter, font_size=size).move_to(corner + 0.45 * corner / np.linalg.norm(corner)))
        self.play(Create(shape))
        self.play(FadeIn(letters))
        self.wait()
