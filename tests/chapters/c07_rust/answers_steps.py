"""More answers to exercises 07.2 to 07.6: which part is given what, and what learns."""

import torch
import torch.nn.functional as F

from rust_edu.views import from_patches, half, to_patches
from tests.chapters.answers import right, wrong

# ---- 07.2


@right("07.2")
def picture_by_picture(x, slsr, block, attend):
    made = []
    for tokens, scene in zip(x.flatten(0, 1), slsr.repeat_interleave(x.shape[1], 0)):
        tokens, scene = tokens[None], scene[None]
        tokens = tokens + attend(block.cross, block.cross_norm(tokens), scene)
        tokens = tokens + attend(block.self_attention, block.self_norm(tokens), block.self_norm(tokens))
        made.append(tokens + block.mlp(block.mlp_norm(tokens)))
    return torch.cat(made).view_as(x)


def steps(x, slsr, block, attend, *, scene=lambda asking, slsr: slsr, picture=lambda among, slsr: among):
    """Right, unless one of the contexts is another one."""
    B, T, P, D = x.shape
    asking = block.cross_norm(x).reshape(B, T * P, D)
    x = x + attend(block.cross, asking, scene(asking, slsr)).reshape(B, T, P, D)
    among = block.self_norm(x).reshape(B * T, P, D)
    x = x + attend(block.self_attention, among, picture(among, slsr)).reshape(B, T, P, D)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "joint-context")
def scene_and_picture_together(x, slsr, block, attend):
    return steps(x, slsr, block, attend, scene=lambda asking, slsr: torch.cat([slsr, asking], 1))


@wrong("07.2", "joint-context")
def picture_and_scene_together(x, slsr, block, attend):
    return steps(x, slsr, block, attend, picture=lambda among, slsr: torch.cat(
        [among, slsr.repeat_interleave(x.shape[1], 0)], 1))


@wrong("07.2", "other-step")
def asks_the_mean_of_the_scene(x, slsr, block, attend):
    return steps(x, slsr, block, attend, scene=lambda asking, slsr: slsr.mean(1, keepdim=True).expand_as(slsr))


@wrong("07.2", "other-step")
def forgets_what_the_scene_said(x, slsr, block, attend):
    B, T, P, D = x.shape
    asked = x + attend(block.cross, block.cross_norm(x).reshape(B, T * P, D), slsr).reshape(B, T, P, D)
    among = block.self_norm(asked).reshape(B * T, P, D)
    x = x + attend(block.self_attention, among, among).reshape(B, T, P, D)
    return x + block.mlp(block.mlp_norm(x))


@wrong("07.2", "other-order")
def thinks_in_between(x, slsr, block, attend):
    B, T, P, D = x.shape
    x = x + attend(block.cross, block.cross_norm(x).reshape(B, T * P, D), slsr).reshape(B, T, P, D)
    x = x + block.mlp(block.mlp_norm(x))
    among = block.self_norm(x).reshape(B * T, P, D)
    return x + attend(block.self_attention, among, among).reshape(B, T, P, D)


@wrong("07.2", "target-ignored")
def the_first_target_for_all(x, slsr, block, attend):
    return steps(x[:, :1], slsr, block, attend).expand_as(x)


@wrong("07.2", "gradient")
def one_scene_does_not_learn(x, slsr, block, attend):
    return steps(x, torch.cat([slsr[:1].detach(), slsr[1:]]), block, attend)


@wrong("07.2", "no-gradient")
def asks_without_gradient(x, slsr, block, attend):
    def ask(part, x, context):
        if part is not block.cross:
            return attend(part, x, context)
        with torch.no_grad():
            return attend(part, x, context)
    return steps(x, slsr, block, ask)


# ---- 07.3


@right("07.3")
def by_pooling(x, norm, to_latent):
    tokens = norm(x).flatten(0, 1).transpose(1, 2)  # (B T, D, P)
    return to_latent(F.adaptive_avg_pool1d(tokens, 1)[..., 0]).unflatten(0, x.shape[:2])


@wrong("07.3", "other-step")
def median_of_the_tokens(x, norm, to_latent):
    return to_latent(norm(x).median(dim=2).values)


@wrong("07.3", "other-step")
def root_of_the_number(x, norm, to_latent):
    return to_latent(norm(x).sum(dim=2) / x.shape[2] ** 0.5)


