# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   rust_edu:
#     title: Views and metrics
#     claim: By the end you will have shown that a number can be perfect and mean nothing, and set up the one
#       measurement by which every model of this course is judged.
#     needs: ["01"]
#     objectives:
#       - Split the views of a scene into what is given, what is seen and what is scored
#       - Write PSNR and SSIM, and check them against scikit-image
#       - Say what each of PSNR, SSIM and FLIP does not notice
#       - Average over scenes, with a standard error, and say what an average of decibels hides
#       - Write the half-image protocol, and show with a cheat that it is needed
#       - Set the bar with baselines that learn nothing
#     reading_minutes: 120
#     compute: {cpu: "30 s", gpu: "not needed"}
#     glossary:
#       PSNR: "Peak signal-to-noise ratio: minus ten times the decimal logarithm of the mean squared error, in decibels,
#         for colours from 0 to 1."
#       SSIM: "Structural similarity: how alike means, variances and patterns are, in a small window at every place; 1
#         at most."
#       FLIP: "An estimate of the difference that an eye sees when two pictures are shown in turn, 0 at best."
#       standard error: "How far a mean is typically off because these scenes were drawn and not others: the standard
#         deviation over the root of their count."
#       half-image protocol: "The left half of a target may be seen; every method is scored on the right half alone."
#       baseline: "A method without learning that any model must beat."
# ---

# %% tags=["parameters"]
profile = "laptop"
retrain = False
own_parts = True

# %% [markdown]
# ## Sharp or safe
#
# A scene was photographed three times. Now somebody asks what it looks like from a fourth place. Two methods that have
# learned nothing try to answer. The first returns the photograph that was taken nearest to that place. The second lays
# all three photographs on top of each other.
#
# Here are the truth and the two answers.

# %%
import numpy as np
import torch
from IPython.display import Markdown
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from rust_edu import RUST, SRT
from rust_edu.course import hint, predict, quiz, scoreboard, start
from rust_edu.course.chapters.c02_views_and_metrics import window_mean
from rust_edu.course.chapters.c02_views_and_metrics.damage import DamageDial
from rust_edu.course.chapters.c02_views_and_metrics.figures import (
    comparison,
    easy_and_hard,
    halves_sheet,
    protocol_plot,
)
from rust_edu.evaluation.protocol import MeanColour, MeanPicture, NearestInput, shuffled_views
from rust_edu.evaluation.report import test_scenes
from rust_edu.evaluation.results import load_results
from rust_edu.figures import cameras_in_3d, scene_sheet
from rust_edu.views import Views

start("02", own_parts=own_parts)

# %%
test_set = test_scenes("sector")
views = shuffled_views(test_set, seed=0)  # which views are inputs and which are targets is a matter of chance
inputs, targets = views.split(3, 5)

SCENE, TARGET = 195, 4
truth = targets.images[SCENE, TARGET]
sharp = NearestInput().predict(inputs, targets)[SCENE, TARGET]
fog = MeanPicture().predict(inputs, targets)[SCENE, TARGET]

comparison(torch.stack([truth, sharp, fog]), ["the truth", "sharp\nthe nearest photograph", "fog\nall three at once"],
           title="Which of the two is the better answer?", side=224)

# %% [markdown] predict="02.p1"
# Nearly every paper on this subject judges pictures by PSNR, which compares them pixel by pixel. Which of the two gets
# the higher PSNR here?
#
# - [ ] The sharp one: it shows real objects with real edges
#   It does, only they are not where they should be. An edge in the wrong place is wrong twice: where it stands, and
#   where it is missing.
# - [x] The fog
#   A mean is never far from anything. Where a method does not know, hedging costs less than a sharp guess, and PSNR
#   rewards it. You will see the numbers as soon as you have written them.
# - [ ] Neither, they get about the same
#   They differ clearly in this scene. Over all test scenes, though, this is close to the truth: hold on to the thought.

# %% [markdown]
# In this notebook you build the ruler. It is less glamorous than building models, and more depends on it: with a wrong
# ruler a bad model looks good, for years sometimes.
#
# ## What there is to see
#
# Everything that the course measures is measured on **held-out scenes**, which no model was trained on. They are
# rendered: a few solid objects on a floor, under a sky, with one lamp. The world is called `sector`, because the
# cameras of a scene stand within a sector of 120 degrees. Since nobody photographed anything, we know everything about
# them.

# %%
depth, label = test_set.ground_truth()
known = test_set.views(slice(SCENE, SCENE + 1))
known.depth, known.label = depth[SCENE:SCENE + 1], label[SCENE:SCENE + 1]
scene_sheet(known)

# %% [markdown]
# Depth and labels are there to check things with. No model gets them before notebook 11 (in preparation).
#
# All that belongs to a batch of views travels together, in an object called `Views`. The letters are those of the whole
# course: `B` scenes, `V` views (`T` of them if they are targets), `H` and `W` pixels.
#
# | what | name | shape here |
# | --- | --- | --- |
# | pictures, colours from 0 to 1 | `views.images` | `(B, V, H, W, 3)` = `(200, 8, 32, 32, 3)` |
# | where the cameras stand (notebook 01) | `views.camera_to_world` | `(B, V, 4, 4)` |
# | intrinsics, the same for all | `views.K` | `(3, 3)` |
# | depth of what a pixel shows: how far ahead, along the camera's z axis | `views.depth` | `(B, V, H, W)`, or `None` |
# | which object a pixel shows | `views.label` | `(B, V, H, W)`, or `None` |

# %%
APART = 42  # a scene whose cameras stand well apart, so that none hides another
cameras_in_3d(views.camera_to_world[APART], views.K, inputs=3, images=views.images[APART],
              title="Another scene, and its eight cameras: three are given, five are asked for")

# %% [markdown]
# ## Inputs and targets, seen and scored
#
# A **method** is anything that answers this question: *given some views of a scene, what does it look like from
# elsewhere?* The views that it is given are the **input views**. Those that it must predict are the **target views**.
# Keep them apart: a method that is asked for a picture it was given has nothing to do.
#
# There is one more cut, and it is special to this course. RUST is not told where a target's camera stood. It is told by
# being shown the **left half** of the target. So that nobody is judged on pixels that somebody has seen, everybody is
# judged on the **right half**.
#
# | part | who gets it | shape |
# | --- | --- | --- |
# | input views | every method, whole | `(B, V, H, W, 3)` |
# | left halves of the targets | may be seen | `(B, T, H, W/2, 3)` |
# | right halves of the targets | nobody; they are scored | `(B, T, H, W/2, 3)` |

