"""Answers to exercise 05.6, the assembled model. Each is a class, as in the notebook."""

from dataclasses import replace

import torch
from torch import nn

from rust_edu.cameras import pixel_rays, relative_pose
from rust_edu.course.shared.srt_parts import (
    SRTWeights,
    attend,
    cut_patches,
    decode,
    encode_set,
    make_set,
    ray_queries,
)
from rust_edu.models.layers import fourier_features
from rust_edu.views import query_positions, to_patches
from tests.chapters.answers import right, wrong


class Whole(SRTWeights):
    """Right, and made so that one piece at a time can be put together otherwise."""

    def colours(self, images):
        return 2 * images - 1

    def frame(self, inputs):
        return inputs.camera_to_world[:, 0]

    def centres(self):
        return query_positions(self.config.size, self.config.size, self.config.patch)

    def tokens(self, inputs):
        contents = self.encoder.stem.project(cut_patches(self.colours(inputs.images), self.config.patch))
        return contents + self.encoder.ray_projection(self.rays(inputs))

    def rays(self, inputs):
        return ray_queries(inputs.camera_to_world, self.frame(inputs), inputs.K, self.centres(), self.config.octaves,
                           self.config.start_octave)

    def encode(self, inputs):
        tokens = make_set(self.tokens(inputs), self.encoder.position, self.encoder.view_tag)
        return encode_set(tokens, self.encoder.blocks, self.encoder.norm, attend)

    def queries(self, pose, positions):
        return ray_queries(pose.cameras, pose.first, pose.K, positions, self.config.octaves, self.config.start_octave)

    def decode(self, queries, slsr):
        return decode(queries, slsr, self.decoder, attend)


@right("05.6")
class FromThePackagesParts(SRTWeights):
    """Another way: the package's own modules."""

    def encode(self, inputs):
        pose = relative_pose(inputs.camera_to_world, inputs.camera_to_world[:, :1])
        centres = query_positions(self.config.size, self.config.size, self.config.patch)
        rays = torch.cat(pixel_rays(pose, inputs.K, centres), -1)
        return self.encoder(inputs.images, fourier_features(rays, self.config.octaves, self.config.start_octave))

    def queries(self, pose, positions):
        rays = torch.cat(pixel_rays(relative_pose(pose.cameras, pose.first[:, None]), pose.K, positions), -1)
        return fourier_features(rays, self.config.octaves, self.config.start_octave)

    def decode(self, queries, slsr):
        return self.decoder(queries, slsr)


@right("05.6")
class SceneByScene(Whole):
    def encode(self, inputs):
        return torch.cat([super(SceneByScene, self).encode(inputs[b:b + 1]) for b in range(len(inputs.images))])


@wrong("05.6", "world-frame")
class NoRelativeFrames(Whole):
    def frame(self, inputs):
        return torch.eye(4).repeat(len(inputs.images), 1, 1)

    def queries(self, pose, positions):
        return super().queries(pose._replace(first=torch.eye(4).repeat(len(pose.first), 1, 1)), positions)


@wrong("05.6", "targets-in-world")
class RaysOfTargetsAsTheyAre(Whole):
    def queries(self, pose, positions):
        rays = torch.cat(pixel_rays(pose.cameras, pose.K, positions), -1)
        return fourier_features(rays, self.config.octaves, self.config.start_octave)


@wrong("05.6", "inputs-in-world")
class RaysOfInputsAsTheyAre(Whole):
    def rays(self, inputs):
        rays = torch.cat(pixel_rays(inputs.camera_to_world, inputs.K, self.centres()), -1)
        return fourier_features(rays, self.config.octaves, self.config.start_octave)


@wrong("05.6", "first-target")
class FrameOfTheFirstTarget(Whole):
    def queries(self, pose, positions):
        return super().queries(pose._replace(first=pose.cameras[:, 0]), positions)


@wrong("05.6", "last-input")
class LastInputInstead(Whole):
    def frame(self, inputs):
        return inputs.camera_to_world[:, -1]


@wrong("05.6", "each-its-own-frame")
class EveryViewInItsOwnFrame(Whole):
    def rays(self, inputs):
        own = relative_pose(inputs.camera_to_world, inputs.camera_to_world)
        rays = torch.cat(pixel_rays(own, inputs.K, self.centres()), -1)
        return fourier_features(rays, self.config.octaves, self.config.start_octave)


@wrong("05.6", "no-input-rays")
class Unposed(Whole):
    def tokens(self, inputs):
        return self.encoder.stem.project(cut_patches(self.colours(inputs.images), self.config.patch))


@wrong("05.6", "rays-too-late")
class RaysAfterTheEncoder(Whole):
    def encode(self, inputs):
        contents = self.encoder.stem.project(cut_patches(self.colours(inputs.images), self.config.patch))
        slsr = encode_set(make_set(contents, self.encoder.position, self.encoder.view_tag), self.encoder.blocks,
                          self.encoder.norm, attend)
        return slsr + self.encoder.ray_projection(self.rays(inputs)).flatten(1, 2)


@wrong("05.6", "not-centred")
class ColoursAsTheyAre(Whole):
    def colours(self, images):
        return images


