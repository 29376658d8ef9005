# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   rust_edu:
#     title: When poses lie
#     claim: By the end you will have shown that a model which believes its cameras falls to the level of a baseline
#       when they are wrong by a few degrees, that dropping the cameras of the inputs saves it from some of the lies
#       only, and which lie is left.
#     needs: ["05"]
#     objectives:
#       - Make cameras wrong by a rotation and a step of known size, each in its own frame
#       - Turn a sigma in radians into what matters to a picture, pixels
#       - Find out by experiment whose wrong camera costs SRT how much
#       - Say what the best possible answer to a doubtful question looks like, and compute it
#       - Assemble UpSRT, which trusts no input camera beyond the first, and test what it depends on
#       - Read a noise curve with its spread, and say what it leaves open
#     reading_minutes: 80
#     compute: {cpu: "40 s; with `retrain = True`, about 7 minutes more", gpu: "not used"}
#     glossary:
#       "camera noise": "Errors put on true cameras on purpose: each is turned and moved at random, with standard
#         deviation sigma in radians and in units of the scene."
#       "twist": "Six numbers that say a small motion of a camera: a rotation vector and a translation."
#       "rotation vector": "Three numbers for a rotation: their direction is the axis, their length the angle in
#         radians."
#       "Rodrigues' formula": "The rotation matrix of a rotation vector, in closed form, from the sine and cosine of the
#         angle."
#       "UpSRT": "SRT without rays at the inputs (unposed); its targets are still asked for by rays in the frame of the
#         first input camera."
#       "structure from motion": "The classical way to cameras: find the same points in several photographs and solve
#         for where cameras and points must be."
#       "expected squared error": "The mean squared error over all that may be true; the mean of the possibilities makes
#         it least."
# ---

# %% tags=["parameters"]
profile = "laptop"
retrain = False
own_parts = True

# %% [markdown]
# ## Six degrees
#
# In notebook 05 every camera was exact. Ours come out of a renderer, so they can be. Outside, cameras are *estimated*:
# by structure from motion, by a phone's sensors, by somebody with a tape measure. All of these are a little wrong, and
# some are wrong by much.
#
# So here is SRT as you left it, with three photographs of a scene and the cameras of five new views. Before you go on,
# guess what happens when each camera is off by about six degrees about each of its axes. Hold three fingers out at
# arm's length: such a camera points past its target by about their width.

# %%
from dataclasses import replace

import torch

from rust_edu import RUST, SRT
from rust_edu.cameras import from_rotation, perturb
from rust_edu.course import hint, load_or_train, mine, predict, quiz, scoreboard, start
from rust_edu.course.chapters.c06_when_poses_lie import figures
from rust_edu.course.chapters.c06_when_poses_lie.lies import WHO, decibels, looking_at, with_noise
from rust_edu.course.chapters.c06_when_poses_lie.noise_dial import PoseNoiseDial
from rust_edu.course.chapters.c06_when_poses_lie.parts import UpSRTWeights
from rust_edu.evaluation.metrics import psnr
from rust_edu.evaluation.protocol import MeanPicture, evaluate_scenes
from rust_edu.evaluation.report import test_scenes
from rust_edu.evaluation.results import load_results
from rust_edu.evaluation.sweep import flat_levels, noise_sweep
from rust_edu.figures import noise_curve
from rust_edu.training.profiles import get_profile
from rust_edu.views import half

start("06", own_parts=own_parts)

# %%
srt = SRT.from_pretrained("laptop")
unseen = test_scenes("sector")
example = unseen.views(slice(8, 9))
inputs, targets = example.split(3, 5)
with_true = srt.predict(inputs, targets)[0]
figures.rows_sheet({"what is there": targets.images[0], "SRT, told\ntrue cameras": with_true}, truth="what is there",
                   title="SRT with true cameras", subtitle="Three photographs of this scene went in. Decibels of right "
                   "halves, as everywhere.")

# %% [markdown] predict="06.p1"
# Now all eight cameras are told wrong, each turned by about six degrees about each axis and moved by a tenth of a unit.
# The photographs stay as they are, and so do the weights. What will SRT draw?
#
# - [ ] Nearly the same: six degrees are little, and the photographs are still true
#   The photographs are. But what a pixel of a photograph *means* to SRT is its ray, and the rays are wrong.
# - [ ] The same pictures, only turned a little
#   If all cameras were wrong in the same way, you would see that, or nothing at all. But each is wrong in its own way.
# - [x] Pictures with the objects elsewhere, and partly dissolved
#   The wrong target cameras put objects elsewhere. The wrong input cameras disagree about where the objects are, so
#   they dissolve.
# - [ ] Noise: it has never met such cameras
#   Each single ray looks like those it knows. Only together do they make no sense.

# %%
wrong = replace(example, camera_to_world=perturb(example.camera_to_world, 0.1, torch.Generator().manual_seed(6)))
figures.rows_sheet({"what is there": targets.images[0], "told true\ncameras": with_true,
                    "told wrong\ncameras": srt.predict(*wrong.split(3, 5))[0]}, truth="what is there",
                   title="The same model, the same photographs, other cameras: wrong by σ = 0.1")