# %% [markdown] exercise="02.1"
# title: Given, seen, scored
# difficulty: 1
# minutes: 8
# why: Every leak in this field began with a cut in the wrong place.
# ---
# Write `split_scene`. The first `inputs` views are given; all others are targets, cut into halves.
#
# ```python
# def split_scene(images: Tensor, inputs: int) -> tuple[Tensor, Tensor, Tensor]
#     # images (B, V + T, H, W, 3), W even
#     # -> input views (B, V, H, W, 3), seen halves (B, T, H, W/2, 3), scored halves (B, T, H, W/2, 3)
# ```
#
# *Tiny example.* Two views of one row each, `a b c d` and `e f g h`. With `inputs = 1` the input view is `a b c d`,
# what is seen is `e f`, what is scored is `g h`.

# %% solution="02.1"
def split_scene(images, inputs):
    """Pictures (B, V + T, H, W, 3) -> V input views, and the left and the right halves of T target views."""
    ### BEGIN SOLUTION
    middle = images.shape[3] // 2
    targets = images[:, inputs:]
    return images[:, :inputs], targets[:, :, :, :middle], targets[:, :, :, middle:]
    ### END SOLUTION

# %% [markdown] hint="02.1"
# Three slices. One along the axis of views, two along the axis of columns. Which axis is which?

# %% [markdown] hint="02.1"
# Views are axis 1, columns are axis 3 (or -2): the last axis holds the colours. The inputs are
# `images[:, :inputs]`, and the targets all the rest, `images[:, inputs:]`.

# %% [markdown] hint="02.1"
# ```python
# middle = images.shape[3] // 2
# targets = images[:, inputs:]
# seen = targets[:, :, :, :middle]      # the other half begins where this one ends
# return images[:, :inputs], seen, ...
# ```

# %% check="02.1"
from rust_edu.course import check
split_scene = check("02.1", split_scene)

# %% expected="02.1"
given, seen, scored = split_scene(views.images, 3)
halves_sheet(given[SCENE], seen[SCENE], scored[SCENE], title="One scene, cut as every model of this course meets it",
             subtitle="Three views are given whole. Of each of the five others the left half may be seen.")

# %% [markdown]
# The two halves of a target are of one picture: from the left one you can guess the horizon, the floor's colour, and
# sometimes an object that reaches across the middle. That is allowed. What must never happen is that a pixel of the
# right half reaches the method on any path.
#
# ## Decibels
#
# How far is a prediction $\hat y$ from the truth $y$? Take the difference of every number, square it, average:
#
# $$\mathrm{MSE} = \frac{1}{3HW} \sum_{h,w,c} (\hat y_{hwc} - y_{hwc})^2 \qquad\qquad
# \mathrm{PSNR} = 10 \log_{10} \frac{L^2}{\mathrm{MSE}} = 20 \log_{10} \frac{L}{\sqrt{\mathrm{MSE}}}$$
#
# The logarithm turns ratios into steps, since errors range over orders of magnitude. $L$ is the **peak**, the largest
# value that a colour can have. Ours go from 0 to 1, so $L = 1$, and what is left is $-10 \log_{10} \mathrm{MSE}$.
#
# | typical error of a colour, $\sqrt{\mathrm{MSE}}$ | PSNR |
# | --- | --- |
# | 1 (black for white) | 0 dB |
# | 0.1 | 20 dB |
# | 0.05, half of that | 26 dB: each halving adds 6 |
# | 0.01 | 40 dB |
# | 0 | infinite |
#
# | what | shape |
# | --- | --- |
# | prediction, truth | `(..., H, W, 3)` |
# | squared errors | `(..., H, W, 3)` |
# | MSE, PSNR | `(...)`: one number for each picture |

# %% [markdown] exercise="02.2"
# title: PSNR
# difficulty: 2
# minutes: 12
# why: It is the number on every score board of this field, and the one that is most often computed wrongly.
# ---
# Write `psnr`, for colours from 0 to 1.
#
# ```python
# def psnr(prediction: Tensor, truth: Tensor) -> Tensor
#     # prediction, truth (..., H, W, 3), any number of axes in front
#     # -> (...), decibels, one number for each picture
# ```
#
# A prediction may overshoot, and have colours below 0 or above 1. Take it as it is: what it overshoots is an error too.
#
# *Tiny example.* A grey picture, 0.1 too bright everywhere: MSE is 0.01, PSNR is 20 dB. Two equal pictures: infinite,
# which is what `torch.log10` makes of 0. Leave it so.

# %% solution="02.2"
def psnr(prediction, truth):
    """Peak signal-to-noise ratio (...) in decibels of pictures (..., H, W, 3) with colours from 0 to 1."""
    ### BEGIN SOLUTION
    mse = (prediction - truth).square().mean(dim=(-3, -2, -1))
    return -10.0 * torch.log10(mse)
    ### END SOLUTION

# %% [markdown] hint="02.2"
# Three steps, in this order: squared differences, their mean over one picture, the logarithm. What changes if you
# average after the logarithm?

# %% [markdown] hint="02.2"
# `.mean(dim=(-3, -2, -1))` averages over the last three axes, H, W and colours, and leaves whatever stands in front.
# The logarithm is to base 10: `torch.log10`, not `torch.log`.

# %% [markdown] hint="02.2"
# ```python
# mse = (prediction - truth).square().mean(dim=(-3, -2, -1))
# return ... * torch.log10(mse)      # ten, and the sign
# ```

# %% check="02.2"
from rust_edu.course import check
psnr = check("02.2", psnr)

