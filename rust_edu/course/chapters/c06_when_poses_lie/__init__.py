"""The checks of notebook 06, when_poses_lie, and what its cells use: one file an idea.

`noise` has exercise 06.1, `pixels` 06.2, `doubt` 06.3; `parts` the reference of 06.4 and `UpSRTWeights`, `unposed` its
cases, known mistakes and properties; `lies` what the notebook's cells measure with. Public: `EXERCISES`.
"""

from ....figures.beside import of_first_part
from ....models import UpSRT
from ...checking.exercise import Exercise
from ...shared import srt_given as given
from . import doubt, noise, pixels, unposed
from .parts import MODEL

EXERCISES = (
    Exercise("06.1", "noisy_cameras", picture=of_first_part, reference=noise.noisy_cameras,
             outputs=("the cameras",), cases=noise.cases, suspects=noise.SUSPECTS, gradient=False,
             properties=(noise.still_a_camera, noise.each_camera_has_its_own, noise.the_world_does_not_matter,
                         noise.a_step_and_a_turn, noise.a_small_turn_is_a_turn)),
    Exercise("06.2", "pixels_off", picture=of_first_part, reference=pixels.pixels_off,
             outputs=("the displacements",), cases=pixels.cases, suspects=pixels.SUSPECTS, gradient=False,
             tolerance=1e-3, properties=(pixels.the_same_camera_moves_nothing, pixels.the_world_does_not_matter,
                                         pixels.cameras_that_move_and_cameras_that_turn)),
    Exercise("06.3", "best_guess", picture=of_first_part, reference=doubt.best_guess, outputs=("the picture",),
             cases=doubt.cases, suspects=doubt.SUSPECTS, gradient=False, properties=(
                 doubt.looks_from_every_possible_camera, doubt.order_does_not_matter, doubt.takes_their_mean)),
    Exercise("06.4", "YourUpSRT", reference=UpSRT, outputs=("the colours",), cases=unposed.model_cases,
             suspects=unposed.MODEL_SUSPECTS, gradient=("weights",), tolerance=1e-3, rounding=1e-3, seconds=60.0,
             use=given.colours_from("UpSRTWeights", MODEL, " SRTWeights has more: those of the rays."),
             properties=(given.training_changes_nothing(UpSRT, MODEL), given.answers_anew(UpSRT, MODEL),
                         given.methods_go_by_what_they_are_given(UpSRT, MODEL),
                         unposed.the_target_is_not_seen, unposed.input_cameras_change_nothing,
                         unposed.the_frame_is_the_first_camera, unposed.every_picture_has_a_say,
                         unposed.other_views_are_a_set, unposed.scenes_know_nothing_of_each_other,
                         given.methods_fit_together(UpSRT, MODEL))),
)
