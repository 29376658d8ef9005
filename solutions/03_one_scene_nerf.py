# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   rust_edu:
#     title: "One scene: NeRF"
#     claim: >-
#       By the end you will have shown that pictures alone, through one differentiable renderer, can shape a box, a
#       whole scene, and the cameras that saw it; and where each of the three stops working.
#     needs: ["01", "02"]
#     objectives:
#       - Cut a ray into samples, and say how much of its light each of them stops
#       - Recognise a broken volume renderer by the picture that it makes
#       - Fit the six numbers of a box through your renderer, before any network
#       - Fit a radiance field to one scene, and measure it on views that it has not seen
#       - Put a choice of views, a seed and a scene beside each comparison before you believe it
#       - Turn a camera into something that learns, and measure cameras whose world is another
#     reading_minutes: 120
#     compute: {cpu: "40 s", gpu: "not needed"}
#     glossary:
#       "radiance field": "A function from a point of the world to how dense it is there, and of what colour."
#       "volume rendering": "A ray's colour as the sum of the colours along it, each by the share of light it stops."
#       "transmittance": "The share of the light that passes everything between the camera and a point."
#       "stratified sampling": "One random place in each of equal bins, so that draws are spread and still cover all."
#       "exponential map": "From a rotation vector (axis times angle) to a rotation matrix."
#       "gauge": "What a reconstruction may choose freely, here the frame and the size of its world."
# ---

# %% tags=["parameters"]
profile = "laptop"
retrain = False
own_parts = True

# %% [markdown]
# ## A scene in eleven thousand numbers
#
# Below, a small network starts from random weights and learns **one scene**, from forty photographs whose cameras are
# known. The picture at the left is a forty-first view, which it never sees. Watch what comes first, and what last.

# %%
from dataclasses import replace

import torch
from IPython.display import Markdown

from rust_edu import RUST, SRT
from rust_edu.cameras import perturb
from rust_edu.course import hint, mine, predict, quiz, start
from rust_edu.course.chapters.c03_one_scene_nerf import figures
from rust_edu.course.chapters.c03_one_scene_nerf.box_world import CENTRE, ORANGE, SIDES, box_pictures
from rust_edu.course.chapters.c03_one_scene_nerf.live import LiveScene
from rust_edu.course.chapters.c03_one_scene_nerf.rays import BROKEN
from rust_edu.course.chapters.c03_one_scene_nerf.record import choices, one_scene, recorded
from rust_edu.evaluation.metrics import psnr
from rust_edu.evaluation.protocol import INPUTS, TARGETS, NearestInput, left_only, shuffled_views
from rust_edu.evaluation.report import test_scenes
from rust_edu.evaluation.results import load_results
from rust_edu.figures import picture_sheet
from rust_edu.models.layers import fourier_features
from rust_edu.models.nerf import NeRF
from rust_edu.models.volume import Rendered
from rust_edu.training.one_scene import fit_scene
from rust_edu.views import half

start("03", own_parts=own_parts)

# %%
STEPS = 30 if profile == "smoke" else 1000 if retrain else 300
torch.set_num_threads(1)  # for such small networks a second thread costs more than it brings
train, held_out, config = one_scene()  # forty views, ten more, and where rays begin and end
live = LiveScene(held_out, "A network learns one scene")
scene = fit_scene(train, config, steps=STEPS, held_out=held_out, on_progress=live, progress=retrain)
live.finish()


def decibels_of(fit):
    last = fit.history[-1]
    return (f"training pixels {last['psnr']:.0f} dB, right halves of {held_out.count} unseen views "
            f"{last['val_psnr']:.0f} dB")


print(f"{sum(p.numel() for p in scene.field.parameters()):,} weights, {train.count} pictures; {decibels_of(scene)}")

# %% [markdown]
# The network does not draw pictures. It answers one question: *at this point of the world, how dense is it, and of what
# colour?* Such a function is a **radiance field**, and this way to learn one is **NeRF** (Mildenhall et al., 2020).
# Pictures and depth come from a renderer, which is differentiable: an error of a pixel says how the field should
# change.
#
# You write that renderer now. Then you try it on a scene of *six numbers*, where every mistake can be seen, and only
# then on a network. At the end the same gradient moves cameras.
#
# | what | name | shape |
# | --- | --- | --- |
# | rays of some pixels | `origins`, `directions` | `(N, 3)` |
# | distances along them | `distances` | `(N, S)` |
# | points | `points` | `(N, S, 3)` |
# | what the field says | `density`, `colour` | `(N, S)`, `(N, S, 3)` |
# | shares of the light | `weights` | `(N, S)` |
#
# ## Where a ray asks
#
# A ray is infinite, the field is asked at $S$ places. Cut the way from `near` to `far` into $S$ equal bins and take one
# place in each. The middles are right for showing pictures. In training they are not: the field would be asked at the
# same depths for ever, and could hide anything between them. So draw a place **in every bin**, anew for every ray:
#
# $$t_i = \text{near} + \frac{\text{far} - \text{near}}{S}\,(i + u_i), \qquad u_i \sim U[0, 1), \quad i = 0 \dots S -
# 1$$

