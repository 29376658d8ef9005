# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   rust_edu:
#     title: The scene representation transformer
#     claim: By the end you will have shown that a few photographs whose cameras are known can be turned into a set of
#       tokens which answers what any ray would see, with a model that you assembled yourself.
#     needs: ["01", "02", "04"]
#     objectives:
#       - Cut pictures into patches and make one set of tokens of any number of views
#       - Say in which frame SRT works, and test that moving the world moves nothing
#       - Turn a ray into a query, and decode every query on its own
#       - Assemble SRT from your parts, equal to the package's to float precision
#       - Overfit one scene, and say what that proves and what it does not
#       - Measure what more views, nearer views and true cameras are worth, in decibels
#     reading_minutes: 130
#     compute: {cpu: "40 s; with `retrain = True`, about 8 minutes more", gpu: "not used"}
#     glossary:
#       "SRT": "The scene representation transformer: an encoder makes a set of tokens of photographs with known
#         cameras, a decoder asks it for the colour of any ray."
#       "patch": "A small square of a picture; its pixels, flattened, become one token."
#       "view tag": "A learned vector added to all tokens of a view that says whether it is the first one, which fixes
#         the frame, or another."
#       "ray query": "Fourier features of a ray's origin and direction, in the frame of the first input camera: what
#         SRT's decoder is asked with."
#       "relative frame": "Coordinates in which the first input camera stands at the origin and looks along z; the
#         world's own origin plays no part."
#       "amortised": "Learned once from many scenes, so that a new scene needs no training: it is encoded in one pass."
#       "overfitting": "Learning the examples by heart; good on them and bad beside them."
#       "negative control": "The same measurement with one thing broken on purpose, to see that the thing mattered."
# ---

# %% tags=["parameters"]
profile = "laptop"
retrain = False
own_parts = True

# %% [markdown]
# ## A view that nobody took
#
# Three photographs of a scene, with their cameras. And a fourth camera, from which nobody took a photograph. NeRF, the
# usual way to see through it, would now train a network for this one scene, and want some dozens of photographs more.
#
# The model of this notebook does something else. It has looked at thousands of *other* scenes before. This one it reads
# in one pass, in milliseconds, and then answers for any ray what colour it would see.

# %%
import torch
from torch.nn import functional as F

from rust_edu import SRT
from rust_edu.cameras import pixel_rays, relative_pose
from rust_edu.course import hint, load_or_train, mine, predict, quiz, scoreboard, start
from rust_edu.course.chapters.c05_srt import figures
from rust_edu.course.chapters.c05_srt.broken import BROKEN
from rust_edu.course.chapters.c05_srt.dial import CameraDial
from rust_edu.course.shared.srt_parts import SRTWeights
from rust_edu.evaluation.metrics import psnr
from rust_edu.evaluation.protocol import BASELINES, evaluate_scenes, evaluate_views
from rust_edu.evaluation.report import test_scenes
from rust_edu.figures import prediction_sheet
from rust_edu.training.profiles import get_profile
from rust_edu.views import Views, query_positions

start("05", own_parts=own_parts)

# %% [markdown]
# The first question before you see it do that. Some of what the new cameras see is on none of the photographs: sides of
# boxes, floor behind them. Some is there, but small, or at a slant.

# %%
shipped = SRT.from_pretrained("laptop")
unseen = test_scenes("sector")
example = unseen.views(slice(8, 9))
inputs, targets = example.split(3)
figures.srt_diagram(inputs.images[0], targets.images[0, 0])

# %% [markdown] predict="05.p1"
# SRT has one colour to give for each ray, and is judged by the squared error. What will it draw where the photographs
# leave open what is there?
#
# - [ ] A sharp surface, invented
#   Inventing is risky: on average, the squared error of a sharp guess is twice that of the mean. Models
#   that sample come in notebook 13 (in preparation).
# - [x] A blur: the mean of all that could be there
#   The mean of the possibilities is the number with the least expected squared error. So uncertainty looks like blur.
# - [ ] A copy of the nearest photograph
#   It is a baseline below. It is wrong almost everywhere by some pixels, and the squared error does not forgive that.
# - [ ] Nothing: black
#   The training never rewards black. The colour that is right most often is.

# %%
prediction_sheet(inputs.images[0], targets.images[0], shipped.predict(inputs, targets)[0], seen=None, model="srt")

# %% [markdown]
# Where the objects stand, how large they are about, their colours, the floor, the light: that is there, from cameras
# where no photograph was taken. Their shape mostly is not. Boxes are drawn as blobs with soft edges. The last target
# has the fewest decibels: there the gap between the two boxes has closed, and most of its error lies in it. Nobody told
# the model what a box or a floor is, or what light is. It was told cameras, and it had to get colours right.
#
# ## The whole, before the parts
#
# | step | from | to | exercise |
# |---|---|---|---|
# | cut into patches | pictures `(B, V, H, W, 3)` | `(B, V, P, p·p·3)` | 05.1 |
# | a small network, plus rays | `(B, V, P, p·p·3)` | tokens `(B, V, P, D)` | given |
# | position and tag, one set | `(B, V, P, D)` | `(B, V·P, D)` | 05.2 |
# | encoder | `(B, V·P, D)` | the scene, SLSR, `(B, V·P, D)` | 05.3 |
# | rays of a target | cameras `(B, T, 4, 4)`, positions `(N, 2)` | queries `(B, T, N, Q)` | 05.4 |
# | decoder | queries and SLSR | colours `(B, T, N, q·q·3)` | 05.5 |
# | all of it | | `YourSRT` | 05.6 |
#
# Axes as always: `B` scenes, `V` input views, `T` target views, `P` patches of a view, `N` rays of a target, `Q`
# numbers in a query, `D` width. A patch of an input has p × p pixels, here 8 × 8. A ray answers for q × q pixels of the
# target, here 2 × 2.
#
# `K` is two things. In a shape, `(B, K, D)`, it is a number: the tokens of a scene, K = V·P, as in notebook 04. By
# itself or after a dot, `inputs.K`, it is the 3 × 3 matrix of the intrinsics of notebook 01.
#
# Your attention from notebook 04 works in both encoder and decoder, and your Fourier features make the queries.

# %%
multi_head_attention, fourier_features = mine("04.3", "04.5")


