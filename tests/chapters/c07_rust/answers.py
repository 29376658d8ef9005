"""Answers to notebook 07: half a picture, the block, the bottleneck, the query, the loss, the transplant."""

import torch
import torch.nn.functional as F

from rust_edu.models.layers import fourier_features
from rust_edu.views import from_patches, half, to_patches
from tests.chapters.answers import right, wrong

# ---- 07.1


@right("07.1")
def by_loops(images, generator):
    B, T, H, W, C = images.shape
    halves, coins = torch.empty(B, T, H, W // 2, C), torch.zeros(B, T, dtype=torch.bool)
    for b in range(B):
        for t in range(T):
            coins[b, t] = torch.randint(0, 2, (), generator=generator) == 1
            halves[b, t] = images[b, t, :, W // 2:] if coins[b, t] else images[b, t, :, :W // 2]
    return halves, coins


@right("07.1")
def by_gather(images, generator):
    B, T, H, W, C = images.shape
    coins = torch.bernoulli(torch.full((B, T), 0.5), generator=generator).bool()
    columns = torch.arange(W // 2) + coins[..., None] * (W // 2)
    return images.gather(3, columns[:, :, None, :, None].expand(B, T, H, W // 2, C)), coins


@wrong("07.1", "whole-picture")
def painted_over(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    hidden = torch.arange(images.shape[3]) < images.shape[3] // 2
    hidden = hidden == coins[..., None]
    return images * ~hidden[:, :, None, :, None], coins


@wrong("07.1", "top-and-bottom")
def rows_instead(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    upper, lower = images.chunk(2, dim=2)
    return torch.where(coins[..., None, None, None], lower, upper), coins


@wrong("07.1", "other-half")
def flipped(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    left, right_half = images.chunk(2, dim=-2)
    return torch.where(coins[..., None, None, None], left, right_half), coins


@wrong("07.1", "right-is-not-true")
def two_coins(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    return half(images, coins), torch.rand(images.shape[:2], generator=generator) < 0.5


@wrong("07.1", "right-is-not-true")
def left_all_the_same(images, generator):
    return images[:, :, :, :images.shape[3] // 2], torch.rand(images.shape[:2], generator=generator) < 0.5


@wrong("07.1", "always-one-side")
def left_only(images, generator):
    coins = torch.zeros(images.shape[:2], dtype=torch.bool)
    return half(images, coins), coins


@wrong("07.1", "one-coin-a-scene")
def a_coin_for_each_scene(images, generator):
    coins = (torch.rand(len(images), 1, generator=generator) < 0.5).expand(images.shape[:2])
    return half(images, coins), coins


@wrong("07.1", "one-coin-a-view")
def a_coin_for_each_view(images, generator):
    coins = (torch.rand(1, images.shape[1], generator=generator) < 0.5).expand(images.shape[:2])
    return half(images, coins), coins


@wrong("07.1", "own-dice")
def global_dice(images, generator):
    coins = torch.rand(images.shape[:2]) < 0.5
    return half(images, coins), coins


@wrong("07.1", "same-every-time")
def own_seed(images, generator):
    coins = torch.rand(images.shape[:2], generator=torch.Generator().manual_seed(0)) < 0.5
    return half(images, coins), coins


@wrong("07.1", "unfair-coin")
def unfair(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.1
    return half(images, coins), coins


@wrong("07.1", "mixed")
def mirrored(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    return half(images, coins).flip(3), coins


@wrong("07.1", "dtype")
def coins_as_numbers(images, generator):
    coins = torch.randint(0, 2, images.shape[:2], generator=generator)
    return half(images, coins == 1), coins


@wrong("07.1", "one-coin-for-all")
def one_coin(images, generator):
    heads = bool(torch.rand((), generator=generator) < 0.5)
    return half(images, heads), torch.full(images.shape[:2], heads)


@wrong("07.1", "order-exchanged")
def coins_first(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    return coins, half(images, coins)


@wrong("07.1", "same-every-step")
def starts_again(images, generator):
    coins = torch.rand(images.shape[:2], generator=torch.Generator().manual_seed(generator.initial_seed())) < 0.5
    return half(images, coins), coins


# ---- 07.2


@right("07.2")
def target_by_target(x, slsr, block, attend):
    out = []
    for t in range(x.shape[1]):
        tokens = x[:, t]
        tokens = tokens + attend(block.cross, block.cross_norm(tokens), slsr)
        among = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, among, among)
        out.append(tokens + block.mlp(block.mlp_norm(tokens)))
    return torch.stack(out, dim=1)


@right("07.2")
def scene_repeated(x, slsr, block, attend):
    B, T, P, D = x.shape
    tokens = x.flatten(0, 1)
    context = slsr.repeat_interleave(T, dim=0)
    tokens = tokens + attend(block.cross, block.cross_norm(tokens), context)
    among = block.self_norm(tokens)
    tokens = tokens + attend(block.self_attention, among, among)
    tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return tokens.view(B, T, P, D)


@wrong("07.2", "swapped")
def scene_asks(x, slsr, block, attend):
    B, T, P, D = x.shape
    asked = attend(block.cross, slsr, block.cross_norm(x).flatten(1, 2))
    x = x + asked.view(B, T, P, D)
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view(B, T, P, D)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "no-residual")
def replaces(x, slsr, block, attend):
    x = attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    x = attend(block.self_attention, among, among).view_as(x)
    return block.mlp(block.mlp_norm(x))


@wrong("07.2", "no-residual")
def replaces_only_at_the_end(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return block.mlp(block.mlp_norm(x))


@wrong("07.2", "no-residual")
def adds_the_normalised(x, slsr, block, attend):
    x = block.cross_norm(x)
    x = x + attend(block.cross, x.flatten(1, 2), slsr).view_as(x)
    x = block.self_norm(x)
    x = x + attend(block.self_attention, x.flatten(0, 1), x.flatten(0, 1)).view_as(x)
    x = block.mlp_norm(x)
    return x + block.mlp(x)


@wrong("07.2", "no-norm")
def bare(x, slsr, block, attend):
    x = x + attend(block.cross, x.flatten(1, 2), slsr).view_as(x)
    x = x + attend(block.self_attention, x.flatten(0, 1), x.flatten(0, 1)).view_as(x)
    return x + block.mlp(x)


@wrong("07.2", "post-norm")
def norm_after(x, slsr, block, attend):
    x = block.cross_norm(x + attend(block.cross, x.flatten(1, 2), slsr).view_as(x))
    x = block.self_norm(x + attend(block.self_attention, x.flatten(0, 1), x.flatten(0, 1)).view_as(x))
    return block.mlp_norm(x + block.mlp(x))


@wrong("07.2", "self-first")
def picture_before_scene(x, slsr, block, attend):
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "no-mlp")
def without_mlp(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    return x + attend(block.self_attention, among, among).view_as(x)


@wrong("07.2", "no-self-attention")
def never_asks_itself(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "ignores-slsr")
def never_asks_the_scene(x, slsr, block, attend):
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "ignores-slsr")
def asks_itself_by_both(x, slsr, block, attend):
    asking = block.cross_norm(x).flatten(0, 1)
    x = x + attend(block.cross, asking, asking).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "normed-scene")
def normalises_the_scene(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), block.cross_norm(slsr)).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "raw-context")
def context_as_it_was(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    x = x + attend(block.self_attention, block.self_norm(x).flatten(0, 1), x.flatten(0, 1)).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "one-norm-for-all")
def one_norm(x, slsr, block, attend):
    norm = block.cross_norm
    x = x + attend(block.cross, norm(x).flatten(1, 2), slsr).view_as(x)
    x = x + attend(block.self_attention, norm(x).flatten(0, 1), norm(x).flatten(0, 1)).view_as(x)
    return x + block.mlp(norm(x))


@wrong("07.2", "targets-mixed")
def all_targets_talk(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    among = block.self_norm(x).flatten(1, 2)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "scenes-mixed")
def all_scenes_at_once(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x).flatten(0, 2)[None], slsr.flatten(0, 1)[None]).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "axes")
def four_axes(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x), slsr)
    x = x + attend(block.self_attention, block.self_norm(x), block.self_norm(x))
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "no-gradient")
def detached_block(x, slsr, block, attend):
    return target_by_target(x.detach(), slsr.detach(), block, attend).detach()


@wrong("07.2", "no-gradient")
def scene_detached(x, slsr, block, attend):
    return target_by_target(x, slsr.detach(), block, attend)


@wrong("07.2", "no-cross-norm")
def asks_with_raw_tokens(x, slsr, block, attend):
    x = x + attend(block.cross, x.flatten(1, 2), slsr).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "no-self-norm")
def raw_among_themselves(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    among = x.flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "no-mlp-norm")
def thinks_about_raw_tokens(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(x)


@wrong("07.2", "layers-exchanged")
def the_other_layer(x, slsr, block, attend):
    x = x + attend(block.self_attention, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.cross, among, among).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "norms-exchanged")
def the_other_norm(x, slsr, block, attend):
    x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    among = block.mlp_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(block.self_norm(x))


@wrong("07.2", "parallel")
def three_at_once(x, slsr, block, attend):
    scene = attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    return x + scene + attend(block.self_attention, among, among).view_as(x) + block.mlp(block.mlp_norm(x))


@wrong("07.2", "scrambled")
def folded_the_wrong_way(x, slsr, block, attend):
    asking = block.cross_norm(x).transpose(1, 2).flatten(1, 2)
    x = x + attend(block.cross, asking, slsr).reshape(x.shape)
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "scrambled")
def unfolded_the_wrong_way(x, slsr, block, attend):
    B, T, P, D = x.shape
    answer = attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr)
    x = x + answer.reshape(B, P, T, D).transpose(1, 2)
    among = block.self_norm(x).flatten(0, 1)
    x = x + attend(block.self_attention, among, among).view_as(x)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "first-scene")
