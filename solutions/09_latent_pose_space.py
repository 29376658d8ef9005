# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   rust_edu:
#     title: The space of latent poses
#     claim: By the end you will have shown what eight numbers that nobody labelled have come to mean, and what they do
#       not contain, with four tools that you wrote yourself and a control for each of them.
#     needs: ["07", "08"]
#     objectives:
#       - Find the principal components of latent poses, and say what their order, signs and shares mean
#       - Measure which camera quantity follows which component, with an angle treated as an angle
#       - Fit a linear probe and score it on scenes that it has not seen, without a leak
#       - Walk from one view to another along a line and around the ring, and measure which stays with the data
#       - Tell what a latent pose contains from what it does not, by a table with positive and negative controls
#       - Compare the spaces of two trainings, and say what of a component belongs to the model and what to chance
#     reading_minutes: 120
#     compute: {cpu: "60 s", gpu: "not needed"}
#     glossary:
#       "principal component": "A direction of the latent space along which latents vary the most, at right angles to
#         the ones before it."
#       "score": "Where a latent lies along a component, measured from the mean of all latents."
#       "traversal": "Pictures of one scene while one coordinate of the latent pose goes through its range."
#       "probe": "A small model, fitted afterwards, that reads a known quantity out of what a network computes."
#       "ridge regression": "Least squares with a price on large weights."
#       "circular correlation": "How well a number follows an angle, whatever the angle's zero."
# ---

# %% tags=["parameters"]
profile = "laptop"
retrain = False
own_parts = True

# %% [markdown]
# ## One direction, from low to high
#
# RUST draws a scene from a set of tokens and a latent pose of eight numbers. Nobody said what the numbers should mean:
# the only loss was on colours. In the strip below the scene stays the same, and the latent pose changes along **one**
# direction of its space. The cell found that direction from the latents of unseen pictures. It was told nothing about
# cameras. (The weights are `rust-fine`; notebook 08 says what is finer about it.)

# %%
import torch
from IPython.display import display

from rust_edu import RUST
from rust_edu.cameras import look_at, orbit_position, spherical
from rust_edu.course import hint, predict, quiz, start
from rust_edu.course.chapters.c09_latent_pose_space import figures
from rust_edu.errors import WeightsError
from rust_edu.evaluation import latent_space
from rust_edu.evaluation.metrics import psnr
from rust_edu.evaluation.probes import circular_mean, latent_poses, wrap
from rust_edu.evaluation.report import test_scenes
from rust_edu.evaluation.results import load_results
from rust_edu.evaluation.transfer import transfer, transfer_views
from rust_edu.scenes.render import render
from rust_edu.views import Views, half

start("09", own_parts=own_parts)

# %%
torch.manual_seed(0)
SCENE = 30  # one of the scenes that no model has trained on
STEPS = 7

rust = RUST.from_pretrained("fine")
untrained = RUST(rust.config).eval()

scenes = test_scenes("sector")  # unseen scenes: 3 input views and 5 targets each
z, cameras = latent_poses(rust, scenes)  # z (S, T, L): one latent for each target, from its left half
S, T, L = z.shape
seen, asked = scenes.views(slice(SCENE, SCENE + 1)).split(3, 5)


def pictures_of(model, latents, inputs=seen):
    """Pictures (N, H, W, 3) of one scene for latents (N, L)."""
    with torch.no_grad():
        return model.render(latents[None].float(), model.encode(inputs))[0].clamp(0, 1)


space = latent_space.principal_components(z)
slsr = rust.encode(seen).detach()
walk = latent_space.traverse(rust, slsr, z[SCENE, 0], space, 0, steps=STEPS)
print(f"{S} scenes, {T} targets each, {L} numbers a target")
figures.strips({"one direction\nof eight": walk}, title="A walk along one direction of the latent space",
               subtitle="The same scene, drawn for seven latent poses on one straight line. The other directions rest.")

# %% [markdown]
# The scene holds still, and the camera moves around it. Nobody asked for that.
#
# Before you find such directions yourself: what about the plain numbers, as the network gives them?

# %% [markdown] predict="09.p1"
# We change only the *first of the eight numbers* of the latent pose, and leave the other seven as they are. What will
# the strip show?
#
# - [ ] One clean motion of the camera, as above
#   That would be a coincidence. Nothing in the training prefers the eight axes to any other eight: turn the whole
#   space, and turn the first matrix of the decoder back, and you have the same model.
# - [x] A mixture of motions, and less of each
#   The axes are arbitrary. A camera quantity lies along some direction, which usually has a share of every number.
# - [ ] The colours of the scene
#   Colours come from the scene's tokens. That is a claim, though, and further down you test it.

# %%
def along_number(number):
    latents = z[SCENE, 0].repeat(STEPS, 1)
    latents[:, number] = z[..., number].mean() + torch.linspace(-2, 2, STEPS) * z[..., number].std()
    return pictures_of(rust, latents)


figures.strips({f"number {i + 1}\nof eight": along_number(i) for i in range(4)},
               title="Walks along the plain numbers: mostly mixtures",
               subtitle="Each row changes one number of the latent pose from −2 to +2 standard deviations.")

# %% [markdown]
# Some rows move less than others, most mix several motions, and one may look nearly clean. That is luck: nothing in the
# training makes it so.
#
# ## Better axes than the eight numbers
#
# If the axes are arbitrary, choose your own. The latents of many pictures form a cloud in eight dimensions. It is not
# round. **The first principal component is the direction along which the cloud is longest**; the second the longest
# at right angles to it; and so on.
#
# Take the mean away, $X = Z - \bar z$, and write the centred cloud as a product:
#
# $$X = U\,\mathrm{diag}(s)\,V^\top \qquad\text{variance along component } c:\; \frac{s_c^2}{M - 1}
# \qquad\text{share}_c = \frac{s_c^2}{\sum_k s_k^2} \qquad \text{scores} = X V$$
#
# | tensor | shape | what it is |
# |---|---|---|
# | latents $Z$ | (M, L) | M pictures, L = 8 numbers |
# | directions $V^\top$ | (C, L) | one component **a row**, length 1; C = L of them |
# | share | (C,) | how much of the variance lies along each, the largest first |
# | scores | (M, C) | the centred latents in the new coordinates |
#
# Or take the eigenvectors of the covariance $X^\top X / (M - 1)$; they are the same directions. Mind two conventions
# then: `torch.linalg.eigh` sorts upwards, and its vectors are columns.
#
# **Signs are free.** A direction and its opposite describe the same line. If your first component points the other way
# from ours, yours is as good. But direction and score must agree.

# %% [markdown] exercise="09.1"
# title: Principal components by hand
# difficulty: 2
# minutes: 15
# why: All walks of this notebook, and the sliders of the explorer, stand on these axes.
# ---
# ```python
# def principal_components(z: Tensor) -> tuple[Tensor, Tensor, Tensor]: ...
# # (M, L) -> directions (C, L), share (C,), scores (M, C), with C = L
# ```
# There are always more latents than numbers, M > L. Use `torch.linalg.svd` or `torch.linalg.eigh`.
#
# **A tiny example**: the latents `[0, 0]`, `[2, 0]`, `[1, 1]`, `[1, -1]`, `[4, 0]`, `[-2, 0]` have the mean `[1, 0]`.
# They spread along the first number: directions `[1, 0]` and `[0, 1]`, sums of squares 1 + 1 + 0 + 0 + 9 + 9 = 20 and
# 1 + 1 = 2, so the shares are **20/22 = 0.91 and 2/22 = 0.09**. The scores of the fifth latent are `[3, 0]`.