def attend(part, x, context):
    """Attention of x (batch, queries, D) to a context (batch, tokens, D): yours, with the matrices of `part`."""
    W_key, W_value = part.key_value.weight.T.chunk(2, dim=1)
    return multi_head_attention(x, context, part.query.weight.T, W_key, W_value, part.out.weight.T,
                                part.heads) + part.out.bias


# %% [markdown]
# ## A picture becomes words
#
# Attention wants a set of vectors, and a picture is a grid of pixels. One token for each pixel would be exact and
# costly: attention compares all pairs. So the picture is cut into squares of p × p pixels, and each square, its
# numbers laid out in a row, becomes one token. For a picture of 32 × 32 and p = 8 these are 16 tokens of 192 numbers.
#
# $$\text{patch}_{i}\,[\,y,\, x,\, c\,] = \text{image}\big[\,p\lfloor i / n\rfloor + y,\;\; p\,(i \bmod n) + x,\;\;
# c\,\big],\qquad n = W / p$$
#
# | axis | length | order |
# |---|---|---|
# | patches | P = (H/p)·(W/p) | row by row, as `query_positions` counts |
# | numbers of a patch | p·p·3 | pixels row by row, the three colours of a pixel together |
#
# The order is a convention. But weights, positions and rays all rely on it.

# %% [markdown] exercise="05.1"
# title: Cut pictures into patches
# difficulty: 2
# minutes: 12
# why: A wrong order still trains, and quietly gives every patch the position and the ray of another.
#
# ---
# ```python
# def cut_patches(images: Float[Tensor, "B V H W 3"], patch: int) -> Float[Tensor, "B V P p*p*3"]
# ```
# `patch` divides H and W, which need not be equal. **A tiny example**: one picture of 2 × 4 pixels whose reds are
# `[[0, 1, 2, 3], [4, 5, 6, 7]]`, with `patch = 2`, has two patches. The reds of the first, in order: 0, 1, 4, 5.

# %% solution="05.1"
def cut_patches(images, patch):
    """Pictures (B, V, H, W, 3) -> the numbers of their patches (B, V, P, p p 3), row by row, colours last."""
    ### BEGIN SOLUTION
    B, V, H, W, C = images.shape
    cut = images.reshape(B, V, H // patch, patch, W // patch, patch, C)
    cut = cut.transpose(3, 4)  # (B, V, rows, columns, y, x, C)
    return cut.reshape(B, V, -1, patch * patch * C)
    ### END SOLUTION

# %% [markdown] hint="05.1"
# A single reshape cuts the picture into runs along its rows. Split each of H and W into two axes first: which patch,
# and where in the patch.

# %% [markdown] hint="05.1"
# `(B, V, H, W, 3)` → `(B, V, H/p, p, W/p, p, 3)` → the two `p` side by side: `(B, V, H/p, W/p, p, p, 3)` → `(B, V, P,
# p·p·3)`.

# %% [markdown] hint="05.1"
# ```python
# cut = images.reshape(B, V, H // patch, patch, W // patch, patch, C)
# cut = cut.transpose(..., ...)
# return cut.reshape(B, V, -1, ...)
# ```

# %% check="05.1"
from rust_edu.course import check
cut_patches = check("05.1", cut_patches)

# %% expected="05.1"
figures.patch_sheet(inputs.images[0, 0], cut_patches(inputs.images, 8)[0, 0], 8)

# %% [markdown]
# **What it means.** From here on the model knows 16 lists of numbers for each photograph. That two patches are
# neighbours is nowhere in them. Nor is it that pixels 0 and 8 of a list lie above each other. What of this matters, it
# has to learn.

# %% [markdown]
# ## Which patch, whose view
#
# A set has no order (notebook 04). So a token must say itself where it comes from. To its content two learned vectors
# are added:
#
# $$t_{v,i} = \text{content}_{v,i} + \text{position}_i + \text{tag}_{[v > 0]}$$
#
# - **position**: one vector for each patch of a picture, the same in every view.
# - **tag**: one vector for the first view, another for all others. The first view is special, since all cameras are
#   told relative to it. The others are a set: nobody counts them, so there may be any number.
#
# Then all tokens of all views go into one bag.
#
# | | shape |
# |---|---|
# | `tokens` | (B, V, P, D) |
# | `position` | (P, D) |
# | `tags` | (2, D): of the first view, of any other |
# | result | (B, V·P, D), view by view |

# %% [markdown] exercise="05.2"
# title: One set for all views
# difficulty: 2
# minutes: 10
# why: A model that counts its views cannot take one more; a model that tags the wrong one has no frame.
#
# ---
# ```python
# def make_set(tokens: Float[Tensor, "B V P D"], position: Float[Tensor, "P D"], tags: Float[Tensor, "2 D"]
#              ) -> Float[Tensor, "B V*P D"]
# ```
# Any V from 1 on. All three are learned, or come from what is: stay within torch, so that gradients flow back to each.
# **A tiny example**: two views of two patches, D = 1, all tokens 0, positions 1 and 2, tags 10 and 20:
# the set is 11, 12, 21, 22.

# %% solution="05.2"
def make_set(tokens, position, tags):
    """Tokens (B, V, P, D) + where in the picture (P, D) + first view or other (2, D), as one set (B, V P, D)."""
    ### BEGIN SOLUTION
    views = tokens.shape[1]
    which = (torch.arange(views) > 0).long()  # 0 for the first view, 1 for all others
    tokens = tokens + position + tags[which][:, None]  # (V, 1, D): the same for all patches of a view
    return tokens.flatten(1, 2)
    ### END SOLUTION

# %% [markdown] hint="05.2"
# Broadcasting adds `position` to every view by itself: its axes are the last two. For the tag you need one vector a
# view.

# %% [markdown] hint="05.2"
# Make a tensor `(V, D)` whose row 0 is `tags[0]` and all others `tags[1]`, and give it an axis for the patches: `(V, 1,
# D)`.

# %% [markdown] hint="05.2"
# ```python
# which = (torch.arange(tokens.shape[1]) > 0).long()
# tokens = tokens + position + tags[which][:, None]
# return tokens.flatten(..., ...)
# ```

# %% check="05.2"
from rust_edu.course import check
make_set = check("05.2", make_set)

# %% expected="05.2"
def likeness(tokens):
    """Cosines (K, K) of all pairs of tokens (K, D), once what they all have in common is taken away."""
    tokens = F.normalize(tokens - tokens.mean(0), dim=-1)
    return tokens @ tokens.T


with torch.no_grad():
    contents = shipped.encoder.stem.project(cut_patches(2 * inputs.images - 1, 8))
    nothing = torch.zeros_like(contents)
    places = make_set(nothing, shipped.encoder.position, shipped.encoder.view_tag)
    full = make_set(contents, shipped.encoder.position, shipped.encoder.view_tag)
figures.likeness_sheet({"position and tag alone": likeness(places[0]), "with contents": likeness(full[0])}, 3)

# %% [markdown]
# **What it means.** Left, with contents of 0: a token is like the tokens of the same patch in the other views, hence
# the diagonals. The tag is small beside the position, too small to be seen here: nothing shows that the first view is
# another one than the rest. Right, with the contents of three photographs: floor is like floor, wherever it is.
# Attention compares exactly such likenesses, after it has turned both sides by learned matrices.

# %% [markdown]
# ## Every token asks every other
#
# Now the photographs must meet. A patch of the third view shows something green; is it the box of the first? The
# encoder is a stack of blocks in which every token asks *all* tokens, of its own view and of the others, then thinks
# alone:
#
# $$x \leftarrow x + \text{attend}\big(\text{norm}_1(x),\, \text{norm}_1(x)\big), \qquad
# x \leftarrow x + \text{MLP}\big(\text{norm}_2(x)\big)$$
#
# It is called *pre-norm*: each step reads a normalised copy and adds to the original. So the way from input to output
# has no norm on it, and deep stacks train well. At the very end one more norm brings all tokens to the same measure.
# What comes out is the **set-latent scene representation**, the SLSR: one set of tokens, however many views there were.
#
# | name | what | for |
# |---|---|---|
# | `block.self_norm`, `block.self_attention` | norm and attention weights | the first step |
# | `block.mlp_norm`, `block.mlp` | norm and MLP | the second step |
# | `norm` | the last norm | after all blocks |

# %% [markdown] exercise="05.3"
# title: The encoder
# difficulty: 3
# minutes: 15
# why: The one place where photographs learn of each other.
#
# ---
# ```python
# def encode_set(tokens: Float[Tensor, "B K D"], blocks, norm, attend) -> Float[Tensor, "B K D"]
# ```
# `attend(block.self_attention, x, context)` does the attention of every block, with that part's weights; x and context
# are `(B, K, D)`. Loop over all `blocks`. Gradients flow back to the tokens and to the weights of all parts. **A tiny
# example**: if every attention and every MLP returned 0, the result would be `norm(tokens)`.

# %% solution="05.3"
def encode_set(tokens, blocks, norm, attend):
    """A set of tokens (B, K, D), all of which ask each other in every block: the SLSR (B, K, D)."""
    ### BEGIN SOLUTION
    for block in blocks:
        asking = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, asking, asking)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)
    ### END SOLUTION