def all_ask_scene_0(x, slsr, block, attend):
    return target_by_target(x, slsr[:1].expand(len(x), -1, -1), block, attend)


@wrong("07.2", "attend-unused")
def calls_the_layers(x, slsr, block, attend):
    return target_by_target(x, slsr, block, lambda part, x, context: part(x, context))


@wrong("07.2", "edits-input")
def in_place(x, slsr, block, attend):
    x += attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
    among = block.self_norm(x).flatten(0, 1)
    x += attend(block.self_attention, among, among).view_as(x)
    x += block.mlp(block.mlp_norm(x))
    return x


# ---- 07.3


@right("07.3")
def linear_first(x, norm, to_latent):
    return to_latent(norm(x)).sum(2) / x.shape[2]


@right("07.3")
def picture_by_picture(x, norm, to_latent):
    return torch.stack([torch.stack([to_latent(norm(picture)).mean(0) for picture in scene]) for scene in x])


@wrong("07.3", "no-norm")
def forgot_the_norm(x, norm, to_latent):
    return to_latent(x.mean(dim=2))


@wrong("07.3", "norm-after-mean")
def mean_then_norm(x, norm, to_latent):
    return to_latent(norm(x.mean(dim=2)))


@wrong("07.3", "sum")
def adds_up(x, norm, to_latent):
    return to_latent(norm(x).sum(dim=2))