# %% [markdown] exercise="03.1"
# title: One place in every bin
# difficulty: 2
# minutes: 10
# why: A field can only be right where it is asked.
# ---
# ```python
# def sample_distances(rays: int, near: float, far: float, samples: int,
#                      generator: Generator | None = None) -> Tensor
#     # -> (N, S) with N = rays, S = samples, ascending
# ```
# With a generator, each $u$ is drawn from it; without one, all are 1/2.
#
# *Tiny example.* `sample_distances(1, 2., 6., 4)` is `[[2.5, 3.5, 4.5, 5.5]]`.

# %% solution="03.1"
def sample_distances(rays, near, far, samples, generator=None):
    """Distances (N, S): one in each of S equal bins from near to far, drawn, or the middles without a generator."""
    ### BEGIN SOLUTION
    if generator is None:
        inside = torch.full((rays, samples), 0.5)
    else:
        inside = torch.rand(rays, samples, generator=generator)
    return near + (far - near) / samples * (torch.arange(samples) + inside)
    ### END SOLUTION

# %% [markdown] hint="03.1"
# Number the bins 0 to S − 1. Where does bin $i$ begin, and how wide is it? The place inside is a number from 0 to 1.

# %% [markdown] hint="03.1"
# `torch.arange(samples)` is `(S,)`, `torch.rand(rays, samples, generator=generator)` is `(N, S)`; their sum is `(N,
# S)`, in units of bins.

# %% [markdown] hint="03.1"
# `near + (far - near) / samples * (torch.arange(samples) + inside)`, with `inside` either that draw or
# `torch.full((rays, samples), 0.5)`.

# %% check="03.1"
from rust_edu.course import check
sample_distances = check("03.1", sample_distances)

# %% expected="03.1"
drawn = sample_distances(5, config.near, config.far, 16, torch.Generator().manual_seed(0))
figures.bins_plot(drawn, config.near, config.far, title="One dot in every bin, and no two rays alike",
                  subtitle="Five rays of 16 samples. Lines are the edges of the bins.")

# %% [markdown]
# ## Light in a fog
#
# Think of the scene as coloured fog, thick where something stands. Fog of density $\sigma$ lets $e^{-\sigma\delta}$ of
# the light through a length $\delta$. So sample $i$, which stands for the piece of the ray up to the next sample,
# **stops** the share $1 - e^{-\sigma_i\delta_i}$ of what comes there. What comes there is what all pieces *before* it
# let through, the **transmittance** $T_i$:
#
# $$T_i = \exp\Big(-\sum_{j<i} \sigma_j \delta_j\Big) \qquad w_i = T_i\,\big(1 - e^{-\sigma_i \delta_i}\big) \qquad
# \delta_i = t_{i+1} - t_i$$
#
# The last sample has no next one. It stands for *everything beyond*: its $\delta$ is as good as infinite, $10^{10}$. So
# the field can paint the sky there.

# %% [markdown] exercise="03.2"
# title: Who stops the light
# difficulty: 4
# minutes: 20
# why: These few lines hold most of what goes wrong in NeRFs that people write themselves.
# ---
# ```python
# def ray_weights(density: Tensor, distances: Tensor) -> Tensor
#     # density (N, S), 0 or more; distances (N, S), ascending -> weights (N, S)
# ```
# *Tiny example, by hand.* Samples at 1, 2 and 4, densities ln 2, 0 and 1/2. The first piece is 1 long and lets half
# through: weight **1/2**. The second is empty: **0**. The last goes on for ever and stops all that is left: **1/2**.

# %% solution="03.2"
def ray_weights(density, distances):
    """Densities and ascending distances (N, S) -> the share (N, S) of each sample in its ray's colour."""
    ### BEGIN SOLUTION
    widths = torch.cat([distances.diff(dim=-1), torch.full_like(distances[:, :1], 1e10)], dim=-1)
    thickness = density * widths
    before = torch.cat([torch.zeros_like(thickness[:, :1]), thickness[:, :-1].cumsum(-1)], dim=-1)
    return torch.exp(-before) * (1 - torch.exp(-thickness))
    ### END SOLUTION

# %% [markdown] hint="03.2"
# Three steps: widths, then what each piece lets through, then what has come through all pieces *before* it. The first
# sample has nothing before it.

# %% [markdown] hint="03.2"
# `distances.diff(dim=-1)` is `(N, S - 1)`; one column of `1e10` makes it `(N, S)`. A `cumsum` includes the piece
# itself: leave the last column out and put a column of zeros in front.

# %% [markdown] hint="03.2"
# `thickness = density * widths`, then `before = torch.cat([zeros, thickness[:, :-1].cumsum(-1)], -1)` and
# `torch.exp(-before) * (1 - torch.exp(-thickness))`.

# %% check="03.2"
from rust_edu.course import check
ray_weights = check("03.2", ray_weights)

# %% expected="03.2"
t = sample_distances(1, 1.0, 8.0, 48)
two_walls = 3.0 * ((t > 3.0) & (t < 3.6)) + 6.0 * ((t > 5.0) & (t < 6.0)) + 0.05
figures.fog_plot(t[0], two_walls[0], ray_weights(two_walls, t)[0], title="The nearer wall takes the light",
                 subtitle="Two walls in a thin haze. The farther one is twice as dense, and gets what is left.")

# %% [markdown]
# ## What a ray sees
#
# The colour of a ray is the sum of the colours along it, by weight. So is its distance:
#
# $$x_i = o + t_i d \qquad \hat C = \sum_i w_i\, c(x_i) \qquad \hat t = \sum_i w_i\, t_i$$
#
# Do not divide by the sum of the weights: light that nothing stops brings no colour.

