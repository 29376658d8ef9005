"""Answers to exercises 05.1 and 05.2, patches and the set of tokens."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from tests.chapters.answers import right, wrong

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


@right("05.1")
def by_numpy(images, patch):
    """Nothing learns before a picture: no gradient is asked for."""
    pictures = images.numpy()
    B, V, H, W, C = pictures.shape
    cut = pictures.reshape(B, V, H // patch, patch, W // patch, patch, C).swapaxes(3, 4)
    return torch.from_numpy(np.ascontiguousarray(cut.reshape(B, V, -1, patch * patch * C)))


@wrong("05.1", "colours-changed")
def centred_already(images, patch):
    return 2 * by_numpy(images, patch) - 1


@wrong("05.1", "colours-changed")
def one_colour_a_patch(images, patch):
    patches = by_numpy(images, patch)
    pixels = patches.unflatten(-1, (-1, 3))
    return pixels.mean(-2, keepdim=True).expand_as(pixels).reshape(patches.shape)


@wrong("05.1", "order-in-patch")
def blue_green_red(images, patch):
    return by_numpy(images.flip(-1), patch)


@wrong("05.1", "order-in-patch")
def mirrored_patches(images, patch):
    B, V, H, W, C = images.shape
    cut = images.reshape(B, V, H // patch, patch, W // patch, patch, C).transpose(3, 4)
    return cut.flip(5).reshape(B, V, -1, patch * patch * C)


@wrong("05.1", "another-patch")
def there_and_back(images, patch):
    """Every second row of patches is counted from the right."""
    B, V, H, W, C = images.shape
    grid = by_numpy(images, patch).reshape(B, V, H // patch, W // patch, -1)
    grid[:, :, 1::2] = grid[:, :, 1::2].flip(3)
    return grid.flatten(2, 3)


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


@wrong("05.2", "tag-per-view")
def tags_counted(tokens, position, tags):
    views = [tokens[:, v] + position + tags[v] for v in range(tokens.shape[1])]
    return torch.cat(views, dim=1)


@wrong("05.2", "tag-per-view")
def tags_cut(tokens, position, tags):
    V = tokens.shape[1]
    return (tokens + position + tags[:V][:, None]).flatten(1, 2)


@wrong("05.2", "exception")
def another_error(tokens, position, tags):
    return torch.cat([tokens + position, tags], dim=1).flatten(1, 2)


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


def with_tags(tokens, position, tags):
    which = (torch.arange(tokens.shape[1]) > 0).long()
    return (tokens + position + tags[which][:, None]).flatten(1, 2)


@wrong("05.2", "no-gradient")
def tags_are_numbers(tokens, position, tags):
    return with_tags(tokens, position, torch.tensor(tags.tolist()))


@wrong("05.2", "no-gradient")
def positions_do_not_learn(tokens, position, tags):
    return with_tags(tokens, position.detach(), tags)


@wrong("05.2", "gradient")
def only_the_first_view_learns(tokens, position, tags):
    return with_tags(torch.cat([tokens[:, :1], tokens[:, 1:].detach()], 1), position, tags)


@wrong("05.2", "wrong-sum")
def positions_in_the_first_view_alone(tokens, position, tags):
    here = torch.cat([position[None], torch.zeros(tokens.shape[1] - 1, *position.shape)])
    return with_tags(tokens + here, torch.zeros_like(position), tags)


@wrong("05.2", "tokens-changed")
def tokens_scaled(tokens, position, tags):
    return with_tags(tokens * tokens.shape[-1] ** 0.5, position, tags)