@wrong("07.3", "maximum")
def max_pool(x, norm, to_latent):
    return to_latent(norm(x).max(dim=2).values)


@wrong("07.3", "one-token")
def first_token(x, norm, to_latent):
    return to_latent(norm(x))[:, :, 0]


@wrong("07.3", "token-ignored")
def all_but_the_last(x, norm, to_latent):
    return to_latent(norm(x[:, :, :-1] if x.shape[2] > 2 else x).mean(2))


@wrong("07.3", "pooled-targets")
def over_targets(x, norm, to_latent):
    return to_latent(norm(x).mean(dim=1))


@wrong("07.3", "pooled-scenes")
def over_scenes(x, norm, to_latent):
    return to_latent(norm(x)).mean(dim=0)


@wrong("07.3", "not-pooled")
def every_token(x, norm, to_latent):
    return to_latent(norm(x))


@wrong("07.3", "latent-shared")
def the_same_for_all(x, norm, to_latent):
    latent = to_latent(norm(x).flatten(1, 2).mean(1))
    return latent.unsqueeze(1).repeat(1, x.shape[1], 1)


@wrong("07.3", "latent-shared")
def centred_over_targets(x, norm, to_latent):
    latent = to_latent(norm(x).mean(2))
    return latent - latent.mean(1, keepdim=True) * (x.shape[1] > 1)