# %% [markdown] predict="03.p1"
# Someone's transmittance is off by one: a piece counts among those that stand *before* it. What will the pictures of a
# good field look like?
#
# - [ ] Shifted by a sample, which hardly shows
#   The samples stay where they are. Their weights change.
# - [ ] Brighter, since more light comes through
#   One more factor below 1 makes no weight larger.
# - [x] Dark, and darkest where a surface is hard
#   A thick piece stops all light, its own included: the harder the surface, the less of its colour arrives.
# - [ ] Blurred along the ray
#   A blur shares weight out. Here weight is lost.

# %% [markdown] exercise="03.3"
# title: The colour of a ray
# difficulty: 3
# minutes: 15
# why: From here on, whatever can say a density and a colour can be seen.
# ---
# ```python
# def see(field: Callable, origins: Tensor, directions: Tensor, distances: Tensor, weights_of: Callable)
#     # field: points (N, S, 3) -> density (N, S), colour (N, S, 3)
#     # origins, directions (N, 3); distances (N, S); weights_of(density, distances) -> weights (N, S)
#     # -> colour (N, 3), distance (N,), weights (N, S)
# ```
# `weights_of` is an argument, so that your `ray_weights` goes in, and broken ones can.
#
# *Tiny example.* Weights 1/4 and 3/4 at distances 2 and 4, colours black and white: colour 3/4 white, distance 3.5.

# %% solution="03.3"
def see(field, origins, directions, distances, weights_of):
    """Rays (N, 3), asked at distances (N, S) -> colour (N, 3), mean distance (N,) and weights (N, S)."""
    ### BEGIN SOLUTION
    points = origins[:, None] + distances[..., None] * directions[:, None]
    density, colour = field(points)
    weights = weights_of(density, distances)
    return (weights[..., None] * colour).sum(1), (weights * distances).sum(1), weights
    ### END SOLUTION

# %% [markdown] hint="03.3"
# Ask the field once, at all points of all rays. Which axes must origins, directions and distances get, so that their
# sum is `(N, S, 3)`?

# %% [markdown] hint="03.3"
# `origins[:, None]` and `directions[:, None]` are `(N, 1, 3)`, `distances[..., None]` is `(N, S, 1)`. Weights need the
# same last axis before they meet colours. Sums are over axis 1.

# %% [markdown] hint="03.3"
# `points = origins[:, None] + distances[..., None] * directions[:, None]`, then `density, colour = field(points)`, then
# `(weights[..., None] * colour).sum(1)` and `(weights * distances).sum(1)`.

# %% check="03.3"
from rust_edu.course import check
see = check("03.3", see)

# %% expected="03.3"
class YourNeRF(NeRF):
    """The network is the package's; how its rays are cut, weighed and summed is yours."""

    weights_of = staticmethod(ray_weights)

    def render(self, origins, directions, generator=None, alpha=None):
        c = self.config
        distances = sample_distances(len(origins), c.near, c.far, c.samples, generator)
        return Rendered(*see(lambda points: self(points, alpha), origins, directions, distances, self.weights_of))


def drawn_by(weights_of, far=config.far):
    """The first held-out view of the scene above, drawn by a renderer with these weights."""
    field = YourNeRF(replace(config, far=far))
    field.load_state_dict(scene.field.state_dict())
    field.weights_of = weights_of
    return field.pictures(held_out.camera_to_world[0, :1], held_out.K, 32, 32)[0][0]


faces = {"the photograph": held_out.images[0, 0], "your renderer": drawn_by(ray_weights),
         **{name: drawn_by(weights) for name, weights in BROKEN.items()}, "far at 5 units": drawn_by(ray_weights, 5.0)}
scores = ["", *(f"{psnr(face, faces['the photograph']):.1f} dB" for face in list(faces.values())[1:])]
picture_sheet(torch.stack(list(faces.values())), list(faces), scores, title="Each mistake has a face",
              subtitle="The field of the first cell, untouched. Only the renderer is broken, in five ways.", size=150,
              alt="A held-out view; the same drawn by your renderer, much like it; and by five broken ones: off by "
                  "one, last sample without width, backwards, widths forgotten, and far too near.")

# %% [markdown]
# Look for: a sky that went black (nothing stands for *beyond*), objects in their own shadow, the world seen from
# behind, a floor that ends too soon. One of the five hardly shows. And this field was trained with a right renderer:
# train *with* a broken one, and the field bends until training pixels fit anyway. **Mistakes of a renderer hide in a
# network.** So first comes a scene that cannot bend.
#
# ## A scene of six numbers
#
# A box has a centre $c$ and sides $s$. How deep is a point inside it? Along each axis $s/2 - |x - c|$, and the
# *smallest* of the three decides. A hard box (density 20 or 0) has no gradient: moving a face a little changes nothing.
# So soften the faces:
#
# $$\sigma(x) = 20\,\operatorname{sigmoid}\!\Big(\min_k\big(\tfrac{s_k}{2} - |x_k - c_k|\big) \,/\,
# \text{softness}\Big)$$

# %% [markdown] exercise="03.4"
# title: A soft box
# difficulty: 3
# minutes: 10
# why: With six numbers you can see whether your renderer or your network is to blame.
# ---
# ```python
# def box_density(points: Tensor, centre: Tensor, sides: Tensor, softness: float) -> Tensor
#     # points (..., 3); centre (3,); sides (3,), whole lengths -> density (...)
# ```
# *Tiny example.* Sides 2, 4, 6 around (1, 0, 0): at (2, 0, 0), in the middle of a face, the depth is 0 and the density
# **10**. At the centre the depth is 1, half of the shortest side.

