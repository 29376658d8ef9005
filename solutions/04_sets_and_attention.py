# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   rust_edu:
#     title: Sets and attention
#     claim: By the end you will have shown that a scene can be kept as a set of tokens which any pixel may ask, with
#       attention that you wrote yourself inside a trained model.
#     needs: ["01", "02"]
#     objectives:
#       - Write scaled dot product attention, and say what each of its parts is for
#       - Split it into heads and merge them again without mixing tokens
#       - Ask a set of tokens from outside, by cross-attention
#       - Write a test that tells invariant, equivariant and other functions apart
#       - Turn a position into waves that attention can compare
#       - Put your attention into a trained SRT, break it in several ways, and read the cost in decibels
#       - Say what an attention map shows, and what it does not
#     reading_minutes: 110
#     compute: {cpu: "60 s", gpu: "not needed"}
#     glossary:
#       "attention": "A weighted mean of values, with weights from how well a query fits each key; they are positive
#         and sum to 1."
#       "query, key, value": "What is asked, what says who should answer, and what is answered."
#       "self-attention": "Attention in which queries, keys and values come from the same tokens."
#       "cross-attention": "Attention in which queries come from one place and keys and values from another, the
#         context."
#       "head": "One of several attentions that run side by side, each in its own block of columns."
#       "token": "One vector of a set that stands for a scene; at the start it is what one patch of one picture shows."
#       "set-latent scene representation (SLSR)": "A scene as a set of tokens, whose order means nothing."
#       "invariant": "The result is the same in whatever order the tokens come."
#       "equivariant": "The result comes in the new order when the tokens do."
#       "Fourier features": "A number as the sines and cosines of waves whose frequencies double."
#       "pre-norm": "A block in which every step reads a normalised copy of the tokens and adds its result to the tokens
#         as they were: x + step(norm(x))."
# ---

# %% tags=["parameters"]
profile = "laptop"
retrain = False
own_parts = True

# %% [markdown]
# ## One pixel asks the scene
#
# A model has looked at three photographs of a scene. Now it must draw a fourth, from where no camera stood. Take one
# pixel of that fourth picture. **Where in the three photographs would you look, to know its colour?**
#
# The model is SRT, the scene representation transformer, in a small version that a laptop can train. It has never seen
# this scene. The cell loads it, and beside it the same network with random numbers for weights.

# %%
import copy
import math
from functools import partial

import ipywidgets as widgets
import torch
from IPython.display import display

from rust_edu import SRT
from rust_edu.cameras import invert
from rust_edu.course import hint, predict, quiz, start
from rust_edu.course.chapters.c04_sets_and_attention import figures
from rust_edu.evaluation.metrics import psnr
from rust_edu.evaluation.report import test_scenes
from rust_edu.models.layers import Attention, Block
from rust_edu.views import from_patches, query_positions, to_patches

start("04", own_parts=own_parts)

# %%
torch.manual_seed(0)
srt = SRT.from_pretrained("laptop")
untrained = SRT(srt.config).eval()

test_set = test_scenes("sector")
views = test_set.views(slice(20, 32 if profile == "smoke" else 52))
views.depth = test_set.ground_truth()[0][20:20 + len(views.images)]  # for a measurement below; no model sees it
inputs, targets = views.split(3, 5)  # 3 photographs of each scene, and 5 views to draw

SCENE, TARGET, MARK = 8, 1, (23.0, 7.0, 2.0)  # x, y and side of the marked square, in pixels


def of_scene(views, scene):
    return views[scene:scene + 1]


print(f"{len(views.images)} scenes; inputs {tuple(inputs.images.shape)}, targets {tuple(targets.images.shape)}")

# %%
figures.attention_sheet(
    inputs.images[SCENE], {"the truth\nwhat a camera would see": (targets.images[SCENE, TARGET], None)}, MARK,
    title="One square of a view that nobody took, and the three photographs",
    subtitle="The model knows the photographs and where all four cameras stand. It never sees the picture at the left.")

# %% [markdown]
# One thing to know: this small model does not draw single pixels but squares of 2 × 2, to save time. When we say
# *pixel*, it is one of these squares. And the model does not see photographs as pixels either: each is cut into 16
# patches.

# %% [markdown] predict="04.p1"
# The marked square is on the red box. Which patches of the photographs does the trained model look at, to colour it?
#
# - [ ] The patches at the same place in each photograph, at the upper right
#   The cameras stand elsewhere: at that place of the photographs is something else. The model was told where the
#   cameras are, and uses it.
# - [x] The patches that show the same part of the red box, wherever that is in each photograph
#   So it is, though nobody ever told it which pixels belong together. It was only asked to get colours right.
# - [ ] All 48 patches, about equally
#   That is what the untrained network does. A mean over everything is nearly the same for every question, so every
#   square gets the same answer.

# %%
def attention_of(model, inputs, targets):
    """Where every query of every target looks: weights (B, T, N, K) over the K tokens of all input views."""
    with torch.no_grad():
        tokens = model.encode(inputs)
        queries = model.queries(model.pose(inputs, targets, tokens), model.positions())
        return model.decoder.attention(queries, tokens)