@wrong("07.3", "part-too-often")
def normalised_once_more(x, norm, to_latent):
    return to_latent(norm(norm(x).mean(dim=2)))


@wrong("07.3", "other-result")
def squeezed(x, norm, to_latent):
    return to_latent(norm(x).mean(dim=2)).tanh()


@wrong("07.3", "part-unused")
def a_norm_of_its_own(x, norm, to_latent):
    return to_latent(F.layer_norm(x, x.shape[-1:]).mean(dim=2))


@wrong("07.3", "no-gradient")
def the_norm_does_not_learn(x, norm, to_latent):
    with torch.no_grad():
        tokens = norm(x)
    return to_latent(tokens.mean(dim=2))


@wrong("07.3", "gradient")
def the_first_target_does_not_learn(x, norm, to_latent):
    return to_latent(norm(torch.cat([x[:, :1].detach(), x[:, 1:]], 1)).mean(dim=2))


# ---- 07.4


def query(pose, where):
    B, T, L = pose.shape
    return torch.cat([pose[:, :, None].expand(B, T, len(where), L), where.expand(B, T, *where.shape)], -1)


@right("07.4")
def repeated(pose, positions, size, features):
    where = features((positions - size / 2) / (size / 2))
    return torch.cat((pose.unsqueeze(2).repeat(1, 1, len(where), 1), where.repeat(*pose.shape[:2], 1, 1)), 3)


@wrong("07.4", "scaled-otherwise")
def mirrored_both_ways(pose, positions, size, features):
    return query(pose, features(1 - 2 * positions / size))


@wrong("07.4", "scaled-otherwise")
def from_minus_one_to_zero(pose, positions, size, features):
    return query(pose, features(positions / size - 1))


@wrong("07.4", "scaled-otherwise")
def whole_pixels(pose, positions, size, features):
    return query(pose, features(2 * positions.floor() / size - 1))


@wrong("07.4", "scaled-otherwise")
def by_the_largest_position(pose, positions, size, features):
    return query(pose, features(2 * positions / positions.max() - 1))


@wrong("07.4", "positions-mixed")
def positions_from_the_last_on(pose, positions, size, features):
    return query(pose, features(2 * positions.flip(0) / size - 1))


@wrong("07.4", "features-of-others")
def scaled_after_the_features(pose, positions, size, features):
    return query(pose, 2 * features(positions) / size - 1)


@wrong("07.4", "gradient")
def one_pose_does_not_learn(pose, positions, size, features):
    return query(torch.cat([pose[:, :1].detach(), pose[:, 1:]], 1), features(2 * positions / size - 1))


# ---- 07.5


def asked(model, inputs, targets, halves, right, which, *, encode=lambda model, inputs: model.encode(inputs),
          pose=lambda pose: pose, drawn=lambda slsr: slsr, where=lambda positions: positions):
    """Predicted and true colours: right, unless one thing is done otherwise."""
    slsr = encode(model, inputs)
    latent = pose(model.pose_estimator(halves, right, slsr))
    colours = model.decode(model.queries(latent, where(model.positions()[which])), drawn(slsr))
    return colours, to_patches(targets.images, model.config.query_patch)[:, :, which]


@right("07.5")
def one_position_after_the_other(model, inputs, targets, halves, right, which):
    return torch.stack([F.mse_loss(*asked(model, inputs, targets, halves, right, which[n:n + 1]))
                        for n in range(len(which))]).mean()


@right("07.5")
def by_the_whole_model(model, inputs, targets, halves, right, which):
    colours = model(inputs, targets, model.positions()[which], right)
    return (colours - to_patches(targets.images, model.config.query_patch)[:, :, which]).pow(2).mean()


def encoded_without_gradient(model, inputs):
    with torch.no_grad():
        return model.encode(inputs)


@wrong("07.5", "scene-cut")
def the_encoder_does_not_learn(model, *given):
    return F.mse_loss(*asked(model, *given, encode=encoded_without_gradient))


@wrong("07.5", "scene-cut")
def one_scene_learns(model, *given):
    return F.mse_loss(*asked(model, *given, drawn=lambda slsr: torch.cat([slsr[:1], slsr[1:].detach()])))