# %% solution="03.4"
def box_density(points, centre, sides, softness):
    """Density (...) at points (..., 3) of a box with this centre (3,) and these whole sides (3,)."""
    ### BEGIN SOLUTION
    depth = (sides / 2 - (points - centre).abs()).amin(-1)
    return 20 * torch.sigmoid(depth / softness)
    ### END SOLUTION

# %% [markdown] hint="03.4"
# First make one number of each point: how deep it is inside, negative outside. Then one formula makes a density of it.

# %% [markdown] hint="03.4"
# `(points - centre).abs()` is `(..., 3)` and how far from the centre the point is along each axis. A face is half a
# side away. Take the smallest over the last axis.

# %% [markdown] hint="03.4"
# `depth = (sides / 2 - (points - centre).abs()).amin(-1)`, then the sigmoid of `depth / softness`, times 20.

# %% check="03.4"
from rust_edu.course import check
box_density = check("03.4", box_density)

# %% expected="03.4"
from rust_edu.cameras import pixel_centres, pixel_rays

box_images, box_cameras, box_K = box_pictures()  # three exact pictures: no volume renderer has made them


def box_field(centre, sides, softness):
    return lambda points: (box_density(points, centre, sides, softness), ORANGE.expand(points.shape))


rays = [part.squeeze(0) for part in pixel_rays(box_cameras[:1], box_K, pixel_centres(32, 32).reshape(-1, 2))]
rows = {"exact": box_images[0]}
for softness in (0.01, 0.1, 0.3):
    soft = box_field(CENTRE, SIDES, softness)
    colours, _, _ = see(soft, *rays, sample_distances(1024, 2.0, 9.0, 64), ray_weights)
    rows[f"softness {softness}"] = colours.view(32, 32, 3)
picture_sheet(torch.stack(list(rows.values())), list(rows), title="Your box, through your renderer", size=150,
              subtitle="The true six numbers. A trace of density in the last, endless sample is enough to stop light.",
              alt="An orange box as it is, and as the volume renderer draws it with faces of growing softness.")

# %% [markdown]
# ## One loss for everything
#
# A step of training takes some pixels, asks what their rays see, and compares:
#
# $$\mathcal L = \frac1{3N}\sum_{n}\big\lVert \hat C(\text{ray}_n) - C_n \big\rVert^2$$
#
# There is nothing else in it: no depth, no shape, no "this is a box". The same loss will fit the box, the network, and
# the cameras. What `look` is, it does not know.

# %% [markdown] exercise="03.5"
# title: The loss of some pixels
# difficulty: 3
# minutes: 15
# why: Half a pixel of error here, and every scene that you ever fit is a little blurred.
# ---
# ```python
# def ray_loss(look: Callable, images: Tensor, camera_to_world: Tensor, K: Tensor,
#              view: Tensor, row: Tensor, column: Tensor) -> Tensor
#     # look: origins (N, 3), directions (N, 3) -> colours (N, 3)
#     # images (V, H, W, 3); camera_to_world (V, 4, 4); K (3, 3); view, row, column (N,), whole numbers
#     # -> a scalar
# ```
# `pixel_rays(camera_to_world, K, positions)` of `rust_edu.cameras` takes cameras `(N, 4, 4)` and positions `(N, P, 2)`
# as (x, y) in pixels, and returns origins and directions `(N, P, 3)`. The centre of the first pixel is at (0.5, 0.5).
#
# *Tiny example.* One pixel, predicted (1, 0, 0), true (0, 0, 0): the loss is 1/3.

# %% solution="03.5"
def ray_loss(look, images, camera_to_world, K, view, row, column):
    """The mean squared error of what `look` says of N pixels."""
    ### BEGIN SOLUTION
    positions = torch.stack([column, row], dim=-1) + 0.5
    origins, directions = pixel_rays(camera_to_world[view], K, positions[:, None])
    return (look(origins[:, 0], directions[:, 0]) - images[view, row, column]).square().mean()
    ### END SOLUTION

# %% [markdown] hint="03.5"
# Each pixel has a camera of its own, that of its view. Which of row and column is x?

# %% [markdown] hint="03.5"
# `camera_to_world[view]` is `(N, 4, 4)`: one camera for each ray. Give each one position, `(N, 1, 2)`; take that axis
# away again before `look`. True colours: `images[view, row, column]`, `(N, 3)`.

# %% [markdown] hint="03.5"
# `positions = torch.stack([column, row], -1) + 0.5`, then `origins, directions = pixel_rays(camera_to_world[view], K,
# positions[:, None])`, then the mean square of `look(origins[:, 0], directions[:, 0]) - images[view, row, column]`.

# %% check="03.5"
from rust_edu.course import check
ray_loss = check("03.5", ray_loss)

# %% expected="03.5"
def seen_of_box(centre, sides, softness, generator):
    """What rays see of a box: the `look` of the loss."""

    def look(origins, directions):
        distances = sample_distances(len(origins), 2.0, 9.0, 64, generator)
        return see(box_field(centre, sides, softness), origins, directions, distances, ray_weights)[0]

    return look