# %% solution="09.1"
def principal_components(z):
    """Latents (M, L) -> directions (C, L), one in each row; share of the variance (C,); scores (M, C)."""
    ### BEGIN SOLUTION
    centred = z - z.mean(0)
    _, size, directions = torch.linalg.svd(centred, full_matrices=False)  # size: the largest first
    return directions, size**2 / (size**2).sum(), centred @ directions.T
    ### END SOLUTION

# %% [markdown] hint="09.1"
# Variance is measured around the mean. So take the mean of all latents away first, once, and use the centred latents
# everywhere: for the directions and for the scores.

# %% [markdown] hint="09.1"
# `torch.linalg.svd(x, full_matrices=False)` returns U (M, L), the sizes (L,) and V transposed (L, L): its *rows* are
# the directions, already sorted. The singular values are not variances yet. The scores are products of centred latents
# with the rows: (M, L) times (L, C).

# %% [markdown] hint="09.1"
# `centred = z - z.mean(0)`, then `_, size, Vt = torch.linalg.svd(centred, full_matrices=False)`, then return `Vt`,
# `size**2 / (size**2).sum()` and `centred @ Vt.T`.

# %% check="09.1"
from rust_edu.course import check
principal_components = check("09.1", principal_components)

# %% expected="09.1"
cloud = z.flatten(0, 1)  # (M, L)
directions, share, scores = principal_components(cloud)
with torch.no_grad():
    z_untrained = latent_poses(untrained, scenes)[0]
figures.share_bars({"trained RUST": share, "untrained": principal_components(z_untrained.flatten(0, 1))[1]},
                   title="Your components: a few directions hold most of the variance",
                   subtitle="Share of the variance of 1000 latents along each of the eight components.")

# %% [markdown]
# Look at both. A few components are longer than the rest in the trained model. In the untrained one the first is longer
# *still*: random layers flatten everything. So **a short list of large components means nothing by itself.** Neither
# does their order: variance says how much the latents vary, not how much the pictures do, and not what it means.
#
# For that, something known from outside must be put beside them.

# %% [markdown]
# ## Which quantity follows which component
#
# We know the camera of every picture: the scenes are rendered. The model was never told. A camera in our world has
# three numbers: **azimuth** (around the scene), **elevation** (how high), **distance**.
#
# The azimuth needs two cares.
#
# **Relative to what?** Each scene is turned at random in its world. "North" is nowhere in a picture, so no model can
# know it. What scenes do share is a direction: the light, and a slope of the floor's colours, each within 15 degrees.
# We measure the azimuth from the middle of the sector, to which both are tied. In a while you measure other choices
# too.
#
# **An angle is not a number.** 179 and −179 degrees are neighbours. Two numbers that change smoothly all around are its
# sine and cosine. How well can a component be made from both? That is the *circular correlation*, the R of a fit with
# two columns:
#
# $$R^2 = \frac{r_s^2 + r_c^2 - 2\, r_s r_c r_{sc}}{1 - r_{sc}^2}$$
#
# Here $r_s$ and $r_c$ are the usual correlations of the score with sine and cosine, and $r_{sc}$ that of sine and
# cosine with each other. For the other quantities take the usual one, mean taken away on both sides:
#
# $$r(x, y) = \frac{\sum_m (x_m - \bar x)(y_m - \bar y)}
# {\sqrt{\sum_m (x_m - \bar x)^2}\,\sqrt{\sum_m (y_m - \bar y)^2}}$$
#
# | tensor | shape | |
# |---|---|---|
# | scores | (M, C) | of every picture along each component |
# | azimuth | (M,) | in radians |
# | others | (M, Q) | elevation and distance here, Q = 2 |
# | the table | (C, 1 + Q) | column 0: R with the azimuth, 0 to 1; then r, −1 to 1 |

# %% [markdown] exercise="09.2"
# title: Which quantity follows which component
# difficulty: 3
# minutes: 20
# why: Treat an angle as a number, and a part of the pose becomes invisible. You will see it happen.
# ---
# ```python
# def correlations(scores: Tensor, azimuth: Tensor, others: Tensor) -> Tensor: ...
# # (M, C), (M,) in radians, (M, Q) -> (C, 1 + Q)
# ```
# No column is constant. Least squares on the columns [1, sin, cos] gives the same R, if you like that better.
#
# **A tiny example**: four cameras at azimuth 0, 90, 180 and 270 degrees, with scores 1, 0, −1, 0: that is the cosine,
# and R = 1. With scores 1, −1, 1, −1 the score has nothing to do with sine or cosine: R = 0.

# %% solution="09.2"
def correlations(scores, azimuth, others):
    """scores (M, C), azimuth (M,), others (M, Q) -> (C, 1 + Q): circular R with the azimuth, then r with the others."""
    ### BEGIN SOLUTION
    def standard(x):
        x = x - x.mean(0)
        return x / x.norm(dim=0)

    score = standard(scores)
    sine, cosine = standard(azimuth.sin()), standard(azimuth.cos())
    r_s, r_c, r_sc = score.T @ sine, score.T @ cosine, sine @ cosine  # (C,), (C,), a number
    around = ((r_s**2 + r_c**2 - 2 * r_s * r_c * r_sc) / (1 - r_sc**2)).clamp(min=0).sqrt()
    return torch.cat([around[:, None], score.T @ standard(others)], dim=1)
    ### END SOLUTION

# %% [markdown] hint="09.2"
# Write one small helper that takes the mean of a column away and divides by its norm. After that, every correlation is
# a dot product.

# %% [markdown] hint="09.2"
# With standardised columns, `score.T @ sine` is (C,): $r_s$ of all components at once. In the same way $r_c$, and
# `score.T @ standard(others)` is (C, Q). $r_{sc}$ is one number. Put the column of R in front with `torch.cat`.

# %% [markdown] hint="09.2"
# `around = ((r_s**2 + r_c**2 - 2 * r_s * r_c * r_sc) / (1 - r_sc**2)).clamp(min=0).sqrt()`, and
# `torch.cat([around[:, None], score.T @ standard(others)], dim=1)`.

# %% check="09.2"
from rust_edu.course import check
correlations = check("09.2", correlations)

# %% expected="09.2"
azimuth, elevation, distance = spherical(cameras)  # (S, V) each; the first three views are the inputs
heading = scenes.scenes().heading[:, None]  # the middle of each scene's sector
relative = wrap(azimuth[:, 3:] - heading)  # (S, T)
known = torch.stack([relative, elevation[:, 3:], distance[:, 3:]], dim=-1).flatten(0, 1)  # (M, 3)

table = correlations(scores, known[:, 0], known[:, 1:])
shuffled = known.view(S, T, 3)[torch.randperm(S, generator=torch.Generator().manual_seed(0))].flatten(0, 1)
chance = correlations(scores, shuffled[:, 0], shuffled[:, 1:])
figures.number_table(
    torch.cat([table, chance.abs().amax(0, keepdim=True)]),
    [*(f"component {c + 1}   ({100 * share[c]:.0f} % of the variance)" for c in range(L)),
     "control: largest of all, cameras of other scenes"],
    ["azimuth (circular R)", "elevation (r)", "distance (r)"], title="Which camera quantity follows which component",
    subtitle="Blue: grows along the component; red: falls. Signs of whole rows are free. R has no sign.")

# %% [markdown]
# Read row by row. The first component is nearly pure azimuth; the second and the third hold height and distance, each a
# mixture of both in which one weighs more. The last row is the control: with the cameras of other scenes, what remains
# is the size of a coincidence.
#
# One thing in the table is odd. Look down the first column, beyond the first component. There is another one with a
# large R, although the first one seems to have the azimuth already.