@wrong("07.5", "pose-cut")
def pose_cut_in_evaluation(model, *given):
    return F.mse_loss(*asked(model, *given, pose=lambda pose: pose if model.training else pose.detach()))


@wrong("07.5", "partly-cut")
def one_target_learns(model, *given):
    return F.mse_loss(*asked(model, *given, pose=lambda pose: torch.cat([pose[:, :1], pose[:, 1:].detach()], 1)))


@wrong("07.5", "frozen-weights")
def freezes_the_estimator(model, *given):
    model.pose_estimator.requires_grad_(False)
    return F.mse_loss(*asked(model, *given))


@wrong("07.5", "kept-from-before")
def encodes_once(model, *given):
    def encode(model, inputs):
        if not hasattr(model, "scene"):
            model.scene = model.encode(inputs)
        return model.scene
    return F.mse_loss(*asked(model, *given, encode=encode))


@wrong("07.5", "latent-changed")
def poses_of_the_first_scene(model, *given):
    return F.mse_loss(*asked(model, *given, pose=lambda pose: pose[:1].expand_as(pose)))


@wrong("07.5", "other-positions")
def positions_scaled(model, *given):
    return F.mse_loss(*asked(model, *given, where=lambda positions: positions / model.config.size))


@wrong("07.5", "other-halves")
def halves_of_its_own(model, inputs, targets, halves, right, which):
    return F.mse_loss(*asked(model, inputs, targets, half(targets.images, ~right), ~right, which))


@wrong("07.5", "other-scene")
def tokens_averaged(model, *given):
    return F.mse_loss(*asked(model, *given, drawn=lambda slsr: slsr.mean(1, keepdim=True).expand_as(slsr)))


@wrong("07.5", "error-differs")
def huber(model, *given):
    return F.smooth_l1_loss(*asked(model, *given))


@wrong("07.5", "error-differs")
def summed_over_targets(model, *given):
    colours, truth = asked(model, *given)
    return (colours - truth).square().sum(1).mean()


@wrong("07.5", "error-differs")
def truth_from_minus_one(model, *given):
    colours, truth = asked(model, *given)
    return F.mse_loss(colours, 2 * truth - 1)


# ---- 07.6


@right("07.6")
def scene_after_scene(model, a_inputs, a_targets, b_inputs):
    made = []
    for n in range(len(a_inputs.images)):
        a, targets, b = (views[n:n + 1] for views in (a_inputs, a_targets, b_inputs))
        made.append(model.render(model.pose(a, targets, model.encode(a)), model.encode(b)))
    return torch.cat(made)


@wrong("07.6", "latent-changed")
def latents_of_other_targets(model, a_inputs, a_targets, b_inputs):
    latents = model.pose(a_inputs, a_targets, model.encode(a_inputs))
    return model.render(latents.roll(1, 1), model.encode(b_inputs))


@wrong("07.6", "read-elsewhere")
def read_in_the_targets(model, a_inputs, a_targets, b_inputs):
    return model.render(model.pose(a_inputs, a_targets, model.encode(a_targets)), model.encode(b_inputs))


@wrong("07.6", "drawn-elsewhere")
def drawn_in_between(model, a_inputs, a_targets, b_inputs):
    a, b = model.encode(a_inputs), model.encode(b_inputs)
    return model.render(model.pose(a_inputs, a_targets, a), (a + b) / 2)


@wrong("07.6", "picture-changed")
def seen_half_pasted(model, a_inputs, a_targets, b_inputs):
    made = model.render(model.pose(a_inputs, a_targets, model.encode(a_inputs)), model.encode(b_inputs))
    return torch.cat([half(a_targets.images, False), half(made, True)], 3)


@wrong("07.6", "other-halves")
def halves_at_random(model, a_inputs, a_targets, b_inputs):
    coins = torch.arange(a_targets.count) % 2 == 1
    latents = model.pose(a_inputs, a_targets, model.encode(a_inputs), coins.expand(a_targets.images.shape[:2]))
    return model.render(latents, model.encode(b_inputs))


@wrong("07.6", "unclamped")
def colours_as_they_come(model, a_inputs, a_targets, b_inputs):
    latents = model.pose(a_inputs, a_targets, model.encode(a_inputs))
    colours = model.decode(model.queries(latents, model.positions()), model.encode(b_inputs))
    return from_patches(colours, model.config.size, model.config.size, model.config.query_patch)
