"""Answers to notebook 05, its parts: patches, the set of tokens, the encoder, ray queries, the decoder."""

import math

import torch
import torch.nn.functional as F

from rust_edu.cameras import invert, pixel_rays, relative_pose
from rust_edu.models.layers import fourier_features
from tests.course.answers import right, wrong

# ---- 05.1


@right("05.1")
def by_loops(images, patch):
    B, V, H, W, C = images.shape
    rows = [images[:, :, y:y + patch, x:x + patch].reshape(B, V, -1)
            for y in range(0, H, patch) for x in range(0, W, patch)]
    return torch.stack(rows, dim=2)


@right("05.1")
def by_unfold(images, patch):
    B, V, H, W, C = images.shape
    cut = F.unfold(images.double().flatten(0, 1).permute(0, 3, 1, 2), patch, stride=patch)  # (B V, C p p, P)
    return cut.unflatten(1, (C, -1)).permute(0, 3, 2, 1).reshape(B, V, -1, patch * patch * C)


@right("05.1")
def by_tensor_unfold(images, patch):
    cut = images.unfold(2, patch, patch).unfold(3, patch, patch)  # (B, V, rows, columns, C, y, x)
    return cut.permute(0, 1, 2, 3, 5, 6, 4).flatten(4).flatten(2, 3)


