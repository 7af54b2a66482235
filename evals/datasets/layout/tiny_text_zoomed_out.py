from manim import *


class MapDistance(MovingCameraScene):
    def construct(self):
        house, school = Dot(LEFT * 3, color=BLUE), Dot(RIGHT * 3, color=GREEN)
        names = VGroup(Text("house", font_size=24).next_to(house, UP), Text("school", font_size=24).next_to(school, UP))
        way = Arrow(house, school, buff=0.1)
        self.add(house, school, names, way)
        self.wait(0.5)
        self.play(self.camera.frame.animate.scale(4.5))
        far = Circle(radius=14, color=GREY)
        self.play(Create(far))
        self.wait()