def number_of(mark):
    """The number of the query that draws the square at this place."""
    return int(mark[1] // 2) * 16 + int(mark[0] // 2)


one, asked = of_scene(inputs, SCENE), of_scene(targets, SCENE)
looks = {name: attention_of(model, one, asked)[0, TARGET] for name, model in (("srt", srt), ("untrained", untrained))}
drawn = {name: model.predict(one, asked)[0, TARGET] for name, model in (("srt", srt), ("untrained", untrained))}
figures.attention_sheet(
    one.images[0],
    {"trained SRT\nleft: the view as it draws it": (drawn["srt"], looks["srt"][number_of(MARK)]),
     "untrained\nthe same network, random weights": (drawn["untrained"], looks["untrained"][number_of(MARK)])}, MARK,
    title="Where one pixel of the red box looks",
    subtitle="Strength: the weight, against the largest of its row. Weights from 5 % on are written in. A row's 48 "
             "sum to 100 %.")

# %% [markdown]
# The trained model finds the box, in pictures where it stands at different places and has different sizes. The
# untrained one looks everywhere a little, and draws the same small pattern in every square.
#
# One picture proves nothing: it could be luck, or a choice of ours. So let us measure it on 32 test scenes. The scenes
# are rendered, so we know the depth of every pixel. From it follows (notebook 01) which point of the surface it shows,
# and where that point lies in each photograph. **How much of the attention is on the patches that show the same
# point?**

# %%
def same_point(inputs, targets, positions):
    """For each query the patch (B, T, N, V) of every photograph in which its surface point lies, and whether it is
    visible there: not outside the picture, not behind something."""
    x, y = positions.long().T
    K, depth = targets.K, targets.depth[:, :, y, x]
    ray = torch.stack([(x + 0.5 - K[0, 2]) / K[0, 0], (y + 0.5 - K[1, 2]) / K[1, 1], torch.ones(len(x))], dim=-1)
    cameras, back = targets.camera_to_world, invert(inputs.camera_to_world)
    point = torch.einsum("btij,btnj->btni", cameras[..., :3, :3], ray * depth[..., None]) + cameras[..., None, :3, 3]
    seen = torch.einsum("bvij,btnj->btnvi", back[..., :3, :3], point) + back[:, None, None, :, :3, 3]
    pixel = (seen[..., :2] / seen[..., 2:] * K[0, 0] + K[:2, 2]).nan_to_num(-1, -1, -1)
    inside = ((pixel >= 0) & (pixel < 32)).all(-1) & (seen[..., 2] > 0)
    px, py = pixel.clamp(0, 31).long().unbind(-1)
    scene, view = torch.arange(len(depth))[:, None, None, None], torch.arange(inputs.count)
    in_front = (inputs.depth[scene, view, py, px] - seen[..., 2]).abs() < 0.15  # the same surface, not one before it
    return py // 8 * 4 + px // 8, inside & in_front


def share_on(weights, patches):
    """How much of the attention (B, T, N, V P) lies on one patch (B, T, N, V) of each view."""
    return weights.unflatten(-1, (3, 16)).gather(-1, patches[..., None]).sum((-1, -2))


positions = srt.positions()
patches, visible = same_point(inputs, targets, positions)
same_place = (positions[:, 1] // 8 * 4 + positions[:, 0] // 8).long()[None, None, :, None].expand_as(patches)
moved = visible.all(-1) & (patches != same_place).all(-1)  # the point is in all photographs, and elsewhere in each

with torch.no_grad():
    slsr = srt.encode(inputs)
    queries = srt.queries(srt.pose(inputs, targets, slsr), positions)
    look, look_elsewhere = srt.decoder.attention(queries, slsr), srt.decoder.attention(queries, slsr.roll(1, 0))
shares = {
    "trained SRT, patches with the same point": share_on(look, patches)[moved],
    "trained SRT, patches at the same place": share_on(look, same_place)[moved],
    "the same questions to ANOTHER scene's tokens": share_on(look_elsewhere, patches)[moved],
    "untrained, patches with the same point": share_on(attention_of(untrained, inputs, targets), patches)[moved],
    "chance: 3 of 48 patches": torch.tensor([3 / 48]),
}
print(f"mean over about {round(int(moved.sum()), -2)} queries")
for name, share in shares.items():
    print(f"{name:46s} {100 * share.mean():3.0f} %")

# %% [markdown]
# Read the five lines slowly; each of the last four is a control for the first.
#
# - **Same place** is a lazy model's answer: look where you are. The trained model does that much less.
# - **Another scene's tokens** get the same questions. The question alone, made of rays, already leads to a good part of
#   the right patches: geometry says roughly where to look. What is added beyond that comes from *this* scene's tokens.
# - **Untrained** is at chance. None of this is built in.
#
# So three things meet in one mechanism: a pixel that asks, a scene that is asked, and weights that say who answers. The
# mechanism is **attention**. It has four lines, and you write them now.

# %% [markdown]
# ## A soft dictionary
#
# A Python dictionary gives the value whose key equals your query; any other query raises `KeyError`. Attention is a
# dictionary that never fails. A query fits every key more or less, and the answer is a mean of *all* values, weighted
# by how well their keys fit.
#
# Queries, keys and values are vectors. How well a query $q$ fits a key $k$ is their dot product: large if they point
# the same way. The softmax makes weights of these scores: positive, and 1 in sum.
#
# $$\mathrm{attention}(Q, K, V)
# = \underbrace{\mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt d}\right)}_{\text{weights}} V
# \qquad w_{tk} = \frac{e^{s_{tk}}}{\sum_{k'} e^{s_{tk'}}},\quad s_{tk} = \frac{q_t \cdot k_k}{\sqrt d}$$
#
# | tensor | shape | in SRT's decoder |
# |---|---|---|
# | queries $Q$ | (..., T, d) | T pixels that want a colour |
# | keys $K$ | (..., K, d) | K tokens, what each can be asked about |
# | values $V$ | (..., K, d_v) | the same K tokens, what each answers |
# | scores, weights | (..., T, K) | a row for each query, **over the keys** |
# | answers | (..., T, d_v) | one for each query |
#
# (K names two things, as everywhere: in the formula the tensor of keys, in shapes their number. And T is here the
# number of whoever asks. From notebook 05 on the queries of one picture are N, and T counts the target views.)
#
# Each query shares out its *own* attention: every row of the weights sums to 1, so the softmax runs along the last
# axis.
#
# ### Why the square root
#
# A dot product of d random numbers with d others is a sum of d terms, some positive and some negative. Such a sum is
# about √d large: its standard deviation grows with the root of d. Look at what the softmax makes of that.

# %%
g = torch.Generator().manual_seed(0)
print("   d   spread of q·k   largest of 16 weights: plain   divided by √d")
for d in (4, 16, 64, 256):
    q, k = torch.randn(2000, 1, d, generator=g), torch.randn(2000, 16, d, generator=g)
    scores = (q @ k.mT).squeeze(1)
    plain, scaled = (s.softmax(-1).amax(-1).mean() for s in (scores, scores / math.sqrt(d)))
    print(f"{d:4d}   {scores.std():9.0f}   {plain:25.2f}   {scaled:19.2f}")

# %% [markdown]
# Without the root, a wide query puts nearly all its weight on one key, whatever it says: a dictionary again, and a
# softmax so flat at its ends that hardly any gradient comes through. With the root, the weights do not depend on the
# width.

# %% [markdown] exercise="04.1"
# title: Scaled dot product attention
# difficulty: 2
# minutes: 15
# why: Everything that follows, in this notebook and in RUST, is made of these four lines.
# ---
# ```python
# def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor: ...
# # (..., T, d), (..., K, d), (..., K, d_v) -> (..., T, d_v)
# ```
# The leading axes `...` are free: scenes, heads, or none. Use any operations of torch, and let torch differentiate the
# result, towards all three arguments: this is what learns.
#
# **A tiny example**, d = 4 and so √d = 2: the query `[2, 0, 0, 0]` meets the keys `[1, 0, 0, 0]` and `[0, 1, 0, 0]`.
# The products are 2 and 0, the scores 1 and 0, the weights e/(e+1) = 0.73 and 0.27. With values `[10]` and `[20]` the
# answer is 0.73 · 10 + 0.27 · 20 = **12.7**.

# %% solution="04.1"
def attention(query, key, value):
    """Scaled dot product attention: (..., T, d), (..., K, d), (..., K, d_v) -> (..., T, d_v)."""
    ### BEGIN SOLUTION
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])  # (..., T, K)
    return scores.softmax(dim=-1) @ value
    ### END SOLUTION

# %% [markdown] hint="04.1"
# Three steps: a score for every pair of query and key, weights from the scores, a weighted mean of the values. Two of
# them are matrix products.

# %% [markdown] hint="04.1"
# The scores are (..., T, K). From (..., T, d) and (..., K, d) you get them by turning the keys on their side:
# `key.transpose(-1, -2)` is (..., d, K). The weights (..., T, K) times the values (..., K, d_v) give (..., T, d_v).

# %% [markdown] hint="04.1"
# `scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])`, then a `softmax` over `dim=-1`, then `@ value`.

# %% check="04.1"
from rust_edu.course import check
attention = check("04.1", attention)

# %% [markdown]
# Your function returns answers, not weights. Here is a trick to see the weights all the same: **let the values be the
# identity matrix**. Then the answer to a query *is* its row of weights.

# %% expected="04.1"
keys = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
asking = {"key 1, loudly": [6.0, 0.0], "key 1, softly": [1.0, 0.0], "between 1 and 2": [4.0, 4.0],
          "nothing": [0.0, 0.0]}
weights = attention(torch.tensor(list(asking.values())), keys, torch.eye(3))
figures.weight_table(weights, list(asking), ["key 1 →", "key 2 ↑", "key 3 ←"],
                     title="Four queries, three keys: the weights",
                     subtitle="Keys are arrows to the right, up, and to the left. Every row sums to 1.")