# %% [markdown] predict="09.p2"
# That other component follows the azimuth by its circular R. Treated as a plain number, the azimuth has hardly any
# correlation with it. What will its scores look like, drawn over the azimuth?
#
# - [ ] A cloud without any form
#   Then R would be as small as in the control row.
# - [ ] A straight line with much noise
#   Plain correlation sees every straight line, noisy or not. It saw none.
# - [x] An arch: the same at both ends, and different in the middle
#   A curve that rises and falls again has correlation 0 with its own abscissa. The cosine of the azimuth is such a
#   curve.

# %%
plain = torch.corrcoef(torch.cat([scores, known[:, :1]], 1).T)[-1, :-1]
bent = int((table[:, 0] ** 2 - plain**2).argmax())
main = int(table[:, 0].argmax())
height = int(table[:, 1].abs().argmax())
print(f"component {bent + 1}: R with the azimuth {table[bent, 0]:.1f}, plain correlation {abs(plain[bent]):.1f}")
chosen = list(dict.fromkeys([main, bent, height]))
figures.scores_over_azimuth(
    known[:, 0].rad2deg(), scores[:, chosen] / scores[:, chosen].std(0), [f"component {c + 1}" for c in chosen],
    title="One component is the sine of the azimuth, another its cosine",
    subtitle="Every dot is a picture; the line is the mean over a sixth of the sector.")

# %% [markdown]
# The main component changes evenly along the azimuth: over a sector of 120 degrees, the sine is nearly straight. The
# bent one is an arch, or a valley, since signs are free: the cosine. **Together they are a piece of a ring.** Cameras
# stand on a circle, and the latents have kept its curve, although the sector never closes and no one showed the model a
# circle. We come back to that. (The right panel is for comparison: the component that follows the height hardly cares
# about the azimuth.)

# %% [markdown]
# ## A probe reads all eight at once
#
# A component is one direction among many, chosen for its variance. If the question is "is the elevation *in* these
# eight numbers", look for it in any direction: fit a linear map from latents to cameras, and see how well it does on
# **scenes it was not fitted on**.
#
# $$\hat y = (x - \bar x)\,W + \bar y \qquad W = (X^\top X + \lambda I)^{-1} X^\top Y
# \qquad R^2 = 1 - \frac{\sum_m (y_m - \hat y_m)^2}{\sum_m (y_m - \bar y^{\text{test}})^2}$$
#
# X and Y are the examples to fit, centred by *their* means $\bar x, \bar y$. The same two means are used for the test
# examples: a new picture has no mean of the test set. λ is the price on large weights, and the level $\bar y$ is free
# of it. R² compares with a baseline: always saying the mean of the test answers.
#
# | tensor | shape | |
# |---|---|---|
# | `x_fit`, `x_test` | (M, F), (M', F) | features: latents, F = 8 |
# | `y_fit`, `y_test` | (M, Q), (M', Q) | known quantities |
# | `answer` | (M', Q) | what the probe says for `x_test` |
# | `r2` | (Q,) | one for each quantity |

# %% [markdown] exercise="09.3"
# title: A linear probe without a leak
# difficulty: 3
# minutes: 25
# why: This is the instrument of every claim about what a network knows, and it is easily built wrong.
# ---
# ```python
# def linear_probe(x_fit: Tensor, y_fit: Tensor, x_test: Tensor, y_test: Tensor,
#                  ridge: float) -> tuple[Tensor, Tensor]: ...
# # (M, F), (M, Q), (M', F), (M', Q), λ -> answer (M', Q), r2 (Q,)
# ```
# Add `ridge` times the identity to XᵀX, as it stands; do not divide the features by anything.
#
# **A tiny example**: fit on x = 0, 1, 2, 3 with y = 1, 3, 5, 7 and no ridge: the map is y = 2x + 1. For the test
# x = 4, 6 it answers **9 and 13**. The truth is 9 and 12: the residual is 1, the mean of the test answers 10.5, so the
# baseline's is 2 · 1.5² = 4.5, and R² = 1 − 1/4.5 = **0.78**.

# %% solution="09.3"
def linear_probe(x_fit, y_fit, x_test, y_test, ridge):
    """Fit y from x on the first two; answers (M', Q) for x_test and their R² (Q,)."""
    ### BEGIN SOLUTION
    middle, level = x_fit.mean(0), y_fit.mean(0)
    X = x_fit - middle
    weights = torch.linalg.solve(X.T @ X + ridge * torch.eye(X.shape[1]), X.T @ (y_fit - level))  # (F, Q)
    answer = (x_test - middle) @ weights + level
    residual = (y_test - answer).square().sum(0)
    return answer, 1 - residual / (y_test - y_test.mean(0)).square().sum(0)
    ### END SOLUTION

# %% [markdown] hint="09.3"
# Write down which tensors may depend on the test examples, and which may not. Means, weights and level come from the
# fit. Only the answers and their score see the test.

# %% [markdown] hint="09.3"
# `X.T @ X` is (F, F), and `X.T @ (y_fit - level)` is (F, Q). `torch.linalg.solve(A, B)` gives the weights (F, Q). For
# R², sum over axis 0 and keep the quantities apart. Which mean belongs to the baseline?

# %% [markdown] hint="09.3"
# `weights = torch.linalg.solve(X.T @ X + ridge * torch.eye(F), X.T @ (y_fit - level))`, then
# `answer = (x_test - middle) @ weights + level`, then `1 - residual / (y_test - y_test.mean(0)).square().sum(0)`.

# %% check="09.3"
from rust_edu.course import check
linear_probe = check("09.3", linear_probe)

# %% [markdown]
# Now the split. Five pictures of one scene resemble each other, so if two of them land on different sides of the split,
# the probe has seen the answer's neighbour. **Split by scenes, never by pictures.**

# %% expected="09.3"
FIT = round(0.7 * S)  # scenes to fit on; the others to test


def read(features, quantities, ridge=1.0):
    """R² (Q,) of quantities (S, T, Q) from features (S, T, F), standardised by the scenes to fit on."""
    x = (features - features[:FIT].mean((0, 1))) / features[:FIT].std((0, 1)).clamp(min=1e-6)
    parts = (x[:FIT], quantities[:FIT], x[FIT:], quantities[FIT:])
    return linear_probe(*(part.flatten(0, 1) for part in parts), ridge)[1]


def as_camera(angle):
    """An azimuth (S, T) as the two numbers of its place on the circle, beside elevation and distance: (S, T, 4)."""
    return torch.stack([angle.sin(), angle.cos(), elevation[:, 3:], distance[:, 3:]], dim=-1)


def pooled(r2, truth):
    """Sine and cosine as one R² of the azimuth, weighted by how much each varies: (3,) from (4,)."""
    spread = truth[FIT:].flatten(0, 1).var(0)[:2]
    return torch.cat([((r2[:2] * spread).sum() / spread.sum())[None], r2[2:]])


camera = as_camera(relative)
other_scene = torch.randperm(S, generator=torch.Generator().manual_seed(1))
rows = {
    "trained RUST": pooled(read(z, camera), camera),
    "control: untrained RUST": pooled(read(z_untrained, camera), camera),
    "control: trained, cameras of other scenes": pooled(read(z, camera[other_scene]), camera[other_scene]),
}
figures.number_table(torch.stack(list(rows.values())), list(rows), ["azimuth", "elevation", "distance"],
                     title="What a linear probe reads out of the latent pose",
                     subtitle=f"R² on {S - FIT} scenes that neither the model nor the probe has seen.")

# %% [markdown]
# The untrained row is worth a second look. It is **not** zero. A random network lets some of the picture through, and
# how much floor and how much sky is in a picture goes with the height and the distance of the camera. A probe of a
# trained model has to be compared with this row, not with 0.
#
# ### Relative to what?
#
# The probe also answers the question that we put off. The cameras are the same, the latents are the same. Only the zero
# of the azimuth changes.