# %% [markdown] hint="05.3"
# Two lines a block, one for each arrow of the formula. In self-attention x and context are the same thing.

# %% [markdown] hint="05.3"
# All shapes stay `(B, K, D)`. Normalise once, and use the result twice: as x and as context. What you add to is the
# tokens as they were.

# %% [markdown] hint="05.3"
# ```python
# for block in blocks:
#     asking = block.self_norm(tokens)
#     tokens = tokens + attend(block.self_attention, ..., ...)
#     tokens = tokens + ...
# return norm(tokens)
# ```

# %% check="05.3"
from rust_edu.course import check
encode_set = check("05.3", encode_set)

# %% expected="05.3"
with torch.no_grad():
    before = encode_set(full, shipped.encoder.blocks, shipped.encoder.norm, attend)
    print("paint one view grey: by how much do the tokens of each view change, in % of their length?")
    for v in range(3):
        painted = contents.clone()
        painted[:, v] = shipped.encoder.stem.project(torch.zeros(1, 16, 192))
        after = encode_set(make_set(painted, shipped.encoder.position, shipped.encoder.view_tag),
                           shipped.encoder.blocks, shipped.encoder.norm, attend)
        change = ((after - before).norm(dim=-1) / before.norm(dim=-1)).view(3, 16).mean(1)
        changes = "   ".join(f"view {i + 1} {100 * c:3.0f} %" for i, c in enumerate(change.tolist()))
        print(f"  view {v + 1} painted: {changes}")

# %% [markdown]
# **What it means.** The painted view's own tokens change most. But those of the other views change too: they had asked
# it. Here view 1 moves the others most. Its tag may be a reason; one scene cannot tell. (No rays are in these tokens
# yet, so this is not quite the model's scene. And in notebook 04 one patch was grey; here sixteen are at once.) After
# the encoder a token is no longer what one camera saw. It is what one camera saw, *knowing of the others*.

# %% [markdown]
# ## The question is a ray
#
# How do you ask a set of tokens for a picture? Not at all. You ask for one pixel, and what a pixel of a camera with
# known pose stands for is a **ray**: an origin and a direction, six numbers.
#
# To save three quarters of the work, our model asks one ray for each block of q × q = 2 × 2 pixels, through the middle
# of the block, and the answer is the colours of all four. We go on saying *pixel*. (In the pictures above you can make
# out the blocks here and there.) Two steps remain.
#
# **In which frame?** The world's origin is somebody's choice. Move all cameras and the world together, and every
# photograph stays the same: so nothing may depend on it. SRT takes the frame of the first input camera:
#
# $$\text{pose} = C_\text{first}^{-1}\, C_\text{target}$$
#
# It is your `relative_pose` of notebook 01. That camera stands at (0, 0, 0) and looks along z.
#
# **Waves.** A small network is bad at fine differences of its inputs. So the six numbers become Fourier features
# (notebook 04): sines and cosines of several octaves, from slow waves, longer than the scene, to fast ones.
#
# | | shape |
# |---|---|
# | `cameras` | (B, T, 4, 4), camera-to-world |
# | `first` | (B, 4, 4), of the first input view of each scene |
# | origins, directions | (B, T, N, 3) each, directions of length 1 |
# | `octaves`, `start` | how many waves each number gets, from k = `start` on; ours start at −4 |
# | queries | (B, T, N, 12 · octaves): features of origin and direction **together**, origin first |
#
# Wave k is the sine, and the cosine, of 2ᵏ π x. With k = −4 half a wave is 16 units long, longer than a scene is wide.
#
# The same function gives the rays of the *inputs*: there the positions are the centres of the patches, and the features
# are added to the tokens by a linear layer. (In the paper rays enter beside the colours of each pixel. One ray a patch
# costs less, and the others can be told from it: all rays of a pinhole camera start at one point, and between the
# centres of neighbouring patches they turn evenly.)
#
# Your functions of notebook 01 worked on one camera. Here come many at once, so we take the package's `relative_pose`
# and `pixel_rays`, which do the same for any leading axes.

