# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   rust_edu:
#     title: Training RUST
#     claim: By the end you will have shown that in a model trained on colours alone the camera emerges by itself, and
#       you will know how sure a comparison with models that are told their cameras is, and what breaks it.
#     needs: ["02", "06", "07"]
#     objectives:
#       - Give a training its learning rate, and say why it starts small and ends at zero
#       - Train RUST from your own parts, and watch decibels and camera emerge together
#       - Read cameras out of latents without a frame, on scenes that the probe has not seen
#       - Compare two models on the same scenes, with an error that fits the comparison
#       - Say what many scenes can show, and what only more seeds could
#       - Break RUST in three ways, predict what happens, and find out where you were wrong
#     reading_minutes: 110
#     compute: {cpu: "60 s; with `retrain = True`, about 20 minutes more", gpu: "not used"}
#     glossary:
#       "learning rate": "How far a step of training goes along the direction that the gradient gives."
#       "warm-up": "The first steps of a training, in which the learning rate grows from almost nothing to its peak."
#       "read-out": "What a probe, fitted afterwards, can tell of a known quantity from a model's inner numbers."
#       "R²": "The share of a quantity's variance that a prediction explains: 1 is all of it, 0 as good as always saying
#         the mean."
#       "paired difference": "The difference of two models scene by scene; what is hard for both drops out of it."
#       "seed": "The number that all random choices of a run follow from; another one gives another, equally good run."
# ---

# %% tags=["parameters"]
profile = "laptop"
retrain = False
own_parts = True

# %% [markdown]
# ## Nobody asked for a camera
#
# In notebook 07 you built a model and gave it one wish: get the colours right. Here are the numbers of the shipped one,
# beside models that were told their cameras. They come from `data/results.json`.

# %%
from dataclasses import replace

import torch
from IPython.display import Markdown

from rust_edu import RUST, SRT, UpSRT
from rust_edu.cameras import spherical
from rust_edu.course import hint, load_or_train, mine, predict, quiz, scoreboard, start
from rust_edu.course.chapters.c08_train_rust import figures, quadratic_probe
from rust_edu.datasets import load_or_make
from rust_edu.evaluation.metrics import psnr
from rust_edu.evaluation.probes import latent_poses
from rust_edu.evaluation.protocol import BASELINES, evaluate_views, shuffled_views
from rust_edu.evaluation.report import NOISE_SEED, test_scenes
from rust_edu.evaluation.results import ROWS, load_results, markdown_table
from rust_edu.evaluation.transfer import transfer_views
from rust_edu.figures import prediction_sheet, training_curve
from rust_edu.models.rust import PoseEstimator
from rust_edu.training.optimizer import make_optimizers
from rust_edu.training.profiles import get_profile
from rust_edu.views import half

start("08", own_parts=own_parts)
results = load_results()

# %%
for title, name in (("RUST, told no camera", "rust-laptop"), ("SRT, true cameras", "srt-laptop"),
                    ("SRT, cameras wrong by σ = 0.1", "srt-laptop-noise0.1"),
                    ("mean picture of the inputs", "mean_picture-sector")):
    print(f"{title:32}{results[name]['metrics']['psnr']['mean']:5.1f} dB")
found = results["rust-laptop"]["probes"]["pairs"]["linear"]["r2"]
print("read from RUST's latents afterwards, R²:", ", ".join(f"{name} {found[name]:.2f}" for name in
                                                            ("azimuth", "elevation", "distance")))

# %% [markdown]
# The last line is the strange one. (R² is 1 for a perfect reading, 0 for always saying the mean.) Azimuth, elevation,
# distance: nobody told the model that there are such things. They are in its eight numbers because colours were easier
# to get right with them. This notebook watches them arrive.

# %% [markdown] predict="08.p1"
# You will train RUST from nothing, and ask every 250 steps what can be read from its latents. Which of the three is
# there first?
#
# - [ ] Azimuth: it changes the picture most
#   It does, and it ends as the best of the three. But to make anything of it the model must know where objects stand.
# - [x] Elevation: how high the camera stands
#   A high camera sees much floor and little sky. That is nearly in the mean colour of half a picture, without any
#   scene. You will see how much of it a network can tell that has learned nothing at all.
# - [ ] Distance
#   It comes last. An object looks small because it is far away, or because it is small.
# - [ ] All together
#   They do help each other. But the curves part within the first steps that are looked at.

# %% [markdown]
# ## Small steps, large steps, small steps
#
# First the training itself. A step goes along the gradient by a length that you choose, the **learning rate**. One
# length does not fit a whole run:
#
# - **At the beginning** the gradient knows nothing yet. But an optimiser such as Adam divides it by its own size, so it
#   takes a step of full length all the same: *every number of the network moves by the learning rate, however small its
#   gradient is.* So let the first steps be small, until the averages that the optimiser keeps mean something.
# - **In the middle** long steps get far.
# - **At the end** they only shake. The gradient of 16 scenes is a noisy guess of that of all scenes, and with long
#   steps the noise never settles. So let the length go to zero.
#
# $$\eta(k) = \eta_{\max}\;\cdot\;\min\!\Big(1, \frac{k + 1}{w}\Big)\;\cdot\;
# \tfrac12\Big(1 + \cos \frac{\pi k}{N}\Big), \qquad k = 0, 1, \dots, N - 1$$
#
# Here $k$ is the number of a step, of $N$ in all. The first factor is the *warm-up* over $w$ steps, the second half a
# wave of a cosine over all $N$.

# %%
for gradient in (1e-4, 1.0, 1e4):
    weight = torch.zeros(1, requires_grad=True)
    adam = torch.optim.Adam([weight], lr=0.001)
    weight.grad = torch.tensor([gradient])
    adam.step()
    print(f"a first gradient of {gradient:8g}: Adam moves the weight by {abs(weight.item()):.4f}")

# %% [markdown] exercise="08.1"
# title: The length of a step
# difficulty: 1
# minutes: 8
# why: It is the one number of a training that most often decides whether it works.
#
# ---
# ```python
# def learning_rate(step: int, steps: int, warmup: int, peak: float) -> float
# ```
# `step` counts from 0 to `steps - 1`. With `warmup` 0 there is no warm-up; it may be as long as `steps`, too. **A tiny
# example**: with 100 steps, 4 of warm-up and a peak of 1, step 0 has the rate 0.25, step 50 has 0.5, and step 99 almost
# nothing.