@wrong("05.1", "reshape-only")
def reshaped(images, patch):
    B, V, H, W, C = images.shape
    return images.reshape(B, V, H * W // patch**2, patch * patch * C)


@wrong("05.1", "columns-first")
def x_in_the_outer_loop(images, patch):
    B, V, H, W, C = images.shape
    rows = [images[:, :, y:y + patch, x:x + patch].reshape(B, V, -1)
            for x in range(0, W, patch) for y in range(0, H, patch)]
    return torch.stack(rows, dim=2)


@wrong("05.1", "pixels-transposed")
def pixels_down(images, patch):
    B, V, H, W, C = images.shape
    rows = [images[:, :, y:y + patch, x:x + patch].transpose(2, 3).reshape(B, V, -1)
            for y in range(0, H, patch) for x in range(0, W, patch)]
    return torch.stack(rows, dim=2)


@wrong("05.1", "rows-and-columns-swapped")
def mirrored(images, patch):
    return by_loops(images.transpose(2, 3), patch)


@wrong("05.1", "channels-first")
def unfold_as_it_comes(images, patch):
    B, V = images.shape[:2]
    return F.unfold(images.flatten(0, 1).permute(0, 3, 1, 2), patch, stride=patch).transpose(1, 2).unflatten(0, (B, V))


@wrong("05.1", "interleaved")
def p_before_rows(images, patch):
    B, V, H, W, C = images.shape
    cut = images.reshape(B, V, patch, H // patch, patch, W // patch, C)
    return cut.permute(0, 1, 3, 5, 2, 4, 6).reshape(B, V, -1, patch * patch * C)


@wrong("05.1", "views-mixed")
def side_by_side(images, patch):
    B, V, H, W, C = images.shape
    wide = torch.cat(images.unbind(1), dim=2)
    return by_loops(wide[:, None], patch).reshape(B, V, -1, patch * patch * C)


@wrong("05.1", "views-mixed")
def wrong_permute(images, patch):
    B, V, H, W, C = images.shape
    cut = images.reshape(B, V, H // patch, patch, W // patch, patch, C)
    return cut.permute(0, 2, 3, 1, 4, 5, 6).reshape(B, V, -1, patch * patch * C)


@wrong("05.1", "one-list")
def all_in_a_row(images, patch):
    return by_loops(images, patch).flatten(1, 2)


@wrong("05.1", "another-patch")
def last_row_first(images, patch):
    return by_loops(images.flip(2), patch)


@wrong("05.1", "shape")
def mean_colours(images, patch):
    B, V, H, W, C = images.shape
    return images.reshape(B, V, H // patch, patch, W // patch, patch, C).mean((3, 5)).flatten(2, 3)


# ---- 05.2


@right("05.2")
def view_by_view(tokens, position, tags):
    B, V, P, D = tokens.shape
    views = []
    for v in range(V):
        tag = tags[0] if v == 0 else tags[1]
        views.append(tokens[:, v].double() + position + tag)
    return torch.cat(views, dim=1)


@right("05.2")
def by_where(tokens, position, tags):
    B, V, P, D = tokens.shape
    is_first = torch.arange(V * P) < P
    flat = tokens.reshape(B, V * P, D) + position.repeat(V, 1)
    return flat + torch.where(is_first[:, None], tags[0], tags[1])


@wrong("05.2", "no-tag")
def without_tag(tokens, position, tags):
    return (tokens + position).flatten(1, 2)


@wrong("05.2", "no-position")
def without_position(tokens, position, tags):
    V = tokens.shape[1]
    return (tokens + tags[(torch.arange(V) > 0).long()][:, None]).flatten(1, 2)


@wrong("05.2", "same-tag")
def all_first(tokens, position, tags):
    return (tokens + position + tags[0]).flatten(1, 2)


@wrong("05.2", "same-tag")
def all_other(tokens, position, tags):
    return (tokens + position + tags[1]).flatten(1, 2)


@wrong("05.2", "tags-swapped")
def swapped(tokens, position, tags):
    V = tokens.shape[1]
    which = [1] + [0] * (V - 1)
    return (tokens + position + tags[which][:, None]).flatten(1, 2)


@wrong("05.2", "last-view-tagged")
def last_is_first(tokens, position, tags):
    V = tokens.shape[1]
    return (tokens + position + tags[[1] * (V - 1) + [0]][:, None]).flatten(1, 2)


@wrong("05.2", "tags-in-turn")
def alternating(tokens, position, tags):
    V = tokens.shape[1]
    return (tokens + position + tags[[v % 2 for v in range(V)]][:, None]).flatten(1, 2)


@wrong("05.2", "first-patch-tagged")
def tag_along_patches(tokens, position, tags):
    P = tokens.shape[2]
    return (tokens + position + tags[[0] + [1] * (P - 1)]).flatten(1, 2)


@wrong("05.2", "first-token-tagged")
def tag_after_flatten(tokens, position, tags):
    x = (tokens + position).flatten(1, 2)
    return torch.cat([x[:, :1] + tags[0], x[:, 1:] + tags[1]], dim=1)


@wrong("05.2", "position-per-view")
def position_of_the_view(tokens, position, tags):
    V, P = tokens.shape[1:3]
    x = torch.stack([tokens[:, v] + position[v % P] for v in range(V)], dim=1)
    return (x + tags[[0] + [1] * (V - 1)][:, None]).flatten(1, 2)


@wrong("05.2", "positions-out-of-order")
def repeat_interleaved(tokens, position, tags):
    V, P = tokens.shape[1:3]
    x = tokens.flatten(1, 2) + position.repeat_interleave(V, dim=0)
    return x + tags[(torch.arange(V * P) >= P).long()]


@wrong("05.2", "patch-major")
def patches_outside(tokens, position, tags):
    V = tokens.shape[1]
    x = tokens + position + tags[(torch.arange(V) > 0).long()][:, None]
    return x.permute(0, 2, 1, 3).flatten(1, 2)


@wrong("05.2", "views-averaged")
def mean_of_views(tokens, position, tags):
    V = tokens.shape[1]
    return (tokens + position + tags[(torch.arange(V) > 0).long()][:, None]).mean(1)


@wrong("05.2", "not-one-set")
def not_flattened(tokens, position, tags):
    V = tokens.shape[1]
    return tokens + position + tags[(torch.arange(V) > 0).long()][:, None]


@wrong("05.2", "wrong-sum")
def scaled_as_words(tokens, position, tags):
    V, D = tokens.shape[1], tokens.shape[-1]
    return (math.sqrt(D + 1) * tokens + 2 * position + tags[(torch.arange(V) > 0).long()][:, None]).flatten(1, 2)


@wrong("05.2", "edits-input")
def in_place(tokens, position, tags):
    tokens += position
    tokens[:, 0] += tags[0]
    tokens[:, 1:] += tags[1]
    return tokens.flatten(1, 2)


# ---- 05.3


@right("05.3")
def with_torchs_attention(tokens, blocks, norm, attend):
    x = tokens
    for block in blocks:
        part, y = block.self_attention, block.self_norm(x)
        q, (k, v) = part.query(y), part.key_value(y).chunk(2, -1)
        q, k, v = (t.unflatten(-1, (part.heads, -1)).transpose(1, 2) for t in (q, k, v))
        x = x + part.out((torch.softmax(q @ k.mT / q.shape[-1]**0.5, -1) @ v).transpose(1, 2).flatten(2))
        x = x + block.mlp(block.mlp_norm(x))
    return norm(x)


@right("05.3")
def scene_by_scene(tokens, blocks, norm, attend):
    done = []
    for x in tokens:
        x = x[None]
        for block in blocks:
            y = block.self_norm(x)
            x = attend(block.self_attention, y, y) + x
            x = block.mlp(block.mlp_norm(x)) + x
        done.append(norm(x))
    return torch.cat(done)


@wrong("05.3", "no-residual")
def replaced(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = block.mlp(block.mlp_norm(attend(block.self_attention, y, y)))
    return norm(tokens)


@wrong("05.3", "no-residual-attention")
def attention_replaces(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "no-residual-mlp")
def mlp_replaces(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
        tokens = block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "no-norm")
def not_normalised(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = tokens + attend(block.self_attention, tokens, tokens)
        tokens = tokens + block.mlp(tokens)
    return norm(tokens)


@wrong("05.3", "post-norm")
def as_in_2017(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = block.self_norm(tokens + attend(block.self_attention, tokens, tokens))
        tokens = block.mlp_norm(tokens + block.mlp(tokens))
    return norm(tokens)


@wrong("05.3", "no-last-norm")
def norm_unused(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return tokens


@wrong("05.3", "no-mlp")
def attention_only(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
    return norm(tokens)


@wrong("05.3", "no-attention")
def mlp_only(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "mlp-first")
def the_other_order(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
    return norm(tokens)


@wrong("05.3", "one-norm-for-both")
def one_norm(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.self_norm(tokens))
    return norm(tokens)


@wrong("05.3", "raw-context")
def context_not_normalised(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = tokens + attend(block.self_attention, block.self_norm(tokens), tokens)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "first-block-only")
def returns_in_the_loop(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
        return norm(tokens)


@wrong("05.3", "side-by-side")
def attention_forgotten_again(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        asked = tokens + attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.mlp_norm(asked))
    return norm(tokens)


@wrong("05.3", "deaf-tokens")
def halves_apart(tokens, blocks, norm, attend):
    half = tokens.shape[1] // 2
    for block in blocks:
        y = block.self_norm(tokens)
        parts = [attend(block.self_attention, z, z) for z in (y[:, :half], y[:, half:])]
        tokens = tokens + torch.cat(parts, 1)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "scenes-mixed")
def batch_as_tokens(tokens, blocks, norm, attend):
    B, K, D = tokens.shape
    x = tokens.reshape(1, B * K, D)
    for block in blocks:
        y = block.self_norm(x)
        x = x + attend(block.self_attention, y, y)
        x = x + block.mlp(block.mlp_norm(x))
    return norm(x).reshape(B, K, D)


@wrong("05.3", "order-matters")
def counts_the_tokens(tokens, blocks, norm, attend):
    x = tokens + torch.linspace(0, 1, tokens.shape[1])[:, None] * torch.arange(tokens.shape[2])
    for block in blocks:
        y = block.self_norm(x)
        x = x + attend(block.self_attention, y, y)
        x = x + block.mlp(block.mlp_norm(x))
    return norm(x)


@wrong("05.3", "no-gradient")
def detached(tokens, blocks, norm, attend):
    return scene_by_scene(tokens, blocks, norm, attend).detach()


# ---- 05.4


def features_of(rays, octaves, start):
    return fourier_features(rays, octaves, start)


@right("05.4")
def by_hand(cameras, first, K, positions, octaves, start):
    """In float64, with a general inverse, in loops over scenes and targets."""
    made = []
    for b in range(len(cameras)):
        for t in range(cameras.shape[1]):
            pose = torch.linalg.inv(first[b].double()) @ cameras[b, t].double()
            pixels = torch.cat([positions.double(), torch.ones(len(positions), 1, dtype=torch.double)], 1)
            d = (pose[:3, :3] @ torch.linalg.inv(K.double()) @ pixels.T).T
            d = d / d.norm(dim=1, keepdim=True)
            rays = torch.cat([pose[:3, 3].expand_as(d), d], 1)
            angles = rays[:, :, None] * torch.pi * 2.0 ** torch.arange(start, start + octaves, dtype=torch.double)
            made.append(torch.cat([angles.flatten(1).sin(), angles.flatten(1).cos()], 1))
    return torch.stack(made).reshape(*cameras.shape[:2], len(positions), -1)


@right("05.4")
def rays_first_then_moved(cameras, first, K, positions, octaves, start):
    origins, directions = pixel_rays(cameras, K, positions)
    R, t = first[:, None, None, :3, :3], first[:, None, None, :3, 3]
    origins, directions = ((R.mT @ v[..., None])[..., 0] for v in (origins - t, directions))
    return features_of(torch.cat([origins, directions], -1), octaves, start)


@wrong("05.4", "world-frame")
def in_the_world(cameras, first, K, positions, octaves, start):
    return features_of(torch.cat(pixel_rays(cameras, K, positions), -1), octaves, start)


@wrong("05.4", "inverse-pose")
def inverse(cameras, first, K, positions, octaves, start):
    pose = invert(cameras) @ first.unsqueeze(1)
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "order")
def other_order(cameras, first, K, positions, octaves, start):
    pose = cameras @ torch.linalg.inv(first).unsqueeze(1)
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "moved-only")
def subtracts_the_position(cameras, first, K, positions, octaves, start):
    origins, directions = pixel_rays(cameras, K, positions)
    return features_of(torch.cat([origins - first[:, None, None, :3, 3], directions], -1), octaves, start)


@wrong("05.4", "turned-only")
def turns_only(cameras, first, K, positions, octaves, start):
    origins, directions = pixel_rays(cameras, K, positions)
    R = first[:, None, :3, :3]
    return features_of(torch.cat([origins @ R, directions @ R], -1), octaves, start)


@wrong("05.4", "origins-in-world")
def world_origins(cameras, first, K, positions, octaves, start):
    origins, directions = pixel_rays(cameras, K, positions)
    return features_of(torch.cat([origins, directions @ first[:, None, :3, :3]], -1), octaves, start)


@wrong("05.4", "directions-in-world")
def world_directions(cameras, first, K, positions, octaves, start):
    origins = pixel_rays(relative_pose(cameras, first[:, None]), K, positions)[0]
    return features_of(torch.cat([origins, pixel_rays(cameras, K, positions)[1]], -1), octaves, start)


@wrong("05.4", "own-frame")
def relative_to_itself(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, cameras)
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "first-target")
def relative_to_target(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, cameras[:, :1])
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "first-scene")
def frame_of_scene_0(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:1, None])
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "scenes-for-targets")
def broadcast_by_luck(cameras, first, K, positions, octaves, start):
    pose = torch.linalg.inv(first) @ cameras
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "corners")
def upper_left(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(torch.cat(pixel_rays(pose, K, positions - 0.5), -1), octaves, start)


@wrong("05.4", "corners")
def whole_numbers(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(torch.cat(pixel_rays(pose, K, positions.long()), -1), octaves, start)


@wrong("05.4", "half-pixel")
def centre_of_the_centre(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(torch.cat(pixel_rays(pose, K, positions + 0.5), -1), octaves, start)


@wrong("05.4", "x-y-swapped")
def row_column(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(torch.cat(pixel_rays(pose, K, positions[:, [1, 0]]), -1), octaves, start)


@wrong("05.4", "not-unit")
def not_normalised_directions(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    pixels = torch.cat([positions, torch.ones(len(positions), 1)], 1)
    d = pixels @ torch.linalg.inv(K).T @ pose[..., :3, :3].mT
    return features_of(torch.cat([pose[..., None, :3, 3].expand_as(d), d], -1), octaves, start)


@wrong("05.4", "no-origins")
def directions_only(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(pixel_rays(pose, K, positions)[1], octaves, start)


@wrong("05.4", "no-directions")
def origins_only(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(pixel_rays(pose, K, positions)[0], octaves, start)


@wrong("05.4", "no-features")
def bare(cameras, first, K, positions, octaves, start):
    return torch.cat(pixel_rays(relative_pose(cameras, first[:, None]), K, positions), -1)


@wrong("05.4", "directions-first")
def directions_before_origins(cameras, first, K, positions, octaves, start):
    origins, directions = pixel_rays(relative_pose(cameras, first[:, None]), K, positions)
    return features_of(torch.cat([directions, origins], -1), octaves, start)


@wrong("05.4", "features-apart")
def features_of_each(cameras, first, K, positions, octaves, start):
    parts = pixel_rays(relative_pose(cameras, first[:, None]), K, positions)
    return torch.cat([features_of(part, octaves, start) for part in parts], -1)


@wrong("05.4", "start-ignored")
def from_octave_0(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return fourier_features(torch.cat(pixel_rays(pose, K, positions), -1), octaves)


@wrong("05.4", "another-pixel")
def upside_down(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None]) @ torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0]))
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "world-matters")
def half_in_the_world(cameras, first, K, positions, octaves, start):
    shift = cameras.clone()
    shift[..., :3, 3] = 2 * (cameras[..., :3, 3] - first[:, None, :3, 3])
    return features_of(torch.cat(pixel_rays(shift, K, positions), -1), octaves, start)


# ---- 05.5


@right("05.5")
def target_by_target(queries, slsr, decoder, attend):
    colours = []
    for t in range(queries.shape[1]):
        x = decoder.query(queries[:, t])
        for block in decoder.blocks:
            x = x + attend(block.cross, block.cross_norm(x), slsr)
            x = x + block.mlp(block.mlp_norm(x))
        colours.append(0.5 + decoder.render(decoder.norm(x)))
    return torch.stack(colours, 1)


@right("05.5")
def query_by_query(queries, slsr, decoder, attend):
    B, T, N, _ = queries.shape
    x = decoder.query(queries).reshape(B, T * N, -1)
    for block in decoder.blocks:
        x = x + torch.cat([attend(block.cross, block.cross_norm(x[:, n:n + 1]), slsr) for n in range(T * N)], 1)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)).reshape(B, T, N, -1) + 0.5


def decoded(queries, slsr, decoder, attend, step, out=lambda c: c + 0.5, blocks=slice(None)):
    """What all that follow have in common: they step through the blocks in their own ways."""
    x = decoder.query(queries)
    shape = x.shape
    x = x.flatten(1, 2)
    for block in decoder.blocks[blocks]:
        x = step(block, x)
    return out(decoder.render(decoder.norm(x.reshape(shape))))


def usual(attend, slsr):
    def step(block, x):
        x = x + attend(block.cross, block.cross_norm(x), slsr)
        return x + block.mlp(block.mlp_norm(x))
    return step


@wrong("05.5", "squashed")
def by_sigmoid(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, usual(attend, slsr), torch.sigmoid)


@wrong("05.5", "squashed")
def sigmoid_of_grey(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr, decoder, attend).sigmoid()


@wrong("05.5", "clipped")
def clamped(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr, decoder, attend).clamp(0, 1)


@wrong("05.5", "no-grey")
def around_zero(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, usual(attend, slsr), lambda c: c)


@wrong("05.5", "queries-for-scene")
def asks_itself(queries, slsr, decoder, attend):
    def step(block, x):
        y = block.cross_norm(x)
        x = x + attend(block.cross, y, y)
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "queries-in-context")
def everybody_in_one_room(queries, slsr, decoder, attend):
    def step(block, x):
        y = block.cross_norm(x)
        x = x + attend(block.cross, y, torch.cat([slsr, y], dim=1))
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "self-attention")
def as_in_a_language_model(queries, slsr, decoder, attend):
    def step(block, x):
        y = block.cross_norm(x)
        x = x + attend(block.cross, y, y)
        x = x + attend(block.cross, block.cross_norm(x), slsr)
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "self-attention")
def within_a_target(queries, slsr, decoder, attend):
    x = decoder.query(queries)
    B, T, N, D = x.shape
    for block in decoder.blocks:
        y = block.cross_norm(x).reshape(B * T, N, D)
        x = x + attend(block.cross, y, y).reshape(B, T, N, D)
        x = x + attend(block.cross, block.cross_norm(x).reshape(B, T * N, D), slsr).reshape(B, T, N, D)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)) + 0.5