# %% [markdown] exercise="05.4"
# title: Ray queries
# difficulty: 3
# minutes: 15
# why: The model is told all its geometry here; one wrong frame and it learns a different world in every scene.
#
# ---
# ```python
# def ray_queries(cameras: Float[Tensor, "B T 4 4"], first: Float[Tensor, "B 4 4"], K: Float[Tensor, "3 3"],
#                 positions: Float[Tensor, "N 2"], octaves: int, start: int) -> Float[Tensor, "B T N 12*octaves"]
# ```
# Use `relative_pose(camera_to_world, reference)`, `pixel_rays(camera_to_world, K, positions)`, which returns origins
# and unit directions, and `fourier_features(x, octaves, start)`. Positions are pixel centres already. **A tiny
# example**: for the first camera itself all origins are (0, 0, 0); their sines are 0 and their cosines 1.

# %% solution="05.4"
def ray_queries(cameras, first, K, positions, octaves, start):
    """Rays of cameras (B, T, 4, 4) through positions (N, 2), seen from `first` (B, 4, 4): (B, T, N, 12 octaves)."""
    ### BEGIN SOLUTION
    relative = relative_pose(cameras, first[:, None])  # (B, T, 4, 4), in the frame of the first input camera
    origins, directions = pixel_rays(relative, K, positions)  # (B, T, N, 3) each
    return fourier_features(torch.cat([origins, directions], dim=-1), octaves, start)
    ### END SOLUTION

# %% [markdown] hint="05.4"
# Three lines: first change the frame of the cameras, then make rays of them, then waves of the rays.

# %% [markdown] hint="05.4"
# `first` is `(B, 4, 4)` and `cameras` is `(B, T, 4, 4)`. Without a new axis B would meet T. Join origins and directions
# on the last axis before the features.

# %% [markdown] hint="05.4"
# ```python
# relative = relative_pose(cameras, first[:, None])
# origins, directions = pixel_rays(..., K, positions)
# return fourier_features(torch.cat([...], dim=-1), octaves, start)
# ```

# %% check="05.4"
from rust_edu.course import check
ray_queries = check("05.4", ray_queries)

# %% expected="05.4"
blocks = query_positions(32, 32, shipped.config.query_patch)  # the middles of blocks of 2 x 2 pixels
asked = ray_queries(targets.camera_to_world, inputs.camera_to_world[:, 0], inputs.K, blocks, shipped.config.octaves,
                    shipped.config.start_octave)
print(f"queries {tuple(asked.shape)}: scenes, targets, positions, numbers")
figures.ray_sheet(asked[0, 0], 16, shipped.config.octaves)

# %% [markdown]
# **What it means.** All pixels of a picture share their origin: one colour a map in the upper rows. Where the ray goes
# is in the lower rows. Nothing in a query says *which picture* it belongs to: a ray is a ray. Two cameras at the same
# place, turned differently, have rays in common. Where they do they ask the same question, and must get the same
# answer.

# %% [markdown]
# ## Asking the set
#
# The decoder answers. A query goes through a small network, then asks the SLSR by cross-attention, thinks, asks again,
# and becomes a colour:
#
# $$x \leftarrow x + \text{attend}\big(\text{norm}_1(x),\, \text{SLSR}\big), \qquad
# x \leftarrow x + \text{MLP}\big(\text{norm}_2(x)\big), \qquad \text{colour} = 0.5 + \text{render}(\text{norm}(x))$$
#
# Two choices deserve a second look.
#
# - **Queries do not see each other.** There is no self-attention here. So training may ask for 64 random rays of a
#   target instead of all of them, and a picture of any size can be drawn. The price: a pixel cannot agree with its
#   neighbour on *which* of two possibilities to draw. (Within a block of 2 × 2 it can, since the four are one answer.)
# - **Colours are not squashed** into [0, 1] by a sigmoid. Under a squared error the sigmoid's flat ends only slow
#   learning. The 0.5 makes the first guess grey; whoever shows a picture clips it.
#
# | name | shape |
# |---|---|
# | `decoder.query(queries)` | (B, T, N, Q) → (B, T, N, D) |
# | `block.cross_norm`, `block.cross` | the first step; `attend` wants (B, T·N, D) and (B, K, D) |
# | `block.mlp_norm`, `block.mlp` | the second step |
# | `decoder.norm`, `decoder.render` | (B, T, N, D) → (B, T, N, q·q·3), a block as a patch: row by row, colours last |

# %% [markdown] exercise="05.5"
# title: The decoder
# difficulty: 3
# minutes: 15
# why: The scene is only as good as the questions that it can answer.
#
# ---
# ```python
# def decode(queries: Float[Tensor, "B T N Q"], slsr: Float[Tensor, "B K D"], decoder, attend
#            ) -> Float[Tensor, "B T N q*q*3"]
# ```
# Loop over `decoder.blocks`; `attend(block.cross, x, context)` does the attention of each. The SLSR is used as it is:
# the encoder has normalised it, once for all. Gradients flow back to the queries, to the SLSR and to the weights. **A
# tiny example**: if `render` returned 0 for every query, all colours would be 0.5.

# %% solution="05.5"
def decode(queries, slsr, decoder, attend):
    """Queries (B, T, N, Q), each of which asks the SLSR (B, K, D) alone: colours (B, T, N, q q 3)."""
    ### BEGIN SOLUTION
    x = decoder.query(queries)  # (B, T, N, D)
    for block in decoder.blocks:
        asking = block.cross_norm(x).flatten(1, 2)  # (B, T N, D)
        x = x + attend(block.cross, asking, slsr).view_as(x)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)) + 0.5
    ### END SOLUTION