# %% [markdown]
# **What it means.** The direction of a query says *whom* to ask, its length *how decided* it is. A query of length zero
# asks everybody alike. And a query that fits two keys gets the mean of their values: fine within one surface, a blur
# between two.

# %% [markdown]
# ## Several questions at once
#
# A pixel may want to know several things: which object am I on, and where does its shadow fall? One softmax makes one
# set of weights. So the columns are split into **heads**, which attend side by side, each with its own d = E / heads
# columns of queries, keys and values, and its own weights. Their answers are laid side by side again.
#
# $$\mathrm{heads}(Q, K, V)
# = \big[\,\mathrm{attention}(Q_1, K_1, V_1)\;\big|\;\dots\;\big|\;\mathrm{attention}(Q_h, K_h, V_h)\,\big]$$
#
# ### Splitting and merging
#
# | step | shape | |
# |---|---|---|
# | as it comes | (B, T, E) | |
# | columns in blocks | (B, T, heads, d) | neighbouring columns belong to one head |
# | split | (B, heads, T, d) | tokens and columns last, where attention works |
# | attend | (B, heads, T, d) | all heads at once: the leading axes are free |
# | merge | (B, T, E) | the same way back |
#
# The trap: `reshape` never moves numbers, it only cuts the same long list elsewhere. From (B, T, E) straight to (B,
# heads, T, d) it cuts *between tokens*: the first head would get the first tokens whole. The shapes are right, and the
# model even trains, badly. Two tokens of four columns, two heads:
#
# ```text
# tokens     a1 a2 a3 a4     right, transposed:  head 1  a1 a2    reshape alone:  head 1  a1 a2
#            b1 b2 b3 b4                                 b1 b2                           a3 a4
#                                                head 2  a3 a4                    head 2  b1 b2
#                                                        b3 b4                           b3 b4
# ```

# %% [markdown] exercise="04.2"
# title: Split, attend, merge
# difficulty: 3
# minutes: 15
# why: The mistake of this exercise raises no error in real code. It only costs quality, for months.
# ---
# ```python
# def attend_in_heads(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor: ...
# # (B, T, E), (B, K, E), (B, K, E) -> (B, T, E), where heads divides E
# ```
# Use your `attention` in the middle; its leading axes are free. The gradient has to flow to all three tensors.
#
# **A tiny example**, 2 heads of 2 columns, one query `[9, 0, 0, 9]` and two tokens with keys `[9, 0, 9, 0]` and `[0, 9,
# 0, 9]`. The first head asks `[9, 0]` and finds the first token; the second asks `[0, 9]` and finds the second. With
# values `[1, 2, 3, 4]` and `[5, 6, 7, 8]` the answer is **`[1, 2, 7, 8]`**: half of each. A single head could not do
# that.

# %% solution="04.2"
def attend_in_heads(query, key, value, heads):
    """Each head attends with its own block of columns: (B, T, E), (B, K, E), (B, K, E) -> (B, T, E)."""
    ### BEGIN SOLUTION
    query, key, value = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    answers = attention(query, key, value)  # (B, heads, T, d)
    return answers.transpose(1, 2).flatten(2)
    ### END SOLUTION

# %% [markdown] hint="04.2"
# Follow the shape table, one line of code for each row. If you get lost, write a loop over the heads first: slice the
# columns of head h, attend, and put the answers side by side. It is right too.

# %% [markdown] hint="04.2"
# (B, T, E) → (B, T, heads, d) is a `reshape` or `unflatten(-1, (heads, -1))`, and harmless. Then axes 1 and 2 change
# places. On the way back they change places again *before* heads and d become one axis.

# %% [markdown] hint="04.2"
# `x.unflatten(-1, (heads, -1)).transpose(1, 2)` for each of the three; `attention(...)`; then `.transpose(1,
# 2).flatten(2)`.

# %% check="04.2"
from rust_edu.course import check
attend_in_heads = check("04.2", attend_in_heads)

# %% expected="04.2"
query = torch.tensor([[[9.0, 0.0, 0.0, 9.0]]])
key = torch.tensor([[[9.0, 0.0, 9.0, 0.0], [0.0, 9.0, 0.0, 9.0]]])
value = torch.tensor([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]])
for heads in (1, 2):
    answer = ", ".join(f"{v:.0f}" for v in attend_in_heads(query, key, value, heads)[0, 0])
    print(f"the tiny example with {heads} head{'s' * (heads > 1)}: [{answer}]")

# %% [markdown]
# One head fits both tokens equally well and returns their mean. Two heads take half of each.
#
# Now look into the heads of the trained model. The last cross-attention layer of its decoder has two. The cell takes
# the queries and keys that this layer computes, splits them, and asks with your `attention`. The values are the
# identity again, so the answers are the weights.

# %%
def head_weights(model, inputs, targets, target):
    """Weights (heads, N, K) of all queries of one target, in the decoder's last cross-attention."""
    with torch.no_grad():
        tokens = model.encode(inputs)
        x = model.decoder.query(model.queries(model.pose(inputs, targets, tokens), model.positions()))
        for block in model.decoder.blocks[:-1]:
            x = block(x, tokens)
        last = model.decoder.blocks[-1]
        asking = last.cross.query(last.cross_norm(x[:, target]))
        keys, _ = last.cross.key_value(tokens).chunk(2, dim=-1)
        asking, keys = (y.unflatten(-1, (last.cross.heads, -1)).transpose(1, 2) for y in (asking, keys))
        return attention(asking, keys, torch.eye(tokens.shape[1]))[0]


by_head = head_weights(srt, one, asked, TARGET)  # (heads, N, K)
print("the mean of the heads is the map at the top:",
      bool(torch.allclose(by_head.mean(0), looks["srt"], atol=1e-4)))
overlap = torch.minimum(by_head[0], by_head[1]).sum(-1).mean()
print(f"overlap of the two heads' maps, mean over this view: {overlap:.1f} (1: the same, 0: nothing in common)")
figures.attention_sheet(
    one.images[0], {f"head {h + 1}": (drawn["srt"], w[number_of(MARK)]) for h, w in enumerate(by_head)}, MARK,
    title="One pixel, two heads, two maps",
    subtitle="The map at the top was their mean. Left: the view as the model draws it.")

# %% [markdown]
# **What it means.** The heads look at partly the same and partly different patches. How they share the work is nobody's
# plan, and with other random numbers at the start of the training it would be another division. A map that averages
# over heads hides it.

# %% [markdown]
# ## Asking the scene
#
# So far queries, keys and values fell from the sky. In a model each is a *projection*: a learned matrix turns a vector
# into a question, into what it can be asked, and into what it answers. A fourth matrix mixes what the heads have found.
#
# $$\mathrm{MHA}(X, C) = \mathrm{heads}\big(X W_Q,\; C W_K,\; C W_V\big)\, W_O$$
#
# $X$ asks, and the **context** $C$ is asked. If they are the same tokens, it is *self-attention*: the tokens of a scene
# tell each other what they see. If not, it is *cross-attention*.
#
# | who | asks whom | in SRT |
# |---|---|---|
# | tokens | tokens, all of the scene | the encoder: patches of three photographs become one scene |
# | pixels | tokens | the decoder: a pixel asks the scene |
# | pixels | other pixels | **never**: each pixel is answered alone |
#
# The last line has a use: you can ask for one pixel or for a thousand, in any order, and each gets the same answer.
#
# | tensor | shape | |
# |---|---|---|
# | $X$ | (B, T, D) | who asks |
# | $C$ | (B, K, C) | who is asked; in shapes C is its width |
# | $W_Q$ | (D, E) | in, out: `x @ W_query` |
# | $W_K, W_V$ | (C, E) | |
# | $W_O$ | (E, D) | back to the width of who asked |