@wrong("07.3", "over-width")
def over_width(x, norm, to_latent):
    return to_latent(norm(x).mean(dim=-1))


@wrong("07.3", "targets-and-tokens")
def one_latent_a_scene(x, norm, to_latent):
    return to_latent(norm(x).flatten(1, 2).mean(1))


@wrong("07.3", "axis-kept")
def keeps_the_axis(x, norm, to_latent):
    return to_latent(norm(x).mean(dim=2, keepdim=True))


@wrong("07.3", "order-matters")
def weighted(x, norm, to_latent):
    weight = torch.arange(1, x.shape[2] + 1) / sum(range(1, x.shape[2] + 1))
    return to_latent((norm(x) * weight[:, None]).sum(2))


@wrong("07.3", "no-gradient")
def through_numpy(x, norm, to_latent):
    return torch.tensor(to_latent(norm(x).mean(2)).detach().numpy())


# ---- 07.4


@right("07.4")
def by_loops_over_targets(pose, positions, size, features):
    where = features((positions - size / 2) / (size / 2))
    return torch.stack([torch.stack([torch.stack([torch.cat([latent, f]) for f in where]) for latent in scene])
                        for scene in pose])


@right("07.4")
def in_place_filled(pose, positions, size, features):
    where = features(positions.double() / size * 2 - 1)
    out = torch.zeros(*pose.shape[:2], len(positions), pose.shape[2] + where.shape[1], dtype=torch.float64)
    out[..., :pose.shape[2]] = pose[:, :, None]
    out[..., pose.shape[2]:] = where
    return out


def assemble(pose, where):
    B, T, L = pose.shape
    return torch.cat([pose[:, :, None].expand(B, T, len(where), L), where.expand(B, T, *where.shape)], -1)


@wrong("07.4", "pixels")
def not_scaled(pose, positions, size, features):
    return assemble(pose, features(positions))


@wrong("07.4", "zero-to-one")
def from_zero_to_one(pose, positions, size, features):
    return assemble(pose, features(positions / size))


@wrong("07.4", "half-range")
def centred_only(pose, positions, size, features):
    return assemble(pose, features((positions - size / 2) / size))


@wrong("07.4", "last-pixel")
def to_the_last_pixel(pose, positions, size, features):
    return assemble(pose, features(2 * positions / (size - 1) - 1))


@wrong("07.4", "half-pixel")
def centres_twice(pose, positions, size, features):
    return assemble(pose, features(2 * (positions + 0.5) / size - 1))


@wrong("07.4", "rows-for-columns")
def y_before_x(pose, positions, size, features):
    return assemble(pose, features(2 * positions[:, [1, 0]] / size - 1))


@wrong("07.4", "no-features")
def without_features(pose, positions, size, features):
    return assemble(pose, 2 * positions / size - 1)


@wrong("07.4", "features-first")
def position_first(pose, positions, size, features):
    B, T, L = pose.shape
    where = features(2 * positions / size - 1)
    return torch.cat([where.expand(B, T, *where.shape), pose[:, :, None].expand(B, T, len(where), L)], -1)


@wrong("07.4", "pose-shared")
def first_pose_for_all(pose, positions, size, features):
    return assemble(pose[:, :1].repeat(1, pose.shape[1], 1), features(2 * positions / size - 1))


@wrong("07.4", "pose-averaged")
def mean_pose_for_all(pose, positions, size, features):
    return assemble(pose.mean(1, keepdim=True).expand_as(pose), features(2 * positions / size - 1))


@wrong("07.4", "scrambled")
def repeated_then_reshaped(pose, positions, size, features):
    B, T, L = pose.shape
    where = features(2 * positions / size - 1)
    N = len(where)
    poses = pose.repeat(1, N, 1).reshape(B, T, N, L)
    return torch.cat([poses, where.expand(B, T, N, -1)], -1)


@wrong("07.4", "y-upwards")
def as_on_graph_paper(pose, positions, size, features):
    x, y = positions.unbind(-1)
    return assemble(pose, features(torch.stack([2 * x / size - 1, 1 - 2 * y / size], -1)))