# %% [markdown]
# It is not noise, and it is not black. It is a decent picture of something else: the objects stand elsewhere, some are
# smeared. And the model gives it with the same confidence as before.
#
# The cameras lied a little, and the model believed them: you saw the beginning of this at the end of notebook 05. This
# notebook measures the damage, finds out which lies do it, and drops the ones that can be dropped.
#
# ## How wrong is a camera
#
# To measure damage we need lies of known size. A camera has six degrees of freedom, so a lie is six numbers, a
# **twist**, drawn from a normal distribution:
#
# $$\xi = (\omega, \tau) \sim \mathcal{N}(0, I_6), \qquad
# C' = C \begin{bmatrix} \exp([\sigma\omega]_\times) & \sigma\tau \\ 0 & 1 \end{bmatrix}$$
#
# Here $[v]_\times$ is the matrix that takes the cross product with $v$ (below), and $\exp$ the matrix exponential,
# $I + A + A^2/2 + \dots$: it makes a rotation of it.
#
# - $\sigma\omega$ is a **rotation vector**: its direction is the axis, its length the angle in radians.
# - $\sigma\tau$ is a step, in units of the scene.
# - The motion stands on the *right* of $C$. Camera-to-world takes camera coordinates, so what is on its right happens
#   in the camera's own frame: it turns where it stands, and steps along its own axes.
#
# Why not add noise to the matrix? Because a sum of rotations is no rotation. The exponential always is one.
# **Rodrigues' formula** gives it without a series. With the angle $\theta = |v|$ of a rotation vector $v$ and its axis
# $k = v / \theta$,
#
# $$\exp([v]_\times) = I + \sin\theta\,[k]_\times + (1 - \cos\theta)\,[k]_\times^2, \qquad
# [k]_\times = \begin{bmatrix} 0 & -k_z & k_y \\ k_z & 0 & -k_x \\ -k_y & k_x & 0 \end{bmatrix}$$
#
# | | shape |
# |---|---|
# | `camera_to_world` | (..., 4, 4) |
# | `twist` | (..., 6): rotation vector first, then translation |
# | `sigma` | one number: radians for the first three, units of the scene for the last three |
# | result | (..., 4, 4) |
#
# The twist comes in as an argument. So the function is the same for the same arguments, and all randomness is outside
# of it.

# %% [markdown] exercise="06.1"
# title: Cameras that are a little wrong
# difficulty: 3
# minutes: 15
# why: A noise experiment is worth as much as its noise; on the wrong side of the matrix it is another experiment.
#
# ---
# ```python
# def noisy_cameras(camera_to_world: Float[Tensor, "... 4 4"], twist: Float[Tensor, "... 6"], sigma: float
#                   ) -> Float[Tensor, "... 4 4"]
# ```
# Any leading axes, the same for both. `from_rotation(R, t)` makes a 4 × 4 matrix of `(..., 3, 3)` and `(..., 3)`. Mind
# the camera whose rotation vector is zero: it has no axis. **A tiny example**: a camera at the origin with `twist = (0,
# 0, π/2, 3, 0, 0)` and `sigma = 1` is turned by a quarter about its z axis, and stands at (3, 0, 0).

# %% solution="06.1"
def noisy_cameras(camera_to_world, twist, sigma):
    """Cameras (..., 4, 4), each turned and moved in its own frame by sigma times its twist (..., 6)."""
    ### BEGIN SOLUTION
    turn, step = (sigma * twist).split(3, dim=-1)
    angle = turn.norm(dim=-1)[..., None, None].clamp(min=1e-8)  # so that 0 / 0 is 0
    x, y, z = turn.unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3)) / angle
    rotation = torch.eye(3) + angle.sin() * cross + (1 - angle.cos()) * cross @ cross
    return camera_to_world @ from_rotation(rotation, step)
    ### END SOLUTION

# %% [markdown] hint="06.1"
# Three steps: scale the twist and split it in two; make a rotation matrix of its first half; multiply, on the right
# side.

# %% [markdown] hint="06.1"
# The angle is `(..., 1, 1)`, so that it multiplies matrices `(..., 3, 3)`. Nine entries, stacked on the last axis and
# then `unflatten(-1, (3, 3))`, make the cross-product matrix. `torch.linalg.matrix_exp` of it would also do.

# %% [markdown] hint="06.1"
# ```python
# turn, step = (sigma * twist).split(3, dim=-1)
# angle = turn.norm(dim=-1)[..., None, None].clamp(min=1e-8)
# cross = torch.stack([zero, -z, y, ...], dim=-1).unflatten(-1, (3, 3)) / angle
# rotation = torch.eye(3) + angle.sin() * cross + ...
# return camera_to_world @ from_rotation(..., ...)
# ```

# %% check="06.1"
from rust_edu.course import check
noisy_cameras = check("06.1", noisy_cameras)

# %% expected="06.1"
camera = example.camera_to_world[0, 0]
twists = torch.randn(24, 6, generator=torch.Generator().manual_seed(1))
own_frame = noisy_cameras(camera.expand(24, 4, 4), twists, 0.1)
motion = noisy_cameras(torch.eye(4).expand(24, 4, 4), twists, 0.1)
figures.swing_sheet(camera, own_frame, motion @ camera, sigma=0.1)

# %% [markdown]
# **What it means.** Left is your noise. Right are the same 24 motions from the *left* side of the matrix, `motion @
# camera`: now they happen in the world's frame, and a turn swings the camera around the world's origin, where the
# objects are. It still has them in the middle of its picture. Same sigma, another experiment.
#
# Left is how a photographer errs: she stands nearly where she thinks, and looks past.

# %% [markdown]
# ## What sigma is in pixels
#
# A sigma in radians says little about a picture. What does a picture see of it? Take points of the scene, project them
# through the true camera and through the noisy one, and measure how far apart they land. In notebook 01 this was the
# reprojection error.
#
# $$\pi_C(p) = \frac{1}{z}\,K \begin{bmatrix} x \\ y \\ z \end{bmatrix}, \quad
# \begin{bmatrix} x \\ y \\ z \end{bmatrix} = R^\top (p - t), \qquad
# d = \big|\,\pi_{C'}(p) - \pi_C(p)\,\big|$$