# %% [markdown] exercise="04.3"
# title: Multi-head attention, self and cross
# difficulty: 2
# minutes: 12
# why: This one function, with four matrices from a file, is all the attention of SRT and RUST.
# ---
# ```python
# def multi_head_attention(x: Tensor, context: Tensor | None, W_query: Tensor, W_key: Tensor,
#                          W_value: Tensor, W_out: Tensor, heads: int) -> Tensor: ...
# # x (B, T, D), context (B, K, C) or None for self-attention -> (B, T, D)
# ```
# The gradient has to flow to x, to the context and to all four matrices.
#
# **A tiny example**, one head and all matrices the identity: it is `attention(x, context, context)`. With W_value = 2 ·
# identity every answer doubles, and the weights stay: they come from queries and keys alone.

# %% solution="04.3"
def multi_head_attention(x, context, W_query, W_key, W_value, W_out, heads):
    """x (B, T, D) asks the context (B, K, C), or itself if that is None -> (B, T, D)."""
    ### BEGIN SOLUTION
    context = x if context is None else context
    return attend_in_heads(x @ W_query, context @ W_key, context @ W_value, heads) @ W_out
    ### END SOLUTION

# %% [markdown] hint="04.3"
# Who asks gives the queries. Who is asked gives both keys and values. Settle first who is asked.

# %% [markdown] hint="04.3"
# `x @ W_query` is (B, T, E); `context @ W_key` and `context @ W_value` are (B, K, E). `attend_in_heads` makes (B, T, E)
# of the three, and W_out brings that to (B, T, D). Compare with None by `is None`: a tensor has no truth value.

# %% [markdown] hint="04.3"
# `context = x if context is None else context`, then
# `attend_in_heads(x @ W_query, context @ W_key, context @ W_value, heads) @ W_out`.

# %% check="04.3"
from rust_edu.course import check
multi_head_attention = check("04.3", multi_head_attention)

# %% [markdown]
# The package has its own `Attention`, which every shipped model uses. Its matrices lie in `nn.Linear` layers, which
# keep them transposed, keys and values in one. The cell gives the matrices of one trained layer to your function and
# compares.

# %% expected="04.3"
def run_layer(layer, attend, x, context=None):
    """What a layer of the package computes, with its matrices but with the function `attend`."""
    W_key, W_value = layer.key_value.weight.T.chunk(2, dim=1)
    return attend(x, context, layer.query.weight.T, W_key, W_value, layer.out.weight.T, layer.heads) + layer.out.bias


layer = srt.decoder.blocks[-1].cross
x = torch.randn(1, 5, 64, generator=torch.Generator().manual_seed(0))
with torch.no_grad():
    theirs, yours = layer(x, slsr[:1]), run_layer(layer, multi_head_attention, x, slsr[:1])
print("five questions to a scene of", slsr.shape[1], "tokens")
print("the package's layer:", *(f"{v:7.3f}" for v in theirs[0, 0, :6]), " ...")
print("exercise 04.3:      ", *(f"{v:7.3f}" for v in yours[0, 0, :6]), " ...")
print("largest difference below 0.0001:", bool((theirs - yours).abs().max() < 1e-4))

# %% [markdown]
# ## A scene is a set
#
# Look back at the formula of attention. Nothing in it knows that a key is the *third* of the list. Change the order of
# keys and values together, and every weight goes with its token; the sum is the same. So the decoder gets no list of
# tokens but a **set**. SRT's authors call it the set-latent scene representation, SLSR.
#
# The three photographs become 48 tokens, 16 of each. To the decoder they are a bag:

# %%
figures.token_bag(one.images[0], 8, torch.randperm(48, generator=torch.Generator().manual_seed(2)),
                  title="What the decoder is given: 48 tokens, in no order",
                  subtitle="Drawn as patches. By now each token is 64 numbers, and has asked all the others.")

# %% [markdown]
# That suits photographs. Somebody's ten pictures of a place have no order, and there may be eleven tomorrow. But a bag
# of patches is no scene: where did each patch come from? So before the first layer, every token gets to know **where it
# is**: its place in the picture (a learned vector for each of the 16), its rays (in SRT), and whether it belongs to the
# *first* view.
#
# Why the first? A scene has no origin and no north. SRT measures all cameras from one of them, and takes the first.
# That view's tokens carry another tag than the others'. It is the only exception to the set.

# %% [markdown] predict="04.p2"
# We give the same photographs in another order, and draw the same view. First with photographs 2 and 3 exchanged, then
# with 1 and 2 exchanged. What happens to the picture?
#
# - [ ] Nothing, both times: the photographs are a set
#   They would be, without the tag. But the first photograph is where all cameras are measured from.
# - [ ] It changes both times: the tokens come in another order
#   The order of tokens means nothing to attention. Only what is in a token counts, and exchanging 2 and 3 changes
#   nothing in any of them.
# - [x] Nothing the first time. The second time the picture changes, and is about as good as before
#   Photographs 2 and 3 have the same tag. With 1 and 2 exchanged the scene is described from another camera: other
#   numbers, another drawing, of the same quality on average.
# - [ ] Nothing the first time. The second time the picture is ruined
#   It would be, had the model always seen the same photograph first. In training every view had its turn.

# %%
def decibels(model, inputs=inputs, targets=targets):
    """PSNR of whole pictures, mean over the views of these 32 test scenes."""
    return float(psnr(model.predict(inputs, targets), targets.images).mean())


def shuffled_tokens(model, inputs, targets, seed=0):
    with torch.no_grad():
        tokens = model.encode(inputs)
        order = torch.randperm(tokens.shape[1], generator=torch.Generator().manual_seed(seed))
        return model.render(model.pose(inputs, targets, tokens), tokens[:, order])


pictures = srt.predict(inputs, targets)
others = {"tokens shuffled": shuffled_tokens(srt, inputs, targets),
          "photographs 2 and 3 exchanged": srt.predict(inputs[:, torch.tensor([0, 2, 1])], targets),
          "photographs 1 and 2 exchanged": srt.predict(inputs[:, torch.tensor([1, 0, 2])], targets),
          "one scene's questions, another's tokens": srt.render(srt.pose(inputs, targets, slsr), slsr.roll(1, 0))}
print(f"{'':42s} largest change of a colour     PSNR")
print(f"{'as they come':42s} {0:20.3f} {float(psnr(pictures, targets.images).mean()):14.1f} dB")
for name, other in others.items():
    change = float((other - pictures).abs().max())
    print(f"{name:42s} {change:20.3f} {float(psnr(other, targets.images).mean()):14.1f} dB")

# %% [markdown]
# The last line is the negative control: it shows that the numbers *can* get bad, and how bad. (Decibels of whole
# pictures here, so they are not those of the score board.)
#
# ### Testing a symmetry
#
# "The order does not matter" has two meanings. With $P$ any reordering of the tokens:
#
# - **invariant**: $f(PX) = f(X)$. The result is the same. A mean, a largest number, one pixel's answer.
# - **equivariant**: $f(PX) = P f(X)$. There is a result for each token, and it goes where its token goes. An MLP on
#   each token, self-attention, the whole encoder.
#
# A chain of equivariant steps is equivariant, and with an invariant step at the end it is invariant. So one checks the
# parts. No proof is needed: a **property test** draws random orders and looks for a counterexample. One counterexample
# settles it; many orders without any make it very likely.
#
# Two things go wrong in such tests. They try too few orders, and the one that would tell is not among them. Or they ask
# for exact equality: a sum in another order differs in the last digit.