@wrong("07.4", "size-forgotten")
def for_32_pixels(pose, positions, size, features):
    return assemble(pose, features((positions - 16) / 16))


@wrong("07.4", "own-features")
def not_the_argument(pose, positions, size, features):
    return assemble(pose, fourier_features(2 * positions / size - 1, 5, -1))


@wrong("07.4", "pose-changed")
def features_of_the_pose_too(pose, positions, size, features):
    return assemble(pose.tanh(), features(2 * positions / size - 1))


@wrong("07.4", "no-gradient")
def pose_detached(pose, positions, size, features):
    return assemble(pose.detach(), features(2 * positions.detach() / size - 1))


@wrong("07.4", "shape")
def one_query_a_target(pose, positions, size, features):
    where = features(2 * positions / size - 1).mean(0)
    return torch.cat([pose, where.expand(*pose.shape[:2], -1)], -1)


# ---- 07.5


@right("07.5")
def by_pictures(model, inputs, targets, halves, right, which):
    slsr = model.encode(inputs)
    pose = model.pose(inputs, targets, slsr, right)
    colours = model.decode(model.queries(pose, model.positions()), slsr)
    size = model.config.size
    error = (from_patches(colours, size, size, 2) - targets.images).square()
    return to_patches(error, 2)[:, :, which].mean()


@right("07.5")
def in_float64(model, inputs, targets, halves, right, which):
    slsr = model.encode(inputs)
    pose = model.pose_estimator(halves, right, slsr)
    colours = model.decode(model.queries(pose, model.positions()[which]), slsr)
    difference = colours.double() - to_patches(targets.images, model.config.query_patch)[:, :, which].double()
    return (difference * difference).sum() / difference.numel()


def predicted_and_true(model, inputs, targets, halves, right, which):
    slsr = model.encode(inputs)
    pose = model.pose_estimator(halves, right, slsr)
    colours = model.decode(model.queries(pose, model.positions()[which]), slsr)
    return colours, to_patches(targets.images, model.config.query_patch)[:, :, which]


@wrong("07.5", "whole-picture")
def peeks_at_everything(model, inputs, targets, halves, right, which):
    return F.mse_loss(*predicted_and_true(model, inputs, targets, targets.images, right, which))


@wrong("07.5", "encodes-targets")
def targets_in_the_scene(model, inputs, targets, halves, right, which):
    return F.mse_loss(*predicted_and_true(model, targets, targets, halves, right, which))


@wrong("07.5", "ignores-slsr")
def no_scene_for_the_pose(model, inputs, targets, halves, right, which):
    slsr = model.encode(inputs)
    pose = model.pose_estimator(halves, right, torch.zeros_like(slsr))
    colours = model.decode(model.queries(pose, model.positions()[which]), slsr)
    return F.mse_loss(colours, to_patches(targets.images, 2)[:, :, which])


@wrong("07.5", "seen-half-only")
def on_what_was_seen(model, inputs, targets, halves, right, which):
    colours, truth = predicted_and_true(model, inputs, targets, halves, right, which)
    on_the_right = model.positions()[which][:, 0] > model.config.size / 2
    seen = torch.where(right[:, :, None], on_the_right, ~on_the_right)
    difference = (colours - truth)[seen]
    return (difference**2).mean() if seen.any() else difference.sum()


@wrong("07.5", "unseen-half-only")
def on_what_was_not_seen(model, inputs, targets, halves, right, which):
    colours, truth = predicted_and_true(model, inputs, targets, halves, right, which)
    on_the_right = model.positions()[which][:, 0] > model.config.size / 2
    hidden = torch.where(right[:, :, None], ~on_the_right, on_the_right)
    difference = (colours - truth)[hidden]
    return (difference**2).mean() if hidden.any() else difference.sum()


@wrong("07.5", "absolute-error")
def l1(model, inputs, targets, halves, right, which):
    colours, truth = predicted_and_true(model, inputs, targets, halves, right, which)
    return (colours - truth).abs().mean()


@wrong("07.5", "sum")
def summed(model, inputs, targets, halves, right, which):
    return F.mse_loss(*predicted_and_true(model, inputs, targets, halves, right, which), reduction="sum")