# %% expected="02.2"
pair = torch.stack([sharp, fog])
ours = psnr(pair, truth.expand_as(pair))
theirs = [peak_signal_noise_ratio(truth.numpy(), picture.numpy(), data_range=1.0) for picture in pair]
print("ours        ", [f"{value:.2f} dB" for value in ours.tolist()])
print("scikit-image", [f"{value:.2f} dB" for value in theirs])
comparison(torch.stack([truth, sharp, fog]), ["the truth", f"sharp\n{ours[0]:.1f} dB", f"fog\n{ours[1]:.1f} dB"],
           title=f"By PSNR the fog is better, by {ours[1] - ours[0]:.1f} decibels", side=224)

# %%
ahead = (psnr(MeanPicture().predict(inputs, targets), targets.images)
         - psnr(NearestInput().predict(inputs, targets), targets.images))
print(f"all {ahead.numel():,} test pictures: the fog is better in {100 * (ahead > 0).float().mean():.0f} %, "
      f"on average by {ahead.mean():+.1f} dB")
print(f"in {100 * (ahead >= ahead[SCENE, TARGET]).float().mean():.0f} % of them by as much as here")

# %% [markdown]
# The fog wins. This picture was chosen because it wins clearly: few of the others show as large a difference. Over all
# of them the fog is ahead more often than not, and on average the two are nearly level. How sure one can be of such an
# average comes further down.
#
# But that something so useless can draw with a photograph is no trick of one scene. It says something about *every*
# model that is trained with a squared error, RUST among them: where it cannot know, the best answer it can give is the
# mean of what it thinks possible, and a mean is blurred. When you see a soft picture in a later notebook, read it as
# *"I am not sure what is here"*.
#
# ## Structure
#
# Your eye disagreed with PSNR. It did not ask how far each number is off; it asked whether there are the same
# *things*. SSIM (Wang, Bovik, Sheikh and Simoncelli, IEEE TIP 2004) tries to ask that. It looks at both pictures, $x$
# and $y$, through a small window, and compares three things there: the mean, the variance, and whether the patterns go
# together (the covariance).
#
# $$\mathrm{SSIM} = \operatorname{mean}\left[\ \frac{2 \mu_x \mu_y + C_1}{\mu_x^2 + \mu_y^2 + C_1} \cdot
# \frac{2 \sigma_{xy} + C_2}{\sigma_x^2 + \sigma_y^2 + C_2}\ \right] \qquad C_1 = (0.01\,L)^2, \quad C_2 = (0.03\,L)^2$$
#
# - The first factor is 1 if both windows are equally bright, less if not.
# - The second is 1 if the pattern is the same, 0 if the patterns have nothing in common, negative if one is the
#   negative of the other.
# - $C_1$ and $C_2$ keep a flat window from dividing 0 by 0. $L = 1$ again.
#
# Mean and variance *within the window* come from a weighted mean, for which `window_mean` is given. Its window is 11
# pixels wide, with Gaussian weights of standard deviation 1.5; only windows that fit are used. Variances follow from
# means:
#
# $$\mu_x = \langle x \rangle \qquad \sigma_x^2 = \langle x^2 \rangle - \mu_x^2 \qquad \sigma_{xy} = \langle x y
# \rangle - \mu_x \mu_y$$

# %%
print("a picture:       ", tuple(truth.shape))
print("its window means:", tuple(window_mean(truth).shape))
comparison(torch.stack([truth[5:-5, 5:-5], window_mean(truth)]), ["the picture", "its window means\nthe same places"],
           title="What SSIM takes as the brightness at each place", side=192)

# %% [markdown] exercise="02.3"
# title: SSIM
# difficulty: 3
# minutes: 20
# why: A second opinion that you understand is worth more than five that you do not.
# ---
# Write `ssim`, with the window of `window_mean`.
#
# ```python
# def ssim(prediction: Tensor, truth: Tensor) -> Tensor
#     # prediction, truth (..., H, W, 3), H and W at least 11
#     # -> (...): the mean over all places where the window fits, and over the three channels
#
# window_mean(pictures)      # (..., H, W, 3) -> (..., H - 10, W - 10, 3)
# ```
#
# Each channel is compared for itself. Variances are plain means (no division by N - 1). In scikit-image's words:
# `gaussian_weights=True, sigma=1.5, win_size=11, use_sample_covariance=False, data_range=1.0, channel_axis=-1`.
#
# *Tiny example.* Two flat pictures, 0.5 and 0.6: all variances are 0, so the second factor is 1, and the first one is
# (0.6 + 0.0001) / (0.61 + 0.0001) = 0.984.

# %% solution="02.3"
def ssim(prediction, truth):
    """Structural similarity (...) of pictures (..., H, W, 3), through an 11x11 Gaussian window."""
    ### BEGIN SOLUTION
    C1, C2 = 0.01 ** 2, 0.03 ** 2
    mean_p, mean_t = window_mean(prediction), window_mean(truth)
    var_p = window_mean(prediction ** 2) - mean_p ** 2
    var_t = window_mean(truth ** 2) - mean_t ** 2
    cov = window_mean(prediction * truth) - mean_p * mean_t
    brightness = (2 * mean_p * mean_t + C1) / (mean_p ** 2 + mean_t ** 2 + C1)
    pattern = (2 * cov + C2) / (var_p + var_t + C2)
    return (brightness * pattern).mean(dim=(-3, -2, -1))
    ### END SOLUTION

# %% [markdown] hint="02.3"
# You need five window means: of the prediction, of the truth, of both squares, and of the product. The rest is the
# formula.

# %% [markdown] hint="02.3"
# The variance is `window_mean(x * x) - window_mean(x) ** 2`. All of these have the shape `(..., H - 10, W - 10, 3)`,
# so the formula works on whole tensors, place by place. Only the very last step is a mean over the last three axes.

# %% [markdown] hint="02.3"
# ```python
# mean_p, mean_t = window_mean(prediction), window_mean(truth)
# cov = window_mean(prediction * truth) - mean_p * mean_t
# var_p, var_t = ...                                             # as cov, with the picture itself twice
# brightness = (2 * mean_p * mean_t + C1) / (mean_p ** 2 + mean_t ** 2 + C1)
# pattern = (2 * cov + C2) / (... + C2)
# return (brightness * pattern).mean(dim=(-3, -2, -1))
# ```

# %% check="02.3"
from rust_edu.course import check
ssim = check("02.3", ssim)