# %%
inputs_middle = circular_mean(azimuth[:, :3], dim=1, keepdim=True)
with torch.no_grad():
    every = scenes.views(slice(0, S))
    first = rust.pose(every[:, :3], every[:, :1], rust.encode(every[:, :3]), right=False)  # (S, 1, L): the first input
with_first = torch.cat([z, first.expand(-1, T, -1)], dim=-1)
frames = {
    "the world's north": (z, azimuth[:, 3:]),
    "the first input view": (z, wrap(azimuth[:, 3:] - azimuth[:, :1])),
    "the middle of the input views": (z, wrap(azimuth[:, 3:] - inputs_middle)),
    "the direction that light and floor share": (z, relative),
    "the first input view, whose latent the probe gets too": (with_first, wrap(azimuth[:, 3:] - azimuth[:, :1])),
}
found = [pooled(read(features, as_camera(angle)), as_camera(angle))[:1] for features, angle in frames.values()]
figures.number_table(torch.stack(found), list(frames), ["azimuth"], title="The same latents, read in five frames",
                     subtitle="R² of the azimuth (sine and cosine pooled), by the zero from which it is measured.")

# %% [markdown]
# Asked for north, the latent knows nothing, and it cannot. Asked in the frame that the pictures share, it knows a lot.
# The middle of the input views does well, because three cameras are a fair guess of that frame. The last row gets by
# without any word about light or heading: **two latents of the same scene, and the frame cancels.** It does not reach
# the fourth row, since the cosine of a difference is made of products of what the two latents hold, and a linear probe
# cannot multiply. (In 08 a linear probe read such a difference at 0.96, as a number of degrees: within 120 degrees that
# is nearly linear in the latents. Here its sine and cosine are asked for, and it is the cosine that fails.) Whoever had
# tried only the second row would have reported a weak model. The wrong question hides the answer.

# %% [markdown]
# ## Walks, and a second opinion
#
# Back to pictures. Three walks along your components, each with its name by the table. The numbers under the pictures
# are a second opinion: we give each *drawn picture* back to the pose estimator, as if it were a photograph, and your
# probe reads its camera. Nothing forces that to agree with the walk. If the pictures did not move, it would not.

# %%
NAMES, UNITS = ("azimuth", "elevation", "distance"), (57.2958, 57.2958, 1.0)
mean_z = cloud.mean(0)


def read_cameras(latents):
    """Cameras (N, 3) that a probe on all scenes but this one believes latents (N, L) to be."""
    rest = [s for s in range(S) if s != SCENE]
    fit, unknown = (z[rest].flatten(0, 1), camera[rest].flatten(0, 1)), torch.zeros(len(latents), 4)
    answer = linear_probe(*fit, latents, unknown, 1.0)[0]
    return torch.stack([torch.atan2(answer[:, 0], answer[:, 1]), answer[:, 2], answer[:, 3]], 1)


def seen_again(pictures):
    """Latents (N, L) of pictures, read by the pose estimator from their left halves."""
    views = Views(pictures[None], torch.eye(4).expand(1, len(pictures), 4, 4), seen.K)  # the cameras are not looked at
    with torch.no_grad():
        return rust.pose(seen, views, slsr, right=False)[0]


def along(component):
    """Pictures (N, H, W, 3) along a component, from -2 to 2 standard deviations, the rest as in one view."""
    here = (z[SCENE, 0] - mean_z) @ directions.T
    steps = here.repeat(STEPS, 1)
    steps[:, component] = torch.linspace(-2, 2, STEPS) * scores[:, component].std()
    return pictures_of(rust, steps @ directions + mean_z)


walks, captions = {}, {}
for quantity in range(3):
    component = int(table[:, quantity].abs().argmax())
    name = f"component {component + 1}\nfollows the {NAMES[quantity]}"
    walks[name] = along(component)
    opinion = read_cameras(seen_again(walks[name]))[:, quantity] * UNITS[quantity]
    captions[name] = [f"{v:.1f}" if quantity == 2 else f"{round(float(v))}°".replace("-", "−") for v in opinion]
figures.strips(walks, captions, title="Three walks, and what the pictures themselves say",
               subtitle="From −2 to +2 standard deviations. Below: the quantity, read from the drawn picture.")

# %% [markdown]
# The second opinion goes with the walk, in degrees and in units of the scene. The azimuth goes more slowly at the ends:
# there are few views there, and the pictures are blurred. Only the quantity that names the row is printed. The walk of
# the height comes nearer too, and the walk of the distance changes the height, as the mixtures in the table say.

# %% [markdown]
# ## A chord, and a way around the ring
#
# You know where one view stands, and where another stands, both as latents. Draw the journey between them. The obvious
# way is the straight line, $(1 - t)\, z_0 + t\, z_1$. But the cameras between two cameras lie on an arc, and you have
# seen the arch in the scores. **If the latents lie on a ring, the straight line between two of them is a chord. It cuts
# through the inside, where no latent of any picture is.**
#
# To see it, make the ring visible. Turn your probe round, from cameras to latents: which latents does a camera at
# (cos, sin, elevation, distance) have? The two directions of cosine and sine span a plane. In its coordinates, the
# cameras of our world should lie on the circle of radius 1 around 0.

# %%
design = torch.stack([relative.cos(), relative.sin(), elevation[:, 3:], distance[:, 3:]], -1)  # (S, T, 4)
corners = torch.cat([torch.zeros(1, 4), torch.eye(4)])  # ask the fitted map at 0 and at 1 of each
answers = linear_probe(design[:FIT].flatten(0, 1), z[:FIT].flatten(0, 1), corners, torch.zeros(5, L), 0.0)[0]
offset, basis = answers[0], answers[1:] - answers[0]  # (L,), (4, L)
back = torch.linalg.pinv(basis)  # (L, 4)


def to_ring(latents):
    """Latents (..., L) -> coordinates (..., 4): ring (cos, sin), elevation, distance; and what these leave over."""
    coordinates = (latents - offset) @ back
    return coordinates, latents - offset - coordinates @ basis


ring = to_ring(z[FIT:])[0][..., :2]  # of scenes that the map was not fitted on
print(f"distance from the middle: {ring.norm(dim=-1).mean():.2f} ± {ring.norm(dim=-1).std():.2f}")

# %% [markdown]
# The way around changes two things evenly: the angle, by the shorter turn, and the radius.
#
# $$\theta(t) = \theta_0 + t\,\Delta, \quad \Delta = \theta_1 - \theta_0 \text{ brought into } [-\pi, \pi]
# \qquad r(t) = (1 - t)\, r_0 + t\, r_1$$
#
# | tensor | shape | |
# |---|---|---|
# | start, end | (N, 2) | N pairs of points in the plane, (x, y) = r (cos θ, sin θ) |
# | the way | (N, steps, 2) | both ends included |

# %% [markdown] exercise="09.4"
# title: A way around the ring
# difficulty: 2
# minutes: 15
# why: Wherever something is an angle, from cameras to colours, a straight line between two values leaves the data.
# ---
# ```python
# def walk_around(start: Tensor, end: Tensor, steps: int) -> Tensor: ...
# # (N, 2), (N, 2), number of points -> (N, steps, 2)
# ```
# Around the origin, the short way, in equal steps of angle and of radius. `steps` is 2 or more; no point is the origin.
#
# **A tiny example**: from (1, 0) to (0, 1) in 3 steps: the angle goes 0, 45, 90 degrees at radius 1, so the point in
# the middle is **(0.71, 0.71)**. The straight line would have (0.5, 0.5). From 150 to −150 degrees in 3 steps, the
# middle is at 180 degrees, and not at 0.