@wrong("07.5", "root")
def rmse(model, inputs, targets, halves, right, which):
    colours, truth = predicted_and_true(model, inputs, targets, halves, right, which)
    return (colours - truth).pow(2).mean().sqrt()


@wrong("07.5", "all-positions")
def every_position(model, inputs, targets, halves, right, which):
    slsr = model.encode(inputs)
    colours = model.decode(model.queries(model.pose_estimator(halves, right, slsr), model.positions()), slsr)
    return (colours - to_patches(targets.images, 2)).square().mean()


@wrong("07.5", "first-positions")
def the_first_n(model, inputs, targets, halves, right, which):
    first = torch.arange(which.numel())
    return F.mse_loss(*predicted_and_true(model, inputs, targets, halves, right, first))


@wrong("07.5", "latent-shared")
def one_pose_for_all(model, inputs, targets, halves, right, which):
    slsr = model.encode(inputs)
    pose = model.pose_estimator(halves, right, slsr)[:, :1].repeat(1, halves.shape[1], 1)
    colours = model.decode(model.queries(pose, model.positions()[which]), slsr)
    return F.mse_loss(colours, to_patches(targets.images, 2)[:, :, which])


@wrong("07.5", "right-forgotten")
def all_left(model, inputs, targets, halves, right, which):
    nowhere = torch.zeros(halves.shape[:2], dtype=torch.bool)
    return F.mse_loss(*predicted_and_true(model, inputs, targets, halves, nowhere, which))


@wrong("07.5", "inputs-as-truth")
def compares_with_inputs(model, inputs, targets, halves, right, which):
    colours, _ = predicted_and_true(model, inputs, targets, halves, right, which)
    return (colours - to_patches(inputs.images, 2)[:, :, which]).square().mean()


@wrong("07.5", "pose-cut")
def pose_cut_off(model, inputs, targets, halves, right, which):
    slsr = model.encode(inputs)
    pose = model.pose_estimator(halves, right, slsr).detach()
    colours = model.decode(model.queries(pose, model.positions()[which]), slsr)
    return F.mse_loss(colours, to_patches(targets.images, 2)[:, :, which])


@wrong("07.5", "scene-cut")
def scene_cut_for_the_pose(model, inputs, targets, halves, right, which):
    slsr = model.encode(inputs)
    pose = model.pose_estimator(halves, right, slsr.detach())
    colours = model.decode(model.queries(pose, model.positions()[which]), slsr)
    return F.mse_loss(colours, to_patches(targets.images, 2)[:, :, which])


@wrong("07.5", "no-gradient")
def nothing_learns(model, inputs, targets, halves, right, which):
    with torch.no_grad():
        return F.mse_loss(*predicted_and_true(model, inputs, targets, halves, right, which))


@wrong("07.5", "type")
def as_a_number(model, inputs, targets, halves, right, which):
    return F.mse_loss(*predicted_and_true(model, inputs, targets, halves, right, which)).item()


@wrong("07.5", "shape")
def not_averaged(model, inputs, targets, halves, right, which):
    return F.mse_loss(*predicted_and_true(model, inputs, targets, halves, right, which), reduction="none")


@wrong("07.5", "not-finite")
def with_cameras(model, inputs, targets, halves, right, which):
    loss = F.mse_loss(*predicted_and_true(model, inputs, targets, halves, right, which))
    return loss + 0.1 * (targets.camera_to_world - inputs.camera_to_world[:, :1]).square().mean()


@wrong("07.5", "sum-over-colours")
def as_in_the_formula(model, inputs, targets, halves, right, which):
    colours, truth = predicted_and_true(model, inputs, targets, halves, right, which)
    return ((colours - truth) ** 2).sum(-1).mean()


@wrong("07.5", "half-error")
def with_a_half(model, inputs, targets, halves, right, which):
    return 0.5 * F.mse_loss(*predicted_and_true(model, inputs, targets, halves, right, which))


@wrong("07.5", "clamped")
def between_0_and_1(model, inputs, targets, halves, right, which):
    colours, truth = predicted_and_true(model, inputs, targets, halves, right, which)
    return F.mse_loss(colours.clamp(0, 1), truth)


