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
             properties=(halves.nothing_leaks, halves.nothing_is_lost)),
    Exercise("02.2", "psnr", reference=psnr.psnr, cases=psnr.cases, suspects=psnr.SUSPECTS, gradient=False,
             outputs=("the decibels",),
             properties=(psnr.colours_as_they_are, psnr.six_decibels, psnr.one_number_a_picture,
                         psnr.infinite_for_equals)),
    Exercise("02.3", "ssim", reference=ssim.ssim, cases=ssim.cases, suspects=ssim.SUSPECTS, gradient=False,
             outputs=("the similarity",), tolerance=5e-4,  # rounding in float32: variances are small differences
             seconds=30.0,
             properties=(ssim.one_for_itself, ssim.symmetric, ssim.one_number_a_picture)),
    Exercise("02.4", "mean_and_error", reference=averages.mean_and_error, cases=averages.cases, gradient=False,
             suspects=averages.SUSPECTS, outputs=("the mean", "the standard error"),
             properties=(averages.copies_are_no_evidence, averages.units_carry_over)),
    Exercise("02.5", "half_image_scores", reference=protocol.half_image_scores, cases=protocol.cases, gradient=False,
             suspects=protocol.SUSPECTS, outputs=("the scores",),
             properties=(protocol.nothing_leaks, protocol.only_the_right_half_counts)),
    Exercise("02.6", "nearest_view", reference=nearest.nearest_view, cases=nearest.cases, suspects=nearest.SUSPECTS,
             outputs=("the pictures",), gradient=False,
             properties=(nearest.finds_itself, nearest.turning_changes_nothing, nearest.the_world_does_not_matter)),
)