# %% expected="02.3"
ours_ssim = ssim(pair, truth.expand_as(pair))
theirs = [structural_similarity(truth.numpy(), picture.numpy(), gaussian_weights=True, sigma=1.5, win_size=11,
                                use_sample_covariance=False, data_range=1.0, channel_axis=-1) for picture in pair]
print("ours        ", [f"{value:.3f}" for value in ours_ssim.tolist()])
print("scikit-image", [f"{value:.3f}" for value in theirs])
comparison(torch.stack([truth, sharp, fog]),
           ["the truth", f"sharp\n{ours[0]:.1f} dB\nSSIM {ours_ssim[0]:.2f}",
            f"fog\n{ours[1]:.1f} dB\nSSIM {ours_ssim[1]:.2f}"],
           title="The second opinion: by SSIM the sharp one is better", side=224)

# %% [markdown]
# Two sensible measures, opposite verdicts. Neither is wrong. They ask different questions, and *which of two methods is
# better* has no answer before somebody says what for.
#
# ### A picture to damage
#
# Below is the truth once more, and four ways to damage it: noise, blur, a shift to the right, brightness. A third
# measure joins in, **FLIP** (Andersson et al., HPG 2020): an estimate of the difference that an eye would see when
# flipping between the two pictures. For FLIP, lower is better. The sliders work with the mouse and with the arrow keys.
#
# 1. Move *noise* until PSNR is about 24 dB. Note SSIM and FLIP. Repair, and reach 24 dB with *blur*. Which of the two
#    would you rather have? Who agrees with you?
# 2. Find the slider that takes PSNR to 24 dB and leaves SSIM nearly at 1. Why does SSIM not mind?
# 3. Which damage of 24 dB does FLIP find the least bad? A person who compares two pictures by eye often agrees. What is
#    that good for, if you want to know where a camera stood?
#
# Answers are [at the end](#Answers-to-the-questions).

# %%
DamageDial(truth)

# %% [markdown]
# ## One number for many scenes
#
# A test set has many pictures, a table has one number. What lies between is an average, and averages of decibels hide
# things. Suppose a world in which nine scenes of ten are easy and one is hard, and two methods:
#
# - *brilliant* has 30 dB in the easy scenes and 12 dB in the hard ones;
# - *steady* has 26 dB in all of them.

# %% [markdown] predict="02.p2"
# One reviewer averages the decibels. Another averages the squared errors of all pictures, and turns that one number
# into decibels. Whom do they prefer?
#
# - [ ] Both prefer *brilliant*: it is better in nine scenes of ten
#   The one who averages decibels does. But a squared error of 12 dB is sixty times one of 30 dB, and one scene of ten
#   with such an error outweighs all the others together.
# - [ ] Both prefer *steady*: it has no failures
#   The one who averages errors does. In decibels a failure costs only the eighteen decibels that it lacks, spread over
#   ten scenes.
# - [x] The first prefers *brilliant*, the second *steady*
#   Decibels compress errors, so failures hardly count. Squared errors are ruled by the worst scenes. Both numbers are
#   printed as "PSNR" in papers.
# - [ ] It cannot be: turning errors into decibels is monotonic, so the order stays the same
#   The order of two pictures does stay. The order of two *averages* does not: the mean of a logarithm is not the
#   logarithm of the mean.

# %%
easy, hard = 9, 1
brilliant = torch.tensor([30.0] * easy + [12.0] * hard)
steady = torch.full_like(brilliant, 26.0)


def decibels_of_mean_error(scores):
    """What averaging the squared errors first gives, from decibels of single pictures."""
    return -10 * torch.log10((10 ** (-scores / 10)).mean()).item()


for name, scores in (("brilliant", brilliant), ("steady", steady)):
    print(f"{name:10s} mean of decibels {scores.mean():.1f} dB, "
          f"decibels of the mean error {decibels_of_mean_error(scores):.1f} dB")

# %% [markdown]
# There is always an order: the decibels of the mean error are the smaller number, or the same if all scenes are equal
# (the logarithm is concave; this is Jensen's inequality). So the two must never stand in one table. **We average
# decibels**, as nearly all papers in this field do, and say so.
#
# The second thing that an average hides is how sure it is. Our scenes are a sample of all scenes of this world. Another
# sample would give another mean. How far off? That is the **standard error**:
#
# $$\bar s = \frac1S \sum_i s_i \qquad\qquad \mathrm{SE} = \frac{1}{\sqrt S}
# \sqrt{\frac{1}{S-1} \sum_i (s_i - \bar s)^2}$$
#
# $s_i$ is the mean over the pictures *of one scene*. $S$ is the number of scenes: `B` as long as they are a batch that
# some method works on, $S$ where they are a sample to average over.
#
# Why not count pictures? Because pictures of one scene are alike: if a scene is hard, most of its views are. A thousand
# pictures of one scene tell you about that scene, and nothing about the next.
#
# | what | shape |
# | --- | --- |
# | scores of all pictures | `(S, T)` |
# | scores of scenes, $s_i$ | `(S)` |
# | mean, standard error | two numbers |

# %% [markdown] exercise="02.4"
# title: A mean, and how sure it is
# difficulty: 2
# minutes: 12
# why: A difference smaller than its standard error is no result.
# ---
# Write `mean_and_error`.
#
# ```python
# def mean_and_error(scores: Tensor) -> tuple[float, float]
#     # scores (S, T): decibels of T pictures of each of S scenes
#     # -> the mean of the decibels, and its standard error over scenes
# ```
#
# *Tiny example.* Scenes with the pictures `[10, 14]`, `[18, 18]`, `[22, 26]`: the scenes have 12, 18 and 24. Their
# mean is 18, their standard deviation 6, the standard error 6 / √3 = 3.46.

# %% solution="02.4"
def mean_and_error(scores):
    """Scores (S, T) -> their mean, and its standard error over scenes."""
    ### BEGIN SOLUTION
    scene = scores.mean(dim=1)
    return scene.mean().item(), (scene.std() / len(scene) ** 0.5).item()
    ### END SOLUTION

# %% [markdown] hint="02.4"
# First one number for each scene. Then everything is about these S numbers.

# %% [markdown] hint="02.4"
# `scores.mean(dim=1)` has the shape `(S)`. `torch.std` divides by S - 1 by itself (NumPy's does not).