# %% [markdown] predict="06.p2"
# Pictures here are 32 pixels wide, for 50 degrees. An object is about 7 pixels wide. With σ = 0.1, by how much does it
# appear displaced?
#
# - [ ] Less than a pixel
#   32 pixels for 50 degrees: about 1.6 degrees a pixel. Six degrees are more than one.
# - [ ] About one pixel
#   This is what the swing around the origin would do (the right plan above). A turn on the spot does more.
# - [x] About four pixels, half an object and more
#   Six degrees at about 1.6 degrees a pixel. Turning about two of the three axes displaces the picture.
# - [ ] About fifteen: half the picture
#   That would be some 25 degrees.

# %% [markdown] exercise="06.2"
# title: From sigma to pixels
# difficulty: 2
# minutes: 10
# why: Decibels fall when edges miss their pixels; this is by how much they miss.
#
# ---
# ```python
# def pixels_off(points: Float[Tensor, "N 3"], true: Float[Tensor, "V 4 4"], noisy: Float[Tensor, "V 4 4"],
#                K: Float[Tensor, "3 3"]) -> Float[Tensor, "V N"]
# ```
# Cameras are camera-to-world; all points are in front of them. **A tiny example**: focal length 30, a true camera at
# the origin, a noisy one 0.1 to its right, points 3 and 6 units ahead. They are displaced by 30 · 0.1 / 3 = 1 and by
# 0.5 pixels.

# %% solution="06.2"
def pixels_off(points, true, noisy, K):
    """How far apart, in pixels (V, N), true and noisy cameras (V, 4, 4) see points (N, 3) of the world."""
    ### BEGIN SOLUTION
    def project(camera):
        R, t = camera[:, :3, :3], camera[:, None, :3, 3]
        seen = (points - t) @ R @ K.T  # (V, N, 3): a row vector times R is R transposed times a column
        return seen[..., :2] / seen[..., 2:]

    return (project(noisy) - project(true)).norm(dim=-1)
    ### END SOLUTION

# %% [markdown] hint="06.2"
# Write `project(camera)` inside: points of the world to pixels. Call it twice, and take the length of the difference.

# %% [markdown] hint="06.2"
# World to camera is the inverse: first subtract where the camera stands, `camera[:, None, :3, 3]`, then turn by R
# transposed. With points as rows, `rows @ R` does that. Then K, then divide by the depth.

# %% [markdown] hint="06.2"
# ```python
# def project(camera):
#     seen = (points - camera[:, None, :3, 3]) @ camera[:, :3, :3] @ K.T  # (V, N, 3)
#     return seen[..., :2] / seen[..., ...]
# return (project(...) - project(...)).norm(dim=...)
# ```

# %% check="06.2"
from rust_edu.course import check
pixels_off = check("06.2", pixels_off)

# %% expected="06.2"
hundred = unseen.views(slice(0, 100))
cameras = hundred.camera_to_world[:, :4].flatten(0, 1)  # 400 of them
twists = torch.randn(400, 6, generator=torch.Generator().manual_seed(2))
points = torch.tensor([[0.0, 0.0, 0.4], [0.7, 0.2, 0.4], [-0.5, 0.6, 0.4], [0.1, -0.8, 0.4]])  # where objects are
sigmas = (0.0, 0.02, 0.05, 0.1, 0.2)
motions = [noisy_cameras(torch.eye(4).expand(400, 4, 4), twists, sigma) for sigma in sigmas]
displaced = {"noise in the camera's frame": [pixels_off(points, cameras, cameras @ m, unseen.K) for m in motions],
             "noise in the world's frame": [pixels_off(points, cameras, m @ cameras, unseen.K) for m in motions]}
object_size = unseen.K[0, 0] * 0.97 / 4.5  # a middling object at a middling distance
figures.pixel_curve(sigmas, {k: torch.stack(v).flatten(1) for k, v in displaced.items()}, float(object_size))

# %%
for name, kept in (("turn and step", (1, 1)), ("turn alone", (1, 0)), ("step alone", (0, 1))):
    part = twists * torch.tensor(kept).repeat_interleave(3)
    off = pixels_off(points, cameras, noisy_cameras(cameras, part, 0.1), unseen.K)
    print(f"sigma = 0.1, {name:14} {off.median():4.1f} pixels (median)")

# %% [markdown]
# **What it means.** With σ = 0.1 an object lands more than half its width away, and it is the turn that does it. The
# same sigma on the world's side displaces a fraction of that. So beware of two papers with the same sigma. It takes
# pixels, or pictures, to compare them; we come back to this at the end.

# %% [markdown]
# ## Whose lie costs most
#
# SRT is told three kinds of cameras: that of the first input, which is the frame for everything; those of the other
# inputs; and the targets'. All were wrong in the pictures above. Which of them did the damage? Make only one kind wrong
# at a time, keep the weights, and measure.

# %% [markdown] predict="06.p3"
# With σ = 0.1, whose wrong cameras cost SRT the fewest decibels?
#
# - [ ] The first input's: it is only one of eight cameras
#   It is one camera, and the frame of all others. If it is wrong, every other one is wrong relative to it.
# - [x] The other inputs': two of the three photographs
#   A photograph with a wrong camera confuses the scene. But the first photograph is right, and the question is right.
# - [ ] The targets': the scene itself is encoded without an error
#   The scene is perfect then, and it is asked the wrong question. A perfect answer to a wrong question is a wrong
#   picture.

