from manim import *


class CubeVolume(ThreeDScene):
    def construct(self):
        self.set_camera_orientation(phi=65 * DEGREES, theta=-45 * DEGREES)
        cube = Cube(side_length=2, fill_opacity=0.6)
        title = Tex("Volume $= 2^3 = 8$").to_corner(UL)
        self.add_fixed_in_frame_mobjects(title)
        self.play(Create(cube))
        self.begin_ambient_camera_rotation(rate=0.5)
        self.wait(1)
        self.stop_ambient_camera_rotation()
