"""Names of older Manims, of ManimGL and of habit, and what the installed Manim calls the same thing (Manim's changelog; ManimGL's documentation)."""

from __future__ import annotations

NAMES = {
    "ShowCreation": "Create", "ShowCreationThenFadeOut": "ShowPassingFlash", "ShowCreationThenDestruction": "ShowPassingFlash",
    "ShowCreationThenFadeAround": "Circumscribe", "TextMobject": "Tex", "TexMobject": "MathTex", "OldTex": "MathTex", "OldTexText": "Tex", "TexText": "Tex",
    "FadeInFromDown": "FadeIn", "FadeInFrom": "FadeIn", "FadeInFromLarge": "FadeIn", "FadeOutAndShift": "FadeOut", "FadeInFromPoint": "FadeIn",
    "DrawBorder": "DrawBorderThenFill", "ShowIncreasingSubset": "ShowIncreasingSubsets", "WiggleOutThenIn": "Wiggle", "CountInFrom": "Count",
    "CYAN": "TEAL", "MAGENTA": "PINK", "LIGHT_BLUE": "BLUE_B", "DARK_GREEN": "GREEN_E", "LIGHT_GREEN": "GREEN_B", "DARK_RED": "RED_E", "LIME": "GREEN",
    "SILVER": "GRAY_B", "GraphScene": "Scene", "SpecialThreeDScene": "ThreeDScene", "CENTER": "ORIGIN", "TOP": "UP", "BOTTOM": "DOWN", "MIDDLE": "ORIGIN",
    "UP_LEFT": "UL", "UP_RIGHT": "UR", "DOWN_LEFT": "DL", "DOWN_RIGHT": "DR", "UPPER_LEFT": "UL", "UPPER_RIGHT": "UR",
    "Highlight": "Indicate", "CreateText": "Write", "DrawText": "Write", "ShowText": "Write", "Draw": "Create", "Label": "Text", "Vector3": "Vector",
    "Formula": "MathTex", "Equation": "MathTex", "Color": "ManimColor", "Plane": "NumberPlane", "Grid": "NumberPlane", "Point": "Dot", "Segment": "Line",
    "LineSegment": "Line", "Curve": "FunctionGraph", "Graph2D": "FunctionGraph", "EquilateralTriangle": "Triangle", "SmallDot": "Dot", "Image": "ImageMobject",
}  # fmt: skip
METHODS = {
    "get_graph": "plot", "plot_function": "plot", "get_function_graph": "plot", "add_graph": "plot", "draw_graph": "plot", "plot_graph": "plot",
    "set_text_color": "set_color", "get_graph_point": "input_to_graph_point", "to_center": "center", "coord_to_point": "coords_to_point",
    "get_graph_from_function": "plot", "set_fill_color": "set_fill", "set_stroke_color": "set_stroke", "change_color": "set_color", "colour": "set_color",
    "move": "shift", "move_by": "shift", "translate": "shift", "set_position": "move_to", "set_center": "move_to", "place_at": "move_to",
    "set_scale": "scale", "set_size": "scale", "resize": "scale", "set_rotation": "rotate", "get_area_under": "get_area",
    "get_area_under_graph": "get_area", "get_axis_label": "get_axis_labels", "add_label": "add_labels",
    "wait_for": "wait", "pause": "wait", "sleep": "wait",
}  # fmt: skip
KEYWORDS = {
    "size": "font_size", "fontsize": "font_size", "text_size": "font_size", "opacity": "fill_opacity", "thickness": "stroke_width", "line_width": "stroke_width",
    "width": "stroke_width", "border_color": "stroke_color", "outline_color": "stroke_color", "line_color": "stroke_color", "border_width": "stroke_width",
    "text_color": "color", "font_color": "color", "colour": "color", "fill": "fill_color", "background_color": "fill_color", "duration": "run_time", "time": "run_time",
    "start_point": "start", "end_point": "end", "start_pos": "start", "end_pos": "end", "point1": "start", "point2": "end", "start_angle_deg": "start_angle",
    "direction": "shift", "side": "side_length", "length": "side_length", "side_len": "side_length", "r": "radius", "label_text": "label", "position": "point",
    "coords": "point", "location": "point", "coordinates": "point", "center": "arc_center", "delay": "lag_ratio", "expression": "function", "func": "function",
    "buffer": "buff", "margin": "buff", "padding": "buff", "n_sides": "n", "sides": "n", "num_sides": "n", "range": "x_range", "stroke": "stroke_width",
}  # fmt: skip
"""Keywords of habit. One is used only where the call takes the new name."""