# %%
fifty = unseen.views(slice(0, 50))


def lost(model, views, sigma=0.1):
    """Decibels that a model loses when the cameras of these, and of these alone, are wrong."""
    best = decibels(model, views)[0]
    return {who: best - decibels(model, with_noise(views, noisy_cameras, sigma, which))[0]
            for who, which in {**WHO, "all of them": slice(None)}.items()}


lost_by_srt = lost(srt, fifty)
figures.lost_sheet({who: {"srt": value} for who, value in lost_by_srt.items()},
                   title="What SRT loses when these cameras are wrong by σ = 0.1",
                   subtitle="The model was trained with true cameras. 50 unseen scenes, three inputs and five targets.")

# %% [markdown]
# **How to read it.** The costly lies are those that change the *question*: where does the target stand, relative to the
# first input? It makes no great difference which end of that relation is wrong. The two other inputs cost far less.
#
# That is worth a thought. A wrong input camera could be *noticed*, by a model that had a reason to: the photograph
# shows a red box, the other photographs show it too, and they contradict what the camera claims. A wrong target camera
# can hardly be noticed by anybody. There is no picture to go with it.
#
# And do the pieces add up? The last bar is less than the sum of the others: once an object is drawn beside its place,
# drawing it still farther away costs little more.
#
# ## The best answer to a doubtful question
#
# So far the model was trained with true cameras, and knew nothing of lies. That is unfair. Train it *with* noisy
# cameras, and it will learn to doubt. What can it make of its doubt?
#
# Suppose it has understood the scene perfectly. It is told a camera, and knows that the true one is somewhere around
# it. Any of the pictures from there may be the right one. Under the squared error one answer is best, and notebook 05
# had it already: **the mean of all that could be right.**
#
# $$\hat y = \mathbb{E}_\xi\big[\,\text{picture}(C\,M_{\sigma\xi})\,\big] \approx
# \frac1N \sum_n \text{picture}(C\, M_{\sigma\xi_n})$$
#
# ($M$ is the motion of 06.1. Strictly it should be its inverse. For small motions the inverse of noise is noise of the
# same size.)

# %% [markdown] exercise="06.3"
# title: The best guess
# difficulty: 2
# minutes: 8
# why: No training can beat what doubt makes impossible; here you see what the best possible answer looks like.
#
# ---
# ```python
# def best_guess(look: Callable, camera: Float[Tensor, "4 4"], twists: Float[Tensor, "N 6"], sigma: float
#                ) -> Float[Tensor, "H W 3"]
# ```
# `look(cameras)` gives what cameras `(N, 4, 4)` really see, as pictures `(N, H, W, 3)`. Use your `noisy_cameras`, and
# all N twists. **A tiny example**: with `sigma = 0` the best guess is what the told camera sees.

# %% solution="06.3"
def best_guess(look, camera, twists, sigma):
    """The picture (H, W, 3) with the least expected squared error, when the true camera is `camera` with noise."""
    ### BEGIN SOLUTION
    possible = noisy_cameras(camera.expand(len(twists), 4, 4), twists, sigma)
    return look(possible).mean(0)
    ### END SOLUTION

# %% [markdown] hint="06.3"
# First all cameras that may be true, then what each of them sees, then one picture of it all.

# %% [markdown] hint="06.3"
# `noisy_cameras` wants as many cameras as twists: `camera.expand(len(twists), 4, 4)`. The mean is over the first axis
# of the pictures, and no other.

# %% [markdown] hint="06.3"
# ```python
# possible = noisy_cameras(camera.expand(len(twists), 4, 4), ..., ...)
# return look(possible).mean(...)
# ```

# %% check="06.3"
from rust_edu.course import check
best_guess = check("06.3", best_guess)

# %% [markdown] predict="06.p4"
# Beside your best guess stands an SRT that was trained for as long as the other one, with cameras of σ = 0.1. What do
# its pictures look like?
#
# - [ ] Sharp, with the objects in the wrong places
#   So drew the model that was trained with true cameras. Sharp and wrong costs most.
# - [x] Blurred: floor and sky are right, objects are smears or gone
#   Wherever the object may be, a little of its colour is drawn. It is the honest answer to the question.
# - [ ] Sharp and right: it has learned to correct the cameras
#   It might correct those of the inputs. For the target there is nothing to correct with.

# %% expected="06.3"
doubter = SRT.from_pretrained("laptop-noise0.1")
some = torch.randn(24, 6, generator=torch.Generator().manual_seed(3))
lied = with_noise(fifty, noisy_cameras, 0.1)
chosen = (8, 11, 17, 23, 28, 41)
with torch.no_grad():
    of_doubter = torch.stack([doubter.predict(*lied[s:s + 1].split(3, 1))[0, 0] for s in chosen])
told, there = [lied.camera_to_world[s, 3] for s in chosen], torch.stack([fifty.images[s, 3] for s in chosen])
figures.rows_sheet({
    "what is there": there,
    "what the told\ncamera sees": torch.stack([looking_at(unseen, s)(c[None])[0] for s, c in zip(chosen, told)]),
    "your best guess,\nknowing the scene": torch.stack([best_guess(looking_at(unseen, s), c, some, 0.1)
                                                        for s, c in zip(chosen, told)]),
    "SRT, trained with\nwrong cameras": of_doubter}, truth="what is there",
    title="A model that must doubt the question answers with a blur",
    subtitle="Six scenes, one target each, cameras wrong by σ = 0.1.")

