from manim import *


class PlaneWithTexts(Scene):
    def construct(self):
        plane = NumberPlane()
        vector = Vector([3, 2], color=YELLOW)
        name = MathTex(r"\vec v = (3, 2)").next_to(vector.get_end(), UR, buff=0.1).add_background_rectangle(opacity=1, buff=0.1)
        title = Text("A vector in the plane", font_size=36).to_corner(UL)
        plate = BackgroundRectangle(title, fill_opacity=1, buff=0.15)
        self.add(plane)
        self.play(GrowArrow(vector))
        self.play(FadeIn(name), FadeIn(plate), FadeIn(title))
        self.wait()