def fit_box(centre, steps=300):
    """Centre and sides (steps + 1, 6) on their way; the faces get harder on the way, from 0.1 to 0.01."""
    g = torch.Generator().manual_seed(0)
    centre, sides = torch.tensor(centre).requires_grad_(), torch.full((3,), 2.0).requires_grad_()
    adam, way = torch.optim.Adam([centre, sides], lr=0.03), [torch.cat([centre, sides]).detach()]
    for step in range(steps):
        look = seen_of_box(centre, sides, 0.1 * 0.1 ** (step / steps), g)
        pixels = (torch.randint(most, (256,), generator=g) for most in box_images.shape[:3])
        loss = ray_loss(look, box_images, box_cameras, box_K, *pixels)
        adam.zero_grad()
        loss.backward()
        adam.step()
        way.append(torch.cat([centre, sides]).detach())
    return torch.stack(way)


way, lost = fit_box([0.0, 0.0, 1.0]), fit_box([-3.0, 3.0, 1.0])
six = torch.cat([CENTRE, SIDES])
for name, path in (("where it overlaps the true one", way), ("beside it", lost)):
    print(f"a box that starts {name}: all six numbers right to 0.1? {bool((path[-1] - six).abs().max() < 0.1)}")
figures.box_plot(way, six, title="Six numbers find a box, through your renderer",
                 subtitle="Three pictures, 256 pixels a step. Nobody told it a depth.")

# %% [markdown]
# All of it is yours: samples, weights, colours, density, loss. The last line printed is the control. A box that starts
# where its picture does not overlap the true one never gets there: all it learns is that it is in the way. **A picture
# corrects what it already nearly shows.** Keep that in mind for the cameras.
#
# ## From a box to a network
#
# A scene is more than a box, so let a network say density and colour. Two things are needed.
#
# **Waves.** A small network given $(x, y, z)$ makes smooth, blurred functions. Given also $\sin(2^k \pi x)$ and
# $\cos(2^k \pi x)$ for several octaves $k$, it makes sharp ones: nearby points have become different inputs. You write
# these **Fourier features** in notebook 04; here they are the package's.
#
# **A density that can be born.** NeRF ends in a ReLU. Where that starts below zero everywhere there is no gradient, and
# the scene stays empty for ever. We take $\operatorname{softplus}(x - 1)$, as mip-NeRF does.

# %%
two_points = torch.tensor([[0.0], [0.1]])
apart = [float((features[0] - features[1]).norm()) for features in (two_points, fourier_features(two_points, 6, -2))]
print(f"two points 0.1 apart: as numbers {apart[0]:.1f} apart, as six octaves of waves {apart[1]:.1f}")
for density in ("relu", "softplus"):
    runs = [run for run in recorded("dead") if run["density"] == density]
    empty = sum(run["largest_density"] < 0.05 for run in runs)  # light passes 20 units of that
    print(f"{density:9s} {empty} of {len(runs)} seeds have an empty scene after 50 steps")

# %% [markdown] predict="03.p2"
# Now the same network, with your renderer, gets **five** of the forty pictures, and as many steps. What will its
# decibels be, on pixels it is trained on, and on new views?
#
# - [ ] Lower on both: it has less to learn from
#   Less to learn from is also less to fit. Nothing makes five pictures harder than forty.
# - [ ] The same on both: five pictures show the whole scene too
#   They may show every object. But a point of space that two pictures agree on is known, and most points are seen by
#   one or two.
# - [x] About as high on the training pixels, and lower on new views
#   Many fields agree with five pictures. Training picks one of them; new views say which.
# - [ ] It depends on the seed more than on the pictures
#   A good thing to ask. Below both are measured.

# %%
few = choices(train.camera_to_world[0])["draw 3"]  # five, drawn at random
with torch.random.fork_rng():
    torch.manual_seed(0)
    network = YourNeRF(config)
live = LiveScene(held_out, "Your NeRF, from five pictures")
from_five = fit_scene(train[:, few], network, steps=STEPS, held_out=held_out, on_progress=live, progress=retrain)
live.finish()
print(decibels_of(from_five))

# %% [markdown]
# ## Forty views and five
#
# Impressive. Now attack it. Is it the *number* of pictures, or *which* five? Are there too many octaves for five
# pictures? Is it the seed? Each dot is a NeRF of this scene, recorded with 400 steps (its command is in the file
# `record.py`).

# %%
runs = recorded("views")


def decibels(what="held_out", **wanted):
    return [run[what] for run in runs if all(run[key] == value for key, value in wanted.items())]


draws = [f"draw {i}" for i in range(4)]
groups = {"forty views, two seeds": decibels(choice="all", octaves=6),
          "five views, four draws": [decibels(choice=d, octaves=6, seed=0)[0] for d in draws],
          "the same, three octaves": [decibels(choice=d, octaves=3, seed=0)[0] for d in draws],
          "draw 0, three seeds": decibels(choice="draw 0", octaves=6),
          "five evenly spread": decibels(choice="spread", octaves=6),
          "five side by side": decibels(choice="together", octaves=6)}
for name, values in groups.items():
    print(f"{name:26s}" + "".join(f"{value:7.1f}" for value in values))
trained = sum(decibels("train", octaves=6, choice=d, seed=0)[0] for d in draws) / 4
print(f"training pixels: forty {decibels('train', choice='all', octaves=6, seed=0)[0]:.1f} dB, five {trained:.1f} dB")
figures.spread_plot(groups, title="Which five matters as much as how many",
                    subtitle="Right halves of ten held-out views, one scene. Bars are means.")