# %%
print("12 unseen scenes whose objects are known exactly; PSNR of right halves, in dB")
for sigma in (0.05, 0.1, 0.2):
    lied = with_noise(fifty, noisy_cameras, sigma)
    found = {"takes the camera at its word": [], "best guess": []}
    for s in range(12):
        look, camera = looking_at(unseen, s), lied.camera_to_world[s, 3]
        for name, drawn in zip(found, (look(camera[None])[0], best_guess(look, camera, some, sigma))):
            found[name].append(psnr(half(drawn, True), half(fifty.images[s, 3], True)))
    print(f"sigma = {sigma:<5}", "   ".join(f"{k}: {torch.stack(v).mean():.1f}" for k, v in found.items()))

# %% [markdown]
# **What it means.** The third row of pictures is drawn by somebody who knows every object *exactly*, and has no more to
# learn. It is blurred all the same, and on average it is better than the sharp picture of the told camera. So the limit
# is not the model. It is the question.
#
# Two cautions. *Best* is meant on average: in a single column another blur may be luckier, and the trained SRT
# sometimes is. And the best guess supposes that nothing is known of the target but the told camera. In our world
# cameras always look at the middle of the scene, and a model may learn that and use it.
#
# Blur that was learned stays. SRT was trained anew with noise of several sizes, and each of these models was tested in
# two ways: with cameras as noisy as in training, and with true ones.

# %% [markdown] predict="06.p5"
# An SRT was trained with σ = 0.1. At test time you give it *true* cameras. How does it do beside the SRT that was
# trained with true cameras?
#
# - [ ] As well: the cameras are the same now
#   The cameras are, the weights are not. It has no way to know that today nobody lies.
# - [x] Better than with noisy cameras, but far worse than the other one
#   Questions are right now, which helps. The habit of doubting stays, and doubt is blur.
# - [ ] Worse than with noisy cameras: it has never met true ones
#   True cameras are among those that it met: the noise is zero on average. Nothing about them is strange to it.

# %%
def print_clean(model):
    """A model's recorded trainings, one for each sigma, tested in two ways."""
    clean = {p["sigma"]: p["psnr"] for p in noise_sweep((model,), field="metrics_clean")}
    print("trained with           tested with the same noise   tested with true cameras")
    for p in noise_sweep((model,)):
        print(f"{model:6} sigma = {p['sigma']:<8}{p['psnr']:12.1f} ± {p['stderr']:.1f} dB{clean[p['sigma']]:21.1f} dB")


print_clean("srt")

# %% [markdown]
# **What it means.** Training with noise is a medicine with a price. Under much noise the model does better than one
# that believes (the bars above: what was 24 dB, less 6.9). Under little noise it gains nothing, as you can see below,
# where the believers have their own curve. And what it gave for this it does not get back when the cameras are true.
#
# ## Drop what you cannot trust
#
# Two lessons so far. Doubt costs, so do not learn from what must be doubted. And the cameras of the inputs can be
# *replaced*: the photographs themselves show where they were taken from, relative to each other, at least to somebody
# who knows what boxes and floors look like. So tell the model less:
#
# | | SRT | UpSRT |
# |---|---|---|
# | tokens of the inputs | picture + **rays** | picture alone |
# | who is the frame | the first input, by tag and by rays | the first input, **by its tag** |
# | query | rays of the target, relative to the first input | the same |
# | cameras it needs | all | the targets', relative to the first input |
#
# This is UpSRT, the *unposed* SRT of the same paper. Take your SRT, and leave out one line: the rays of the inputs. All
# parts are yours from notebook 05, where you have solved them.

# %%
multi_head_attention, cut_patches, make_set, encode_set, ray_queries, decode = mine(
    "04.3", "05.1", "05.2", "05.3", "05.4", "05.5")


def attend(part, x, context):
    """Attention of x (batch, queries, D) to a context (batch, tokens, D): yours, with the matrices of `part`."""
    W_key, W_value = part.key_value.weight.T.chunk(2, dim=1)
    return multi_head_attention(x, context, part.query.weight.T, W_key, W_value, part.out.weight.T,
                                part.heads) + part.out.bias

# %% [markdown]
# | method | gets | returns |
# |---|---|---|
# | `encode(inputs)` | `.images` (B, V, H, W, 3) in [0, 1]; the cameras are not to be used | (B, V·P, D), the SLSR |
# | `queries(pose, positions)` | `pose.cameras` (B, T, 4, 4), `.first` (B, 4, 4), `.K`; (N, 2) | (B, T, N, Q) |
# | `decode(queries, slsr)` | | colours (B, T, N, q·q·3) |
#
# | part | arguments |
# |---|---|
# | `cut_patches` | images, patch size |
# | `make_set` | tokens, positions, tags |
# | `encode_set` | tokens, blocks, norm, attend |
# | `ray_queries` | cameras, first, K, positions, octaves, start |
# | `decode` | queries, slsr, decoder, attend |
#
# Weights are where they were: `self.encoder.stem.project`, `self.encoder.position`, `.view_tag`, `.blocks` and `.norm`
# of the encoder, `self.decoder`, and `self.config` with `.patch`, `.octaves`, `.start_octave`. The stem wants colours
# in [−1, 1].

# %% [markdown] exercise="06.4"
# title: Assemble UpSRT
# difficulty: 3
# minutes: 15
# why: What a model is not told cannot mislead it; the check moves cameras about and looks what changes.
#
# ---
# ```python
# class YourUpSRT(UpSRTWeights):
#     def encode(self, inputs: Views) -> Float[Tensor, "B V*P D"]
#     def queries(self, pose, positions: Float[Tensor, "N 2"]) -> Float[Tensor, "B T N Q"]
#     def decode(self, queries, slsr) -> Float[Tensor, "B T N q*q*3"]
# ```
# The check asks: equal to the package's UpSRT with the same weights; input cameras beyond the first change nothing, to
# the bit; the first input's and the targets' do, and only through how they stand to each other; every picture matters;
# other views are a set; every weight gets a gradient; nothing is kept from one call to the next.

