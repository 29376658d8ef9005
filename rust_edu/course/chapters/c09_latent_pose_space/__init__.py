"""The checks of notebook 09, the space of latent poses. What they run is beside this file, one file
an exercise."""

from ...checking.exercise import Exercise
from . import components, correlation, probe, ring

EXERCISES = (
    Exercise("09.1", "principal_components", reference=components.principal_components,
             outputs=("`directions`", "`share`", "`scores`"), cases=components.cases,
             properties=components.PROPERTIES, compare=False, gradient=False),
    Exercise("09.2", "correlations", reference=correlation.correlations, outputs=("the table",),
             cases=correlation.cases, suspects=correlation.SUSPECTS, properties=correlation.PROPERTIES,
             gradient=False, tolerance=1e-3),
    Exercise("09.3", "linear_probe", reference=probe.linear_probe, outputs=("`answer`", "`r2`"), cases=probe.cases,
             suspects=probe.SUSPECTS, properties=probe.PROPERTIES, gradient=False, tolerance=1e-3,
             seconds=30.0),  # a reader may import scikit-learn in it, which is slow the first time
    Exercise("09.4", "walk_around", reference=ring.walk_around, outputs=("the way",), cases=ring.cases,
             suspects=ring.SUSPECTS, properties=ring.PROPERTIES, gradient=False),
)