@wrong("07.5", "right-inverted")
def the_wrong_side(model, inputs, targets, halves, right, which):
    return F.mse_loss(*predicted_and_true(model, inputs, targets, halves, ~right, which))


@wrong("07.5", "halves-ignored")
def always_left(model, inputs, targets, halves, right, which):
    slsr = model.encode(inputs)
    pose = model.pose(inputs, targets, slsr, right=False)
    colours = model.decode(model.queries(pose, model.positions()[which]), slsr)
    return F.mse_loss(colours, to_patches(targets.images, 2)[:, :, which])


@wrong("07.5", "which-on-one-side")
def truth_of_the_first(model, inputs, targets, halves, right, which):
    colours, _ = predicted_and_true(model, inputs, targets, halves, right, which)
    return F.mse_loss(colours, to_patches(targets.images, 2)[:, :, :len(which)])


@wrong("07.5", "which-on-one-side")
def truth_of_all(model, inputs, targets, halves, right, which):
    colours, _ = predicted_and_true(model, inputs, targets, halves, right, which)
    return (colours - to_patches(targets.images, 2)).square().mean()


@wrong("07.5", "error-differs")
def sorted_on_one_side(model, inputs, targets, halves, right, which):
    colours, _ = predicted_and_true(model, inputs, targets, halves, right, which)
    return F.mse_loss(colours, to_patches(targets.images, 2)[:, :, which.sort().values])


@wrong("07.5", "error-differs")
def pose_cut_and_too_large(model, inputs, targets, halves, right, which):
    return 3 * pose_cut_off(model, inputs, targets, halves, right, which)


@wrong("07.5", "calls-backward")
def trains_already(model, inputs, targets, halves, right, which):
    loss = F.mse_loss(*predicted_and_true(model, inputs, targets, halves, right, which))
    loss.backward()
    return loss


# ---- 07.6


@right("07.6")
def step_by_step(model, a_inputs, a_targets, b_inputs):
    slsr_a, slsr_b = model.encode(a_inputs), model.encode(b_inputs)
    left = half(a_targets.images, False)
    pose = model.pose_estimator(left, torch.zeros(left.shape[:2], dtype=torch.bool), slsr_a)
    colours = model.decode(model.queries(pose, model.positions()), slsr_b)
    return from_patches(colours, model.config.size, model.config.size, model.config.query_patch).clamp(0, 1)


@right("07.6")
def target_after_target(model, a_inputs, a_targets, b_inputs):
    a, b = model.encode(a_inputs), model.encode(b_inputs)
    one = [model.render(model.pose(a_inputs, a_targets[:, t:t + 1], a), b) for t in range(a_targets.count)]
    return torch.cat(one, dim=1)


@wrong("07.6", "no-transplant")
def stays_in_a(model, a_inputs, a_targets, b_inputs):
    return model.predict(a_inputs, a_targets)


@wrong("07.6", "read-in-b")
def reads_in_b(model, a_inputs, a_targets, b_inputs):
    slsr = model.encode(b_inputs)
    return model.render(model.pose(b_inputs, a_targets, slsr), slsr)


@wrong("07.6", "backwards")
def the_other_way_round(model, a_inputs, a_targets, b_inputs):
    a, b = model.encode(a_inputs), model.encode(b_inputs)
    return model.render(model.pose(a_inputs, a_targets, b), a)


@wrong("07.6", "other-half")
def sees_the_right(model, a_inputs, a_targets, b_inputs):
    pose = model.pose(a_inputs, a_targets, model.encode(a_inputs), True)
    return model.render(pose, model.encode(b_inputs))


@wrong("07.6", "both-scenes")
def both_at_once(model, a_inputs, a_targets, b_inputs):
    a, b = model.encode(a_inputs), model.encode(b_inputs)
    return model.render(model.pose(a_inputs, a_targets, a), torch.cat((a, b), dim=1))


@wrong("07.6", "values")
def copies(model, a_inputs, a_targets, b_inputs):
    return a_targets.images.clone()


@wrong("07.6", "nothing-returned")
def forgot_to_return(model, a_inputs, a_targets, b_inputs):
    model.render(model.pose(a_inputs, a_targets, model.encode(a_inputs)), model.encode(b_inputs))
