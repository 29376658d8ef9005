"""The checks of notebook 05, srt, and what its cells use: one file an idea.

`parts` has the references and `SRTWeights`; `tokens`, `blocks`, `rays` and `assembled` cases, known mistakes and
properties; `broken` an SRT with one thing taken away; `dial` a camera on three sliders. Public: `EXERCISES`.
"""

from ....figures.beside import of_first_part
from ....models import SRT
from ...checking.exercise import Exercise
from ...shared import srt_parts as parts
from . import assembled, blocks, rays, tokens

EXERCISES = (
    Exercise("05.1", "cut_patches", picture=of_first_part,
             reference=parts.cut_patches, outputs=("the patches",), cases=tokens.patch_cases,
             suspects=tokens.PATCH_SUSPECTS, properties=(tokens.each_pixel_lies_in_its_own_patch,)),
    Exercise("05.2", "make_set", picture=of_first_part,
             reference=parts.make_set, outputs=("the set",), cases=tokens.set_cases, use=tokens.with_two_tags,
             suspects=tokens.SET_SUSPECTS, properties=(tokens.adds_what_it_should, tokens.other_views_are_a_set)),
    Exercise("05.3", "encode_set", reference=parts.encode_set, outputs=("the SLSR",), cases=blocks.encoder_cases,
             suspects=blocks.ENCODER_SUSPECTS, seconds=30.0,
             properties=(blocks.tokens_hear_each_other, blocks.order_moves_with_the_tokens)),
    Exercise("05.4", "ray_queries", picture=of_first_part,
             reference=parts.ray_queries, outputs=("the queries",), cases=rays.ray_cases,
             suspects=rays.RAY_SUSPECTS, gradient=False, tolerance=1e-3,
             properties=(rays.the_first_camera_stands_at_the_origin, rays.the_world_does_not_matter,
                         rays.a_ray_is_seen_where_it_was_asked)),
    Exercise("05.5", "decode", reference=parts.decode, outputs=("the colours",), cases=blocks.decoder_cases,
             suspects=blocks.DECODER_SUSPECTS, seconds=30.0, use=blocks.through_its_first_layer,
             properties=(blocks.each_query_is_answered_alone, blocks.asks_its_own_scene)),
    Exercise("05.6", "YourSRT", reference=SRT, outputs=("the colours",), cases=assembled.model_cases,
             suspects=assembled.MODEL_SUSPECTS, use=assembled.colours_of, gradient=False, tolerance=1e-3, seconds=60.0,
             properties=(assembled.the_target_is_not_seen, assembled.every_view_has_a_say,
                         assembled.the_world_does_not_matter, assembled.other_views_are_a_set,
                         assembled.scenes_know_nothing_of_each_other, assembled.methods_fit_together)),
)