# %% [markdown]
# Read it row by row. Forty views are well ahead of the mean of five, and training pixels do not tell. But the draws lie
# decibels apart, and the run above was the **worst** of four: had you taken it for *what five views cost*? Views side
# by side are worse still. Seeds move less than draws. So do octaves, and not in one direction: on this scene the
# popular advice *fewer octaves for fewer views* is a rumour.
#
# ## One scene at a time, in the table
#
# Later notebooks train **one** model on thousands of scenes and give it three pictures of a new one. What does a NeRF
# do with these three? It must start anew for every scene. Here are NeRFs of the first test scenes, scored as all models
# of this course are: right halves of five new views. The other rows see *the same scenes and views*. Noise (σ = 0.1)
# turns each camera by about 6 degrees about each axis and moves it by 0.1 units along each, told to inputs and targets
# alike; NeRF\-\- learns to correct it, which you do next.

# %%
results = load_results()
rows = {name: results[name] for name in ("nerf-sector", "nerf-sector-noise0.1", "nerf-sector-noise0.1-learned")
        if name in results}
S = results["nerf-sector"]["protocol"]["scenes"]
inputs, targets = shuffled_views(test_scenes("sector"), 0)[:S].split(INPUTS, TARGETS)


def by_scene(model):
    """PSNR (S,) of right halves, the mean of each scene's five."""
    with torch.no_grad():
        drawn = model.predict(inputs, left_only(targets))
    return psnr(half(drawn, True), half(targets.images, True)).mean(1)


others = {"nearest input": by_scene(NearestInput()), "SRT, told the cameras": by_scene(SRT.from_pretrained("laptop")),
          "RUST, told none": by_scene(RUST.from_pretrained("laptop"))}
names = {"nerf-sector": "NeRF, true cameras", "nerf-sector-noise0.1": "NeRF, noisy cameras",
         "nerf-sector-noise0.1-learned": "NeRF\\-\\-, noisy cameras learned"}
found = {**{names[name]: torch.tensor(row["scene_psnr"]) for name, row in rows.items()}, **others}
lines = [f"| {name} | {len(v)} | {v.mean():.1f} ± {v.std() / len(v) ** 0.5:.1f} | {v.min():.1f} to {v.max():.1f} |"
         for name, v in found.items()]
noisy = results["srt-laptop-noise0.1"]  # trained and asked with noisy cameras: notebook 06
lines.append(f"| SRT, noisy cameras, all test scenes | {noisy['protocol']['scenes']} | "
             f"{noisy['metrics']['psnr']['mean']:.1f} ± {noisy['metrics']['psnr']['stderr']:.1f} | |")
Markdown("\n".join(["| three views of a new scene | scenes | PSNR (dB), right halves | worst to best scene |",
                    "| --- | --- | --- | --- |", *lines]))

# %%
gain = others["RUST, told none"] - found["NeRF, true cameras"]
print(f"RUST minus NeRF, scene by scene: {gain.mean():.1f} ± {gain.std() / S ** 0.5:.1f} dB, "
      f"RUST ahead on {int((gain > 0).sum())} of {S}")
once = recorded("time")[0]["milliseconds"]
print(f"processor time of a scene: NeRF {rows['nerf-sector']['cpu_seconds']:.1f} s of fitting, RUST {once:.0f} ms "
      f"(after {results['rust-laptop']['seconds'] / 60:.0f} minutes of training, once)")

# %% [markdown]
# With noise, a plain NeRF falls below *copying the nearest input*: what three contradicting cameras agree on is fog,
# and a copy at least is sharp. NeRF\-\- gets back to about the copy.
#
# From three views, a model without cameras is ahead of a NeRF with true ones. Is it a better model? *What each is
# shown* differs. NeRF has three pictures with cameras and knows nothing else about the world. RUST has seen thousands
# of scenes like this one, and the left half of each target. With forty views of a scene, NeRF wins easily, and its
# pictures from any two sides agree, by construction. **NeRF remembers one scene; the others have learned what scenes
# are like.** NeRF's steps and octaves were chosen on other scenes; its ± is over scenes, with one seed each.
#
# ## A camera that can learn
#
# The renderer is differentiable in the rays too. So a camera can be a parameter: six numbers, a rotation vector $r$
# (axis times angle, in radians) and a translation $t$, both in the camera's own frame:
#
# $$\text{camera} = \text{start} \cdot \begin{bmatrix} \exp([r]_\times) & t \\ 0 & 1\end{bmatrix} \qquad
# [r]_\times = \begin{bmatrix} 0 & -z & y \\ z & 0 & -x \\ -y & x & 0\end{bmatrix}$$
#
# $\exp$ is the matrix exponential, the **exponential map**. Why not nine numbers of a matrix? They would leave the
# rotations at the first step. Rodrigues' formula gives the same: with $a = |r|$ and the unit axis $k = r/a$,
# $I + \sin a\,[k]_\times + (1 - \cos a)\,[k]_\times^2$. Mind where training starts: at $r = 0$ exactly.

# %% [markdown] exercise="03.6"
# title: A camera as six numbers
# difficulty: 4
# minutes: 20
# why: NeRF−− is NeRF with these six numbers; and a gradient that is wrong at zero ends it before it begins.
# ---
# ```python
# def corrected(camera_to_world: Tensor, rotation: Tensor, translation: Tensor) -> Tensor
#     # (V, 4, 4), (V, 3), (V, 3) -> camera_to_world (V, 4, 4)
# ```
# *Tiny example.* Rotation (0, 0, π/2) and no translation: the camera turns a quarter about its viewing axis. Its new x
# axis is its old y axis.

