from manim import *


class PieChart(Scene):
    def construct(self):
        shares, colours, start = (0.5, 0.3, 0.2), (BLUE, GREEN, ORANGE), 0
        pie, labels = VGroup(), VGroup()
        for part, colour in zip(shares, colours):
            angle = part * TAU
            pie.add(
                Sector(radius=2.5, angle=angle, start_angle=start, fill_color=colour, fill_opacity=0.9, stroke_color=WHITE, stroke_width=2)
            )
            middle = start + angle / 2
            labels.add(Text(f"{part:.0%}", font_size=34).move_to(1.5 * np.array([np.cos(middle), np.sin(middle), 0])))
            start += angle
        self.play(LaggedStartMap(FadeIn, pie, lag_ratio=0.3))
        self.play(Write(labels))
        self.wait()