# %% [markdown] hint="05.5"
# It is the encoder's block, with one difference: the context is the SLSR, not x.

# %% [markdown] hint="05.5"
# `attend` knows three axes. Fold T and N into one, `(B, T·N, D)`, before you ask, and unfold the answer before you add
# it.

# %% [markdown] hint="05.5"
# ```python
# x = decoder.query(queries)
# for block in decoder.blocks:
#     asking = block.cross_norm(x).flatten(1, 2)
#     x = x + attend(block.cross, ..., ...).view_as(x)
#     x = x + ...
# return decoder.render(...) + 0.5
# ```

# %% check="05.5"
from rust_edu.course import check
decode = check("05.5", decode)

# %% expected="05.5"
with torch.no_grad():
    scene = shipped.encode(inputs)
    together = decode(asked, scene, shipped.decoder, attend)
    alone = decode(asked[:, 1:2, 99:100], scene, shipped.decoder, attend)
print(f"colours {tuple(together.shape)}: 2 x 2 pixels of 3 numbers for each query")
print(f"query 100 of target 2, asked among {asked.shape[1] * asked.shape[2]:,}, and alone: "
      f"the same to {'float precision' if torch.allclose(together[:, 1:2, 99:100], alone, atol=1e-4) else 'NOTHING'}")

# %% [markdown]
# **What it means.** A picture is a batch of independent questions. Nothing in this model knows what a picture is.

# %% [markdown]
# ## All parts together
#
# Five functions, and a place to keep the weights. `SRTWeights(config)` has all learned numbers of an SRT under their
# names, and does nothing with them. You write three methods.
#
# | method | gets | returns |
# |---|---|---|
# | `encode(inputs)` | `.images` (B, V, H, W, 3) in [0, 1], `.camera_to_world` (B, V, 4, 4), `.K` | SLSR (B, V·P, D) |
# | `queries(pose, positions)` | `pose.cameras` (B, T, 4, 4), `.first` (B, 4, 4), `.K`; (N, 2) | (B, T, N, Q) |
# | `decode(queries, slsr)` | | colours (B, T, N, q·q·3) |
#
# `pose` is not the relative pose of 05.4 yet. It is a bundle of what that is made of: the cameras of the targets and of
# the first input as they stand in the world, and the intrinsics.
#
# | weights | what they are |
# |---|---|
# | `self.encoder.stem.project` | the small network from a patch's numbers to a token |
# | `self.encoder.ray_projection` | the linear layer from ray features to a token |
# | `self.encoder.position`, `.view_tag`, `.blocks`, `.norm` | as in 05.2 and 05.3 |
# | `self.decoder` | as in 05.5 |
# | `self.config` | `.size`, `.patch`, `.octaves`, `.start_octave` |
#
# The stem wants colours in [−1, 1]: `2 * images - 1`.

# %% [markdown] exercise="05.6"
# title: Assemble SRT
# difficulty: 4
# minutes: 20
# why: A model is more than its parts; the check gives yours and the package's the same weights, and compares.
#
# ---
# ```python
# class YourSRT(SRTWeights):
#     def encode(self, inputs: Views) -> Float[Tensor, "B V*P D"]
#     def queries(self, pose, positions: Float[Tensor, "N 2"]) -> Float[Tensor, "B T N Q"]
#     def decode(self, queries, slsr) -> Float[Tensor, "B T N q*q*3"]
# ```
# In `encode`: patches, project, add the rays of the inputs (through the patches' centres, `query_positions(size, size,
# patch)`, in the frame of the first input), make the set, encode. The check asks: equal to the package's SRT with the
# same weights; other input views in any order; the world moved; one to five views; target pictures never seen; a
# gradient for every weight, in training mode and in evaluation; nothing kept from one call to the next.

# %% solution="05.6"
class YourSRT(SRTWeights):
    """SRT from your own parts."""

    def encode(self, inputs):
        ### BEGIN SOLUTION
        config, encoder = self.config, self.encoder
        tokens = encoder.stem.project(cut_patches(2 * inputs.images - 1, config.patch))
        centres = query_positions(config.size, config.size, config.patch)
        rays = ray_queries(inputs.camera_to_world, inputs.camera_to_world[:, 0], inputs.K, centres, config.octaves,
                           config.start_octave)
        tokens = tokens + encoder.ray_projection(rays)  # (B, V, P, D)
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

# %% [markdown] hint="05.6"
# `queries` and `decode` are one line each: your functions with what `self` and `pose` hold. `encode` follows the table
# at the top of the notebook, row by row.

# %% [markdown] hint="05.6"
# The rays of the inputs are `ray_queries` of the input cameras, relative to `inputs.camera_to_world[:, 0]`, at the P
# centres of patches: `(B, V, P, 12 · octaves)`. Projected they have the shape of the tokens.

# %% [markdown] hint="05.6"
# ```python
# tokens = encoder.stem.project(cut_patches(2 * inputs.images - 1, config.patch))
# rays = ray_queries(inputs.camera_to_world, inputs.camera_to_world[:, 0], inputs.K, centres, ..., ...)
# tokens = make_set(tokens + encoder.ray_projection(rays), ..., ...)
# return encode_set(tokens, ..., ..., attend)
# ```

# %% check="05.6"
from rust_edu.course import check
YourSRT = check("05.6", YourSRT)

# %% expected="05.6"
yours = YourSRT(shipped.config).eval()
yours.load_state_dict(shipped.state_dict())
with torch.no_grad():
    a, b = yours.predict(inputs, targets), shipped.predict(inputs, targets)
print(f"{yours.parameters_count():,} weights; yours and the package's pictures are "
      f"{'the same to float precision' if torch.allclose(a, b, atol=1e-3) else 'DIFFERENT'}")
prediction_sheet(inputs.images[0], targets.images[0, :4], a[0, :4], seen=None, model="srt",
                 title="The same weights inside your own parts draw the same pictures")

# %% [markdown]
# **What it means.** The model from the beginning of this notebook now runs on your patches, your set, your encoder,
# your rays, your decoder, and your attention. The weights are not yours yet.
#
# ## One scene by heart
#
# Before a long training, a short one that must work. Take **one** scene, three photographs and four targets, and train
# until the four are drawn well. If a model cannot learn one scene by heart, something is broken: this is the cheapest
# test in deep learning. It takes some seconds, and the seed is 0. The training sees four targets. The scene has a
# fifth, which we keep.