@wrong("05.5", "queries-meet")
def self_attention_afterwards(queries, slsr, decoder, attend):
    def step(block, x):
        x = x + attend(block.cross, block.cross_norm(x), slsr)
        y = block.cross_norm(x)
        x = x + attend(block.cross, y, y)
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "scene-asks")
def the_wrong_way_round(queries, slsr, decoder, attend):
    def step(block, x):
        x = x + attend(block.cross, slsr, block.cross_norm(x))
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "no-cross-attention")
def never_asks(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, lambda block, x: x + block.mlp(block.mlp_norm(x)))


@wrong("05.5", "no-residual")
def no_sums(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, lambda block, x: block.mlp(block.mlp_norm(
        attend(block.cross, block.cross_norm(x), slsr))))


@wrong("05.5", "no-residual-attention")
def query_forgotten(queries, slsr, decoder, attend):
    def step(block, x):
        x = attend(block.cross, block.cross_norm(x), slsr)
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "no-residual-mlp")
def mlp_takes_over(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, lambda block, x: block.mlp(block.mlp_norm(
        x + attend(block.cross, block.cross_norm(x), slsr))))


@wrong("05.5", "no-norm")
def raw(queries, slsr, decoder, attend):
    def step(block, x):
        x = x + attend(block.cross, x, slsr)
        return x + block.mlp(x)
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "post-norm")
def norms_after(queries, slsr, decoder, attend):
    def step(block, x):
        x = block.cross_norm(x + attend(block.cross, x, slsr))
        return block.mlp_norm(x + block.mlp(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "normed-scene")
def scene_normalised_again(queries, slsr, decoder, attend):
    def step(block, x):
        x = x + attend(block.cross, block.cross_norm(x), block.cross_norm(slsr))
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "no-mlp")
def cross_only(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, lambda block, x: x + attend(block.cross, block.cross_norm(x), slsr))


@wrong("05.5", "no-last-norm")
def rendered_raw(queries, slsr, decoder, attend):
    x = decoder.query(queries)
    for block in decoder.blocks:
        x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(x) + 0.5


@wrong("05.5", "first-block-only")
def one_block(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, usual(attend, slsr), blocks=slice(1))


@wrong("05.5", "axes")
def not_folded(queries, slsr, decoder, attend):
    x = decoder.query(queries)
    for block in decoder.blocks:
        x = x + attend(block.cross, block.cross_norm(x), slsr)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)) + 0.5


@wrong("05.5", "token-ignored")
def most_of_the_scene(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr[:, :-1], decoder, attend)


def ramp(tokens):
    return torch.linspace(0, 1, tokens.shape[1])[:, None] * torch.arange(tokens.shape[2])


@wrong("05.5", "order-matters")
def scene_with_places(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr + ramp(slsr), decoder, attend)


@wrong("05.5", "scenes-mixed")
def shared_scene(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr.reshape(1, -1, slsr.shape[-1]).expand(len(slsr), -1, -1), decoder, attend)


