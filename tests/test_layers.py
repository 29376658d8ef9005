"""The layers against plain implementations of the same thing, in float64."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from rust_edu.errors import InputError
from rust_edu.models.layers import MLP, Attention, Block, ConvStem, PatchStem, fourier_features

CLOSE = dict(rtol=1e-10, atol=1e-10)


def rand(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def attention(width: int = 12, heads: int = 3, seed: int = 0) -> Attention:
    torch.manual_seed(seed)
    return Attention(width=width, heads=heads).double()


def plain_attention(layer: Attention, x: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
    """One head, one scene, one query at a time, with nothing but exp and sums."""
    D, heads = context.shape[-1], layer.heads
    d = D // heads
    W_key, W_value = layer.key_value.weight[:D], layer.key_value.weight[D:]
    out = torch.zeros(*x.shape[:2], D, dtype=x.dtype)
    for b in range(len(x)):
        for h in range(heads):
            part = slice(h * d, (h + 1) * d)
            keys, values = context[b] @ W_key[part].T, context[b] @ W_value[part].T
            for t in range(x.shape[1]):
                query = layer.query.weight[part] @ x[b, t]
                score = torch.exp(keys @ query / math.sqrt(d))
                out[b, t, part] = (score[:, None] * values).sum(0) / score.sum()
    return out @ layer.out.weight.T + layer.out.bias


# ----------------------------------------------------------------------------------------- attention


@pytest.mark.parametrize("width, heads", [(12, 1), (12, 3), (8, 8)])
def test_attention_is_a_plain_softmax(width, heads):
    layer, x, context = attention(width, heads), rand(2, 4, width), rand(2, 5, width, seed=1)
    torch.testing.assert_close(layer(x, context), plain_attention(layer, x, context), **CLOSE)


def test_narrow_queries_attend_at_the_width_of_their_context():
    torch.manual_seed(0)
    layer, x, context = Attention(width=5, heads=3, context_width=12).double(), rand(2, 4, 5), rand(2, 6, 12)
    torch.testing.assert_close(layer(x, context), plain_attention(layer, x, context), **CLOSE)
    assert layer.weights(x, context).shape == (2, 3, 4, 6)


def test_attention_without_context_is_to_itself():
    layer, x = attention(), rand(2, 4, 12)
    torch.testing.assert_close(layer(x), plain_attention(layer, x, x), **CLOSE)
    torch.testing.assert_close(layer.weights(x), layer.weights(x, x), **CLOSE)


def test_attention_equals_torchs_own_with_the_same_weights():
    layer = attention()
    theirs = nn.MultiheadAttention(12, 3, bias=True, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([layer.query.weight, layer.key_value.weight]))
        theirs.in_proj_bias.zero_()
        theirs.out_proj.weight.copy_(layer.out.weight)
        theirs.out_proj.bias.copy_(layer.out.bias)
    x, context = rand(2, 4, 12), rand(2, 5, 12, seed=1)
    expected, weights = theirs(x, context, context, average_attn_weights=False)
    torch.testing.assert_close(layer(x, context), expected, **CLOSE)
    torch.testing.assert_close(layer.weights(x, context), weights, **CLOSE)


def test_weights_are_those_of_forward():
    layer, x, context = attention(), rand(2, 4, 12), rand(2, 5, 12, seed=1)
    weights = layer.weights(x, context)
    assert weights.shape == (2, 3, 4, 5) and (weights > 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 4, dtype=torch.float64), **CLOSE)
    value = layer.key_value(context)[..., 12:].unflatten(-1, (3, 4)).transpose(1, 2)
    together = (weights @ value).transpose(1, 2).flatten(2)
    torch.testing.assert_close(layer.out(together), layer(x, context), **CLOSE)


@given(order=st.permutations(range(5)), queries=st.permutations(range(4)), seed=st.integers(0, 10))
def test_a_context_is_a_set_and_queries_are_each_their_own(order, queries, seed):
    layer, x, context = attention(seed=seed), rand(2, 4, 12, seed=seed), rand(2, 5, 12, seed=seed + 1)
    answer = layer(x, context)
    torch.testing.assert_close(layer(x, context[:, order]), answer, **CLOSE)
    torch.testing.assert_close(layer(x[:, queries], context), answer[:, queries], **CLOSE)


def test_attention_sees_its_context():
    layer, x, context = attention(), rand(1, 4, 12), rand(1, 5, 12, seed=1)
    other = context.clone()
    other[0, 3] += 1.0
    assert ((layer(x, context) - layer(x, other)).abs().amax(-1) > 1e-4).all()


def test_attention_gradients():
    layer = attention(4, 2)
    x, context = rand(1, 2, 4).requires_grad_(), rand(1, 3, 4, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(layer, (x, context))


def test_heads_must_divide_the_width():
    with pytest.raises(InputError, match="width 10 with 3 heads"):
        Attention(width=10, heads=3)


# --------------------------------------------------------------------------------------------- block


def block(attend_context: bool, attend_self: bool, activation=nn.ReLU) -> Block:
    torch.manual_seed(0)
    made = Block(width=12, heads=3, hidden=16, attend_context=attend_context, attend_self=attend_self,
                 activation=activation).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter += 0.1 * rand(*parameter.shape, seed=2)
    return made


@pytest.mark.parametrize("attend_context, attend_self", [(True, True), (True, False), (False, True)])
def test_block_over_more_axes_is_a_loop(attend_context, attend_self):
    layer, x, context = block(attend_context, attend_self), rand(2, 3, 4, 12), rand(2, 5, 12, seed=1)
    context = context if attend_context else None
    whole = layer(x, context)
    assert whole.shape == x.shape
    for b in range(2):
        for v in range(3):
            own = None if context is None else context[b:b + 1]
            torch.testing.assert_close(whole[b, v], layer(x[b:b + 1, v], own)[0], **CLOSE)


def test_block_is_prenorm_cross_then_self_then_mlp():
    layer, x, context = block(True, True), rand(2, 4, 12), rand(2, 5, 12, seed=1)

    def norm(y, its):
        return (y - y.mean(-1, keepdim=True)) / (y.var(-1, unbiased=False, keepdim=True) + its.eps).sqrt() \
            * its.weight + its.bias

    y = x + plain_attention(layer.cross, norm(x, layer.cross_norm), context)
    z = norm(y, layer.self_norm)
    y = y + plain_attention(layer.self_attention, z, z)
    first, _, last = layer.mlp
    y = y + last(F.relu(first(norm(y, layer.mlp_norm))))
    torch.testing.assert_close(layer(x, context), y, **CLOSE)


def test_self_attention_stays_within_the_last_axis():
    layer, x = block(False, True), rand(1, 2, 4, 12)
    other = x.clone()
    other[0, 1, 2, 0] += 1.0  # not all numbers of a token: the norm would take that away
    changed = (layer(x) - layer(other)).abs().amax(-1)[0]
    assert (changed[0] == 0).all() and (changed[1] > 1e-6).all()


def test_block_activation_is_the_one_asked_for():
    x = rand(1, 4, 12)
    assert (block(False, True)(x) - block(False, True, nn.GELU)(x)).abs().max() > 1e-3


def test_mlp_ends_without_activation():
    layer = MLP(3, 4, 5)
    assert [type(part) for part in layer] == [nn.Linear, nn.ReLU, nn.Linear]
    assert [type(part) for part in MLP(3, 5)] == [nn.Linear]


# ----------------------------------------------------------------------------------- Fourier features


def test_fourier_features_by_hand():
    x = torch.tensor([[0.25, -0.5]], dtype=torch.float64)
    angles = [math.pi * 0.25, math.pi * 0.5, -math.pi * 0.5, -math.pi]  # octaves 0 and 1 of each number
    expected = [math.sin(a) for a in angles] + [math.cos(a) for a in angles]
    torch.testing.assert_close(fourier_features(x, 2)[0].tolist(), expected, **CLOSE)


@given(octaves=st.integers(1, 6), start=st.integers(-5, 5), seed=st.integers(0, 10))
def test_fourier_features_start_octave_scales_the_input(octaves, start, seed):
    x = rand(2, 3, seed=seed)
    assert fourier_features(x, octaves).shape == (2, 6 * octaves)
    torch.testing.assert_close(fourier_features(x, octaves, start), fourier_features(x * 2.0**start, octaves),
                               rtol=1e-9, atol=1e-9)


def test_fourier_features_gradients():
    assert torch.autograd.gradcheck(lambda x: fourier_features(x, 3, -1), rand(2, 2).requires_grad_())


# --------------------------------------------------------------------------------------------- stems


def test_patch_stem_is_a_loop_over_patches():
    torch.manual_seed(0)
    stem, images = PatchStem(channels=3, patch=4, width=6).double(), rand(2, 8, 12, 3)
    tokens = stem(images)
    assert tokens.shape == (2, 6, 6)
    for row in range(2):
        for column in range(3):
            patch = images[:, 4 * row:4 * row + 4, 4 * column:4 * column + 4].flatten(1)
            torch.testing.assert_close(tokens[:, 3 * row + column], stem.project(patch), **CLOSE)


@pytest.mark.parametrize("channels, blocks, size", [(3, 3, 16), (183, 1, 8), (5, 0, 4)])
def test_conv_stem_halves_once_a_block(channels, blocks, size):
    torch.manual_seed(0)
    stem = ConvStem(channels=channels, blocks=blocks, width=16)
    tokens = stem(torch.rand(2, size, size // 2, channels))
    assert tokens.shape == (2, (size >> blocks) * (size // 2 >> blocks), 16)
    convolutions = [layer for layer in stem.convolutions if isinstance(layer, nn.Conv2d)]
    assert convolutions[0].in_channels == channels
    strides = [layer.stride[0] for layer in convolutions]
    assert strides == [1, 2] * blocks + [1] if blocks else strides == [1, 1]
    assert [layer.bias is None for layer in convolutions] == [True] * (len(convolutions) - 1) + [False]


def test_conv_stem_tokens_go_row_by_row():
    torch.manual_seed(0)
    stem, images = ConvStem(channels=3, blocks=1, width=64).double(), rand(1, 8, 8, 3)
    other = images.clone()
    other[0, 6, 1] += 1.0  # in the 4 x 4 tokens: row 3, column 0
    changed = (stem(images) - stem(other)).abs().amax(-1)[0].view(4, 4)
    assert changed[3, 0] > 0 and (changed[:2] == 0).all() and (changed[:, 2:] == 0).all()


@pytest.mark.parametrize("H, W", [(2, 2), (2, 6), (8, 4)])
def test_constant_channels_are_maps_filled_with_them(H, W):
    """At the border too, where a map filled with a number ends and zeros begin."""
    torch.manual_seed(0)
    split = ConvStem(channels=6, blocks=1, width=16, constant=[1, 4]).double()
    plain = ConvStem(channels=6, blocks=1, width=16).double()
    plain.load_state_dict(split.state_dict())
    images, constants, wanted = rand(3, H, W, 4), rand(3, 2, seed=1).requires_grad_(), rand(3, H * W // 4, 16, seed=2)
    filled = constants[:, None, None].expand(-1, H, W, -1)
    whole = torch.stack([images[..., 0], filled[..., 0], images[..., 1], images[..., 2], filled[..., 1],
                         images[..., 3]], dim=-1)
    answers = split(images, constants), plain(whole)
    torch.testing.assert_close(*answers, **CLOSE)
    gradients = [torch.autograd.grad((answer * wanted).sum(), [constants, stem.convolutions[0].weight])
                 for answer, stem in zip(answers, (split, plain))]
    torch.testing.assert_close(*gradients, **CLOSE)
    assert all(gradient.abs().max() > 1e-3 for gradient in gradients[0])


def test_stem_gradients():
    torch.manual_seed(0)
    for stem in (PatchStem(channels=1, patch=2, width=4), ConvStem(channels=1, blocks=1, width=32)):
        assert torch.autograd.gradcheck(stem.double(), rand(1, 4, 4, 1).requires_grad_())
