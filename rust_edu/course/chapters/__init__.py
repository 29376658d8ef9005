"""One package a notebook: its exercises, figures, lesson, and whatever else it alone uses.

The syllabus gives its name, `c07_rust` for notebook 07. No module imports a chapter: its notebook does, and `checking`
finds its exercises by that name. A chapter imports no other.
"""
