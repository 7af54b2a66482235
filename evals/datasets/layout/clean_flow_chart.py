from manim import *


class FlowChart(Scene):
    def construct(self):
        boxes = VGroup()
        for words in ("read the problem", "choose a variable", "solve and check"):
            text = Text(words, font_size=30)
            box = RoundedRectangle(corner_radius=0.2, width=4.6, height=1, fill_color=BLUE_E, fill_opacity=1)
            boxes.add(VGroup(box, text))
        boxes.arrange(DOWN, buff=0.9)
        arrows = VGroup(*(Arrow(a.get_bottom(), b.get_top(), buff=0.1) for a, b in zip(boxes, boxes[1:])))
        for i, box in enumerate(boxes):
            self.play(FadeIn(box), *([GrowArrow(arrows[i - 1])] if i else []), run_time=0.6)
        self.wait(0.5)