# %% solution="08.1"
import math


def learning_rate(step, steps, warmup, peak):
    """Of step 0 to steps - 1: up in a straight line over `warmup` steps, times a cosine that falls to zero."""
    ### BEGIN SOLUTION
    up = min(1.0, (step + 1) / max(1, warmup))
    down = 0.5 * (1 + math.cos(math.pi * step / steps))
    return peak * up * down
    ### END SOLUTION

# %% [markdown] hint="08.1"
# Two factors between 0 and 1, and the peak. Compute each on a line of its own.

# %% [markdown] hint="08.1"
# The first factor grows by 1/warmup with each step and stops at 1; mind a `warmup` of 0. The second needs `math.cos`
# and `math.pi`: at step 0 it is 1, halfway 0.5.

# %% [markdown] hint="08.1"
# ```python
# up = min(1.0, (step + 1) / max(1, warmup))
# down = 0.5 * (1 + math.cos(...))
# return peak * ... * ...
# ```

# %% check="08.1"
from rust_edu.course import check
learning_rate = check("08.1", learning_rate)

# %% expected="08.1"
def walk(rates, walkers=500):
    """Walkers at 10 go downhill in the bowl x²/2, by a slope that is wrong by 3 each time: their distance from 0."""
    generator, x, distances = torch.Generator().manual_seed(0), torch.full((walkers,), 10.0), []
    for rate in rates:
        x = x - rate * (x + 3 * torch.randn(walkers, generator=generator))
        distances.append(x.abs().mean().item())
    return distances


rates = [learning_rate(step, 400, 20, 0.3) for step in range(400)]
figures.schedule_plot(rates, {"yours": walk(rates), "long steps only": walk([0.3] * 400),
                              "short steps only": walk([0.005] * 400)})

# %% [markdown]
# **What it means.** Long steps come down fast and then stay where the noise throws them. Short ones are still on their
# way. With yours, the first half of the run finds the place and the second half settles. In the curves of a real
# training you see it too: a good part of the decibels comes late, when the steps get short.
#
# ## The loop, with all of your parts
#
# Assemble RUST as in notebook 07. Where you have solved an exercise there, or in 04, your own part takes its place.

# %%
multi_head_attention, fourier_features, peek, pose_block, bottleneck, latent_query, rust_loss = mine(
    "04.3", "04.5", "07.1", "07.2", "07.3", "07.4", "07.5")


def attend(part, x, context):
    """Queries x (batch, N, D) ask a context (batch, K, D), with the projections that `part` has learned."""
    W_key, W_value = part.key_value.weight.chunk(2)
    answer = multi_head_attention(x, context, part.query.weight.T, W_key.T, W_value.T, part.out.weight.T, part.heads)
    return answer + part.out.bias


class YourPoseEstimator(PoseEstimator):
    def tokens(self, halves, right):
        tokens = self.stem(2 * halves.flatten(0, 1) - 1).unflatten(0, halves.shape[:2])
        return tokens + self.position[right.long()]

    def compare(self, x, slsr):
        for block in self.blocks:
            x = pose_block(x, slsr, block, attend)
        return x

    def forward(self, halves, right, slsr):
        return bottleneck(self.compare(self.tokens(halves, right), slsr), self.norm, self.latent)


class YourRUST(RUST):
    def __init__(self, config):
        super().__init__(config)
        self.pose_estimator = YourPoseEstimator(config)

    def queries(self, pose, positions):
        return latent_query(pose, positions, self.config.size, lambda where: fourier_features(where, 5, -1))


# %% [markdown]
# And this is the whole of training, as `fit` of the package does it but for checkpoints and the progress bar. Two
# optimisers share the weights. Muon takes the matrices inside the network: it turns a gradient into the nearest
# orthogonal matrix before it steps, so that no direction is left behind. AdamW takes all others. Each has a peak of its
# own, and both follow your schedule. Thirty steps, to see that it runs; the loss should come down.

# %% tags=["nbval-ignore-output"]
recipe = get_profile("laptop")
few = load_or_make("sector", 64, 10, 32, progress=False)  # 64 scenes with 10 views each
torch.manual_seed(0)
beginner, generator = YourRUST(recipe.model), torch.Generator().manual_seed(0)
optimizers = make_optimizers(beginner, recipe.learning_rate, recipe.muon)
peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
steps, losses = 30 if profile != "smoke" else 4, []
for step in range(steps):
    some_inputs, some_targets = few.draw(8, 6, generator).split(3, 3)
    halves, right = peek(some_targets.images, generator)  # 07.1: which half may be seen
    which = torch.randperm(256, generator=generator)[:64]  # where colours are asked for
    loss = rust_loss(beginner, some_inputs, some_targets, halves, right, which)  # 07.5
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(beginner.parameters(), recipe.clip)  # no single batch may go far
    for optimizer, own_peaks in zip(optimizers, peaks):
        for group, peak in zip(optimizer.param_groups, own_peaks):
            group["lr"] = learning_rate(step, steps, 5, peak)  # 08.1
        optimizer.step()
    losses.append(loss.item())
print(f"loss of the first step {losses[0]:.3f}, mean of the last three {sum(losses[-3:]) / 3:.3f}")

# %% [markdown]
# ## Now for real
#
# With `retrain = False` at the top, the next cell loads the shipped weights into your parts, and the curve that was
# recorded while they were trained. With `retrain = True` it trains your RUST from scratch: about ten minutes on two
# idle cores, after about one minute in which 2,000 scenes are rendered. You see two plots live: decibels at the left,
# and at the right what can be read from the latents at this moment.
#
# You may interrupt the kernel at any time (the ■ button). The notebook goes on with what there is, and running the cell
# again goes on with the training, also tomorrow.
#
# **What to expect.** Within the first minute or two the curve on unseen scenes passes the mean picture of the inputs.
# Ten minutes of two idle cores are 5,000 to 7,000 steps; `rust-ten-minutes`, 6,700 steps, has its row further down. The
# recorded curve, which is drawn below, is of 10,000 steps on one core of a busy machine: count steps, not its minutes.
#
# Two things may surprise you. The curve on unseen scenes lies *above* the one of training. It is a mean of decibels,
# and the other one is the decibels of a mean error, which are fewer (notebook 02). The pictures differ too, and
# training draws two to four inputs, where this curve has three. And its decibels are not those of the table: it watches
# 100 scenes of its own, so that the test scenes stay unseen. (The dashed lines are of the test scenes.)

