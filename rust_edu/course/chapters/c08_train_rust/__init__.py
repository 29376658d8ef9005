"""The checks of notebook 08, train_rust: a module an exercise. Public: `EXERCISES`, `quadratic_probe`."""

from ...checking.exercise import Exercise
from . import paired, pairs, schedule
from .pairs import quadratic_probe

__all__ = ["EXERCISES", "quadratic_probe"]

EXERCISES = (
    Exercise("08.1", "learning_rate", reference=schedule.learning_rate, cases=schedule.cases, gradient=False,
             suspects=schedule.SUSPECTS, properties=schedule.PROPERTIES, outputs=("the learning rate",),
             tolerance=1e-3),
    Exercise("08.2", "pair_r2", reference=pairs.pair_r2, cases=pairs.cases, gradient=False, tolerance=1e-3,
             suspects=pairs.SUSPECTS, properties=pairs.PROPERTIES, outputs=("R²",), seconds=30.0),
    Exercise("08.3", "paired_difference", reference=paired.paired_difference, cases=paired.cases, gradient=False,
             suspects=paired.SUSPECTS, properties=paired.PROPERTIES,
             outputs=("the difference", "its standard error", "the error without pairing"), tolerance=1e-3),
)