# %% [markdown] exercise="04.4"
# title: A test that finds the order
# difficulty: 3
# minutes: 20
# why: Code that claims to treat a set as a set is wrong more often than one thinks, and looks fine.
# ---
# ```python
# def symmetry(function, tokens: Tensor, generator: torch.Generator, trials: int = 20) -> str: ...
# # function takes tokens (B, K, D) and returns a tensor -> "invariant", "equivariant" or "neither"
# ```
# Try `trials` random orders of the tokens: `torch.randperm(K, generator=generator)`. Say "invariant" if the result
# never changes; else "equivariant" if it always comes in the new order; else "neither". Tokens are axis 1, of `tokens`
# and of a result (B, K, D). A result without them, such as (B, D), cannot be equivariant. Two results are the same if
# they differ by less than 1e-4 of the largest absolute number in them.
#
# **A tiny example**, tokens 1, 2, 3 and the order [2, 0, 1], so 3, 1, 2. The sum is 6 both times: invariant. Doubling
# gives 2, 4, 6 and then 6, 2, 4, the old result in the new order: equivariant. Running sums give 1, 3, 6 and then 3, 4,
# 6: neither.
#
# The check hands your test some twenty functions, honest and sly. You fail if you accuse an honest one, or let a sly
# one go.

# %% solution="04.4"
def symmetry(function, tokens, generator, trials=20):
    """What `function` makes of the order of tokens (B, K, D): "invariant", "equivariant" or "neither"."""
    ### BEGIN SOLUTION
    straight, K = function(tokens), tokens.shape[1]

    def same(a, b):
        return a.shape == b.shape and bool((a - b).abs().max() <= 1e-4 * b.abs().max())

    invariant = True
    equivariant = straight.ndim == 3 and straight.shape[1] == K
    for _ in range(trials):
        order = torch.randperm(K, generator=generator)
        shuffled = function(tokens[:, order])
        invariant = invariant and same(shuffled, straight)
        equivariant = equivariant and same(shuffled, straight[:, order])
    return "invariant" if invariant else "equivariant" if equivariant else "neither"
    ### END SOLUTION

# %% [markdown] hint="04.4"
# Call the function once with the tokens as they are. Then, in a loop, with the tokens in a new order, and compare with
# the first result: as it is, and put into the same new order. Each comparison that fails rules one verdict out, for
# good.

# %% [markdown] hint="04.4"
# `tokens[:, order]` puts the tokens into a new order, and `straight[:, order]` does the same to a result with a token
# axis. Find out *before* the loop whether it has one: `straight.ndim == 3 and straight.shape[1] == K`. For the
# comparison, `(a - b).abs().max()` against `1e-4 * b.abs().max()`, once you know that the shapes are equal.

# %% [markdown] hint="04.4"
# Start with `invariant = True` and `equivariant = ` (the test for a token axis). In the loop
# `shuffled = function(tokens[:, order])`, `invariant = invariant and same(shuffled, straight)` and
# `equivariant = equivariant and same(shuffled, straight[:, order])`. Return the first of the two that is left.

# %% check="04.4"
from rust_edu.course import check
symmetry = check("04.4", symmetry)

# %% [markdown]
# Now turn your test on the trained model, part by part.

# %% expected="04.4"
some_tokens = slsr[:2]  # of two scenes
asking = srt.decoder.query(queries[:2, :, ::64])  # a few pixels' questions
encoder, block = srt.encoder, srt.encoder.blocks[0]
position = encoder.position.repeat(3, 1)  # (48, D): the learned place of each patch, for three photographs
parts = {
    "one self-attention layer": block.self_attention,
    "a whole block of the encoder": block,
    "all blocks of the encoder": lambda x: encoder.norm(encoder.blocks[1](encoder.blocks[0](x))),
    "adding the learned positions": lambda x: x + position,
    "a pixel's answer, from the tokens": lambda x: srt.decoder.blocks[0](asking, x),
    "a whole picture, from the tokens": lambda x: srt.decode(queries[:2], x),
}
with torch.no_grad():
    for name, part in parts.items():
        print(f"{name:36s} {symmetry(part, some_tokens, torch.Generator().manual_seed(0))}")

# %% [markdown]
# **What it means.** Only one part knows about places: the step that adds positions, once, before the first layer. (Rays
# and tag are added there, too.) After it, where a token comes from is part of *what it says*. So the model can be given
# 2 photographs or 5, in any order, and shuffling the bag changes nothing. Everything that RUST does later, with
# pictures that nobody posed, rests on this.

# %% [markdown]
# ## Positions as waves
#
# How should a token say where it is? A ray is six numbers, its origin and its direction. As plain numbers they serve
# attention badly. A dot product compares *directions of arrows*: x = 0.30 and x = 0.31 are nearly the same, and 5.0
# fits every query better than 0.5 because it is longer.
#
# So a number x becomes many: the heights of sine and cosine waves at x, whose frequencies double. It works like the
# hands of a clock. The slow hand says roughly where you are; the fast one says exactly, but only modulo its turn.
#
# $$\gamma(x) = \big[\sin(\pi 2^k x)\big]_{k}\;,\;\big[\cos(\pi 2^k x)\big]_{k}, \qquad k = k_0, \dots, k_0 + n - 1$$
#
# All features of all positions have the same length, and the dot product of two is $\gamma(x) \cdot \gamma(y) = \sum_k
# \cos\big(\pi 2^k (x - y)\big)$: it depends on the **distance** alone, wherever the two are.
#
# | tensor | shape | |
# |---|---|---|
# | positions | (..., C) | C coordinates |
# | angles | (..., C · n) | all octaves of the first coordinate, then all of the second |
# | features | (..., 2 · C · n) | all sines, then all cosines |

# %% [markdown] exercise="04.5"
# title: Fourier features
# difficulty: 2
# minutes: 12
# why: NeRF, SRT and RUST all write positions this way. Without it they draw fog.
# ---
# ```python
# def fourier_features(x: Tensor, octaves: int, start: int = 0) -> Tensor: ...
# # (..., C) -> (..., 2 C octaves): sines, then cosines, of π 2ᵏ x for k = start, ..., start + octaves - 1
# ```
# The order of the channels is the package's: trained weights depend on it. Positions are given, not learned, so no
# gradient is asked for, and NumPy will do as well.
#
# **A tiny example**, x = 0.25 with 2 octaves: the angles are π/4 and π/2, the features
# `[sin π/4, sin π/2, cos π/4, cos π/2]` = **`[0.707, 1, 0.707, 0]`**.

# %% solution="04.5"
def fourier_features(x, octaves, start=0):
    """sin and cos of π 2ᵏ x for k = start ... start + octaves - 1: (..., C) -> (..., 2 C octaves)."""
    ### BEGIN SOLUTION
    frequencies = math.pi * 2.0 ** torch.arange(start, start + octaves, dtype=x.dtype, device=x.device)
    angles = (x.unsqueeze(-1) * frequencies).flatten(-2)  # (..., C, octaves) -> (..., C octaves)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
    ### END SOLUTION

# %% [markdown] hint="04.5"
# First the frequencies, a short vector. Then every coordinate times every frequency. Then sine and cosine of all of it.

# %% [markdown] hint="04.5"
# `x.unsqueeze(-1)` is (..., C, 1) and meets `octaves` frequencies in (..., C, octaves). `flatten(-2)` makes one axis of
# the last two: all octaves of the first coordinate come first.

