from manim import *


class KeyIdea(Scene):
    def construct(self):
        sentence = Text("Remember: divide both sides", font_size=40)
        panel = RoundedRectangle(width=9, height=2, fill_color=BLUE_E, fill_opacity=1, color=BLUE)
        heading = Text("Key idea", font_size=48).to_edge(UP)
        self.add(heading, sentence, panel)
        self.wait()
        self.play(Indicate(heading))