# %%
trained = load_or_train("rust-laptop", YourRUST, get_profile(profile), retrain=retrain, minutes=10, seed=0)
model = trained.model
size = model.config.size
level = {name: results[f"{name}-sector"]["metrics"]["psnr"]["mean"] for name in ("mean_picture", "nearest_input")}
training_curve(trained.history, baselines=level)

# %%
unseen = test_scenes("sector", size)
inputs, targets = unseen.views(slice(8, 9)).split(3, 4)
prediction_sheet(inputs.images[0], targets.images[0], model.predict(inputs, targets)[0])

# %% [markdown]
# ## Reading a pose without a frame
#
# How does one know what a latent knows? By a **probe**: a simple regression from latents to what you know of the
# cameras, fitted afterwards. The model does not get anything from it.
#
# But regression to *which* azimuth? An azimuth is counted from somewhere. RUST never saw the world's axes. Wherever it
# has put its zero, in a direction of the light or in the middle of the inputs, it need not be yours. So do not ask
# where a camera stands. Ask **from where to where**: take two target views of a scene, and read the *difference* of
# their azimuths from both latents. It is the same in every frame.
#
# $$x_{sij} = [\,z_{si},\, z_{sj}\,], \qquad y_{sij} = \big(\mathrm{wrap}(\alpha_{sj} - \alpha_{si}),\;
# \epsilon_{sj} - \epsilon_{si},\; d_{sj} - d_{si}\big), \qquad i \ne j$$
#
# - *wrap*: from 179 to −179 degrees it is 2 degrees, not −358. Angles go round, numbers do not.
# - All ordered pairs of different views: $T(T-1)$ of a scene.
# - Fit on some **scenes**, score on others. Not on other *pairs*: a scene's pairs share their views.
#
# The score is the share of the variance that is explained, for each of the three on its own:
#
# $$R^2 = 1 - \frac{\sum_m (y_m - \hat y_m)^2}{\sum_m (y_m - \bar y)^2}$$
#
# | name | what | shape |
# | --- | --- | --- |
# | `z` | latents of T targets of each scene | (S, T, L) |
# | `where` | azimuth, elevation (radians), distance of each | (S, T, 3) |
# | pairs, flattened | features and differences | (M, 2L) and (M, 3) |
# | result | R² of azimuth, elevation, distance | (3,) |

# %% [markdown] exercise="08.2"
# title: From where to where
# difficulty: 3
# minutes: 20
# why: With the wrong read-out you would conclude that the model knows nothing, or that it knows everything.
#
# ---
# ```python
# def pair_r2(z: Float[Tensor, "S T L"], where: Float[Tensor, "S T 3"], fit: int, probe) -> Float[Tensor, "3"]
# ```
# Fit on the first `fit` scenes, score on the others. `probe(x_fit, y_fit, x)` is a regression that is given: features
# (M, F) and answers (M, Q) to fit on, features (N, F) to answer for; it returns (N, Q). Call it once. (What is in a
# probe, you write in notebook 09. This one knows products of features too.)
#
# **A tiny example**: if a latent *is* the camera's azimuth (in any frame), elevation and distance, all three are 1.

# %% solution="08.2"
def pair_r2(z, where, fit, probe):
    """R² (3,) of differences in azimuth, elevation and distance, read from the latents (S, T, L) of pairs of views."""
    ### BEGIN SOLUTION
    i, j = (~torch.eye(z.shape[1], dtype=torch.bool)).nonzero().unbind(-1)  # T (T - 1) ordered pairs
    x = torch.cat([z[:, i], z[:, j]], dim=-1)
    azimuth, rest = (where[:, j] - where[:, i]).split([1, 2], dim=-1)
    y = torch.cat([torch.atan2(azimuth.sin(), azimuth.cos()), rest], dim=-1)  # wrapped
    truth = y[fit:].flatten(0, 1)
    answer = probe(x[:fit].flatten(0, 1), y[:fit].flatten(0, 1), x[fit:].flatten(0, 1))
    return 1 - (truth - answer).square().sum(0) / (truth - truth.mean(0)).square().sum(0)
    ### END SOLUTION

# %% [markdown] hint="08.2"
# Make pairs while scenes still have an axis of their own. Cut at `fit`. Only then flatten scenes and pairs into one
# axis.

# %% [markdown] hint="08.2"
# `(~torch.eye(T, dtype=torch.bool)).nonzero().unbind(-1)` gives i and j of all ordered pairs. `z[:, i]` is then of
# shape (S, P, L) with P = T(T - 1) pairs. `torch.atan2(a.sin(), a.cos())` wraps an angle. The sums of R² run over axis
# 0 of (M, 3).

# %% [markdown] hint="08.2"
# ```python
# x = torch.cat([z[:, i], z[:, j]], dim=-1)
# y = where[:, j] - where[:, i]           # and wrap its first column
# answer = probe(x[:fit].flatten(0, 1), y[:fit].flatten(0, 1), x[fit:].flatten(0, 1))
# truth = y[fit:]...
# return 1 - (truth - answer).square().sum(0) / ...
# ```

# %% check="08.2"
from rust_edu.course import check
pair_r2 = check("08.2", pair_r2)

# %% expected="08.2"
QUANTITIES = ("azimuth", "elevation", "distance")


def read_out(some_model, scenes=unseen):
    """R² by quantity: fitted on 140 of 200 scenes, scored on 60."""
    z, cameras = latent_poses(some_model, scenes)  # of the 5 views beyond the 3 inputs
    where = torch.stack(spherical(cameras[:, 3:]), dim=-1)
    return dict(zip(QUANTITIES, pair_r2(z, where, 140, quadratic_probe).tolist()))


def untrained(seed):
    torch.manual_seed(seed)
    return YourRUST(model.config).eval()


nothing_learned = [read_out(untrained(seed)) for seed in range(3)]
known = read_out(model)
for name in QUANTITIES:
    without = ", ".join(f"{r2[name]:.2f}" for r2 in nothing_learned)
    print(f"{name:10} R² {known[name]:.2f}    three networks that have learned nothing: {without}")

