from manim import *


class FollowTheLine(MovingCameraScene):
    def construct(self):
        line = NumberLine(x_range=[0, 20, 1], length=24, include_numbers=True).shift(RIGHT * 6)
        walker = Dot(line.n2p(1), color=YELLOW).scale(1.5)
        goal = Text("goal", font_size=36).next_to(line.n2p(17), UP, buff=0.5)
        self.camera.frame.move_to(walker)
        self.add(line, walker, goal)
        self.wait(0.3)
        self.play(walker.animate.move_to(line.n2p(17)), self.camera.frame.animate.move_to(line.n2p(17)), run_time=2)
        self.wait(0.4)