# %% [markdown] hint="02.4"
# ```python
# scene = scores.mean(dim=1)
# error = scene.std() / ...          # the root of the number of scenes
# return scene.mean().item(), error.item()
# ```

# %% check="02.4"
from rust_edu.course import check
mean_and_error = check("02.4", mean_and_error)

# %% expected="02.4"
nearest = NearestInput().predict(inputs, targets)
scores = psnr(nearest, targets.images)
mean, error = mean_and_error(scores)
print(f"nearest input view, whole pictures: {mean:.1f} ± {error:.1f} dB over {len(scores)} scenes")
gap = torch.cdist(targets.camera_to_world[..., :3, 3], inputs.camera_to_world[..., :3, 3]).amin(-1)
easy_and_hard(scores, gap, mean=mean, of_mean_error=decibels_of_mean_error(scores),
              title="Easy scenes and hard ones: the same method, the same world",
              subtitle="The nearest input view as the answer. Left: how many scenes reach how many decibels. "
                       "Right: one reason, picture by picture.")

# %% [markdown]
# Three numbers, and do not mix them up. The *spread* of the scenes is wide. One reason is at the right: a picture whose
# camera has an input camera beside it is easier. It is not the only one, as the width of the cloud shows. The *standard
# error* is small, since there are 200 scenes; it is what you compare with when two methods differ by a little. And the
# two averages differ by about a decibel, more than what separates many a paper's method from the one before it.
#
# ## The half-image protocol
#
# Now the question that this course stands on. RUST must be shown something of the target, or it cannot know which view
# is meant. Once a method sees part of the answer, how do you judge it?
#
# 1. The right half of each target is **painted grey**, 0.5. Not *please do not look*, but: it is not there.
# 2. The method predicts the whole target, from the input views and what is left.
# 3. **Only the right half** of its prediction is compared, with the right half of the truth.
#
# Every method is judged so, also one that never looks at targets, or the numbers could not stand in one table.
#
# $$s_{bt} = m\big(\hat y_{bt}[\,:, W/2:\,],\ y_{bt}[\,:, W/2:\,]\big), \qquad
# \hat y = \mathrm{predict}\big(x_1 \dots x_V,\ [\,y[\,:, :W/2\,],\ 0.5\,]\big)$$
#
# | what | name | shape |
# | --- | --- | --- |
# | input views | `inputs` | `Views` of `(B, V, H, W, 3)` |
# | targets, whole | `targets` | `Views` of `(B, T, H, W, 3)` |
# | targets as the method sees them | `shown` | the same, right halves 0.5 |
# | prediction | `predict(inputs, shown)` | `(B, T, H, W, 3)` |
# | scores | `metric(prediction half, true half)` | `(B, T)` |

# %% [markdown] exercise="02.5"
# title: The half-image protocol
# difficulty: 3
# minutes: 15
# why: These few lines decide whether any number of this course means anything.
# ---
# Write `half_image_scores`. `predict` and `metric` are functions that you are handed; `inputs` and `targets` are
# `Views`.
#
# ```python
# def half_image_scores(predict, inputs: Views, targets: Views, metric) -> Tensor
#     # predict(inputs: Views, shown: Views) -> (B, T, H, W, 3)
#     # metric(prediction, truth), two tensors (..., H, W/2, 3) -> (...)
#     # -> (B, T), one score for each target
# ```
#
# `Views(images, camera_to_world, K)` makes new views; cameras and intrinsics of `shown` are those of the targets. Hand
# over nothing else of them: the test set's targets have their `depth` and `label`, of the hidden half too. Do not
# write into `targets.images`: the truth is still needed.
#
# *Tiny example.* A picture that is 0.2 everywhere. A method that copies what it is shown returns 0.5 in the right
# half. Its mean squared error there is 0.09, not 0.

# %% solution="02.5"
def half_image_scores(predict, inputs, targets, metric):
    """Scores (B, T) of right halves that `predict` has not seen."""
    ### BEGIN SOLUTION
    middle = targets.images.shape[3] // 2
    images = targets.images.clone()
    images[:, :, :, middle:] = 0.5
    shown = Views(images, targets.camera_to_world, targets.K)
    predicted = predict(inputs, shown)
    return metric(predicted[:, :, :, middle:], targets.images[:, :, :, middle:])
    ### END SOLUTION

# %% [markdown] hint="02.5"
# Hide, ask, cut, compare. Check for yourself: after you have painted, does the truth still exist somewhere?

# %% [markdown] hint="02.5"
# `images = targets.images.clone()` is a copy that you may paint on: `images[:, :, :, middle:] = 0.5`. Both the
# prediction and the truth are cut to `[:, :, :, middle:]` before they go into `metric`.

# %% [markdown] hint="02.5"
# ```python
# middle = targets.images.shape[3] // 2
# images = targets.images.clone()
# images[:, :, :, middle:] = 0.5
# shown = Views(images, targets.camera_to_world, targets.K)
# predicted = predict(inputs, ...)
# return metric(predicted[...], targets.images[...])     # both cut to the right half
# ```

# %% check="02.5"
from rust_edu.course import check
half_image_scores = check("02.5", half_image_scores)

# %% expected="02.5"
handed_over = []


def copycat(inputs, shown):
    """Looks at no input view, at no camera. Returns what it is shown."""
    handed_over.append(shown.images)
    return shown.images.clone()


scores = half_image_scores(copycat, inputs, targets, psnr)
mean, error = mean_and_error(scores)
print(f"copycat: {mean:.1f} ± {error:.1f} dB")
comparison(torch.stack([truth, handed_over[0][SCENE, TARGET], copycat(inputs, targets)[SCENE, TARGET]]),
           ["the truth", "copycat's answer\nright half hidden", "copycat's answer\nif nothing were hidden"],
           title="A method that knows nothing returns what it is shown", side=224)