# %% [markdown]
# Look at the right side first. It is the **negative control**, and it is not zero. A network with random weights
# already passes on enough of a half picture (how much of it is sky, how bright it is, from where the light comes) that
# a probe reads part of the elevation, and something of the others: light and floor have nearly the same direction in
# all our scenes. Whoever prints R² without this control sells the picture's own knowledge as the model's.
#
# What training has *added* is the difference between the two sides. It is smallest for the elevation.
#
# And the frame? These are R² of the shipped model's azimuth in three read-outs, with a linear probe, from
# `data/results.json`:

# %%
for title, read in (("relative to the first input view", "first"), ("relative to the mean of the inputs", "mean"),
                    ("from view to view, in pairs", "pairs")):
    print(f"azimuth {title:36} R² {results['rust-laptop']['probes'][read]['linear']['r2']['azimuth']:.2f}")

# %% [markdown]
# The same latents, three questions. Asked in a frame that is not its own, the model looks half ignorant.
#
# ## What emerges, and when
#
# Now look back at the training. Every 250 steps the run stopped for such a read-out, on 100 scenes of its own. Empty
# marks at the left are your networks that have learned nothing.

# %%
start_level = {name: sum(r2[name] for r2 in nothing_learned) / 3 for name in QUANTITIES}
figures.emergence_sheet(trained.history, start_level, level["mean_picture"], "mean picture")

# %%
looks = {point["step"]: point for point in trained.history if "azimuth" in point}
print("  step     dB   azimuth  elevation  distance")
for step in [s for s in (250, 500, 1000, 2500, 5000, 7500, 10_000) if s in looks] or list(looks)[-1:]:
    point = looks[step]
    print(f"{step:6,} {point['val_psnr']:6.1f} {point['azimuth']:9.2f} {point['elevation']:10.2f} "
          f"{point['distance']:9.2f}")
for name in QUANTITIES:
    beyond = [step for step, point in looks.items() if point[name] > 0.8]
    print(f"{name:10} " + (f"first beyond R² = 0.8 at step {beyond[0]:,}" if beyond else "never beyond R² = 0.8"))

# %% [markdown]
# Read it from left to right.
#
# 1. **Elevation comes first.** At the first look it is nearly known. Part of that was there before training.
# 2. **Azimuth comes with the decibels.** From step 250 to 1,000 it is the quantity that gains most, and in the same
#    steps the pictures rise clearly above the mean picture. To draw an object in its place, one must know from where.
# 3. **Distance comes last.** At the first looks it is level with the azimuth, which then draws ahead. A near small
#    thing looks like a far large one.
# 4. **Then the camera is known, and decibels go on rising.** In the second half of the run the read-out of the azimuth
#    hardly moves. What is learned now is something else: sharper scenes.
#
# One caution. That two curves rise together does not show that one causes the other. For that you must *intervene*:
# take the latent away and see what happens to the decibels. It is a row of the figure below.
#
# ## The table
#
# The shipped models that are compared here, each trained for 10,000 steps, on 200 unseen scenes. In each cell the mean,
# and its standard error over scenes.

# %%
Markdown(markdown_table(results, rows=ROWS))

# %%
spreads = {name: entry["metrics"]["psnr"]["spread"] for name, entry in results.items() if name.endswith("-laptop")}
print("PSNR, spread over three random choices of input and target views:")
print(", ".join(f"{name} {spread:.2f}" for name, spread in sorted(spreads.items())), "dB")

# %% [markdown]
# Would you believe it? Before you do, ask three questions.
#
# 1. *Other scenes.* Would the order be the same on 200 other scenes? That is what a standard error is for.
# 2. *Other views.* Does it depend on which views were given? That is the spread above: small.
# 3. *Other runs.* Would the same recipe with another seed give the same? No number of the table says that.

# %% [markdown] predict="08.p2"
# Each mean has a standard error of about 0.15 dB. Suppose that two models differ by 0.3 dB, *measured on the same 200
# scenes*. Is that difference sure?
#
# - [ ] No: the error of a difference is about 0.15 · √2 = 0.21 dB, so 0.3 may well be chance
#   That is right for two models that were tested on *different* scenes. Most of the 0.15 says how different scenes
#   are from each other, and both models got the same ones.
# - [x] It may well be: what is hard for both models drops out of the difference
#   A scene with many shadows costs both. Subtract scene by scene, and what is left varies far less.
# - [ ] Yes: 0.3 is twice 0.15
#   The error of one mean is not the error of a difference. It can be larger, or much smaller.
# - [ ] One cannot know without training both again
#   For a statement about these two *trained models*, one can. For one about the two *recipes*, you are right.

# %% [markdown]
# ## The same scenes for both
#
# Here are RUST and SRT with true cameras, scene by scene: RUST in your parts with the shipped weights, the others as
# they ship. (Where numbers decide about models, they should have had the same training, so the model of your own
# training comes in later, on the score board.)
#
# The table takes the mean over three random choices of input and target views. From here on there is *one* choice, so
# means differ from the table's by up to a tenth of a decibel, and so do differences of means. No error of this notebook
# speaks of that: they are over scenes.

# %%
rust = YourRUST(RUST.from_pretrained("laptop").config).eval()
rust.load_state_dict(RUST.from_pretrained("laptop").state_dict())
held_out = test_scenes("sector")
clear, noisy = (shuffled_views(s, 0) for s in (held_out, held_out.with_pose_noise(0.1, NOISE_SEED)))


def decibels(method, views=clear):
    """PSNR (200, 5) of the right halves of all pictures, by the half-image protocol."""
    return evaluate_views(method, views, metrics=("psnr",))["psnr"].float()


scores = {"RUST": decibels(rust), "SRT, true cameras": decibels(SRT.from_pretrained("laptop"))}
figures.scene_scatter(scores["SRT, true cameras"].mean(1), scores["RUST"].mean(1), ("SRT", "RUST"))

# %% [markdown]
# Scenes differ by many decibels, models by few. Whoever compares two means lets the first hide the second. So subtract
# first:
#
# $$\delta_s = \tfrac1T \sum_t a_{st} - \tfrac1T \sum_t b_{st}, \qquad \bar\delta = \tfrac1S \sum_s \delta_s, \qquad
# \mathrm{SE}_{\text{paired}} = \frac{\mathrm{std}(\delta)}{\sqrt S}$$
#
# If the two models had been tested on scenes of their own, their uncertainties would add as variances:
#
# $$\mathrm{SE}_{\text{unpaired}} = \sqrt{\frac{\mathrm{var}(\bar a)}{S} + \frac{\mathrm{var}(\bar b)}{S}}, \qquad
# \bar a_s = \tfrac1T \sum_t a_{st}$$
#
# Both divide by $S - 1$ inside (they are sample variances), and both count **scenes**: the five pictures of a scene are
# five looks at one thing.

