from manim import *


class SolarDistance(MovingCameraScene):
    def construct(self):
        self.camera.frame.scale(5)
        sun = Dot(LEFT * 15, radius=1.5, color=YELLOW)
        earth = Dot(RIGHT * 15, radius=0.8, color=BLUE)
        names = VGroup(
            Text("sun", font_size=30).next_to(sun, DOWN),
            Text("earth", font_size=30).next_to(earth, DOWN),
        )
        distance = Line(sun.get_center(), earth.get_center())
        self.play(FadeIn(sun, earth), FadeIn(names))
        self.play(Create(distance))
        self.wait(0.5)