# %% solution="03.6"
def corrected(camera_to_world, rotation, translation):
    """Cameras (V, 4, 4), each turned by a rotation vector (V, 3) and moved along its own axes (V, 3)."""
    ### BEGIN SOLUTION
    x, y, z = rotation.unbind(-1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    top = torch.cat([torch.linalg.matrix_exp(skew), translation[..., None]], dim=-1)  # (V, 3, 4)
    last = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(len(top), 1, 4)
    return camera_to_world @ torch.cat([top, last], dim=-2)
    ### END SOLUTION

# %% [markdown] hint="03.6"
# Build the motion as a 4 x 4 matrix, then ask which side it belongs on. A camera-to-world matrix first takes the
# camera's own coordinates; a motion in its own frame is applied to those before anything else.

# %% [markdown] hint="03.6"
# `torch.stack([0, -z, y, z, 0, -x, -y, x, 0], -1).unflatten(-1, (3, 3))` is the skew matrix, and
# `torch.linalg.matrix_exp` of it the rotation, with a good gradient at zero. No axis, no division.

# %% [markdown] hint="03.6"
# `top = torch.cat([rotation_matrix, translation[..., None]], -1)`, a last row `[0, 0, 0, 1]` below it, and
# `camera_to_world @ motion`.

# %% check="03.6"
from rust_edu.course import check
corrected = check("03.6", corrected)

# %% expected="03.6"
def refine(field, views, steps=100):
    """Cameras (V, 4, 4) that show the LEFT halves of the views best; the field stays as it is."""
    g, (V, H, W) = torch.Generator().manual_seed(0), views.images.shape[1:4]
    motion = [torch.zeros(V, 3, requires_grad=True) for _ in range(2)]
    adam = torch.optim.Adam(motion, lr=1e-2)
    for _ in range(steps):
        pixels = (torch.randint(most, (192,), generator=g) for most in (V, H, W // 2))
        loss = ray_loss(lambda o, d: field.render(o, d, g).colour, views.images[0],
                        corrected(views.camera_to_world[0], *motion), views.K, *pixels)
        for part, gradient in zip(motion, torch.autograd.grad(loss, motion)):
            part.grad = gradient
        adam.step()
    return corrected(views.camera_to_world[0], *motion).detach()


trained_field = YourNeRF(config)
trained_field.load_state_dict(scene.field.state_dict())
asked = held_out[:, :4]
wrong = replace(asked, camera_to_world=perturb(asked.camera_to_world, 0.1, torch.Generator().manual_seed(1)))
right = refine(trained_field, wrong)
seen_by = {"photograph": asked.images[0, 1]}
for name, cameras in (("from the wrong camera", wrong.camera_to_world[0]), ("from the corrected one", right)):
    seen_by[name] = trained_field.pictures(cameras, asked.K, 32, 32)[0][1]
picture_sheet(torch.stack(list(seen_by.values())), list(seen_by), title="A camera comes home",
              subtitle="The field is frozen. Only six numbers move, by the left half of the photograph.",
              alt="A photograph, the field from a wrong camera, and the field from the corrected camera, which shows "
                  "the objects where the photograph does.")

# %% [markdown]
# The same loss, and now a camera follows it. This is what RUST's pose estimator does in one glance, by the same half.
#
# ## NeRF−−: field and cameras together
#
# Now learn both at once. All forty cameras are wrong (σ = 0.1), and nobody knows the scene either. The told cameras
# are only where the learned ones start.

# %%
true = train.camera_to_world[0]
told = perturb(true, 0.1, torch.Generator().manual_seed(0))
both = fit_scene(replace(train, camera_to_world=told[None]), config, steps=3 * STEPS // 2, learn_cameras=True,
                 camera_rate=5e-3, progress=retrain)
figures.cameras_from_above(true, {"as told": told, "as learned": both.camera_to_world},
                           title="Forty cameras from above: told wrongly, then learned",
                           subtitle="Squares are told or learned, triangles true; a line joins each pair.")

# %% [markdown]
# Compare angles and positions above the panels. Angles improve most. A small turn and a small sideways step look nearly
# alike in a picture, so training need not choose between them.

# %% [markdown] predict="03.p3"
# The training pixels of such a fit reach almost what true cameras give. Now we draw the held-out views from their
# **true** cameras and compare. What comes out?
#
# - [ ] About as good as training pixels: the field is good
#   The field may be very good. In whose world?
# - [x] Decibels worse, and better again once the camera is found anew
#   Field and cameras share a frame that nobody fixed. A camera of *our* world stands a little wrong in theirs.
# - [ ] As bad as with told cameras that are not learned
#   Those fields are blurred: forty wrong cameras contradict each other. Learned ones agree.
# - [ ] Nothing at all: the scene is turned away
#   With cameras that start anywhere it could be. Here they start near, so their world stays near.

# %%
table, how_named = [], {"told": "told", "learned": "learned (NeRF\\-\\-)", "barf": "learned, octaves fade in (BARF)"}
for sigma in (0.1, 0.3, 0.6):
    for how in ("told", "learned", "barf"):
        two = [run for run in recorded("cameras") if (run["sigma"], run["how"]) == (sigma, how)]
        if two:
            shown = [" / ".join(f"{run[key]:.1f}" for run in two) for key in
                     ("train", "held_out", "aligned", "refined", "degrees", "pair_degrees")]
            shown.append(" / ".join(f"{run['aligned_units']:.2f}" for run in two))
            table.append(f"| {sigma} | {how_named[how]} | " + " | ".join(shown) + " |")
chance = recorded("cameras")[0]["chance_units"]
Markdown("\n".join([
    "| σ | cameras | training pixels (dB) | new views, true cameras | moved into the field's frame | refined on left "
    "halves | error (°) | of pairs (°) | positions, aligned (units) |", "| --- " * 9 + "|", *table, "",
    f"Two draws of the noise in each cell, 600 steps. Random positions, aligned likewise, are off by {chance:.2f}."]))

# %% [markdown]
# **From near, it works.** At σ = 0.1 learning takes most of the error away, and pictures gain many decibels.
#
# **Whose frame?** Turn, move and scale field and cameras together: no training picture changes. This freedom is called
# a **gauge**. So a true camera is the wrong question. Either *align* first: the similarity that takes true positions
# nearest to learned ones (Sim(3), seven numbers), here in column "moved". Or *refine* each test camera on its left
# half, which all methods may see. Or measure what no frame can change: the angles between **pairs**. Aligned errors
# flatter, so their chance is printed. RUST will have no frame either.
#
# **From far, it does not.** At σ = 0.6, which is 34 degrees about each axis, cameras stay where they were told, and
# training pixels hardly gain. It is the box that started beside its picture. At σ = 0.3 it depends on the draw.
# NeRF\-\-'s authors say so: forward-facing scenes, or good first guesses.
#
# **BARF** (Lin et al., 2021) shows the coarse octaves first, so that fine waves do not hold a camera in the nearest
# false match. Compare its rows with those above. At σ = 0.1, where nothing needs it, it costs: fine waves come late. At
# σ = 0.3 its cameras end nearer in both draws, in one by far. At σ = 0.6 it is not enough. Two draws, one scene and one
# schedule: a hint, and in which direction you can see, not a law.
#
# ## What this shows and what it does not
#
# - *One scene.* Everything but the table is scene 7 of this world. The table has a few scenes, and its ± is large.
# - *Small pictures, matt materials, one network.* The paper has 800 × 800 pixels, a coarse and a fine network, and
#   colours that change with the viewing direction; it reports about 31 dB on its synthetic scenes. Decibels of
#   different worlds do not compare.
# - *Intrinsics are known here.* NeRF\-\- learns the focal length too.
# - *Five views can do better* than a plain NeRF: by a prior on the scene, which is what the rest of this course learns.
#
# ## What to take away
#
# - A ray's weights say who stops its light; nearly all mistakes of a renderer are in the transmittance.
# - Test a renderer on a scene that cannot bend before you train a network through it.
# - Training pixels say little: five views and learned cameras fit them, and new views tell.
# - A gradient of pixels corrects what is nearly right: a box, a camera. From far it has nothing to hold.
# - A reconstruction chooses its own frame. Align, refine, or compare pairs before you call it wrong.

# %% [markdown] quiz="03.q1"
# Your NeRF's sky is black, everything else is fine. What do you look at first?
#
# - [ ] The learning rate
#   A rate would blur or break everything, not one part.
# - [ ] The order of the samples along a ray
#   Reversed samples show what is behind, everywhere.
# - [x] The width of the last sample
#   Without it nothing can stop the light that passes all others, and no colour arrives.
# - [ ] The number of octaves
#   The sky is the smoothest thing there is.

# %% [markdown] quiz="03.q2"
# A paper says "our method needs only five views: 25 dB, where NeRF has 22". What do you ask?
#
# - [x] Which five, how often drawn, on how many scenes, and what else the method has seen
#   Each of these moved our numbers by as much as the claim.
# - [ ] Whether NeRF had enough octaves
#   Worth a line. In our figure it moved less than the draw of the views.
# - [ ] Whether its training error is low
#   It always is, with five views.
# - [ ] Nothing: three decibels are a lot
#   Two draws of five views were further apart than that can explain away.

# %% [markdown] quiz="03.q3"
# Learned cameras are all off by 20 degrees, and pairs of them by 1 degree. What happened?
#
# - [ ] The training failed
#   Then pairs would be wrong as well.
# - [ ] The angles were measured in the wrong unit
#   Both were measured in the same one.
# - [ ] The cameras moved too far for their translations
#   Positions are no part of these angles.
# - [x] The whole world turned by about 20 degrees
#   A common turn changes no picture and no pair. It is the gauge.

# %% [markdown]
# ## Further reading
#
# - Mildenhall et al., *NeRF*, ECCV 2020, arXiv 2003.08934. Equations 2 and 3 are exercises 03.1 and 03.2.
# - Max, *Optical models for direct volume rendering*, IEEE TVCG 1995. Where the fog comes from.
# - Tancik et al., *Fourier features let networks learn high frequency functions*, NeurIPS 2020, arXiv 2006.10739.
# - Wang et al., *NeRF−−*, arXiv 2102.07064. Cameras as parameters.
# - Lin et al., *BARF*, ICCV 2021, arXiv 2104.06405. Coarse to fine, and the noise model of notebook 06.
#
# ## From here
#
# A field holds one scene and needs seconds of fitting for each. In **04** you build attention, with which a model can
# look at a few pictures of *any* scene. In **05** it becomes SRT.