# %% [markdown] exercise="08.3"
# title: Is it better?
# difficulty: 2
# minutes: 12
# why: Many tables compare two means where a paired difference would have answered.
#
# ---
# ```python
# def paired_difference(a: Float[Tensor, "S T"], b: Float[Tensor, "S T"]) -> tuple[float, float, float]
# ```
# Decibels of two models on the same T pictures of S scenes. Returns the mean of a − b, its standard error as a paired
# difference, and the standard error without pairing. **A tiny example**: three scenes whose means are 11, 20, 30 for a
# and 10, 18, 27 for b. The differences are 1, 2, 3: mean 2, paired error 0.58, unpaired 7.35.

# %% solution="08.3"
def paired_difference(a, b):
    """Decibels (S, T) of two models -> mean of a - b, its standard error, and the error that it had without pairs."""
    ### BEGIN SOLUTION
    first, second = a.mean(1), b.mean(1)  # (S,): pictures of one scene are alike
    apart, S = first - second, len(a)
    return (apart.mean().item(), (apart.std() / S**0.5).item(), ((first.var() + second.var()) / S).sqrt().item())
    ### END SOLUTION

# %% [markdown] hint="08.3"
# Get rid of the pictures first: one number for each scene and model. After that there are only vectors of length S.

# %% [markdown] hint="08.3"
# `a.mean(1)` is (S,). For the paired error take the standard deviation of the *difference* of the two vectors; for the
# unpaired one, the variance of each.

# %% [markdown] hint="08.3"
# ```python
# first, second = a.mean(1), b.mean(1)
# apart = first - second
# paired = apart.std() / ...
# unpaired = ((first.var() + ...) / ...).sqrt()
# ```

# %% check="08.3"
from rust_edu.course import check
paired_difference = check("08.3", paired_difference)

# %% expected="08.3"
a, b = scores["RUST"], scores["SRT, true cameras"]
apart, paired, unpaired = paired_difference(a, b)
print(f"RUST minus SRT with true cameras: {apart:+.2f} dB, standard error {paired:.2f} paired, {unpaired:.2f} not")
print(f"without pairing, as sure an answer would take {(unpaired / paired) ** 2:.0f} times as many scenes")
_, mixed, _ = paired_difference(a, b.roll(1, dims=0))
print(f"negative control, each scene paired with another one: {mixed:.2f}, and nothing is gained")

# %% [markdown]
# ## RUST beside those who know
#
# Now all rivals, each on the same 1,000 pictures. The models at σ = 0.1 were trained and are tested with cameras that
# are wrong by about 6 degrees. The last two rows are a baseline, and the intervention that was promised: RUST itself,
# with the latent of *another view of the scene*. If the latent were of no use, that row would be at zero.

# %% [markdown] predict="08.p3"
# Where will that last row be? RUST keeps its scene, and draws it from where another target was seen.
#
# - [ ] Near zero: it is the same scene, in much the same colours
#   The colours are, and the places are not. In the squared error an object in another place counts twice: where it is
#   missing, and where it should not be.
# - [ ] A few decibels behind: still well above the nearest input view, since RUST knows the scene
#   It knows the scene. But that baseline is at least told which input is nearest. Here nobody has looked where the
#   target is seen from.
# - [x] As far behind as a baseline without learning, or farther
#   A good picture of the scene from the wrong place is one more picture from the wrong place. And the nearest input was
#   chosen to be near.

# %%
class AnotherView(YourRUST):
    """RUST that is given the latent of the next target instead of its own."""

    def pose(self, inputs, targets, slsr, right=False):
        return super().pose(inputs, targets, slsr, right).roll(1, dims=1)


exchanged = AnotherView(rust.config).eval()
exchanged.load_state_dict(rust.state_dict())
scores |= {
    "UpSRT, true target cameras": decibels(UpSRT.from_pretrained("laptop")),
    "SRT, σ = 0.1": decibels(SRT.from_pretrained("laptop-noise0.1"), noisy),
    "UpSRT, σ = 0.1": decibels(UpSRT.from_pretrained("laptop-noise0.1"), noisy),
    "nearest input view": decibels(BASELINES["nearest_input"]),
    "RUST, another view's latent": decibels(exchanged),
}
rivals = {name: score for name, score in scores.items() if name != "RUST"}
compared = {name: paired_difference(scores["RUST"], score) for name, score in rivals.items()}
figures.difference_plot({name: (scores["RUST"] - score).mean(1) for name, score in rivals.items()},
                        {name: errors for name, (_, *errors) in compared.items()},
                        title="Without cameras: behind the true ones, far ahead of those wrong by 6 degrees")

# %% [markdown]
# **What it says.**
#
# - *SRT with true cameras is better than RUST*, by less than a decibel, and surely so. Who knows the cameras
#   should use them.
# - *RUST is better than UpSRT*, which is told the cameras of the targets and not those of the inputs. RUST is told
#   neither, but it sees half of each target.
# - *With cameras wrong by a tenth of a radian* both fall behind by several decibels, down to the baseline that learns
#   nothing. Every single scene is better with RUST.
# - *With another view's latent* RUST loses all that it had gained, and more. Its decibels do come through its latent.
#
# **The fine print.** RUST sees the left half of the target that it draws, and the posed models do not. That is why
# everybody is scored on the right half. But light and colours of that very view do reach the left half, and eight
# numbers could carry some of it. The posed models know exact cameras, and RUST has to find them. And σ = 0.1 is large;
# notebook 06 has the dial.

# %% [markdown]
# On the board, *yours* is the model of your own training if you trained one, otherwise the shipped weights in your
# parts; one choice of views, where *shipped* is the mean over three.

# %%
own = decibels(model) if trained.here and size == held_out.size else scores["RUST"]
own_error = own.mean(1).std() / len(own) ** 0.5
scoreboard("08", {"RUST": (own.mean(), own_error)}, size)

# %% [markdown]
# ## What one run cannot tell
#
# All errors so far are over *scenes*. They answer: are these two trained models different? They do not answer: is the
# *recipe* better? Another seed gives other first weights and other batches, and another model. No number of test scenes
# makes up for one run.