# %% [markdown] predict="05.p2"
# After the training the four targets will be drawn well. And the fifth, of the same scene, from a camera among the
# others?
#
# - [ ] As well as the four: the model knows the scene now
#   It knows four pictures. Nothing made it find out that boxes have sides and floors go on.
# - [x] Much worse: it has learned four answers, not the scene
#   To get four pictures right, any lookup from ray to colour will do, and between the rays it was never asked.
# - [ ] It will be grey noise, as before the training
#   Not quite. Some of the colours carry over, in about the right places: rays close to trained ones get answers close
#   to theirs.

# %%
from rust_edu.views import to_patches  # what your `cut_patches` does

config = get_profile(profile).model
one = test_scenes("sector", config.size).views(slice(28, 29))
one_inputs, one_targets = one.split(3)
learned = one_targets[:, :4]

torch.manual_seed(0)
learner = YourSRT(config)
optimiser = torch.optim.Adam(learner.parameters(), lr=2e-3)
positions, truth = learner.positions(), to_patches(learned.images, config.query_patch)
steps = 20 if profile == "smoke" else 300
for _ in range(steps):
    loss = F.mse_loss(learner(one_inputs, learned, positions), truth)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
print(f"{steps} steps done; learning one scene by heart "
      f"{'works' if -10 * loss.log10() > 24 else 'has only begun'}: expect 27 to 34 dB after 300")

# %% tags=["nbval-ignore-output"]
drawn = learner.eval().predict(one_inputs, one_targets)
flat = psnr(BASELINES["mean_colour"].predict(one_inputs, one_targets), one_targets.images)[0]
found = psnr(drawn, one_targets.images)[0]
print(f"the four that were trained on: {found[:4].mean():.1f} dB; the one that was kept back: {found[4]:.1f} dB")
print(f"one flat colour, the mean of the inputs: {flat[:4].mean():.1f} dB; {flat[4]:.1f} dB")
figures.by_heart_sheet(one_targets.images[0], drawn[0], 4, flat)

# %% [markdown]
# Look at the last column, and at the numbers: of the view that was kept back it has fewer decibels than one flat colour
# has. Red is about where red should be, and that is all. The model has all it takes to store a scene, and no reason to
# *understand* one. A reason is what the data set gives: among thousands of scenes, learning by heart does not pay, and
# what pays is to find out what all scenes have in common. That is called **amortised**: the work is done once, in the
# weights, and a new scene costs one pass.
#
# ## Train on many scenes
#
# The cell loads weights that were trained with your very architecture, or trains yours: set `retrain = True` at the
# top. Then it renders 2,000 scenes, once, in about a minute, and trains for about five minutes with a live curve; it
# can be stopped at any time.
#
# **What to expect.** Within the first minute or two your curve passes the nearest input view. Five minutes of two idle
# cores are about 3,000 steps, and end between 21.5 and 22.5 dB on unseen scenes. (The shipped run stood at 21.8 dB
# after 3,000 of its 10,000 steps. Yours ends there, so its last steps are short, and that is worth some tenths.) On a
# slower or a busy machine it is less.
#
# In each step it draws 16 scenes with 2 to 4 input views and 3 targets, asks for 64 random rays of each target, and
# takes the squared error. It is the whole recipe.

# %%
trained = load_or_train("srt-laptop", YourSRT, get_profile(profile), retrain=retrain, minutes=5, seed=0)
model = trained.model
size = model.config.size
in_earnest = not trained.here or profile != "smoke"
if not in_earnest:
    print(f"Profile smoke: {trained.steps} steps only test that the code runs. What the text below says is about "
          "weights that were trained for longer.")

# %%
unseen = test_scenes("sector", size)
hundred = unseen.views(slice(0, 100))
all_inputs, all_targets = hundred.split(3, 5)
drawn = model.predict(all_inputs[40:41], all_targets[40:41])
prediction_sheet(all_inputs.images[40], all_targets.images[40], drawn[0], seen=None, model="srt",
                 title="Your model draws a scene that it was not trained on")

# %% [markdown]
# How good is that? A number means something only beside others. The **baselines** need no learning: the nearest input
# view, the mean picture, the mean colour (notebook 02). The shipped numbers are measured on 200 test scenes with three
# input views, right halves only, by the protocol of notebook 02. Yours is measured in the same way, with one of
# the three choices of input views that the published mean is taken over.
#
# On the board it is called *SRT, σ = 0*. σ says how wrong the cameras are that a model is told: 0 is exact. In notebook
# 06 they will be wrong.

# %%
measured = evaluate_scenes(model, unseen, seeds=(0,), metrics=("psnr",))["psnr"]
scoreboard("05", {"SRT, σ = 0": (measured["mean"], measured["stderr"])}, size)

# %% [markdown]
# With shipped weights inside your parts, the two numbers of SRT must be about the same: they are the same model. Set
# `retrain = True`, and the board shows what your own minutes reach.

# %% [markdown]
# ## How many photographs?
#
# Your set takes any number of views. So give it one, two, ... five, always with the same three targets. In training
# there were 2 to 4.

# %% [markdown] predict="05.p3"
# With *one* input view, fewer than it ever saw in training, what will SRT do beside its baselines?
#
# - [ ] Fail: the model has never met that case
#   The set is shorter, but each of its tokens looks as always. Nothing in the model counts views.
# - [x] Draw worse than with three, and still beat the nearest input view
#   With one view much is hidden, so more is blurred. But from one picture it still knows the floor, the sky, the
#   colours and roughly where things stand.
# - [ ] Draw as well as with three
#   Then the other two photographs would be worth nothing. Each shows surfaces that the first does not, and places the
#   objects better.

# %%
def with_views(count):
    """The first views as inputs, and always the last three as targets."""
    return hundred[:, torch.tensor([*range(count), 5, 6, 7])]


counts = (1, 2, 3, 4, 5)
curves = {name: [evaluate_views(method, with_views(n), n, 3, metrics=("psnr",))["psnr"].mean().item() for n in counts]
          for name, method in {"srt": model, **BASELINES}.items() if name != "mean_colour"}
