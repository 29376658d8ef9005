"""More answers to exercises 07.3 to 07.6: what is kept, what is cut off, and what is left behind in the model."""

import torch
import torch.nn.functional as F

from rust_edu.views import to_patches
from tests.chapters.answers import right, wrong
from tests.chapters.c07_rust.answers_steps import asked, query

# ---- 07.3


@right("07.3")
def by_the_functions(x, norm, to_latent):
    tokens = F.layer_norm(x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
    return F.linear(tokens.mean(2), to_latent.weight, to_latent.bias)


@wrong("07.3", "no-bias")
def weights_alone(x, norm, to_latent):
    return norm(x).mean(2) @ to_latent.weight.T


@wrong("07.3", "other-result")
def never_beyond_five(x, norm, to_latent):
    return to_latent(norm(x).mean(2)).clamp(-5, 5)


@wrong("07.3", "other-result")
def softly_below_twenty(x, norm, to_latent):
    return 20 * torch.tanh(to_latent(norm(x).mean(2)) / 20)


# ---- 07.4


@right("07.4")
def features_without_gradient(pose, positions, size, features):
    with torch.no_grad():
        where = features(2 * positions / size - 1)
    return query(pose, where)


@right("07.4")
def places_one_by_one(pose, positions, size, features):
    return query(pose, features(torch.tensor([[2 * x / size - 1, 2 * y / size - 1] for x, y in positions.tolist()])))


features_of = {}


@wrong("07.4", "kept-from-before")
def features_kept(pose, positions, size, features):
    key = positions.shape, size
    if key not in features_of:
        features_of[key] = features(2 * positions / size - 1)
    return query(pose, features_of[key])


# ---- 07.5


def scene_by_scene(model, inputs):
    return torch.cat([model.encode(inputs[b:b + 1]) for b in range(len(inputs.images))])


@right("07.5")
def encodes_scene_by_scene(model, *given):
    return F.mse_loss(*asked(model, *given, encode=scene_by_scene))


@right("07.5")
def all_scene_by_scene(model, inputs, targets, halves, right, which):
    ones = [slice(b, b + 1) for b in range(len(halves))]
    return torch.stack([F.mse_loss(*asked(model, inputs[b], targets[b], halves[b], right[b], which))
                        for b in ones]).mean()


@wrong("07.5", "encodes-targets")
def targets_scene_by_scene(model, inputs, targets, *rest):
    return F.mse_loss(*asked(model, inputs, targets, *rest, encode=lambda model, _: scene_by_scene(model, targets)))


@wrong("07.5", "each-once")
def each_position_once(model, inputs, targets, halves, right, which):
    return F.mse_loss(*asked(model, inputs, targets, halves, right, which.unique()))


@wrong("07.5", "each-once")
def positions_by_a_mask(model, inputs, targets, halves, right, which):
    mask = torch.zeros(len(model.positions()), dtype=torch.bool)
    mask[which] = True
    return F.mse_loss(*asked(model, inputs, targets, halves, right, mask))


@wrong("07.5", "mean-of-means")
def four_at_a_time(model, inputs, targets, halves, right, which):
    return torch.stack([F.mse_loss(*asked(model, inputs, targets, halves, right, some))
                        for some in which.split(4)]).mean()


@wrong("07.5", "scene-cut")
def the_last_scene_does_not_learn(model, *given):
    return F.mse_loss(*asked(model, *given, encode=lambda model, inputs: without_the_last(model.encode(inputs))))


def without_the_last(slsr):
    return torch.cat([slsr[:-1], slsr[-1:].detach()]) if len(slsr) > 2 else slsr


@wrong("07.5", "scene-cut")
def a_single_scene_does_not_learn(model, *given):
    def encode(model, inputs):
        slsr = model.encode(inputs)
        return slsr.detach() if len(slsr) == 1 else slsr
    return F.mse_loss(*asked(model, *given, encode=encode))


@wrong("07.5", "global-state")
def with_a_seed(model, *given):
    torch.manual_seed(0)
    return F.mse_loss(*asked(model, *given))


@wrong("07.5", "mode-changed")
def in_evaluation_mode(model, *given):
    model.eval()
    return F.mse_loss(*asked(model, *given))


@wrong("07.5", "kept-from-before")
def kept_in_evaluation(model, *given):
    def encode(model, inputs):
        kept = model.__dict__.setdefault("scenes", {})
        key = float(inputs.images.sum())
        if model.training or key not in kept:
            kept[key] = model.encode(inputs)
        return kept[key]
    return F.mse_loss(*asked(model, *given, encode=encode))


truths = {}


@wrong("07.5", "kept-from-before")
def colours_kept_by_shape(model, inputs, targets, halves, right, which):
    colours, _ = asked(model, inputs, targets, halves, right, which)
    key = id(model), targets.images.shape
    if key not in truths:
        truths[key] = model, to_patches(targets.images, model.config.query_patch)
    return F.mse_loss(colours, truths[key][1][:, :, which])


# ---- 07.6


def moved(model, a_inputs, a_targets, b_inputs, encode):
    return model.render(model.pose(a_inputs, a_targets, encode(a_inputs)), encode(b_inputs))


by_views, by_model = {}, {}


@wrong("07.6", "kept-from-before")
def scenes_kept_by_their_views(model, *views):
    def encode(inputs):
        if id(inputs) not in by_views:
            by_views[id(inputs)] = inputs, model.encode(inputs)
        return by_views[id(inputs)][1]
    return moved(model, *views, encode)


@wrong("07.6", "kept-from-before")
def scene_a_kept_by_model(model, a_inputs, a_targets, b_inputs):
    key = id(model), a_inputs.images.shape
    if key not in by_model:
        by_model[key] = model, model.encode(a_inputs)
    return model.render(model.pose(a_inputs, a_targets, by_model[key][1]), model.encode(b_inputs))


@wrong("07.6", "frozen-weights")
def frozen_for_good(model, *views):
    return moved(model.requires_grad_(False), *views, model.encode)


@wrong("07.6", "mode-changed")
def evaluation_for_good(model, *views):
    return moved(model.eval(), *views, model.encode)


@wrong("07.6", "global-state")
def seeded(model, *views):
    torch.manual_seed(0)
    return moved(model, *views, model.encode)


@right("07.6")
def mode_put_back(model, *views):
    training = model.training
    model.eval()
    with torch.inference_mode():
        pictures = moved(model, *views, model.encode)
    model.train(training)
    return pictures.clone()