# %%
apart, paired, _ = paired_difference(scores["RUST"], decibels(RUST.from_pretrained("laptop-seed1")))
print(f"RUST, seed 0 minus seed 1, the same recipe: {apart:+.2f} dB, paired standard error {paired:.2f}")
apart, paired, _ = compared["SRT, true cameras"]
print(f"RUST minus SRT with true cameras:           {apart:+.2f} dB, paired standard error {paired:.2f}")

# %% [markdown]
# With two runs you can see how large a difference *nothing* makes: another seed, and the paired error calls the two
# models different all the same. It is right, they are two models. As a statement about the recipe it means nothing.
#
# With two you cannot know the spread well: of a standard deviation that is estimated from two numbers you know hardly
# more than its order of magnitude. Three to five seeds of each recipe are the custom. A difference of tenths of a
# decibel between two recipes, one run each, is a rumour. One of five decibels is not.
#
# And one more question that a table hides: *how long* were they trained? These are runs of one recipe that differ in
# their number of steps alone, from `data/results.json`.

# %%
names = ("rust-ten-minutes", "rust-laptop", "srt-laptop", "rust-laptop-long", "srt-laptop-long")  # one recipe, seed 0
runs = sorted((results[name]["steps"], results[name]["model"], results[name]["metrics"]["psnr"]["mean"])
              for name in names if name in results)
by_steps = {}
for steps, name, mean in runs:
    by_steps.setdefault(steps, {})[name] = mean
    print(f"{steps:7,} steps  {name.upper():5} {mean:.1f} dB")
for steps, found in by_steps.items():
    if len(found) == 2:
        print(f"after {steps:,} steps SRT is ahead of RUST by {found['srt'] - found['rust']:.1f} dB")

# %% [markdown]
# Both go on learning. One could have hoped that RUST only needs longer, since it must find the cameras first; in our
# world the gap does not close with time. But look across the lines: RUST after 30,000 steps is ahead of SRT after
# 10,000. Whoever compares models of different training can have any order.
#
# ## Where the gap is
#
# So what does RUST lack beside SRT? Encoder and decoder have the same sizes in both. But the one is told its poses, and
# the other has to see them, in half a picture. Here is an experiment that is **no evaluation**: read the latent poses
# from the *right* halves, the ones that are scored.

# %% [markdown] predict="08.p4"
# What will RUST's right halves be like, with poses that were read from these very halves?
#
# - [ ] Hardly better: eight numbers are eight numbers, whichever half they come from
#   Eight numbers are enough. But how exactly can they be told? A pose that is off by a pixel in the one half is off by
#   a pixel in the other, unless that other half has been looked at.
# - [x] About as good as SRT's, which is told the true poses
#   Then scene and decoder can draw as well as SRT's, if they are told exactly enough what to draw.
# - [ ] Nearly perfect: the latent has seen what it must predict
#   It has seen 512 pixels and may keep eight numbers.

# %%
given, asked = clear.split(3, 5)
with torch.no_grad():
    tokens = rust.encode(given)
    for words, side in (("left half, as always", False), ("right half, which is scored", True)):
        drawn = rust.render(rust.pose(given, asked, tokens, side), tokens)
        print(f"RUST, pose from the {words:30}{psnr(half(drawn, True), half(asked.images, True)).mean():.2f} dB")
print(f"SRT, told the true pose{'':27}{scores['SRT, true cameras'].mean():.2f} dB")

# %% [markdown]
# An upper bound, since such a latent may also carry along some colour. But it says where to look: perhaps RUST is
# behind because half a picture is unsure of where it was taken.
#
# That can be practised. `rust-fine` has a pose estimator of four layers instead of two, and five targets in a step
# instead of three, each another pose to be told apart in the same scene. `srt-fine` had the five targets too. To pay
# for them, both were asked at 40 positions of a target instead of 64. Both had 24,000 steps.

# %%
for name in ("rust-fine", "srt-fine"):
    print(f"{name:10} {results[name]['metrics']['psnr']['mean']:.1f} dB")
for name in ("rust-laptop", "rust-laptop-long", "rust-fine"):
    read = results[name]["probes"]["pairs"]["mlp"]["r2"]
    print(f"{name:17} R² of pairs (a small network as probe):",
          ", ".join(f"{quantity} {read[quantity]:.3f}" for quantity in ("azimuth", "elevation", "distance")))

# %% [markdown]
# The gap is 0.3 dB, less than half of what it was, and the read-out is better in all three quantities. (Its probe is a
# small network; notebook 09 asks what a probe is.) SRT is where it was after 30,000 steps of the plain recipe: it is
# RUST that has moved. That agrees with the experiment, and does not prove it. Layers, targets, queries and steps
# changed together, and it is one run each: what you know of seeds holds here too.
#
# One thing goes the other way. In the transplant of notebook 07 `rust-fine` loses 2.7 dB, where the plain model loses
# 1.8. The picture that it draws in B is still the better one, 22.2 dB against 21.7, but about two thirds of what it had
# gained are lost on the way. A better read-out does not promise a better transplant: the end of the next section comes
# back to that.

# %% [markdown]
# ## Broken on purpose
#
# Three things keep RUST's latent honest: eight numbers, half a view, a scene to compare with. In notebook 07 you opened
# two locks at once and got a model that copies. Now one change at a time: the bottleneck tighter, the comparison gone,
# the whole view. All models of this section were trained with the same recipe for 3,000 steps and with the same seed,
# the honest one too: compare with it, not with the long run above.
#
# With `retrain = True` each of the four trains for two minutes.
#
# ### One number

# %% [markdown] predict="08.p5"
# The latent has *one* number instead of eight. A camera of our world has three: azimuth, elevation, distance. What will
# the one number hold?
#
# - [ ] Azimuth: it has the widest range, and moves everything in the picture
#   So one would think. But an azimuth alone is of use only to a model that can already turn a scene. And this model
#   did not get there: azimuth is the one that it leaves out.
# - [ ] Elevation, and nothing else
#   Most of it is elevation. But look at the pictures below: the camera does not only sink.
# - [x] A mixture of elevation and distance: from high and near to low and far
#   Both change how much floor is seen, how large things are, where the horizon is. One number can run along that
#   diagonal, and save the most squared error for its price.
# - [ ] All three, packed into the digits of one number
#   A real number has room for that. But the path through it would be torn, and gradient descent follows slopes.

