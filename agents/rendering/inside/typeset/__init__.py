"""Formulas where there is no LaTeX: TeX is translated to Typst, which is compiled to an SVG of the form that Manim knows from dvisvgm.

`tokens` reads TeX, `translate` makes Typst of it, `symbols` are its tables, `svg` rewrites what Typst drew, `install` puts it in Manim's way.
"""