figures.views_curve(counts, curves, get_profile("laptop").input_views,
                    title="Each photograph adds something, and the first ones most" if in_earnest else
                    "A hardly trained model against the number of photographs",
                    subtitle="100 test scenes, the same three targets for every point.")

# %% [markdown]
# **What it means.** One model serves every number of views, which was the point of making a set. Five are more than it
# ever had in training, and the fifth still helps a little. More photographs help the nearest input view too: among
# more, one is nearer. The distance between the curves is what understanding adds to having photographs.
#
# ## Whom does a pixel ask
#
# Notebook 04 looked at single pixels. Now count: of all the attention that the queries of a target pay in the decoder's
# last layer, which share goes to the nearest input view, which to the farthest? And does it matter: what is lost if the
# nearest, or the farthest, is taken away?

# %%
def nearness(inputs, targets):
    """The input views (B, T, V) in the order of their cameras' distance from each target's: nearest first."""
    return torch.cdist(targets.camera_to_world[..., :3, 3], inputs.camera_to_world[..., :3, 3]).argsort(-1)


few_inputs, few_targets = all_inputs[:50], all_targets[:50]
order = nearness(few_inputs, few_targets)
with torch.no_grad():
    scenes = model.encode(few_inputs)
    questions = model.queries(model.pose(few_inputs, few_targets, scenes), model.positions())
    weights = model.decoder.attention(questions, scenes).mean(2)  # (B, T, K), the mean over a picture's queries
shares = weights.unflatten(-1, (3, -1)).sum(-1).gather(-1, order).mean((0, 1))
print("share of the attention:", "   ".join(f"{name} {100 * share:.0f} %" for name, share in zip(
    ("nearest", "second", "farthest"), shares.tolist())))

# %%
def without(rank):
    """PSNR of all pictures when each target loses one of its input views: the nearest (0) to the farthest (2)."""
    B, T = order.shape[:2]
    scenes = torch.arange(B)[:, None, None]
    left = order[..., [r for r in range(3) if r != rank]].sort(-1).values  # (B, T, 2), the first of the rest in front
    pictures, cameras = (x[scenes, left].flatten(0, 1) for x in (few_inputs.images, few_inputs.camera_to_world))
    alone = Views(*(x.flatten(0, 1)[:, None] for x in (few_targets.images, few_targets.camera_to_world)), hundred.K)
    return psnr(model.predict(Views(pictures, cameras, hundred.K), alone), alone.images).mean().item()


whole = psnr(model.predict(few_inputs, few_targets), few_targets.images).mean().item()
lost = {name: whole - without(rank) for rank, name in enumerate(("the nearest", "the second", "the farthest"))}
figures.bar_sheet(lost, "PSNR lost (dB)", digits=2, title="What is lost when one of three input views is taken away",
                  subtitle="50 test scenes, five targets each. Views are ranked anew for each target.")

# %% [markdown]
# **What it means.** Nobody told the decoder to prefer near cameras; it was given rays and had to find out who has seen
# what. But compare the two cells. Attention is spread less unevenly than the losses are: weights say where a query
# looked, the removal says what it needed. When they disagree, believe the removal.
#
# ## Break it
#
# Three things were told to this model besides pictures: the rays of the inputs, the rays of the targets, and one frame
# for both. Which of them does it use? Keep the weights, break one at a time, and measure. These are **negative
# controls**: if breaking something costs nothing, the model had no use for it.
#
# - **Rays in the world's frame:** no camera, of inputs or targets, is taken relative to the first one.
# - **No rays at the inputs:** the tokens say what was seen, not from where.
# - **Input cameras swapped:** the second and the third photograph get each other's cameras. The first one, which fixes
#   the frame, keeps its own.
# - **Target cameras swapped:** the five targets of a scene are asked for with each other's cameras.
# - **One input view:** nothing false is told; the second and the third photograph are left out. It is there to compare
#   the swapped cameras with.

# %% [markdown] predict="05.p4"
# All three photographs are true. Only the cameras of the second and the third are exchanged. How good are SRT's
# pictures, beside those that it draws from the first photograph alone?
#
# - [ ] Better: two more photographs are two more photographs
#   With their own cameras they are worth decibels. But what they show is put where it is not.
# - [ ] About as good: it notices that they contradict each other, and draws from the first
#   It has had no reason to learn that. In its training every camera was exact.
# - [x] Worse: without the two it would be better off
#   What it is told, it believes. A photograph in a wrong place does more harm than a missing one.

# %%
def broken(kind):
    """The same weights in an SRT with one thing taken away."""
    other = kind(model.config).eval()
    other.load_state_dict(model.state_dict())
    return other


def decibels(method):
    return evaluate_views(method, hundred, 3, 5, metrics=("psnr",))["psnr"].mean().item()


kept = {"your SRT": decibels(model), **{name: decibels(broken(kind)) for name, kind in BROKEN.items()}}
lines = {name.replace("_", " "): decibels(BASELINES[name]) for name in ("nearest_input", "mean_colour")}
figures.bar_sheet(kept, "PSNR of right halves (dB)", title="The same weights with one thing broken",
                  subtitle="100 test scenes, three input views. Dashed: baselines that learn nothing.", lines=lines,
                  start=10.0)

# %%
for name, value in kept.items():
    print(f"{name:28} {value:5.1f} dB   {value - kept['your SRT']:+5.1f}")
single = kept["one input view"]
print(f"beside one photograph, two more: {kept['your SRT'] - single:+.1f} dB; the same two with each other's cameras: "
      f"{kept['input cameras swapped'] - single:+.1f} dB")

# %% [markdown]
# **How to read it.** With rays in the world's frame the model gets numbers as it never saw them, and falls far. Without
# rays at the inputs it does not know who saw what. With the targets' cameras swapped it draws what it is asked for,
# which is another picture than the one that it is compared with. The line about one photograph and two more is the most
# telling. Two more photographs help. The same two with each other's cameras are worse than leaving them out: SRT
# *believes* its cameras, and true pictures do not save it. Keep that in mind for notebook 06.
#
# **What the control does not show.** These weights were trained whole. That they fail when broken says that they *use*
# the part. It does not say that a model trained without it from the start would be as bad. UpSRT is such a model,
# trained without rays at the inputs. How well it does, notebook 06 shows.