# %%
def with_one_number(config):
    return YourRUST(replace(config, latent=1))


def load(name, make):
    return load_or_train(name, make, get_profile(profile), retrain=retrain, minutes=2, seed=0).model


honest = load("rust-laptop-short", YourRUST)
narrow = load("rust-laptop-latent1", with_one_number)
r2 = {"eight numbers": read_out(honest), "one number": read_out(narrow)}
for name, found in r2.items():
    print(f"{name:14} R²  " + "  ".join(f"{quantity} {found[quantity]:.2f}" for quantity in QUANTITIES))

# %% [markdown]
# What does it do, then? Turn it, in three scenes, through the range that it has over all views.

# %%
z, _ = latent_poses(narrow, unseen)
stops = torch.linspace(-2, 2, 7)
some = unseen.views(torch.tensor([4, 17, 21]))[:, :3]
with torch.no_grad():
    walked = narrow.render((z.mean() + stops * z.std())[None, :, None].expand(3, -1, 1), narrow.encode(some))
figures.one_number_sheet(walked, stops.tolist(), ["scene 4", "scene 17", "scene 21"])

# %% [markdown]
# The camera climbs down and moves away at the same time: the horizon sinks into the picture, and things get smaller. It
# never turns. What stands at the left stays at the left, in every row. So the same object, seen from two azimuths, must
# be drawn in the same place, and the model does what it always does when it cannot know: it blurs. The decibels are in
# the comparison at the end.
#
# **What it means.** A bottleneck does not keep "the pose". It keeps what saves the most error, and only where there is
# room for all of it does that come near to a pose. Eight numbers for three quantities is no waste: it leaves the
# training room to find them.

# %% [markdown]
# ### No scene to compare with
#
# The second change is less plain. In `pose_block` the half picture asks the scene. Take that away: where the scene was,
# the estimator gets zeros. The decoder keeps its scene.

# %% [markdown] predict="08.p6"
# How will it do, beside the honest model of as many steps?
#
# - [ ] It fails: a pose is relative to a scene, and now there is none
#   It would, if half a picture said nothing by itself. But in our world it does: see below.
# - [x] A few tenths of a decibel less, and the transplant suffers more
#   Sky and floor tell the height. And the light comes from, and the floor is shaded along, nearly the same direction of
#   the sector in every scene, to within 15 degrees. That is a frame without a scene. It is worse than the scene's own.
# - [ ] No difference
#   There is one, and comparing with the scene is what makes it.
# - [ ] Better: it cannot be misled by the scene
#   The scene does not mislead. It is what the decoder will be asked with.

# %%
class Blind(YourRUST):
    """RUST whose pose estimator looks at half a target and at nothing else."""

    def pose(self, inputs, targets, slsr, right=False):
        return super().pose(inputs, targets, torch.zeros_like(slsr), right)


blind = load("rust-laptop-blind", Blind)

# %% [markdown]
# ### The whole view
#
# At last the keyhole. The estimator sees the *whole* target, in training and afterwards. But the bottleneck stays: one
# mean, eight numbers.

# %% [markdown] predict="08.p7"
# In notebook 07 the model without a keyhole copied, with 512 numbers. What does this one do with eight?
#
# - [ ] It copies: in the transplant it draws A
#   Eight numbers do not hold a picture. It draws B. But look how well.
# - [ ] The same as RUST: eight numbers are eight numbers
#   They are. But from a whole view more can be got into them, and training gets in what pays.
# - [x] More decibels, a better read-out, and a worse transplant
#   It sees more, so it finds the camera better. And beside the camera, something of the picture itself comes through.
# - [ ] Fewer decibels: it has learned to rely on what it sees
#   While it sees the target, it has more. It is another matter when the half that is asked for is painted grey.

# %%
class WholeView(YourRUST):
    """RUST whose pose estimator sees both halves; still one mean and eight numbers."""

    def pose(self, inputs, targets, slsr, right=False):
        estimator = self.pose_estimator
        sides = [estimator.tokens(half(targets.images, side), torch.full(targets.images.shape[:2], side,
                                                                              device=slsr.device))
                 for side in (False, True)]
        x = estimator.compare(torch.cat(sides, dim=2), slsr)
        return bottleneck(x, estimator.norm, estimator.latent)


whole = load("rust-laptop-whole", WholeView)

# %% [markdown]
# Now measure all four alike, on sixty pairs of scenes A and B that were seen by the same cameras. Each model draws the
# targets of B twice: with latents read in B, from all that it may see there, and, as in the transplant of notebook 07,
# with latents read in A. Right halves count. And your read-out, and your paired difference.

# %%
transplant = mine("07.6")
pairs_a, pairs_b = transfer_views("sector", 60, inputs=3, targets=4, size=size)
a_inputs, a_targets, b_inputs, b_targets = pairs_a[:, :3], pairs_a[:, 3:7], pairs_b[:, :3], pairs_b[:, 3:7]


def right_psnr(images, truth):
    return psnr(half(images, right=True), half(truth.images, right=True)).float()


variants = {}
print(f"{'':22}own latents   A's latents: like B   like A   lost by the transplant")
for name, variant in {"honest RUST": honest, "one number": narrow, "no scene to compare": blind,
                      "whole view": whole}.items():
    with_own = right_psnr(variant.predict(b_inputs, b_targets), b_targets)
    drawn = transplant(variant, a_inputs, a_targets, b_inputs)
    to_b, to_a = right_psnr(drawn, b_targets), right_psnr(drawn, a_targets)
    lost, error, _ = paired_difference(with_own, to_b)
    variants[name] = {"own": with_own.mean().item(), "to_b": to_b.mean().item(), "to_a": to_a.mean().item(),
                      **read_out(variant)}
    print(f"{name:22}{with_own.mean():8.1f} dB {to_b.mean():17.1f} dB {to_a.mean():6.1f} dB "
          f"{lost:10.1f} ± {error:.1f} dB")
floor = right_psnr(BASELINES["mean_picture"].predict(b_inputs, b_targets), b_targets).mean().item()
figures.variants_sheet(variants, floor)

