"""Answers to the exercises of notebook 05 that are right where one usually looks: for colours from 0 to 1, without the
reader's own attention, and as long as nobody asks a second time."""

import torch

from rust_edu.cameras import pixel_rays, relative_pose
from rust_edu.course.shared import srt_parts
from rust_edu.models.layers import fourier_features
from rust_edu.views import to_patches
from tests.chapters.answers import right, wrong


@right("05.1")
def by_unfold(images, patch):
    return images.unfold(2, patch, patch).unfold(3, patch, patch).permute(0, 1, 2, 3, 5, 6, 4).flatten(4).flatten(2, 3)


@wrong("05.1", "colours-changed")
def clipped(images, patch):
    return to_patches(images.clamp(0, 1), patch)


@wrong("05.1", "colours-changed")
def without_signs(images, patch):
    return to_patches(images.abs(), patch)


@wrong("05.1", "shape")
def one_patch_stays_whole(images, patch):
    return to_patches(images, patch) if patch > 1 else images


patches_of = {}


@wrong("05.1", "remembered")
def kept_by_patch(images, patch):
    if patch not in patches_of:
        patches_of[patch] = to_patches(images, patch)
    return patches_of[patch]


@wrong("05.2", "values")
def tags_for_six_views(tokens, position, tags):
    first = torch.zeros(max(6, tokens.shape[1]), dtype=torch.long)
    first[1:6] = 1
    return (tokens + position + tags[first[:tokens.shape[1]]][:, None]).flatten(1, 2)


def encoded(tokens, blocks, norm, step):
    for number, block in enumerate(blocks):
        tokens = step(number, block, tokens)
    return norm(tokens)


@wrong("05.3", "attend-unused")
def by_the_part_itself(tokens, blocks, norm, attend):
    def step(number, block, x):
        x = x + block.self_attention(block.self_norm(x))
        return x + block.mlp(block.mlp_norm(x))

    return encoded(tokens, blocks, norm, step)


@wrong("05.3", "attend-unused")
def by_the_block_itself(tokens, blocks, norm, attend):
    return encoded(tokens, blocks, norm, lambda number, block, x: block(x))


@wrong("05.3", "attend-unused")
def attends_in_the_first_block(tokens, blocks, norm, attend):
    def step(number, block, x):
        if number:
            return block(x)
        y = block.self_norm(x)
        x = x + attend(block.self_attention, y, y)
        return x + block.mlp(block.mlp_norm(x))

    return encoded(tokens, blocks, norm, step)


@wrong("05.3", "values")
def sixteen_are_asked(tokens, blocks, norm, attend):
    return srt_parts.encode_set(tokens, blocks, norm, lambda part, x, context: attend(part, x, context[:, :16]))


@wrong("05.3", "no-gradient")
def frozen_for_good(tokens, blocks, norm, attend):
    return srt_parts.encode_set(tokens, blocks.requires_grad_(False), norm, attend)


@wrong("05.4", "one-focal-length")
def y_as_x(cameras, first, K, positions, octaves, start):
    K = K.clone()
    K[1, 1] = K[0, 0]
    return srt_parts.ray_queries(cameras, first, K, positions, octaves, start)


directions_of = {}


@wrong("05.4", "remembered")
def directions_by_their_number(cameras, first, K, positions, octaves, start):
    if len(positions) not in directions_of:
        directions_of[len(positions)] = pixel_rays(torch.eye(4), K, positions)[1]
    pose = relative_pose(cameras, first[:, None])
    directions = directions_of[len(positions)] @ pose[..., :3, :3].mT
    origins = pose[..., None, :3, 3].expand_as(directions)
    return fourier_features(torch.cat([origins, directions], -1), octaves, start)


@wrong("05.5", "attend-unused")
def crosses_by_itself(queries, slsr, decoder, attend):
    x = decoder.query(queries)
    for block in decoder.blocks:
        x = x + block.cross(block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)) + 0.5


@wrong("05.5", "attend-unused")
def the_whole_decoder(queries, slsr, decoder, attend):
    return decoder(queries, slsr)


@wrong("05.5", "values")
def sixty_four_tokens(queries, slsr, decoder, attend):
    return srt_parts.decode(queries, slsr[:, :64], decoder, attend)
