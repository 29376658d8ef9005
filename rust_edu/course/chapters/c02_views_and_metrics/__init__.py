"""The checks of notebook 02, views and metrics: a module an exercise, and `windows`, the window of SSIM.

Axes: B scenes (S in an average over all of them), V input views, T target views, H W pixels.
"""

from ...checking.exercise import Exercise
from . import averages, halves, nearest, protocol, psnr, ssim
from .windows import window_mean

__all__ = ["EXERCISES", "window_mean"]

EXERCISES = (
    Exercise("02.1", "split_scene", reference=halves.split_scene, cases=halves.cases, suspects=halves.SUSPECTS,
             outputs=("the input views", "the seen halves", "the scored halves"), gradient=False,
             properties=(halves.only_cut, halves.nothing_leaks, halves.nothing_is_lost)),
    Exercise("02.2", "psnr", reference=psnr.psnr, cases=psnr.cases, suspects=psnr.SUSPECTS, gradient=False,
             outputs=("the decibels",),
             properties=(psnr.colours_as_they_are, psnr.one_number_a_picture, psnr.the_same_error_everywhere,
                         psnr.one_error_among_many, psnr.six_decibels, psnr.infinite_for_equals)),
    Exercise("02.3", "ssim", reference=ssim.ssim, cases=ssim.cases, suspects=ssim.SUSPECTS, gradient=False,
             outputs=("the similarity",), tolerance=5e-4,  # rounding in float32: variances are small differences
             seconds=30.0,
             properties=(ssim.symmetric, ssim.one_number_a_picture, ssim.the_brightness_factor, ssim.the_pattern_factor,
                         ssim.the_two_multiplied, ssim.one_channel_in_three, ssim.windows_that_fit,
                         ssim.one_for_itself)),
    Exercise("02.4", "mean_and_error", reference=averages.mean_and_error, cases=averages.cases, gradient=False,
             suspects=averages.SUSPECTS, outputs=("the mean", "the standard error"),
             properties=(averages.the_mean, averages.copies_are_no_evidence, averages.units_carry_over,
                         averages.scenes_that_are_all_alike)),
    Exercise("02.5", "half_image_scores", reference=protocol.half_image_scores, cases=protocol.cases, gradient=False,
             suspects=protocol.SUSPECTS, outputs=("the scores",),
             properties=(protocol.nothing_leaks, protocol.what_predict_is_handed, protocol.only_the_right_half_counts,
                         protocol.what_the_measure_is_handed,
                         protocol.no_depth_is_handed_over)),
    Exercise("02.6", "nearest_view", reference=nearest.nearest_view, cases=nearest.cases, suspects=nearest.SUSPECTS,
             outputs=("the pictures",), gradient=False,
             properties=(nearest.pictures_of_its_own_scene, nearest.finds_itself, nearest.turning_changes_nothing,
                         nearest.the_world_does_not_matter, nearest.nothing_is_nearer)),
)
