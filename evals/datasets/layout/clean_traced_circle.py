from manim import *


class Traced(Scene):
    def construct(self):
        centre = Dot()
        arm = Line(ORIGIN, RIGHT * 2, color=GREY)
        tip = Dot(arm.get_end(), color=YELLOW)
        path = TracedPath(tip.get_center, stroke_color=YELLOW)
        radius = always_redraw(lambda: MathTex("r").move_to(arm.get_center() + 0.35 * arm.copy().rotate(PI / 2).get_unit_vector()))
        self.add(path, centre, arm, tip, radius)
        self.play(Rotate(VGroup(arm, tip), TAU, about_point=ORIGIN), run_time=2, rate_func=linear)
        self.wait(0.3)