# %%
hundred = shuffled_views(unseen, 0)[:100]
inputs, targets = hundred.split(3, 5)
grey = {name: evaluate_views(m, hundred, metrics=("psnr",))["psnr"].mean().item()
        for name, m in {"RUST": honest, "whole view": whole, "mean picture": BASELINES["mean_picture"]}.items()}
shown = right_psnr(whole.predict(inputs, targets), targets).mean().item()
print("right halves of 100 other scenes")
print(f"  honest RUST, which never sees them             {grey['RUST']:.1f} dB")
print(f"  whole view, which sees them                    {shown:.1f} dB")
print(f"  whole view, when they are painted grey         {grey['whole view']:.1f} dB")
print(f"  mean picture of the inputs                     {grey['mean picture']:.1f} dB")

# %% [markdown]
# **One number** costs the most decibels, and loses next to nothing in the transplant. It is the purest of the four and
# the poorest: what it says of the camera is all that it says.
#
# **No scene to compare** costs a few tenths, and the transplant more than the honest model's. Its latents are relative
# to what all scenes have in common, floor and light; they fit the scene at hand less well. In a world without such a
# compass it could not work like this. Do not carry the tenths over to other worlds.
#
# **The whole view** is the most instructive. It has more decibels than the honest model, and its latents have the
# *best* read-out of all four. By these two numbers you would take it. Now look at the transplant: it loses several
# times as much, and ends below the honest model. It does not copy A; what it draws in B is like B. But beside the
# camera its eight numbers hold something of the picture they came from, and in another scene that does harm. **A good
# read-out says that a camera is in the latent. It does not say that nothing else is.**
#
# And the half-image protocol? When the half that is asked for is painted grey, the whole view falls below the mean
# picture. That is a warning, and no proof of copying: the model has never seen a grey half in its training. The
# transplant is the fairer test, since there every picture is as it was in training.
#
# Four models, one seed each, 3,000 steps. The errors of the transplant are over scenes, and you know by now what that
# means: the large differences will stay, and of the tenths one cannot say.

# %% [markdown]
# ## Beside the paper
#
# - **The world.** The paper's MSN-Hard has cluttered scenes of detailed objects, at 128 × 128 pixels. There RUST with
#   eight numbers is reported with 23.49 dB, SSIM 0.703 and LPIPS 0.351 on the right halves. Decibels of different
#   worlds do not compare; orders might, and errors of a tenth do not.
# - **The order.** The paper's claim is that RUST keeps up with models that are told their cameras. Here it is some
#   tenths of a decibel behind SRT with true ones, also after the longer training, and ahead of UpSRT. Why the order
#   differs, these runs do not tell; the world, the size and the length of training all differ too.
# - **Noise.** That wrong cameras cost SRT and UpSRT several decibels, and RUST nothing, is the same in both.
# - **The read-out.** Our cameras stand within a sector of 120 degrees, and floor and light have nearly the same
#   direction in all scenes. All around the circle the training needs a curriculum; notebook 09 shows that its azimuth
#   is still counted from light and floor.
# - **Ablations.** Ours had 3,000 steps, one seed each. Notebook 12, in preparation, is for more of them, and longer
#   ones.
#
# ## What to take away
#
# - Nobody asked for a camera. It is in the latent because colours are cheaper with it.
# - Elevation comes first, then azimuth, with the decibels, then distance. A network that has learned nothing already
#   gives some of it away: always measure that too.
# - Read a pose from view to view. In a frame that is not its own a model looks ignorant.
# - Compare models on the same scenes, and take the spread of the differences. Here it is two to four times smaller than
#   without pairing.
# - Scenes are not seeds. Many scenes say that two trained models differ; only several runs say that two recipes do.
# - A bottleneck keeps what saves most error. What that is, ask the model, not your intuition.
# - Decibels and read-out can both rise while a latent gets *less* of a pose. Transplant it.

# %% [markdown] quiz="08.q1"
# You halve the number of steps of a training. What should you do with the schedule?
#
# - [ ] Nothing: it depends on the step alone
#   Then the run ends with its rate at half the peak, where noise still shakes the weights.
# - [x] Let the cosine end at the new last step
#   The late part, in which the weights settle, brings decibels at any length. A long run that is cut in the middle is
#   worse than a short one that was planned.
# - [ ] Double the peak, to get as far
#   It may work a little, or diverge. The peak is limited by what the network bears, not by how much time there is.

# %% [markdown] quiz="08.q2"
# A probe reads elevation from a network's latents with R² = 0.5. What do you conclude?
#
# - [ ] The network has learned half of what there is to know about elevation
#   Perhaps none of it. Above, networks that had learned nothing came near to this number.
# - [ ] Nothing: probes prove nothing
#   They do say what is in the latents for a probe of this kind. Only where it comes from is open.
# - [x] Nothing yet: what does the same probe read from the same network with random weights?
#   Only the difference was learned. And on which scenes was it scored?

# %% [markdown] quiz="08.q3"
# Recipe A beats recipe B by 0.4 dB on 200 scenes, paired standard error 0.05. One run each. What may you write?
#
# - [ ] Recipe A is better than recipe B, at eight standard errors
#   The eight errors are about these two trained models. Another seed could turn the order round, and no number of
#   scenes would have told you.
# - [x] This model of A is better than this model of B; for the recipes we would need more runs
#   That is what was measured. With three to five seeds each, put the seeds where the scenes were: their spread is then
#   the error.
# - [ ] Nothing, since 0.4 dB is less than the difference between scenes
#   Scenes differ by more, and both models had the same ones. That is what pairing is for.

# %% [markdown]
# ## Further reading
#
# - Sajjadi et al., *RUST: Latent Neural Scene Representations from Unposed Imagery*, CVPR 2023, arXiv 2211.14306.
#   Section 4 has the tables; compare which errors they give.
# - Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, ICLR 2017, arXiv 1608.03983. Where
#   the cosine comes from.
# - Alain and Bengio, *Understanding intermediate layers using linear classifier probes*, 2016, arXiv 1610.01644.
# - Bouthillier et al., *Accounting for Variance in Machine Learning Benchmarks*, MLSys 2021, arXiv 2103.03098. What one
#   seed hides.
# - *XFactor*, ICLR 2026, arXiv 2510.13063. What a good read-out does not prove.
#
# ## From here
#
# You have a RUST that has found the camera. In **09** you walk through the space of its eight numbers, and give names
# to its directions. **10** reads cameras out of it in degrees, and **12** takes the locks apart for good; both are in
# preparation.