# %% [markdown]
# ## Break it
#
# Is all this care needed? Let us drop it, step by step, and see who profits. Five contestants:
#
# - **copycat** returns what it is shown;
# - **patchwork** also copies, and puts the nearest input view where it sees grey;
# - the **nearest input view** looks at cameras and never at a target;
# - **RUST** sees the left half of each target, no cameras. Its weights are the shipped ones (notebooks 07 and 08);
# - **SRT** gets the true cameras, and never looks at a target (notebook 05).
#
# And four ways to judge them: everything shown and everything scored; the left half shown and everything scored, as one
# might do by oversight; the left half shown and scored; and the protocol.

# %% [markdown] predict="02.p3"
# In which of these four does *patchwork* beat the nearest input view?
#
# - [ ] In all four
#   In the protocol there is nothing to copy: on the right half *patchwork* is the nearest input view, to the last
#   digit.
# - [x] In all but the protocol
#   Wherever a seen pixel is scored, copying pays. Even with everything scored and half of it hidden it gains three
#   decibels for nothing: half of the error is gone.
# - [ ] Only where everything is shown
#   Copying pays wherever a pixel that was seen is scored, and that is also so where the seen half counts as one of two.

# %%
few = slice(0, 8 if profile == "smoke" else 40)  # models take a moment
some_inputs, some_targets = inputs[few], targets[few]
rust, srt = RUST.from_pretrained("laptop"), SRT.from_pretrained("laptop")


def patchwork(inputs, shown):
    """Copies what it is shown; where that is grey, the nearest input view."""
    grey = (shown.images == 0.5).all(-1, keepdim=True)
    return torch.where(grey, NearestInput().predict(inputs, shown), shown.images)