# %% [markdown] hint="04.5"
# `frequencies = math.pi * 2.0 ** torch.arange(start, start + octaves)`; `angles = (x.unsqueeze(-1) *
# frequencies).flatten(-2)`; then `torch.cat` of sines and cosines along the last axis.

# %% check="04.5"
from rust_edu.course import check
fourier_features = check("04.5", fourier_features)

# %% expected="04.5"
x, here = torch.linspace(-1, 1, 201)[:, None], torch.tensor([[0.3]])
likeness = {f"{n} octave{'s' * (n > 1)}": (fourier_features(x, n) @ fourier_features(here, n).T)[:, 0] / n
            for n in (1, 3, 5)}
figures.wave_sheet(x[:, 0], fourier_features(x, 5), likeness, 0.3,
                   title="A position as ten waves, and what attention makes of them",
                   subtitle="The more octaves, the sharper the peak: a query can then ask for one place.")

# %% [markdown]
# **What it means.** The right-hand curves are the scores that a query "I mean 0.3" gets from keys at x, each divided by
# its number of octaves, so that every peak is 1. One octave: anything nearby. Five: this place. With five there is a
# second peak, of 0.6, one unit away: four of the five waves are the same again after one unit, and only the slowest,
# with its period of 2, tells the two places apart. A trained projection can weigh the octaves, and so choose how
# precisely to ask.
#
# Which of them does the trained SRT use? Its rays have nine octaves, the slowest with a period of 32 units of the
# scene. The next cell sets the fastest ones to zero in the decoder's questions, one after the other. It is a rough
# operation, since the model never learned to do without, but it shows where the detail sits.

# %%
octaves, size = srt.config.octaves, srt.config.size


def with_octaves(kept):
    """All pictures, when questions keep only their `kept` slowest octaves."""
    mask = torch.ones(6, octaves)
    mask[:, kept:] = 0.0
    with torch.no_grad():
        colours = srt.decode(queries * mask.flatten().repeat(2), slsr)
    return from_patches(colours, size, size, srt.config.query_patch).clamp(0, 1)


rows = {kept: with_octaves(kept) for kept in (9, 7, 6, 5, 4, 3)}
figures.picture_row(
    torch.stack([p[SCENE, TARGET] for p in (targets.images, *rows.values())]),
    ["the truth\n", *(f"{kept} octaves\n{float(psnr(p, targets.images).mean()):.1f} dB"
                                        for kept, p in rows.items())],
    title="Questions with fewer octaves",
    subtitle=f"Decibels: PSNR over {len(inputs.images)} test scenes. Shown is one view of one scene.")

# %% [markdown]
# If the picture with 7 octaves is as good as with 9, then the model does not use the two fastest: at this size of
# pictures there may be nothing so fine to see. The paper's pictures are larger, and it uses 15.

# %% [markdown]
# ## What a block adds
#
# A transformer is a stack of blocks, and attention is only half of a block. In the *pre-norm* form that SRT and RUST
# use:
#
# $$x \leftarrow x + \mathrm{MHA}\big(\mathrm{norm}(x), C\big) \qquad
# x \leftarrow x + \mathrm{MLP}\big(\mathrm{norm}(x)\big)$$
#
# - **The way around** (the `x +`): a layer only adds to what is there. A fresh layer does no harm, and the gradient has
#   a straight road back to the first.
# - **The normalisation** of what a layer reads: mean 0 and spread 1 for each token, then a learned scale. Sums grow
#   from block to block; what attention sees stays the same size.
# - **The MLP**, on each token alone. Attention only averages values: a weighted mean of tokens is all that it can say.
#   The MLP is where the tokens are worked on.
#
# All of it treats tokens alike: the block is equivariant, as your test has found. What is each part worth, in the
# trained model?

# %%
def run_block(block, without, x, context=None):
    """`Block.forward` of rust_edu/models/layers.py, with one part left out."""
    def add(x, norm, change):
        found = change(x if without == "normalisation" else norm(x))
        return found if without == "way around" else x + found

    if block.cross is not None and without != "cross-attention":
        x = add(x, block.cross_norm, lambda y: block.cross(y.flatten(1, -2), context).view_as(y))
    if block.self_attention is not None and without != "self-attention":
        x = add(x, block.self_norm, lambda y: block.self_attention(y.flatten(0, -3)).view_as(y))
    return x if without == "MLP" else add(x, block.mlp_norm, block.mlp)


def with_parts(model, kind, run):
    """A copy of the model in which every module of a kind computes `run(module, ...)`."""
    model = copy.deepcopy(model)
    for module in model.modules():
        if isinstance(module, kind):
            module.forward = partial(run, module)
    return model


for without in ("nothing", "self-attention", "cross-attention", "MLP", "normalisation", "way around"):
    changed = with_parts(srt, Block, lambda block, *given, without=without: run_block(block, without, *given))
    print(f"without {without:16s} {decibels(changed):5.1f} dB")

# %% [markdown]
# Self-attention is in the encoder, cross-attention in the decoder; the other three are in both. Every part is needed,
# by a model that was trained with it. That is all this shows: networks *trained* without one of them can work, if one
# knows how.

# %% [markdown]
# ## Put your attention into this model
#
# You have written all that a trained SRT does with attention. So take the package's out, in every layer of encoder and
# decoder, and put yours in: the same matrices, your function.

# %%
def with_attention(model, attend):
    """A copy of the model in which every attention layer computes with `attend`."""
    return with_parts(model, Attention, lambda layer, *given: run_layer(layer, attend, *given))


yours = with_attention(srt, multi_head_attention)
layers = sum(isinstance(module, Attention) for module in yours.modules())
difference = float((yours.predict(inputs, targets) - pictures).abs().max())
print(f"{layers} attention layers now run on the function of exercise 04.3")
print(f"largest difference of any colour in {targets.images[..., 0, 0, 0].numel()} pictures: {difference:.4f}")
print(f"before {decibels(srt):.2f} dB, now {decibels(yours):.2f} dB")

# %% [markdown]
# The same pictures, to the precision of floating point. **If your 04.1 to 04.3 have passed, the attention in this
# model is yours.** Until then the package's stands in.
#
# Now break it, on purpose. A mistake in attention raises no error: shapes stay right, and pictures come out. What do
# they cost?

# %% [markdown] predict="04.p3"
# We put three mistakes into the trained model, one at a time, in all layers: no division by √d; the softmax over the
# queries instead of the keys; the two heads' answers exchanged before the last matrix. Which costs the **fewest**
# decibels?
#
# - [x] No division by √d
#   Every query still looks at the right tokens. It looks too hard at the best one: softness is lost, not the direction.
# - [ ] The softmax over the wrong axis
#   Then a query's weights no longer sum to 1, and how loud an answer is depends on who else asks. That is far from what
#   the matrices were trained for.
# - [ ] The heads exchanged
#   Each head's answer then goes through the other's half of the last matrix: all is found, and everything is
#   misunderstood.

# %%
def broken(x, context, W_query, W_key, W_value, W_out, heads,
           root=True, axis=-1, exchange=False, alike=False, only=False):
    """Multi-head attention with its mistakes to choose."""
    context = x if context is None else context
    query, key, value = (y.unflatten(-1, (heads, -1)).transpose(1, 2)
                         for y in (x @ W_query, context @ W_key, context @ W_value))
    scores = query @ key.mT / (math.sqrt(query.shape[-1]) if root else 1.0)
    found = (0.0 * scores if alike else scores).softmax(axis) @ value
    if exchange:
        found = found.flip(1)
    if only:
        found = torch.cat([found[:, :1], 0.0 * found[:, 1:]], dim=1)
    return found.transpose(1, 2).flatten(2) @ W_out