# %% solution="06.4"
class YourUpSRT(UpSRTWeights):
    """UpSRT from your own parts."""

    def encode(self, inputs):
        ### BEGIN SOLUTION
        encoder = self.encoder
        tokens = encoder.stem.project(cut_patches(2 * inputs.images - 1, self.config.patch))  # no rays
        tokens = make_set(tokens, encoder.position, encoder.view_tag)
        return encode_set(tokens, encoder.blocks, encoder.norm, attend)
        ### END SOLUTION

    def queries(self, pose, positions):
        ### BEGIN SOLUTION
        return ray_queries(pose.cameras, pose.first, pose.K, positions, self.config.octaves, self.config.start_octave)
        ### END SOLUTION

    def decode(self, queries, slsr):
        ### BEGIN SOLUTION
        return decode(queries, slsr, self.decoder, attend)
        ### END SOLUTION

# %% [markdown] hint="06.4"
# Begin with your SRT of notebook 05. `queries` and `decode` stay as they are. In `encode` two steps go: making the rays
# of the inputs, and adding them.

# %% [markdown] hint="06.4"
# Patches of `2 * images - 1`, projected: `(B, V, P, D)`. Positions and tags stay, and matter more than before: the tag
# alone says which view is the frame. Then the encoder.

# %% [markdown] hint="06.4"
# ```python
# tokens = encoder.stem.project(cut_patches(2 * inputs.images - 1, ...))
# tokens = make_set(tokens, ..., ...)
# return encode_set(tokens, ..., ..., attend)
# ```

# %% check="06.4"
from rust_edu.course import check
YourUpSRT = check("06.4", YourUpSRT)

# %% [markdown] predict="06.p6"
# Before anybody lies: all cameras are true, and UpSRT does without those of the inputs. What does that cost, beside SRT
# with its 24 dB and the nearest input view with its 18?
#
# - [ ] Nothing: the photographs show where they were taken
#   They do, but not exactly, and it has to be found out. SRT is told.
# - [x] One or two decibels
#   Finding out how photographs belong together can be learned, and is never as good as being told the truth.
# - [ ] Nearly everything: without cameras the photographs are only pictures
#   SRT with its rays taken away would fall that far (notebook 05). UpSRT was trained without them from the start.

# %% [markdown]
# The next cell loads weights that were trained with your very architecture, or trains yours: set `retrain = True` at
# the top. Then it renders 2,000 scenes, unless notebook 05 has done so, and trains for about five minutes with a live
# curve; it can be stopped at any time.
#
# **What to expect.** Within the first minute or two your curve passes the baselines. Five minutes of two idle cores
# are about 3,000 steps, and end between 20.5 and 21.5 dB on unseen scenes; the shipped run stood at 20.9 dB after 3,000
# of its 10,000 steps. On a slower or a busy machine it is less.

# %% expected="06.4"
trained = load_or_train("upsrt-laptop", YourUpSRT, get_profile(profile), retrain=retrain, minutes=5, seed=0)
upsrt = trained.model
own_size = test_scenes("sector", upsrt.config.size)  # of the pictures that your model was trained for
own_fifty = own_size.views(slice(0, 50))
drawn = upsrt.predict(*own_fifty[8:9].split(3, 5))[0]
figures.rows_sheet({"what is there": own_fifty.images[8, 3:], "UpSRT": drawn}, truth="what is there",
                   title="UpSRT: three photographs without cameras, and the cameras of the targets",
                   subtitle="The same scene as at the beginning.")

# %% [markdown]
# It works: three photographs in a bag, and the model finds out itself how they belong together. Compare with the first
# figure: some sharpness is gone, since finding out is harder than being told. What does it cost on 200 unseen scenes,
# by the half-image protocol?

# %%
measured = evaluate_scenes(upsrt, own_size, seeds=(0,), metrics=("psnr",))["psnr"]
results = load_results()
for title, found in (("SRT, shipped", results["srt-laptop"]["metrics"]["psnr"]), ("UpSRT, yours", measured)):
    print(f"{title}, true cameras: {found['mean']:.1f} ± {found['stderr']:.1f} dB")

# %% [markdown]
# With true cameras, dropping them is a loss. Now let them lie: the experiment from above again, with both models, each
# trained with true cameras.

# %%
lost_by_upsrt = lost(upsrt, own_fifty)
figures.lost_sheet({who: {"srt": lost_by_srt[who], "upsrt": lost_by_upsrt[who]} for who in lost_by_srt},
                   title="UpSRT is deaf to one of the lies, and to one only",
                   subtitle="50 unseen scenes, cameras wrong by σ = 0.1; each model is compared with itself.")

# %% [markdown]
# **What it means.** What UpSRT is not told cannot mislead it: nothing is lost when the other inputs lie. But that was
# the smallest of the bars. The large ones are still there, since they are in the *question*: "the target stands so and
# so, seen from the first input". UpSRT's are shorter because it had less to lose, as the next figure shows: from
# another height, both fall to the same place.
#
# How much noise does it take? The same two models, all cameras wrong by more and more:

