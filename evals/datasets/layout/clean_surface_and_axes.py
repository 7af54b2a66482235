from manim import *


class Paraboloid(ThreeDScene):
    def construct(self):
        axes = ThreeDAxes(x_range=[-2, 2], y_range=[-2, 2], z_range=[0, 4], x_length=4, y_length=4, z_length=3)
        surface = Surface(
            lambda u, v: axes.c2p(u, v, u**2 + v**2), u_range=[-1.2, 1.2], v_range=[-1.2, 1.2], resolution=(8, 8), fill_opacity=0.7
        )
        self.set_camera_orientation(phi=70 * DEGREES, theta=30 * DEGREES, zoom=0.8)
        formula = MathTex("z = x^2 + y^2").to_edge(UP)
        self.add_fixed_in_frame_mobjects(formula)
        self.play(Create(axes))
        self.play(FadeIn(surface))
        self.wait(0.5)