mistakes = {"yours": {}, "no √d": dict(root=False), "only head 1": dict(only=True), "all alike": dict(alike=True),
            "wrong axis": dict(axis=-2), "heads exchanged": dict(exchange=True)}
found = {name: with_attention(srt, partial(broken, **mistake)).predict(inputs, targets)
         for name, mistake in mistakes.items()}
found["untrained"] = untrained.predict(inputs, targets)
baseline = inputs.images.mean((1, 2, 3))[:, None, None, None].expand_as(targets.images)  # one colour for each scene
found["mean colour"] = baseline
figures.picture_row(
    torch.stack([picture[SCENE, TARGET] for picture in found.values()]),
    [f"{name}\n{float(psnr(picture, targets.images).mean()):.1f} dB" for name, picture in found.items()],
    title="What a mistake in attention costs, in a model that was trained without it",
    subtitle=f"PSNR over {len(inputs.images)} test scenes. All alike: every token has the same weight. Mean colour: of "
             "the photographs.")

# %% [markdown]
# **What it means.**
# - **No √d** makes a collage. Each pixel still finds the right patches, but decides for one of them, and its neighbour
#   for another. Softness is what blends them.
# - **All alike** is a model that cannot look. What is left is what all pixels of a scene have in common.
# - **The wrong axis** and **exchanged heads** leave about as little as one colour for everything: by mistakes that no
#   shape ever complains about.
#
# These are the costs of breaking a *finished* model. Train with the mistake from the start, and the matrices adapt as
# far as they can: a missing √d, for one, can be made up for by a smaller W_Q. That is why such mistakes live long.

# %% [markdown]
# ## Move the pixel
#
# Four sliders; click one, then use the arrow keys. Left the unseen view and the model's drawing of it, then the three
# photographs: the patch with the largest weight as it is, the others fainter. The line below says the same in words.