# %%
def falling(name, model, views):
    """Points of a curve: the model was trained with true cameras, and is tested with wrong ones."""
    return [{"model": name, "sigma": sigma, **dict(zip(("psnr", "stderr"), decibels(
        model, with_noise(views, noisy_cameras, sigma))))} for sigma in (0.0, 0.02, 0.05, 0.1, 0.2)]


base = dict(zip(("psnr", "stderr"), decibels(MeanPicture(), fifty)))
noise_curve([*falling("srt", srt, fifty), *falling("upsrt", upsrt, own_fifty), {"model": "mean_picture", **base}],
            title="Trained with true cameras, tested with wrong ones")

# %% [markdown]
# A sigma of 0.02 is one degree. SRT's lead over UpSRT is soon used up. And at σ = 0.1 both are *below* the mean picture
# of the inputs: to believe a wrong camera is worse than to have learned nothing.
#
# ## The curve
#
# Now the comparison that counts, with models that know of the noise: SRT and UpSRT, each trained *and* tested with
# cameras of one sigma, inputs and targets alike. For every point a model was trained from scratch.

# %% [markdown] predict="06.p7"
# Trained and tested with σ = 0.1 on all cameras: which of the two is ahead?
#
# - [ ] UpSRT, clearly: it ignores most of the wrong cameras
#   It ignores the harmless ones. You saw it: the lies that hurt are in the question, and UpSRT asks the same question.
# - [ ] SRT keeps its whole lead: noise costs both the same
#   Its lead comes from the input cameras. When those are wrong too, they are worth less.
# - [x] Neither by much: both fall to about the level of a baseline that learns nothing
#   What is left of the scene once the question is doubtful is mostly floor and sky, and the mean of the input pictures
#   has those too.

# %%
levels = flat_levels()
noise_curve(noise_sweep() + levels)

# %%
print_clean("upsrt")
print(f"RUST: {levels[0]['psnr']:.1f} ± {levels[0]['stderr']:.1f} dB")
scoreboard("06", {"UpSRT, σ = 0": (measured["mean"], measured["stderr"])}, own_size.size)

# %% [markdown]
# **How to read it.** The bars are standard errors over 200 test scenes: how sure a mean is, as in notebook 02. They do
# not say how much another training, with another seed, would differ. Each point is one run, so differences of a few
# tenths of a decibel mean nothing here. The fall means something: it is many times the bars.
#
# - SRT leads with true cameras. Whoever knows the cameras should use them.
# - At σ = 0.1 both are about where the mean picture of the inputs is, which knows no camera and has learned nothing; at
#   0.2 they are below it.
# - UpSRT's distance to SRT shrinks with every sigma, and never turns round. Dropping the input cameras does not help
#   while the question is wrong.
# - The flat line is **RUST**, the model of the next notebook.
# - UpSRT is below the flat line even with true cameras. SRT is above it there, and one degree, σ = 0.02, is enough to
#   put it below.
#
# Is the flat line a trick of drawing? There is one run of RUST, drawn at all sigmas. So try: lie to RUST.

# %% [markdown] predict="06.p8"
# RUST gets the same views with cameras wrong by σ = 0.2. Its pictures will be ...
#
# - [ ] ... nearly the same, to within some tenths of a decibel
#   Nearly the same would mean that something of the cameras gets in.
# - [x] ... the same, to the last bit
#   It never reads a camera. What is not read cannot matter.
# - [ ] ... worse, like those of the others
#   It would have to use the cameras for that.

# %%
rust = RUST.from_pretrained("laptop")
lied = with_noise(fifty, noisy_cameras, 0.2)
with torch.no_grad():
    same = torch.equal(rust.predict(*fifty.split(3, 5)), rust.predict(*lied.split(3, 5)))
print(f"RUST's pictures with true and with wrong cameras: {'the same, to the bit' if same else 'DIFFERENT'}")
for name, model in (("SRT", srt), ("RUST", rust)):
    print(f"{name:5} true cameras {decibels(model, fifty)[0]:5.1f} dB, sigma = 0.2 {decibels(model, lied)[0]:5.1f} dB")
print(f"mean picture of the inputs {decibels(MeanPicture(), fifty)[0]:.1f} dB")

# %% [markdown]
# RUST is told no camera at all. The flat line is one run, and no trick: at every σ its pictures are the same.
#
# ## Turn the noise yourself
#
# The same scene for three models. The slider is the error of all cameras; each camera goes farther along its own wrong
# way. You can choose models that were trained with true cameras or with σ = 0.1, draw other errors, and take another
# scene. Keys: once the slider has the focus, the arrow keys move it.
#
# 1. Models trained with true cameras. Turn σ up slowly from 0. What goes first in SRT's picture: do objects vanish, or
#    do they move?
# 2. Go to the models trained with σ = 0.1, and set σ to 0. All cameras are true now. Are the pictures?
# 3. At σ = 0.1, draw other errors a few times. How much do the decibels of a single picture jump? What does that say
#    about results with one draw?

# %%
PoseNoiseDial(scene=1)

# %% [markdown]
# ## Why UpSRT still needs a pose
#
# One more control, to see what is left. Keep your UpSRT and its weights. First give the other inputs cameras from
# *other scenes*: nonsense. Then hand the targets' cameras round, each target the next one's: each of them is exact, and
# belongs to another picture.

# %%
def with_cameras(views, which, cameras):
    changed = views.camera_to_world.clone()
    changed[:, which] = cameras
    return replace(views, camera_to_world=changed)


