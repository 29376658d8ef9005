"""The checks of notebook 05, srt, and what its cells use: one file an idea.

`parts` has the references and `SRTWeights`; `tokens`, `blocks`, `rays` and `assembled` cases, known mistakes and
properties; `waves` what holds of ray queries; `steps` which part of a block was given what; `given` a reader's model
with the package's weights; `broken` an SRT with one thing taken away; `dial` a camera on three sliders. Public:
`EXERCISES`.
"""

from ....figures.beside import of_first_part
from ....models import SRT
from ...checking.exercise import Exercise
from ...shared import srt_given as given
from ...shared import srt_parts as parts
from . import assembled, blocks, rays, steps, tokens, waves

EXERCISES = (
    Exercise("05.1", "cut_patches", picture=of_first_part,
             reference=parts.cut_patches, outputs=("the patches",), cases=tokens.patch_cases,
             suspects=tokens.PATCH_SUSPECTS, gradient=False, properties=(
                 tokens.colours_stay_as_they_are, tokens.each_pixel_lies_in_its_own_patch,
                 tokens.each_patch_is_in_order)),
    Exercise("05.2", "make_set", picture=of_first_part,
             reference=parts.make_set, outputs=("the set",), cases=tokens.set_cases, use=tokens.with_two_tags,
             suspects=tokens.SET_SUSPECTS, properties=(tokens.adds_what_it_should, tokens.other_views_are_a_set)),
    Exercise("05.3", "encode_set", reference=parts.encode_set, outputs=("the SLSR",), cases=blocks.encoder_cases,
             suspects=blocks.ENCODER_SUSPECTS, seconds=30.0,
             properties=(blocks.tokens_hear_each_other, blocks.order_moves_with_the_tokens,
                         steps.each_part_of_the_encoder_gets_its_own, steps.the_encoder_attends_by_attend)),
    Exercise("05.4", "ray_queries", picture=of_first_part,
             reference=parts.ray_queries, outputs=("the queries",), cases=rays.ray_cases,
             suspects=rays.RAY_SUSPECTS, gradient=False, tolerance=1e-3, rounding=1e-3,  # of fast waves
             properties=(waves.all_sines_then_all_cosines, waves.octaves_begin_at_start,
                         waves.the_first_camera_stands_at_the_origin, waves.the_world_does_not_matter,
                         waves.a_ray_is_seen_where_it_was_asked, waves.origins_and_directions)),
    Exercise("05.5", "decode", reference=parts.decode, outputs=("the colours",), cases=blocks.decoder_cases,
             suspects=blocks.DECODER_SUSPECTS, seconds=30.0, use=blocks.through_its_first_layer,
             properties=(blocks.asks_its_own_scene, blocks.each_query_is_answered_alone,
                         steps.each_part_of_the_decoder_gets_its_own, steps.the_decoder_attends_by_attend)),
    Exercise("05.6", "YourSRT", reference=SRT, outputs=("the colours",), cases=assembled.model_cases,
             suspects=assembled.MODEL_SUSPECTS, use=given.colours_from("SRTWeights", parts.MODEL),
             gradient=("weights",), tolerance=1e-3, rounding=1e-3, seconds=60.0,
             properties=(given.training_changes_nothing(SRT, parts.MODEL), given.answers_anew(SRT, parts.MODEL),
                         given.methods_go_by_what_they_are_given(SRT, parts.MODEL),
                         assembled.the_target_is_not_seen, assembled.every_view_has_a_say,
                         assembled.the_world_does_not_matter, assembled.other_views_are_a_set,
                         assembled.scenes_know_nothing_of_each_other, given.methods_fit_together(SRT, parts.MODEL))),
)