# %% solution="09.4"
def walk_around(start, end, steps):
    """Points (N, 2) to points (N, 2) around the origin, the short way: (N, steps, 2), both ends included."""
    ### BEGIN SOLUTION
    share = torch.linspace(0, 1, steps)  # (steps,)
    here, there = torch.atan2(start[:, 1], start[:, 0]), torch.atan2(end[:, 1], end[:, 0])
    turn = torch.atan2((there - here).sin(), (there - here).cos())  # in [-pi, pi]
    angle = here[:, None] + share * turn[:, None]  # (N, steps)
    radius = (1 - share) * start.norm(dim=1)[:, None] + share * end.norm(dim=1)[:, None]
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=-1)
    ### END SOLUTION

# %% [markdown] hint="09.4"
# Go over to polar coordinates, change both evenly, and come back. Everything that can go wrong is in the difference of
# two angles.

# %% [markdown] hint="09.4"
# `torch.atan2(y, x)` gives angles in [−π, π]; their difference lies in [−2π, 2π]. The angle of (cos Δ, sin Δ) is the
# same turn brought into [−π, π]. `share = torch.linspace(0, 1, steps)` against `here[:, None]` gives (N, steps).

# %% [markdown] hint="09.4"
# `turn = torch.atan2((there - here).sin(), (there - here).cos())`, `angle = here[:, None] + share * turn[:, None]`,
# the radius in the same way from `start.norm(dim=1)` and `end.norm(dim=1)`, and `torch.stack([radius * angle.cos(),
# radius * angle.sin()], dim=-1)`.

# %% check="09.4"
from rust_edu.course import check
walk_around = check("09.4", walk_around)

# %% [markdown]
# For each of the scenes whose targets stand the farthest apart, go from the one view to the other. On the chord all
# eight numbers go straight. Around the ring, the two ring coordinates take your way, and everything else goes straight
# as well.

# %% expected="09.4"
PAIRS = 12 if profile == "smoke" else 24
row, left, right = torch.arange(S), relative.argmin(1), relative.argmax(1)
wide = (relative[row, right] - relative[row, left])[FIT:]  # of scenes that the ring was not fitted on
pick = FIT + wide.argsort(descending=True)[:PAIRS]  # the widest journeys
ends = z[pick, left[pick]], z[pick, right[pick]]  # (N, L) each
t = torch.linspace(0, 1, STEPS)

chord = (1 - t[:, None]) * ends[0][:, None] + t[:, None] * ends[1][:, None]  # (N, steps, L)
coordinates, leftover = to_ring(chord)
around = walk_around(coordinates[:, 0, :2], coordinates[:, -1, :2], STEPS)  # (N, steps, 2)
arc = offset + torch.cat([around, coordinates[..., 2:]], -1) @ basis + leftover

example = 0  # the widest journey of all
figures.ring_plane(ring.flatten(0, 1), relative[FIT:].flatten().rad2deg(),
                   {"straight line": coordinates[example, :, :2], "around the ring": around[example]},
                   title="Latents of unseen scenes lie along a ring; a straight line leaves it",
                   subtitle="Every dot is a picture. The dotted circle has radius 1. It was fitted on other scenes.")

# %% [markdown]
# Does it matter for pictures? Here the world itself can answer. For every step we put a real camera between the two, on
# its arc, render the truth, and compare. Two bounds go with it: the latent that the pose estimator reads from the
# **true picture** at each step, which no journey can be expected to beat, and **staying at the start**, which anybody
# can do.

# %% [markdown] predict="09.p3"
# Halfway, in decibels against the rendered truth: how do the way around the ring and the straight line compare?
#
# - [ ] No difference: both latents lie between the two views, and the decoder draws a picture for any eight numbers
#   It draws one for any. From inside of the ring, where hardly any latent lies, it draws it worse.
# - [x] Around is better, and still below the latent of the true picture
#   It stays where latents are. But a latent holds more than a place on the ring, and that part went straight too.
# - [ ] Around is as good as the latent of the true picture: both lie on the ring
#   Both do, as the radius will say. So the radius is not all that the decoder reads.

# %%
def between(quantity):
    """A camera quantity (S, V) on the way from the one end to the other: (N, steps)."""
    q = quantity[:, 3:]
    return (1 - t) * q[row, left][pick][:, None] + t * q[row, right][pick][:, None]


angle = (1 - t) * relative[row, left][pick][:, None] + t * relative[row, right][pick][:, None]
places = orbit_position(angle + heading[pick], between(elevation), between(distance))
true_cameras = look_at(places, torch.zeros(3))  # (N, steps, 4, 4)
truth = render(scenes.scenes()[pick], true_cameras, scenes.K, 32, 32).colour

given = scenes.views(pick)[:, :3]
with torch.no_grad():
    tokens = rust.encode(given)
    own = rust.pose(given, Views(truth, true_cameras, scenes.K), tokens, right=False)
    journeys = {"latent of the true picture": own, "around the ring": arc, "straight line": chord,
                "staying at the start": ends[0][:, None].expand_as(chord)}
    drawn = {name: rust.render(latents, tokens) for name, latents in journeys.items()}
decibels = {name: psnr(half(made, True), half(truth, True)) for name, made in drawn.items()}  # (N, steps) each

middle = STEPS // 2
for name, latents in journeys.items():
    radius = to_ring(latents)[0][:, middle, :2].norm(dim=-1).mean()
    print(f"{name:27s} halfway: radius {radius:.2f}, {decibels[name][:, middle].mean():.1f} dB")
gain = decibels["around the ring"][:, middle] - decibels["straight line"][:, middle]
print(f"around minus straight, halfway: {gain.mean():+.2f} ± {gain.std() / PAIRS**0.5:.2f} dB (standard error)")
figures.curves_along(t, {name: values.mean(0) for name, values in decibels.items()}, "PSNR, right halves (dB)",
                     title="On the way between two views: four journeys against the truth",
                     subtitle=f"Mean over the {PAIRS} widest journeys of unseen scenes.")