truth = own_fifty.camera_to_world
controls = {
    "true cameras": own_fifty,
    "other inputs: cameras of other scenes": with_cameras(own_fifty, WHO["the other inputs"], truth.roll(1, 0)[:, 1:3]),
    "targets: each the next one's camera": with_cameras(own_fifty, WHO["the targets"], truth[:, 3:].roll(1, 1)),
}
for name, views in controls.items():
    print(f"{name:40} {decibels(upsrt, views)[0]:5.1f} dB")

# %% [markdown]
# The second line is the first one, to the bit. The third is a ruin. So what *is* the target's camera to this model? Not
# something about the scene: that comes from the photographs. It is the **name of the view that we want**. Without it
# nobody, however clever, could know which of all views to draw.
#
# And yet this is where cameras come in again: to train UpSRT, you need the pose of *every* picture that is ever a
# target, relative to another picture of the scene. So you need them all. "Unposed" it is only afterwards, in use, and
# only as to the inputs.
#
# How could a view be named without a camera? Think before you read on. Who knows, in training, which view is meant?
#
# *The picture itself.* The target is there, it is what the answer is compared with. If the model may look at it, it can
# find out where it was taken from, as it does for the inputs. The only thing to prevent is that it looks up the answer.
# That is notebook 07.
#
# ## Beside the paper
#
# - **The same direction.** The RUST paper (section 4) trains its posed baselines with camera noise on inputs and
#   targets, and finds that they fall far below RUST, whose row cannot change. So do we.
# - **Another noise.** Its noise follows BARF, whose code puts the motion on the world's side; ours is in the
#   camera's own frame. You measured what that means: in pixels the same sigma is several times as much here. Scenes
#   have other sizes and pictures other resolutions too. So our curve and the paper's table do not compare point by
#   point, and a sigma alone is not a claim.
# - **A kind of lie.** Errors here are independent, one for each camera. Structure from motion makes others: whole
#   groups of cameras wrong together, drift, or no cameras at all because it gave up. What it does on views like ours,
#   notebook 10 (in preparation) tries.
# - **Another world.** In ours all cameras look at the middle of the scene. That is a help, to anybody who learns it.
# - **One seed.** A point of the curve is one training. Notebook 08 asks what you would need to believe such a table.
# - **What nobody tried here.** A model could estimate *corrections* of its cameras while it trains, as BARF does for a
#   NeRF. It needs a start that is not too wrong.
#
# **Answers for the dial.** (1) They move first, and then dissolve: the question errs before the scene does. (2) The
# cameras are; the pictures stay soft. Doubt was learned, and does not go away. (3) By decibels, from draw to draw. A
# result with one draw on one scene is an anecdote.
#
# ## What to take away
#
# - SRT believes its cameras. A few degrees displace an object by half its width, and cost most of what was learned.
# - Sigma means nothing by itself: say in which frame, and in how many pixels.
# - The lies that cost most are in the question: the target's camera, and the first input's, which is its frame.
# - Under doubt the best answer is a blur, even for somebody who knows the scene exactly. A model that has learned to
#   doubt goes on doubting when the cameras are true.
# - UpSRT drops the cameras of the inputs, which photographs can replace. It cannot drop the target's: that is the name
#   of the view.

# %% [markdown] quiz="06.q1"
# Somebody moves the whole world, *all* cameras together, by the same large motion from the left: `motion @ camera`.
# What do SRT and UpSRT lose?
#
# - [ ] More than with σ = 0.1: the motion is much larger
#   Large, but the same for all. Nothing has changed between any two cameras.
# - [x] Nothing
#   Both take every camera relative to the first input. A motion that all cameras share on the world's side cancels.
# - [ ] SRT loses much, UpSRT little
#   Neither is ever told where the world's origin is.

# %% [markdown] quiz="06.q2"
# A phone gives you exact *rotations* (it has a gyroscope) and positions that are off by a tenth of a unit. What would
# you expect for SRT in our world?
#
# - [x] Little harm: here the step displaces far less than the turn
#   You measured it: at our distances a step of 0.1 is less than a pixel, and a turn of 0.1 radians is several.
# - [ ] The same harm: sigma is 0.1
#   A sigma of a tenth is an angle for one half of the twist and a length for the other. In pixels they differ.
# - [ ] More harm: positions are what 3-D is about
#   For things close to the camera, steps matter more. At four and a half units, they matter less.

# %% [markdown] quiz="06.q3"
# A colleague has an idea: "Train UpSRT with noisy targets, but much longer. It will find out that cameras look at the
# middle, correct them, and become sharp." What do you answer?
#
# - [ ] It will work: with enough data the noise averages out
#   It averages out of the *weights*. The question about a new view still comes with one error, drawn once.
# - [x] Part of it: what is regular can be corrected, the rest stays a blur
#   Knowing where cameras look takes away some of the doubt. What no regularity tells, nobody can know, however long the
#   training.
# - [ ] It cannot help at all: noise is noise
#   A told camera that looks into the sky is certainly wrong, and a model can learn that.

# %% [markdown]
# ## Further reading
#
# - Sajjadi et al., *Scene Representation Transformer*, CVPR 2022, arXiv 2111.13152. Section 4.3 has UpSRT.
# - Sajjadi et al., *RUST*, CVPR 2023, arXiv 2211.14306. Section 4 has the table with and without noise.
# - Lin et al., *BARF: Bundle-adjusting neural radiance fields*, ICCV 2021, arXiv 2104.06405. Noise on cameras, and how
#   to repair cameras while a scene is learned.
# - Wang et al., *NeRF--*, 2021, arXiv 2102.07064. Cameras as parameters, from a near start.
#
# ## From here
#
# In **07** the question is asked without a camera: by half of the very picture that is wanted, through eight numbers.
# In **08** you train that model, and see where its line in the curve comes from.