# %% [markdown]
# ## Ask the scene yourself
#
# The scene is encoded once. Then you may stand anywhere. Drag the sliders, or click one and use the arrow keys: at each
# move your SRT decodes a new picture, and beside it is what is really there.
#
# 1. Stay at azimuths between −60 and 60, where cameras stood in training, and move near an input view and away from
#    all. Where is it sharp?
# 2. Go on beyond 60, to 180. What does the model draw where no training camera ever stood? Does it say that it does not
#    know?
# 3. Back to azimuth 0. Raise the elevation to 80 degrees; in training it was 55 at most. Then, from 35 degrees, take
#    the distance down to 2.6; in training it was 3.2 at least. Which of the two does it forgive?

# %%
dial = CameraDial(model, unseen, scene=8)
dial

# %% [markdown]
# The dial shows one scene. Here are the same questions for twelve: the mean over scenes, its standard error, and the
# difference to the same scenes seen from the middle.

# %%
stops = {"in the middle": (0, 35, 4.4), "azimuth 60, the edge": (60, 35, 4.4), "azimuth 120": (120, 35, 4.4),
         "azimuth 180": (180, 35, 4.4), "elevation 80": (0, 80, 4.4), "distance 2.6": (0, 35, 2.6)}
dials = [CameraDial(model, unseen, scene) for scene in range(12)]
def with_error(values):
    return f"{values.mean():5.1f} ± {values.std() / len(values) ** 0.5:.1f} dB"


at_stops = {name: torch.cat([psnr(*d.ask(d.camera(*stop))) for d in dials]) for name, stop in stops.items()}
for name, values in at_stops.items():
    less = with_error(at_stops["in the middle"] - values)
    print(f"{name:22} {with_error(values)}   less than in the middle: {less}")
apart = at_stops["elevation 80"] - at_stops["distance 2.6"]
print(f"elevation 80 minus distance 2.6, scene by scene: {with_error(apart)}")

# %% [markdown]
# **Answers.**
#
# 1. Near an input view, as the losses above let you expect: it is the nearest view that the answer needs most.
# 2. Beyond the edge objects dissolve, and the answer comes with the same confidence as ever. A deterministic model has
#    no way to say *I do not know*, but for its blur.
# 3. Neither. Both cost decibels, elevation 80 about one less than distance 2.6. Nor is there a border at
#    which all breaks, as the azimuths show: rays that differ little from trained ones get answers that differ little.
#
# ## Beside the paper
#
# - **Size.** The paper's SRT draws pictures of 128 × 128 of scenes with many objects, and of streets, from five
#   photographs, with a network many times larger. Ours has a few objects of four kinds on a floor.
# - **Speed is the claim**, not sharpness. A NeRF fitted for hours to many photographs of one scene is sharper. SRT
#   needs few photographs and milliseconds, because it has seen other scenes.
# - **Blur.** It comes from the squared error and from independent queries, at any size. Notebook 13 (in preparation) is
#   about models that choose instead of averaging.
# - **What is told.** Every camera, of inputs and targets, exact. Where do such cameras come from, outside of a
#   renderer? That question leads to the rest of this course.
#
# ## What to take away
#
# - SRT is a set transformer: patches of all views in one bag, each token saying itself where it comes from.
# - The first input camera is the frame. Other views are a set, so any number will do, in any order.
# - A pixel asks by its ray, alone. So pictures of any size can be asked for, ray by ray, and neighbours cannot agree.
# - Learning one scene by heart tests the code. Understanding comes only from many scenes.
# - The model uses its cameras, and believes them. Break them, and the decibels go.

# %% [markdown] quiz="05.q1"
# You give the same three input views in another order, so that *another view is the first*. What happens?
#
# - [ ] Nothing at all, to float precision: the inputs are a set
#   The views beyond the first are. The first one has another tag, and all rays are told in its frame.
# - [x] The numbers change a little; the pictures stay about as good
#   Another frame, other tags, other tokens. But in training every view was the first one sometimes, so it knows how.
# - [ ] The pictures break down, as with swapped cameras
#   Each picture keeps its own camera, so everything that the model is told is still true.

# %% [markdown] quiz="05.q2"
# Someone adds self-attention among the queries to the decoder and trains with 64 random rays of each target. It trains
# well. What goes wrong later?
#
# - [ ] Nothing: more attention is better
#   Not if what is attended to differs between training and use.
# - [x] A pixel's colour now depends on which others are asked for, and a whole picture asks for many more than 64
#   In training the neighbours were 64 rays strewn over the picture. In use they are all of them: other sets, other
#   answers. And the cost grows with the square of the number of pixels.
# - [ ] The gradient no longer reaches the encoder
#   It does: queries still ask the scene as well.

# %% [markdown] quiz="05.q3"
# A colleague trains SRT with rays in the world's frame. On her test scenes it is as good as yours. Then she gives it
# the same scenes with the world's origin moved by ten units. What happens?
#
# - [ ] Nothing: the photographs have not changed
#   They have not. But what the model is told has: origins of rays that it never saw.
# - [x] It fails, though not one pixel of the inputs is different
#   Her model has learned where the origin is in her data. Yours cannot know: in the frame of the first camera nothing
#   has moved. Your check of 05.6 tests exactly this.
# - [ ] It becomes better: there is more room
#   Nothing was added to what it knows.

# %% [markdown]
# ## Further reading
#
# - Sajjadi et al., *Scene Representation Transformer*, CVPR 2022, arXiv 2111.13152. Sections 4.1 to 4.3 are this
#   notebook; the supplement has the sizes.
# - Sajjadi et al., *Object Scene Representation Transformer*, NeurIPS 2022, arXiv 2206.06922. Its appendix has the
#   improved SRT, whose tokens and render MLP we use.
# - Dosovitskiy et al., *An image is worth 16x16 words*, ICLR 2021, arXiv 2010.11929. Patches as tokens.
# - Mildenhall et al., *NeRF*, ECCV 2020, arXiv 2003.08934. The other way: one scene, one network, many photographs.
# - Jin et al., *LVSM*, ICLR 2025, arXiv 2410.17242. What became of the idea, at large scale.
#
# ## From here
#
# SRT believes its cameras. In **06** they will be wrong, a little at first, and you will see what a tenth of a radian
# costs; UpSRT, which drops the rays of the inputs, is a first way out. In **07** no camera is told at all: the decoder
# stays as you wrote it, but the question is no longer a ray.