def hide_right(targets):
    images = targets.images.clone()
    images[:, :, :, images.shape[3] // 2:] = 0.5
    return Views(images, targets.camera_to_world, targets.K)


def left(images):
    return images[:, :, :, :images.shape[3] // 2]


OVERSIGHT, PROTOCOL = "left half shown,\nwhole picture scored", "left half shown,\nright half scored"
contestants = {"copycat": copycat, "patchwork": patchwork, "nearest_input": NearestInput().predict,
               "rust": rust.predict, "srt": srt.predict}
true, results, drawn, unseen = some_targets.images, {}, {}, {}
with torch.no_grad():
    for name, method in contestants.items():
        everything_shown = method(some_inputs, some_targets)
        drawn[name] = method(some_inputs, hide_right(some_targets))
        unseen[name] = half_image_scores(method, some_inputs, some_targets, psnr)
        results[name] = {"everything shown,\nwhole picture scored": psnr(everything_shown, true).mean().item(),
                         OVERSIGHT: psnr(drawn[name], true).mean().item(),
                         "left half shown,\nleft half scored": psnr(left(drawn[name]), left(true)).mean().item(),
                         PROTOCOL: unseen[name].mean().item()}
protocol_plot(results, right=PROTOCOL, title="Judge them wrongly, and a copy machine beats every model",
              subtitle="Mean over target views. Shaded: the half-image protocol. The nearest view and SRT never look "
                       "at targets: left and right halves differ for them because the pictures do.")

# %%
gains = [results["patchwork"][name] - results["nearest_input"][name] for name in (OVERSIGHT, PROTOCOL)]
print(f"patchwork, above its honest part: {gains[0]:+.1f} dB when the whole picture is scored, {gains[1]:+.1f} dB "
      "by the protocol")
gap = {name: psnr(left(drawn[name]), left(true)) - unseen[name] for name in ("rust", "srt")}
for name, difference in (("RUST, left half against right", gap["rust"]), ("SRT, left half against right", gap["srt"]),
                         ("the first minus the second", gap["rust"] - gap["srt"])):
    print("{:29s} {:+.1f} ± {:.1f} dB".format(name, *mean_and_error(difference)))

# %% [markdown]
# Read the columns from left to right.
#
# - **Everything shown:** the copy machine is perfect. A table that allowed this would be won by a program of one line.
# - **Left half shown, whole picture scored:** no alarm goes off here, all numbers look reasonable. And yet *patchwork*
#   has gained three decibels without knowing anything that the nearest view does not.
# - **Left half shown and scored:** the copy machine again.
# - **The protocol:** *copycat* is last, and *patchwork* is worth exactly its honest part. *Nothing that it was shown
#   helps it.*
#
# The nearest view and SRT are our **negative control**: they never look at a target, so hiding cannot touch them. It
# does not: their first two columns agree. If hiding had cost *them* something, the measurement itself would be broken.
# RUST's first two columns agree too, for another reason: it cuts off the left half itself and looks at nothing else of
# the target, so being shown more changes nothing.
#
# The last three lines are worth a second look. Is RUST better on the half that it looks at than on the other? A little,
# but not by more than the standard error: nothing to report. SRT has seen neither half, and its difference is nothing
# to report either. But whatever makes a left half hard is hard for both. So **subtract them picture by picture**,
# before you average: now what scenes have in common cancels, and the difference is several standard errors large. A
# little of the picture does come through the eight numbers of RUST's latent pose. That is no cheating, it was trained
# to use them. But it is why RUST's authors judge it on the half that it has not seen, and why we do.
#
# ## The bar to beat
#
# Before any model is trained: how far does one get *without learning*? Such a **baseline** is the bar. A model that
# does not clear it has understood nothing, however nice its pictures.
#
# - **mean colour**: every pixel is the mean colour of the inputs;
# - **mean picture**: the fog, the mean of the input views, pixel by pixel;
# - **nearest input view**: the input whose camera stands nearest to the target's. It is told the true cameras, which
#   RUST never is.
#
# The last one is yours to write. Where a camera stands, you know from notebook 01: it is the last column of
# camera-to-world.
#
# $$\hat y_{bt} = x_{b v^*} \qquad v^* = \arg\min_v \lVert \mathbf{o}_{bt} - \mathbf{o}_{bv} \rVert$$
#
# | what | shape |
# | --- | --- |
# | positions of inputs, of targets | `(B, V, 3)`, `(B, T, 3)` |
# | distances | `(B, T, V)` |
# | number of the nearest | `(B, T)` |
# | pictures | `(B, T, H, W, 3)` |

# %% [markdown] exercise="02.6"
# title: The nearest input view
# difficulty: 3
# minutes: 15
# why: A bar that you set yourself is one that you believe in.
# ---
# Write `nearest_view`.
#
# ```python
# def nearest_view(images: Tensor, cameras: Tensor, target_cameras: Tensor) -> Tensor
#     # images (B, V, H, W, 3), cameras (B, V, 4, 4): the input views
#     # target_cameras (B, T, 4, 4), camera-to-world like `cameras`
#     # -> (B, T, H, W, 3): for each target the picture of the input whose camera stands nearest
# ```
#
# *Tiny example.* Inputs at x = 0 and x = 4, targets at x = 3, 1 and 5: the second picture, the first, the second.

# %% solution="02.6"
def nearest_view(images, cameras, target_cameras):
    """The input picture (B, T, H, W, 3) for each target whose camera stands nearest to it."""
    ### BEGIN SOLUTION
    gap = torch.cdist(target_cameras[..., :3, 3], cameras[..., :3, 3])  # (B, T, V)
    best = gap.argmin(dim=-1)  # (B, T)
    scene = torch.arange(len(images))[:, None]  # (B, 1)
    return images[scene, best]
    ### END SOLUTION

# %% [markdown] hint="02.6"
# Positions first, then the distance of every target to every input, then the smallest along the inputs. Which way a
# camera looks does not matter.

# %% [markdown] hint="02.6"
# `camera[..., :3, 3]` are positions. `torch.cdist(a, b)` of `(B, T, 3)` and `(B, V, 3)` gives distances `(B, T, V)`.
# `argmin(dim=-1)` gives a number `(B, T)` for each target. What is left is to pick, in each scene, its own pictures.

# %% [markdown] hint="02.6"
# ```python
# gap = torch.cdist(target_cameras[..., :3, 3], ...)
# best = gap.argmin(dim=-1)                       # (B, T)
# scene = torch.arange(len(images))[:, None]      # (B, 1): with `best` it indexes scene by scene
# return images[scene, ...]
# ```

# %% check="02.6"
from rust_edu.course import check
nearest_view = check("02.6", nearest_view)

# %% expected="02.6"
picked = nearest_view(inputs.images, inputs.camera_to_world, targets.camera_to_world)
comparison(torch.cat([targets.images[SCENE, :4], picked[SCENE, :4]])[[0, 4, 1, 5, 2, 6, 3, 7]],
           [words for i, value in enumerate(psnr(picked, targets.images)[SCENE, :4], 1)
            for words in (f"target {i}", f"nearest to {i}\n{value:.1f} dB")],
           title="Four targets, each beside the input view whose camera stands nearest", side=128)

# %% [markdown]
# Good neighbours give good pictures, and where the nearest camera is far, everything is displaced.
#
# Now all your parts together, for the three baselines: your protocol, your PSNR and SSIM, your average. As in the
# published table, three random choices of which views are inputs are averaged. The reader who skipped an exercise gets
# the same numbers, with the package's part in its place.

# %%
def nearest_predictor(inputs, shown):
    return nearest_view(inputs.images, inputs.camera_to_world, shown.camera_to_world)


def over_choices(predictor, metric, seeds=(0, 1, 2)):
    """Scores (S, 3 T) of all scenes, for three random choices of inputs and targets."""
    return torch.cat([half_image_scores(predictor, *shuffled_views(test_set, seed).split(3, 5), metric)
                      for seed in seeds], dim=1)


baselines = {"nearest input view": nearest_predictor, "mean picture of the inputs": MeanPicture().predict,
             "mean colour of the inputs": MeanColour().predict}
shipped = {name: load_results()[f"{key}-sector"]["metrics"] for name, key in zip(
    baselines, ("nearest_input", "mean_picture", "mean_colour"))}

reached = {name: mean_and_error(over_choices(predictor, psnr)) for name, predictor in baselines.items()}
alike = {name: mean_and_error(over_choices(predictor, ssim)) for name, predictor in baselines.items()}
lines = ["| | PSNR (dB), yours | shipped | SSIM, yours | shipped | FLIP, shipped |", "|---|---|---|---|---|---|"]
for name in baselines:
    found = shipped[name]
    lines.append(f"| {name} | {reached[name][0]:.2f} ± {reached[name][1]:.2f} | {found['psnr']['mean']:.2f} | "
                 f"{alike[name][0]:.3f} | {found['ssim']['mean']:.3f} | {found['flip']['mean']:.3f} |")
Markdown("\n".join(lines))

# %%
for name, metric, digits, unit in (("PSNR", psnr, 2, " dB"), ("SSIM", ssim, 3, "")):
    difference = over_choices(MeanPicture().predict, metric) - over_choices(nearest_predictor, metric)
    mean, error = mean_and_error(difference)
    print(f"fog minus nearest view, scene by scene, {name}: {mean:+.{digits}f} ± {error:.{digits}f}{unit}")

# %% [markdown]
# The same numbers as in `data/results.json`, from your own code. And look at the first two rows of the table. Which is
# better, the fog or the nearest view? Do not compare two means with two errors of their own. **Subtract scene by
# scene**, as above. By PSNR the fog is ahead by a little, less than two standard errors: a hint, no result. By SSIM the
# nearest view is ahead by many standard errors; FLIP, where lower is better, prefers it too. *Choosing the measure
# would choose the winner.*
#
# ### The score board
#
# Here is the board that goes with you through the course. Each notebook in which you build or train a model adds a
# number. The grey bars are what ships with the course, the orange ones are yours. To start with, the baselines, and an
# idea that costs nothing: blend the inputs, the near ones more than the far ones.

# %%
def blend(inputs, shown, sharpness=2.0):
    """A mean of the input views in which near cameras count more."""
    gap = torch.cdist(shown.camera_to_world[..., :3, 3], inputs.camera_to_world[..., :3, 3])
    return torch.einsum("btv,bvhwc->bthwc", torch.softmax(-sharpness * gap, dim=-1), inputs.images)


scoreboard("02", {**reached, "near views blended": mean_and_error(over_choices(blend, psnr))})

# %% [markdown]
# The blend lies between fog and photograph, and beats both: hedging where it is unsure, sharp where a camera is near.
# **If you like, beat it.** Change `blend`, run the cell again, and hand in your number. You may use the input views,
# all cameras, and the left halves of the targets. The right halves are not yours to look at, and your own protocol
# sees to that.
#
# ## What this shows and what it does not
#
# *What you have shown.* A number is worth what its protocol is worth. The same copy machine is perfect or last,
# depending on which pixels are shown and which are scored, while honest methods stay where they were. And you know how
# far one gets without learning: whatever a model of this course reaches above the bar, it has learned.
#
# *What it does not show.* That the right half is unseen does not mean that it is unpredictable: part of it can be
# guessed from the left half, and a method that sees the left half may do so. The protocol stops copying, not guessing.
#
# These scenes are simple, smooth and small. A ranking of methods here need not hold for photographs.
#
# *Against the paper.* RUST (Sajjadi et al., CVPR 2023) is judged by the same protocol, on other data: pictures of
# 128 × 128 pixels of far richer scenes, with five input views. Decibels of different data cannot be compared, not even
# roughly: a smooth sky is worth more decibels than a tree. The paper also reports **LPIPS** (Zhang et al., CVPR 2018),
# which compares what a trained network sees in two pictures and agrees with people better than SSIM does. It needs
# weights from the network, and pictures larger than our 32 pixels; where you have both,
# `rust_edu.evaluation.metrics.lpips` computes it. Our FLIP stands in for it, without weights.
#
# ## What to take away
#
# - Inputs are given whole, the left half of a target may be seen, the right half is scored. Nothing that is scored may
#   reach the method.
# - PSNR is the logarithm of a mean squared error. Peak 1 for colours from 0 to 1. It rewards hedging: fog beats a sharp
#   picture in the wrong place.
# - SSIM compares patterns in a window and hardly minds brightness; FLIP asks what an eye would see. They disagree, so
#   look at more than one, and at the pictures.
# - The mean of decibels and the decibels of the mean error are two different numbers. Say which.
# - Scenes are the sample, not pictures. Compare two methods scene by scene. A difference within its own standard error
#   is no result, and one within two is a hint.
# - Set the bar before you train.

# %% [markdown] quiz="02.q1"
# A colleague reports 66 dB for a model that you measured at 18 dB, on the same pictures with colours from 0 to 1. What
# is the likely reason?
#
# - [ ] The colleague scored the half that the model has seen
#   That may add a lot, but not just this amount.
# - [x] The colleague used a peak of 255
#   20 log10(255) is 48.1: a constant that is added to every number. It is the peak of bytes, not of colours from 0 to
#   1.
# - [ ] The colleague used the natural logarithm
#   That multiplies all decibels by 2.3, which would make 41 of 18.
# - [ ] The colleague averaged squared errors instead of decibels
#   That gives a smaller number, never a larger one.

# %% [markdown] quiz="02.q2"
# Method A has 18.3 ± 0.1 dB, method B 18.1 ± 0.1 dB (mean and standard error, 200 scenes). You want to know whether A
# is better, with a standard error of 0.05. What do you need?
#
# - [ ] Twice as many target views of the same 200 scenes
#   Views of one scene are alike. They tell you more about these scenes, and little about others.
# - [ ] 400 scenes
#   The error shrinks with the root of the count: 400 scenes give 0.07.
# - [x] 800 scenes
#   Four times as many scenes, half of the error. (Comparing both methods scene by scene would help more: what is hard
#   for one is hard for the other, and cancels.)
# - [ ] Nothing: the error of 0.1 shows that A is better
#   Both means may be off by 0.1 or more in either direction. A difference of 0.2 is suggestive, not more.

# %% [markdown] quiz="02.q3"
# A paper proposes a model that is shown the left half of every target. It reports PSNR of whole target views and
# compares with a model that is shown no target at all. What is wrong?
#
# - [ ] Nothing: both are judged on the same pictures
#   On the same pictures, but one of them has been shown half of the answer.
# - [x] Half of the scored pixels were shown to one of the two; by copying them it could gain three decibels for nothing
#   As *patchwork* did. Judge both on right halves only, and the comparison is fair.
# - [ ] The model should not be shown any part of a target
#   It may be, if that is how it is told which view is meant. Only what it was shown must not be scored.

# %% [markdown]
# ### Answers to the questions
#
# <details><summary>About the damaged picture</summary>
#
# 1. Noise of 24 dB is ugly to all: SSIM falls to about 0.6, FLIP rises to nearly 0.4. Blur of 24 dB does better in
#    both, though the objects can hardly be made out. If you preferred the noise because you can still see the edges:
#    no measure here agrees with you. The numbers are in the picture that stands in place of the sliders when no kernel
#    runs.
# 2. Brightness. The pattern within each window stays the same, so the second factor is 1; the first compares the
#    means, and a small step in a bright picture changes their ratio little. FLIP does mind: a brighter picture is seen
#    at once.
# 3. The shift. To an eye a picture that moved by a pixel or two is nearly the same picture. But where things stand in
#    the picture is all there is to say where the camera stood. For that question PSNR, strict as it is, asks the right
#    thing.
#
# </details>
#
# ## Where the ruler goes from here
#
# Notebook 03, which is in preparation, fits one scene at a time, and asks how many views that takes.
# [Notebook 04](04_sets_and_attention.ipynb) begins the other road, on which one model learns from thousands of scenes
# and is then shown a new one. Both are measured with what you have built here.
#
# ## Further reading
#
# - Zhou Wang, Alan Bovik, Hamid Sheikh, Eero Simoncelli: *Image quality assessment: from error visibility to structural
#   similarity*. IEEE TIP 2004. SSIM, and a famous page of pictures of equal error, of which the widget's is a small
#   cousin.
# - Jim Nilsson, Tomas Akenine-Möller: *Understanding SSIM*. arXiv 2006.13846. Where SSIM does what nobody expects.
# - Pontus Andersson et al.: *FLIP: a difference evaluator for alternating images*. HPG 2020.
# - Richard Zhang et al.: *The unreasonable effectiveness of deep features as a perceptual metric*. CVPR 2018. LPIPS.
# - Yochai Blau, Tomer Michaeli: *The perception-distortion tradeoff*. CVPR 2018. Why no method can be best by PSNR and
#   look best at once.
# - Mehdi Sajjadi et al.: *RUST: latent neural scene representations from unposed imagery*. CVPR 2023, arXiv
#   2211.14306. The half-image protocol, in the section on experiments.