# %%
typical = int(gain.argsort()[PAIRS // 2])  # the journey whose gain is the median: neither our best nor our worst
ways = ("around the ring", "straight line")
figures.strips({"the truth\nrendered": truth[typical]} | {name: drawn[name][typical].clamp(0, 1) for name in ways},
               {name: [f"{d:.1f} dB" for d in decibels[name][typical]] for name in ways},
               title="A typical journey, drawn in two ways", subtitle="The journey of median gain, from view to view.")

# %% [markdown]
# Read the radius first. The latents of the *true* pictures halfway, which took no part in any fit, lie on the circle.
# The chord passes well inside of it. So the arch is no artefact of our coordinates: the model puts new pictures there,
# of scenes that took no part in the fit.
#
# In decibels, the way around is better by several standard errors. And it is still well below the latent of the true
# picture. Both say something. The decoder takes a latent from inside the ring as a camera somewhere near, and draws it
# worse. And a latent holds more than the ring and what grows in a straight line, or the way around would reach the
# upper curve.
#
# ## The whole circle
#
# A sector gives a piece of a ring. So let cameras stand **all around**. `rust-orbit` was trained by a *curriculum*: a
# quarter of its steps in the sector, the rest in the world `orbit`. In both, nobody told it a camera.

# %% [markdown] predict="09.p4"
# Its input views stand anywhere around the scene, and so does the target. From where will it count its azimuth?
#
# - [ ] From the first input view
#   It is the only input with a tag of its own, so the model could. But there is a better offer.
# - [ ] From the middle of the input views
#   In the sector that was a fair guess. Three cameras all around have no middle to speak of.
# - [x] From something in the scene itself
#   Light and floor have a direction, nearly the same relative to each other in every scene. It shows in every picture,
#   from wherever it is taken. So the latent needs no input view to count from.

# %%
orbit, around_scenes = RUST.from_pretrained("orbit"), test_scenes("orbit")
z_orbit, cameras_orbit = latent_poses(orbit, around_scenes)
azimuth_orbit, elevation_orbit, distance_orbit = spherical(cameras_orbit)
fit_orbit = round(0.7 * len(z_orbit))  # scenes to fit on
zeros = {"the world's north": torch.zeros(len(z_orbit), 1), "the first input view": azimuth_orbit[:, :1],
         "the middle of the input views": circular_mean(azimuth_orbit[:, :3], dim=1, keepdim=True),
         "the direction that light and floor share": around_scenes.scenes().heading[:, None]}
rows = []
for zero in zeros.values():
    turns = wrap(azimuth_orbit[:, 3:] - zero)
    circle = torch.stack([turns.sin(), turns.cos()], -1)
    parts = (z_orbit[:fit_orbit], circle[:fit_orbit], z_orbit[fit_orbit:], circle[fit_orbit:])
    rows.append(linear_probe(*(part.flatten(0, 1) for part in parts), 1.0)[1].mean()[None])
figures.number_table(torch.stack(rows), list(zeros), ["azimuth"], title="Cameras all around: where is zero?",
                     subtitle="R² of a linear probe (mean of sine and cosine) on unseen scenes.")

# %%
turns = wrap(azimuth_orbit[:, 3:] - zeros["the direction that light and floor share"])
design = torch.stack([turns.cos(), turns.sin(), elevation_orbit[:, 3:], distance_orbit[:, 3:]], -1)
answers = linear_probe(design[:fit_orbit].flatten(0, 1), z_orbit[:fit_orbit].flatten(0, 1), corners,
                       torch.zeros(5, L), 0.0)[0]
whole_ring = ((z_orbit - answers[0]) @ torch.linalg.pinv(answers[1:] - answers[0]))[fit_orbit:, :, :2]
turns = turns[fit_orbit:]
most = int((turns[:, 0] - turns[:, 1]).cos().argmin())  # the scene whose first two targets stand most opposite
from_here, to_there = whole_ring[most, :1], whole_ring[most, 1:2]
straight = torch.lerp(from_here, to_there, torch.linspace(0, 1, STEPS)[:, None])
figures.ring_plane(whole_ring.flatten(0, 1), turns.flatten().rad2deg(),
                   {"straight line": straight, "around the ring": walk_around(from_here, to_there, STEPS)[0]},
                   title="Cameras all around: the ring closes",
                   subtitle="Latents of unseen scenes of the world orbit. The dotted circle has radius 1.")

# %% [markdown]
# The arch was a piece of this. Nobody gave the model an angle, and its eight numbers have grown a circle, because
# pictures come back after a full turn. Between opposite views the straight line runs through the middle, where every
# direction is equally near. Here a journey has no choice but to go around.
#
# The table has found the model's **north**, and it is no camera. That helps, and it is a limit at the same time: where
# light and floor share no direction, this north would be gone.

# %% [markdown]
# ## Fly yourself
#
# The explorer knows your components by what they follow (it says *height* for the elevation and *rotation* for the
# azimuth), and warns when you leave the data. Drag on the picture to orbit, scroll to come nearer; or use the sliders
# and arrow keys.

# %%
from rust_edu.widgets import LatentPoseExplorer

display(LatentPoseExplorer())

# %% [markdown]
# For readers without a running kernel: the three walks above are the sliders of the explorer, stopped at seven places.
#
# Four questions to go with it. Find an answer before you open ours.
#
# 1. Move *height* all the way up and look at the read-out's camera. Does only the elevation change?
# 2. Push one component until the frame turns amber. What happens to the picture there: does it break, blur, or stop?
# 3. Put the slider of a component that is called *unclear* through its range. What changes? Is it nothing?
# 4. Start from a view of one scene, note the eight numbers, and choose another scene. Does the camera stay?
#
# <details><summary>What we found</summary>
#
# 1. Mostly. The distance often moves a little too: components are uncorrelated over all pictures, and not independent.
# 2. It blurs and stops: the camera hardly goes beyond where cameras have stood. The decoder does not extrapolate.
# 3. Little, and not nothing: often a slight turn of the view, or the far background. The bent component is among them
#    in some trainings; moving it alone leads inside or outside of the ring.
# 4. Nearly. What "nearly" costs is the next section.
#
# </details>

# %% [markdown]
# ## Is the scene in it as well?
#
# A latent pose is read from a picture. It could have noted all sorts of things about it. So ask your probe for the
# *content*: the colour of the floor, and the mean colour of the objects. And ask the same probe for both from the
# **scene's tokens**.

# %% [markdown] predict="09.p5"
# The table will have two lines for the trained model: its latent pose, and its scene tokens. What do you expect?
#
# - [ ] Both contain both, the latent a little less
#   Eight numbers have room for it. But room that is used for colours is missing for the camera, and the decoder has the
#   colours from the tokens anyway.
# - [x] The latent has the camera and no colours, the tokens have colours and no camera of the target
#   The tokens were made before anyone asked for a target. The latent is worth most where the tokens know nothing.
# - [ ] The latent has the camera and the colours, since it is read from a picture
#   That is what the *untrained* pose estimator gives you. Watch its line.

# %%
world = scenes.scenes()
present = (world.shape >= 0)[..., None]
objects = (world.colour * present).sum(1) / present.sum(1)  # (S, 3)
content = torch.cat([world.floor_colour[:, 0], objects], 1)[:, None].expand(-1, T, -1)  # (S, T, 6)
with torch.no_grad():
    mean_token, random_token = (model.encode(every[:, :3]).mean(1)[:, None].expand(-1, T, -1)  # (S, T, D)
                                for model in (rust, untrained))
sources = {"latent pose, trained": (z, 1.0), "latent pose, untrained": (z_untrained, 1.0),
           "scene tokens (their mean), trained": (mean_token, 30.0),  # 64 numbers on 140 scenes: a stronger ridge
           "scene tokens (their mean), untrained": (random_token, 30.0)}
rows = []
for features, ridge in sources.values():
    colours = read(features, content, ridge)
    rows.append(torch.cat([pooled(read(features, camera, ridge), camera),
                           torch.stack([colours[:3].mean(), colours[3:].mean()])]))
figures.number_table(torch.stack(rows), list(sources),
                     ["azimuth", "elevation", "distance", "floor's colour", "objects' colour"],
                     title="Where the camera is, and where the scene is",
                     subtitle="R² of linear probes on unseen scenes. Below 0: worse than always saying the mean.")

# %% [markdown]
# This table is the result of the notebook. **Training has moved the floor's colour out of the latent pose, and the
# camera into it.** The untrained pose estimator has the floor's colour, because any random function of a picture has.
# The trained one has not. (The objects' colour was hardly there before.) The tokens have colours, trained or not: there
# was no reason to move them out. And they have nothing of the target's camera, and could not have it: they never saw
# the target.
#
# A linear probe that fails does not prove absence. Something could be there in a bent form. The stronger test is to
# *use* the latent elsewhere: take the latents of scene A and draw scene B with them, from the same cameras. (The inputs
# of both were taken by the same three cameras, too, unless a line says otherwise.)

# %%
inputs = 3
a, b = transfer_views("sector", 8 if profile == "smoke" else 24)
moved = transfer(rust, a, b)
for name, words in {"own": "B with B's own latents", "transferred": "B with A's latents, same cameras",
                    "other_inputs": "the same, B seen by other input cameras",
                    "random": "control: A's latents of another camera"}.items():
    print(f"{words:42s} {moved[name]['mean']:5.1f} ± {moved[name]['stderr']:.1f} dB")

PAIR = 2
with torch.no_grad():
    of_a, of_b = (v[PAIR:PAIR + 1] for v in (a, b))
    latents = rust.pose(of_a[:, :3], of_a[:, 3:8], rust.encode(of_a[:, :3]), right=False)
    swapped = rust.render(latents, rust.encode(of_b[:, :3]))[0].clamp(0, 1)
figures.strips({"scene A\nfrom it the latents are read": of_a.images[0, 3:8], "scene B\nfrom the same cameras":
                of_b.images[0, 3:8], "drawn\ntokens of B, latents of A": swapped},
               title="Swap the scene and keep the latents", subtitle="Five targets of one pair of unseen scenes.")

# %% [markdown]
# The third row is B, seen as A is seen. No object and no colour of A is to be seen in it. The loss in decibels is real,
# however: something in the latent belongs to the scene it came from. Let the inputs of B stand elsewhere than those of
# A, and hardly more is lost (the third line): where they stand matters little to this model. Notebook 07's model lost
# 1.8 dB in this test. This one, with a better read-out, loses more: notebook 08 warned of that.

# %% [markdown]
# ## What does a pose count from?
#
# Is it content of A that comes along? There is another suspect. A camera's place is told by counting from somewhere,
# and so is a latent pose. From where, the model finds out in each scene anew: from light, floor, objects. If it is a
# little wrong about that in A, and wrong otherwise in B, then A's latents mean other cameras in B, and no colour needs
# to have been carried along.
#
# That can be tested. The inputs of A and of B were taken by the same three cameras, so read the latents of *those*
# views as well, in both scenes (not of the targets: that would be reading the answer). If latents were cameras counted
# from one fixed place, they would agree. Take what they differ by, in the mean over the three, and move the latents of
# A by it: eight numbers for a whole scene.

# %% [markdown] predict="09.p6"
# How much of the loss is gone after that?
#
# - [ ] Next to nothing
#   So it would be if all that is lost belonged to single pictures. Then a mean over three other views could not help.
# - [x] A part, not all
#   What is wrong alike in all views of a scene is gone. What is wrong with each view on its own stays.
# - [ ] All of it
#   Then a latent pose would be a camera, but for where it counts from. The third line says how far from that it is.

# %%
def transplanted(model, a, b):
    """Right-half decibels of B: with its own latents, with those of A, with those of A, moved, and moved by another
    pair's difference."""
    targets = slice(inputs, inputs + 5)
    with torch.no_grad():
        scene_a, scene_b = (model.encode(v[:, :inputs]) for v in (a, b))
        of_a, of_b = (model.pose(v[:, :inputs], v[:, :inputs + 5], scene, right=False)
                      for v, scene in ((a, scene_a), (b, scene_b)))
        apart = (of_b - of_a)[:, :inputs].mean(1, keepdim=True)
        truth = half(b.images[:, targets], right=True)
        return [float(psnr(half(model.render(latents[:, targets], scene_b), right=True), truth).mean())
                for latents in (of_b, of_a, of_a + apart, of_a + apart.roll(1, 0))]


own, carried, corrected, control = transplanted(rust, a, b)
print(f"B with its own latents                                  {own:5.1f} dB")
print(f"B with A's latents                                      {carried:5.1f} dB, {own - carried:.1f} dB less")
print(f"the same, moved by what the inputs' latents differ by   {corrected:5.1f} dB, {own - corrected:.1f} dB less")
print(f"control: moved by what those of another pair differ by  {control:5.1f} dB, {own - control:.1f} dB less")

# %% [markdown]
# About a third of the loss is something that all views of a scene have in common. (Not every move helps: moved by
# another pair's difference, the latents do worse than unmoved.) Is it an *origin*, the place that this model counts
# from? It could be content, if each view of A carried the same note about A. The table of colours speaks against that,
# as far as a probe that fails can: none found the floor's or the objects' in these latents. So we call it an origin,
# and know that this is the likelier reading and no proof. What is left may be what is wrong with each view on its own,
# content, or a shift in azimuth: along a ring that is a turn, and adding eight numbers is a straight step. This test
# cannot tell.
#
# One need not correct afterwards. The model `rust-relative` counts from the inputs from the start: it takes the latent
# poses of the inputs as well, and **subtracts their mean** from that of the target, in training and afterwards. That is
# a small method in `rust_edu/models/rust.py`, it is not in the paper, and it uses no camera. All else is as in
# `rust-fine`: 24,000 steps, the same data, the same seed.

# %%
def load(name):
    """A model with shipped weights, or None with a line that says what is missing."""
    try:
        return RUST.from_pretrained(name)
    except WeightsError:
        print(f"weights missing: rust-{name}. The rows of this model are left out; `rust-edu train` makes them anew.")
        return None


counting = load("relative")
if counting:
    pair = {"this model": rust, "rust-relative": counting}
    tests = [transplanted(model, a, b) + [transfer(model, a, b)["other_inputs"]["mean"]] for model in pair.values()]
    at_home = [load_results()[name]["metrics"]["psnr"]["mean"] for name in ("rust-fine", "rust-relative")]
    print(f"{'':44s}" + "".join(f"{name:>16s}" for name in pair))
    print(f"{'right halves, 200 scenes':44s}" + "".join(f"{value:13.1f} dB" for value in at_home))
    titles = {0: "B with its own latents", 1: "B with A's latents", 2: "the same, moved by the inputs' latents",
              4: "B with A's latents, B's inputs elsewhere"}
    for row, title in titles.items():
        print(f"{title:44s}" + "".join(f"{values[row]:13.1f} dB" for values in tests))

# %% [markdown]
# And the read-out? Ask your probe for the target's camera relative to the *mean of the input cameras*, from eight
# numbers.

# %%
with torch.no_grad():
    z_inputs = rust.pose(every[:, :3], every[:, :3], rust.encode(every[:, :3]), right=False)  # (S, 3, L)
from_inputs = torch.stack([wrap(azimuth[:, 3:] - inputs_middle),
                           *(q[:, 3:] - q[:, :3].mean(1, keepdim=True) for q in (elevation, distance))], -1)
rows = {"this model": z, "this model, mean of the inputs' latents subtracted now": z - z_inputs.mean(1, keepdim=True)}
if counting:
    rows["rust-relative, trained with the subtraction"] = latent_poses(counting, scenes)[0]
figures.number_table(torch.stack([read(latents, from_inputs) for latents in rows.values()]), list(rows),
                     ["azimuth", "elevation", "distance"], title="The camera relative to the mean of the input cameras",
                     subtitle="R² of a linear probe on eight numbers, on unseen scenes.")

# %% [markdown]
# A target's latent alone tells this less well (0.75 to 0.85): it does not say where the inputs stand. **Subtract the
# mean of the inputs' latents, and a linear map reads it**: what all views of a scene share cancels, the origin with it.
# It is four latents against one, much as in "Relative to what?" above. (The azimuth is asked here as a number of
# degrees and not as sine and cosine, so 0.85 and 0.98 do not compare with 0.79 and 0.74 there.) No training was needed
# for that: the third line is as good as the second, and no better.
#
# What did the training change? In the transplant the latents need no moving any more. This model, moved, draws B with
# 23.2 dB, `rust-relative` with 23.3: no difference to speak of, one run each. And trained so, it draws its own scenes a
# little worse. Look at the line
# with B's inputs elsewhere: there `rust-relative` loses far more than this model. Its latents say "so far from the
# inputs", and in that line the inputs are others. **No frame is free: whoever counts from the inputs must bring the
# inputs along.**

# %% [markdown]
# ## The same space twice?
#
# Train again with another seed, or with 64 numbers instead of 8. Is it the same space? Let your probe map the latents
# of one model onto those of another: same pictures, same split by scenes. And compare the components one by one.
#
# Four models take part. *This model* had 24,000 steps, five targets in each, and a deeper pose estimator. The other
# three had 10,000 of the plain recipe: one with the same seed, one with another seed, one with 64 numbers and the first
# seed. So in the first table you can compare those three with each other. The tables of components compare each of them
# with this model: there the recipe changes every time, and in two of them the seed or the width with it.

# %%
others = {"trained less": load("laptop"), "another seed": load("laptop-seed1"), "64 numbers": load("laptop-latent64")}
latents_of = {"this model": z, **{name: latent_poses(model, scenes)[0] for name, model in others.items() if model},
              "untrained": z_untrained}

# %%
def onto(source, target):
    """R² of a linear map from one model's latents to another's, all numbers pooled by their variance."""
    r2, spread = read(source, target), target[FIT:].flatten(0, 1).var(0)
    return (r2 * spread).sum() / spread.sum()


names = list(latents_of)
agreement = torch.stack([torch.stack([onto(latents_of[s], latents_of[t]) for t in names]) for s in names])
figures.number_table(agreement, [f"from: {name}" for name in names], [f"to: {name}" for name in names],
                     title="One space as a linear map of another",
                     subtitle="R² on unseen scenes: how much of the column's latents the row's latents give.")

# %%
rows = {name: pooled(read(latents, camera), camera) for name, latents in latents_of.items()}
figures.number_table(torch.stack(list(rows.values())), list(rows), ["azimuth", "elevation", "distance"],
                     title="The camera is in each trained space", subtitle="R² of linear probes on unseen scenes.")

# %%
SHOWN = 6
trained = [name for name in names if name in others]
tables = []
for name in trained or ["untrained"]:
    its_scores = principal_components(latents_of[name].flatten(0, 1))[2]
    both = torch.corrcoef(torch.cat([scores[:, :SHOWN], its_scores[:, :SHOWN]], 1).T)
    tables.append(figures.number_table(
        both[:SHOWN, SHOWN:], [f"this model, component {c + 1}" for c in range(SHOWN)],
        [f"component {c + 1}" for c in range(SHOWN)], title=f"Component by component: this model against {name}",
        subtitle="Correlation of the scores of the same pictures. The same components would give ±1 on the diagonal."))
for figure in tables:
    display(figure)
print("share of the variance, this model's components 1, 2, ...:", ", ".join(f"{100 * s:.0f} %" for s in share))

# %% [markdown]
# How to read the three together:
#
# - **As spaces.** Trained models agree, whatever their seed, recipe or width: most of one is a linear map of the other.
#   No line from or to the untrained one comes near. Mind that "from 64 to 8" and "from 8 to 64" are two questions:
#   sixty-four numbers hold what eight hold, and something beside.
# - **The camera** belongs to what they share.
# - **As components.** The first three agree one by one, up to the sign, across recipe, seed and width. Nobody asked for
#   that. The likely reason is in the last line above: the shares of the variance at the top are far apart. How much a
#   camera's azimuth, height and distance change a picture is a property of the *data*, and it orders them. From the
#   fourth on, shares come closer together, and agreement gets looser: directions are a little mixed, and beside the 64
#   numbers the fourth and the fifth have changed places. Where two shares are equal, chance alone decides which
#   direction comes first, and any mixture of the two is as good.
#
# So a name such as "height" for component 2 has a reason here, and it can be lost: with two shares that are close. Say
# "a linear read-out finds the elevation" rather than "component 2 *is* the elevation", and look at the shares first.

# %% [markdown]
# ## What this shows and what it does not
#
# **What is shown.** In this model, eight unlabelled numbers hold azimuth, elevation and distance, in directions that a
# linear map finds on unseen scenes, far beyond an untrained network and beyond chance. The azimuth is bent into a piece
# of a ring. No linear probe finds the floor's colour any more, which an untrained pose estimator passes on. And with
# the mean of the inputs' latents subtracted, one of them is read as a camera by a linear map.
#
# **What is not.**
#
# - *A good read-out does not prove that the latent is a camera.* It proves that the camera can be had from it. The
#   authors of XFactor test more strictly, by the transplant on real videos (RealEstate10K). They report for it an AUC
#   at 20 degrees of 13.8 for RUST, 7.6 for RayZer and 55.2 for their own model. Your transplant above cost decibels
#   too. Notebook 12 comes back to it.
# - *Our world gives a direction away.* Light and floor are tied to the sector, within 15 degrees. Where scenes share no
#   direction, a latent has to find its frame in each scene anew.
# - *Our cameras have three numbers.* All of them look at the middle of the scene. Real cameras have six, and lenses.
# - *One run a row.* Two seeds that agree do not show that all would.
#
# ## What to take away
#
# - Axes of a latent space are arbitrary. Look at directions, and say how you chose them.
# - Variance is not meaning. An untrained network has large components too.
# - An angle is a place on a circle: use sine and cosine, or miss the arch.
# - Split by scenes, take means from the fit, compare R² with an untrained model, and say relative to what.
# - Between two angles, walk around. A straight line leaves the data, and the picture pays for it.
# - The strongest statement about content came from the control: the probe finds the colour in the untrained, and not in
#   the trained.

# %% [markdown] quiz="09.q1"
# A colleague finds that the first component of her model holds 80 % of the variance, and concludes that the model has
# learned one main camera motion. What do you answer?
#
# - [ ] She is right: 80 % is far beyond chance
#   The untrained network's first component was large as well. Variance needs no training.
# - [x] It says how much the latents vary along it, and not why. Put a known quantity beside it, and an untrained model
#   Both were needed here: the correlation says what it follows, the control how much of that needs training.
# - [ ] She should divide each number by its standard deviation first
#   A choice that changes the components, and still says nothing about meaning.

# %% [markdown] quiz="09.q2"
# Imagine a probe that reads the azimuth from latents with R² = 0.95. The pictures were split at random into 70 % and
# 30 %. The same probe, split by scenes, reaches 0.80. Which number do you report?
#
# - [ ] 0.95: more varied examples to fit on make a better probe
#   The examples are as many. But each test picture had pictures of its own scene among those to fit on.
# - [x] 0.80: only there are the test scenes new
#   The question is what can be read in a scene that was never seen. The difference is what the probe has remembered
#   about scenes.
# - [ ] The mean of both
#   A mean of a right number and a leak is a smaller leak.

# %% [markdown] quiz="09.q3"
# Two trainings differ only in their seed. Component 3 of the first follows the distance, component 3 of the second
# follows nothing clear. What follows?
#
# - [ ] The second model does not know the distance
#   It may lie in component 2, or in a mixture of several. A probe on all numbers would tell.
# - [ ] One of the two has not trained long enough
#   Possible, and not shown by this. Even two perfect models may order and mix their components differently.
# - [x] Nothing yet: fit a probe on all eight numbers of each
#   Components belong to one file of weights. What the space contains does not depend on the axes.

# %% [markdown]
# ## Further reading
#
# - Sajjadi et al., *RUST: Latent Neural Scene Representations from Unposed Imagery*, CVPR 2023, arXiv 2211.14306. Its
#   analysis of latent poses is this notebook at full size.
# - Alain and Bengio, *Understanding intermediate layers using linear classifier probes*, 2016, arXiv 1610.01644. Where
#   linear probes come from.
# - Hewitt and Liang, *Designing and interpreting probes with control tasks*, EMNLP 2019, arXiv 1909.03368. Why a probe
#   needs a control.
# - White, *Sampling generative networks*, 2016, arXiv 1609.04468. Straight lines and great circles in latent spaces.
# - *XFactor*, ICLR 2026, arXiv 2510.13063. What a latent must pass to be called a pose.
# - Kornblith et al., *Similarity of neural network representations revisited*, ICML 2019, arXiv 1905.00414. How to
#   compare the spaces of two trainings.
#
# ## From here
#
# You have read cameras out of latents by a linear map, in numbers between 0 and 1. In **10** you do it in degrees: a
# small network takes two latents and the scene and answers with a relative pose, and COLMAP tries its luck on the same
# pictures. In **12** you take up the transplant again, and decide what may be called a pose. Both are in preparation.