@wrong("05.6", "half-centred")
class ColoursAroundZero(Whole):
    def colours(self, images):
        return images - 0.5


@wrong("05.6", "bytes")
class ColoursAsBytes(Whole):
    def colours(self, images):
        return images * 255


@wrong("05.6", "patch-corners")
class CornersOfPatches(Whole):
    def centres(self):
        p, size = self.config.patch, self.config.size
        return torch.tensor([[x, y] for y in range(0, size, p) for x in range(0, size, p)], dtype=torch.float32)


@wrong("05.6", "one-view")
class FirstViewOnly(Whole):
    def encode(self, inputs):
        return super().encode(inputs[:, :1])


@wrong("05.6", "first-view-tokens")
class TokensOfTheFirstView(Whole):
    def encode(self, inputs):
        return super().encode(inputs)[:, :self.config.tokens]


@wrong("05.6", "scene-averaged")
class OneTokenForAll(Whole):
    def encode(self, inputs):
        return super().encode(inputs).mean(1, keepdim=True)


@wrong("05.6", "view-ignored")
class LastViewDropped(Whole):
    def encode(self, inputs):
        return super().encode(inputs[:, :max(1, inputs.count - 1)])


@wrong("05.6", "order-of-views")
class ViewsCounted(Whole):
    def tokens(self, inputs):
        number = torch.arange(inputs.count)[:, None, None]
        return super().tokens(inputs) + 0.1 * number * torch.arange(self.config.width)


@wrong("05.6", "target-seen")
class PeeksAtTheTarget(Whole):
    def forward(self, inputs, targets, positions, right=False):
        colours = super().forward(inputs, targets, positions, right)
        return 0.5 * colours + 0.5 * to_patches(targets.images, 2)[:, :, :colours.shape[2]]


@wrong("05.6", "scenes-mixed")
class MeanOverTheBatch(Whole):
    def encode(self, inputs):
        slsr = super().encode(inputs)
        return slsr - slsr.mean(0)


@wrong("05.6", "other-weights")
class NewPositions(Whole):
    def __init__(self, config):
        super().__init__(config)
        self.view_position = nn.Parameter(torch.zeros(8, config.width))


@wrong("05.6", "world-matters")
class HalfRelative(Whole):
    def encode(self, inputs):
        cameras = inputs.camera_to_world.clone()
        cameras[..., :3, 3] -= cameras[:, :1, :3, 3]
        return super().encode(replace(inputs, camera_to_world=cameras))

    def frame(self, inputs):
        return torch.eye(4).repeat(len(inputs.images), 1, 1)


@wrong("05.6", "shape")
class PixelsForPatches(Whole):
    def decode(self, queries, slsr):
        return super().decode(queries, slsr)[..., :3]


@wrong("05.6", "method-returns-nothing")
class ForgotToReturn(Whole):
    def encode(self, inputs):
        tokens = make_set(self.tokens(inputs), self.encoder.position, self.encoder.view_tag)
        encode_set(tokens, self.encoder.blocks, self.encoder.norm, attend)


@wrong("05.6", "fixed-size")
class PositionsOfThisNotebook(Whole):
    def centres(self):
        return query_positions(32, 32, 8)


@wrong("05.6", "not-encoded")
class SetAsItWasMade(Whole):
    def encode(self, inputs):
        return make_set(self.tokens(inputs), self.encoder.position, self.encoder.view_tag)


@wrong("05.6", "encode-differs")
class RaysTwice(Whole):
    def tokens(self, inputs):
        return super().tokens(inputs) + self.encoder.ray_projection(self.rays(inputs))


@wrong("05.6", "queries-differs")
class PositionsScaled(Whole):
    def queries(self, pose, positions):
        return super().queries(pose, positions / self.config.size)


@wrong("05.6", "decode-differs")
class GreyOnceMore(Whole):
    def decode(self, queries, slsr):
        return super().decode(queries, slsr) + 0.5


@right("05.6")
class TokensInAnotherOrder(Whole):
    """The scene is a set."""

    def encode(self, inputs):
        return super().encode(inputs).flip(1)


@wrong("05.6", "kept-from-encode")
class FirstCameraOfTheLastScene(Whole):
    def encode(self, inputs):
        self.first = inputs.camera_to_world[:, 0]
        return super().encode(inputs)

    def queries(self, pose, positions):
        return super().queries(pose._replace(first=self.first), positions)


@wrong("05.6", "kept-from-encode")
class SceneOfTheLastEncode(Whole):
    def encode(self, inputs):
        self.slsr = super().encode(inputs)
        return self.slsr

    def decode(self, queries, slsr):
        return super().decode(queries, self.slsr)


@wrong("05.6", "kept-from-encode")
class IntrinsicsOfTheInputs(Whole):
    def encode(self, inputs):
        self.K = inputs.K
        return super().encode(inputs)

    def queries(self, pose, positions):
        return super().queries(pose._replace(K=self.K), positions)


@wrong("05.6", "kept-from-before")
class SameViewsSameScene(Whole):
    last = None

    def encode(self, inputs):
        if self.training or self.last is not inputs:
            self.last, self.slsr = inputs, super().encode(inputs)
        return self.slsr