# %%
class PixelExplorer(widgets.VBox):
    """Move a pixel, see what it attends to."""

    def __init__(self, models, inputs, targets):
        self.models, self.inputs, self.targets = models, inputs, targets
        slide = partial(widgets.IntSlider, continuous_update=True, style={"description_width": "6em"})
        self.scene = slide(SCENE, 0, len(inputs.images) - 1, description="scene")
        self.view = slide(TARGET + 1, 1, targets.count, description="view")
        self.column = slide(int(MARK[0] // 2) + 1, 1, 16, description="column")
        self.row = slide(int(MARK[1] // 2) + 1, 1, 16, description="row")
        self.model = widgets.ToggleButtons(options=list(models))
        self.image, self.words = widgets.Image(format="png", layout={"max_width": "100%"}), widgets.HTML()
        heads = "".join(f'<span style="flex:1">{head}</span>' for head in (
            "a view nobody took", "as the model draws it", "photograph 1", "photograph 2", "photograph 3"))
        for control in (self.scene, self.view, self.model):
            control.observe(self.look, "value")
        for control in (self.column, self.row):
            control.observe(self.draw, "value")
        super().__init__([widgets.HBox([self.scene, self.view]), widgets.HBox([self.column, self.row]), self.model,
                          widgets.HTML(f'<div style="display:flex">{heads}</div>'), self.image, self.words])
        self.look()

    def look(self, change=None):
        """Attention and picture of another view: a few milliseconds."""
        one, asked = of_scene(self.inputs, self.scene.value), of_scene(self.targets, self.scene.value)
        asked, model = asked[:, self.view.value - 1:self.view.value], self.models[self.model.value]
        self.weights, self.picture = attention_of(model, one, asked)[0, 0], model.predict(one, asked)[0, 0]
        self.draw()

    def draw(self, change=None):
        scene, view = self.scene.value, self.view.value - 1
        weights = self.weights[(self.row.value - 1) * 16 + self.column.value - 1]
        mark = (2.0 * self.column.value - 1, 2.0 * self.row.value - 1, 2.0)
        self.image.value = figures.attention_strip(
            self.inputs.images[scene], self.targets.images[scene, view], self.picture, weights, mark)
        best, views = int(weights.argmax()), weights.view(3, 16).sum(1)
        shares = ", ".join(f"photograph {v + 1} {100 * share:.0f} %" for v, share in enumerate(views))
        place = f"photograph {best // 16 + 1}, patch row {best % 16 // 4 + 1}, column {best % 4 + 1}"
        self.words.value = (f'<span role="status">Of its attention: {shares}. '
                            f"Most, {100 * weights[best]:.0f} %, goes to {place}.</span>")


explorer = PixelExplorer({"trained": srt, "untrained": untrained}, inputs, targets)
display(explorer)

# %% [markdown]
# For readers without a running kernel, three pixels of one view:

# %%
marks = {"on the box\ntop edge": (23.0, 7.0, 2.0), "on the floor\nin front of it": (13.0, 27.0, 2.0),
         "at the far edge\nof the floor": (9.0, 1.0, 2.0)}
figures.attention_sheet(
    one.images[0], {name: (drawn["srt"], looks["srt"][number_of(mark)], mark) for name, mark in marks.items()}, MARK,
    title="Three pixels of one view, and where each looks",
    subtitle="The widget above, stopped at three places. Strength: the weight, against the largest of the row.")

# %% [markdown]
# Three questions to go with it. Find an answer before you open ours.
#
# 1. Move the pixel across the edge of an object, one step at a time. Does the look *slide* along, or *jump*?
# 2. Find a pixel whose point no photograph shows: hidden behind something, or outside of all three. Where does it look,
#    and what does the drawing look like there?
# 3. Switch to the untrained model and move around. What does the map depend on, if not on the scene?
#
# <details><summary>What we found</summary>
#
# 1. Mostly it slides, even across the edge of an object. Step by step weight moves from one set of patches to the
#    other, and in between the colour is a mean of both: so edges are blurred.
# 2. It looks just as firmly, at patches that seem likely, and the drawing is smooth and plausible there. The weights
#    must sum to 1: attention cannot say "nobody knows". A map does not tell you whether the answer is in the
#    photographs at all.
# 3. On almost nothing. It hardly changes with the pixel or the scene: random matrices prefer some tokens a little, for
#    any question.
#
# </details>

# %% [markdown]
# ## What an attention map is not
#
# The maps are beautiful, and it is tempting to read them as the reasons for a colour. Three experiments on what they
# are worth.
#
# **One: take the tokens away.** If the weights say what matters, then without the tokens of the largest weights the
# answer must suffer, and without those of the smallest it must not. For each query on its own: take away the k tokens
# it attends to most, k random ones, or the k it attends to least.

# %%
def without_tokens(score, k):
    """PSNR of the answers to some queries, each asking a set without its own k tokens of the highest score."""
    keep = score.argsort(-1)[..., : score.shape[-1] - k]
    sets = slsr[torch.arange(len(slsr))[:, None, None], keep]  # (B, queries, K - k, D): a set for each query
    with torch.no_grad():
        colours = srt.decode(some.flatten(0, 1)[:, None, None], sets.flatten(0, 1)).view_as(truth).clamp(0, 1)
    return float(-10 * (colours - truth).square().mean().log10())


some, looked = queries.flatten(1, 2)[:, ::23], look.flatten(1, 2)[:, ::23]  # every 23rd query of each scene
truth = to_patches(targets.images, srt.config.query_patch).flatten(1, 2)[:, ::23]
chance = torch.rand(looked.shape, generator=torch.Generator().manual_seed(0))
removed = (0, 1, 2, 4, 8, 16, 24, 32, 40)
figures.removal_curves(
    removed, {name: [without_tokens(score, k) for k in removed]
              for name, score in (("most attended", looked), ("at random", chance), ("least attended", -looked))},
    title="Attention says which tokens matter, but not all that matters",
    subtitle="Each query asks a set without some of the 48 tokens. PSNR of the mean error over all these queries.")

# %% [markdown]
# The order of the curves is right, and clear: the map is no decoration. But look at the other end. What do the tokens
# cost that have hardly any weight?

# %%
with torch.no_grad():
    first, x = srt.decoder.blocks[0], srt.decoder.query(queries)
    earlier = first.cross.weights(first.cross_norm(x).flatten(1, -2), slsr).mean(1).view_as(look)
least = looked.sort(-1).values[..., :32].sum(-1).mean()
lost = without_tokens(-looked, 0) - without_tokens(-looked, 32)
print(f"the 32 least attended tokens hold {100 * least:.1f} % of the weight; without them: {lost:.1f} dB less")
common = torch.minimum(earlier, look).sum(-1).mean()
print(f"overlap of the maps of the first and the last layer: {common:.1f} (1: the same, 0: nothing in common)")

# %% [markdown]
# The map shows the *last* layer only. The layer before has asked too, and elsewhere: the second number says how much
# the two maps have in common. So a token without weight in the map may still have had its say.
#
# **Two: what is in a token?** The map is drawn on patches. But in the encoder all tokens asked each other, so a token
# need not be its patch any more. Paint one patch of one photograph grey, and see which tokens change.

# %%
own, others = [], []
for patch in range(0, 48, 5):  # some patches, in all the scenes
    view, row, column = patch // 16, patch % 16 // 4 * 8, patch % 4 * 8
    painted = copy.copy(inputs)
    painted.images = inputs.images.clone()
    painted.images[:, view, row:row + 8, column:column + 8] = 0.5
    with torch.no_grad():
        change = (srt.encode(painted) - slsr).norm(dim=-1) / slsr.norm(dim=-1)
    own.append(change[:, patch].mean())
    others.append(change[:, torch.arange(48) != patch].mean())
print(f"the painted patch's own token changes by {100 * sum(own) / len(own):.0f} % of its length")
print(f"each of the 47 others by {100 * sum(others) / len(others):.0f} %, on average")

# %% [markdown]
# The more the first number exceeds the second, the more honest it is to draw a token as its patch. In this shallow
# encoder a token has remained mostly its patch. That is worth knowing, and it had to be measured: in a deeper one it
# need not be so. And the little that tokens tell each other matters: see what the model loses without self-attention,
# above.
#
# **Three: weights are not contributions.** A weight says how much of a value is taken. If the value is small, or the
# next matrix ignores it, a large weight does nothing. And the mean over heads can hide two heads that disagree.
#
# | an attention map shows | it does not show |
# |---|---|
# | where the last layer's queries look, on average over heads | what earlier layers looked at |
# | which tokens can contribute much | what they contribute, or which way |
# | a token's place in a photograph | where the token's content comes from |
# | what this trained model does | that it must: other weights may draw the same picture |
#
# There was a debate about this in language models, with the fitting titles "Attention is not Explanation" and
# "Attention is not not Explanation". What holds up is an *intervention*: take something away, and measure. You have
# done it.
#
# **Beside the paper.** This is a small model: pictures of 32 × 32, three photographs, width 64, two heads, two layers
# each in encoder and decoder. The package's `paper` profile, after the improved SRT, has 128 × 128, five photographs,
# width 768, twelve heads, five layers and two. The measurement with surface points is ours, and possible because our
# scenes are rendered: simple objects, cameras that all look at the middle, depth known. It says that this model finds
# corresponding points. It does not say that it computes depth, nor that a large model on photographs of streets does it
# in the same way.

# %% [markdown]
# ## What to take away
#
# - Attention is a soft dictionary: a query meets all keys, and gets a mean of all values, weighted by a softmax **over
#   the keys**.
# - **√d** keeps scores the same size at every width. **Heads** are several attentions in blocks of columns; splitting
#   them takes a transpose, not only a reshape.
# - In **cross-attention** a pixel asks the scene, and no pixel knows of any other.
# - A scene is a **set** of tokens. Places are told once, in the tokens themselves, as waves. One exception: the first
#   view, from which all cameras are measured.
# - Nobody taught this model which pixels of two photographs show the same point. It was asked for colours, and it had
#   to find out.
# - A map of attention is a hint where to intervene, not an explanation.

# %% [markdown] quiz="04.q1"
# Someone applies the softmax over the *queries*. All shapes are right. What goes wrong?
#
# - [ ] Nothing: every weight is still between 0 and 1
#   They are, but the weights of one query no longer sum to 1: its answer is no mean of the values any more.
# - [x] A query's answer depends on who else asks, and its weights do not sum to 1
#   Queries now compete for each token. Ask for one pixel alone, and it gets a weight of 1 from every token.
# - [ ] The gradient vanishes
#   The softmax over the wrong axis has a gradient like any other, and the model even trains. That is why one does not
#   notice.

# %% [markdown] quiz="04.q2"
# You shuffle the 48 tokens between the encoder and the decoder. The pictures stay the same. Why does the model still
# know where a patch was?
#
# - [ ] The decoder sorts the tokens again
#   Nothing sorts them. Attention has no use for their order.
# - [x] Each token carries its place in its own numbers, since before the first layer
#   Position, rays and the tag of the first view were added to the content. After that the order is not needed any more.
# - [ ] It does not know, and does not need to
#   Then a query could not find the patch that shows its point. Without positions a scene is a bag of coloured squares.

# %% [markdown] quiz="04.q3"
# A map shows that a pixel gives 40 % of its attention to one patch of photograph 2. What follows?
#
# - [ ] 40 % of the pixel's colour comes from that patch
#   The weight multiplies a value, which then passes through matrices and an MLP. And there are other layers and the way
#   around.
# - [ ] If that patch had been grey, the pixel would be 40 % greyer
#   With another content the token would have another key, and so another weight. And other tokens show the same place.
# - [x] In the last layer that token counts a lot. What it does to the colour, only an intervention can tell
#   The curves above agree with the map on the whole, and show that it is not the whole.

# %% [markdown]
# ## Further reading
#
# - Vaswani et al., *Attention is all you need*, NeurIPS 2017, arXiv 1706.03762. Section 3.2 is this notebook's first
#   half, with the √d in a footnote.
# - Sajjadi et al., *Scene Representation Transformer*, CVPR 2022, arXiv 2111.13152. The model of this notebook;
#   sections 4.1 to 4.3 are encoder, decoder, and the tag of the first view.
# - Lee et al., *Set Transformer*, ICML 2019, arXiv 1810.00825. Invariance and equivariance of attention, proven.
# - Tancik et al., *Fourier features let networks learn high frequency functions in low dimensional domains*, NeurIPS
#   2020, arXiv 2006.10739.
# - Xiong et al., *On layer normalization in the transformer architecture*, ICML 2020, arXiv 2002.04745. Why the norm
#   comes first.
# - Jain and Wallace, *Attention is not Explanation*, arXiv 1902.10186, and Wiegreffe and Pinter, *Attention is not not
#   Explanation*, arXiv 1908.04626, both 2019. Read them together.
#
# ## From here
#
# You have attention, heads, and sets. In **05** patches, encoder, rays and decoder come together: you build the SRT
# whose attention you have just replaced, and train it. In **07** the same cross-attention does something stranger. A
# *pose estimator* looks at half of a picture, asks the scene about it, and finds out where the camera must have stood,
# though nobody ever told it what a camera is.
