"""Answers to exercise 06.4, the assembled UpSRT. Each is a class, as in the notebook."""

import torch
from torch import nn

from rust_edu.cameras import pixel_rays, relative_pose
from rust_edu.course.chapters.c06_when_poses_lie.parts import UpSRTWeights
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


class Whole(UpSRTWeights):
    """Right, and made so that one piece at a time can be put together otherwise."""

    def colours(self, images):
        return 2 * images - 1

    def tokens(self, inputs):
        return self.encoder.stem.project(cut_patches(self.colours(inputs.images), self.config.patch))

    def tagged(self, tokens):
        return make_set(tokens, self.encoder.position, self.encoder.view_tag)

    def encode(self, inputs):
        return encode_set(self.tagged(self.tokens(inputs)), self.encoder.blocks, self.encoder.norm, attend)

    def queries(self, pose, positions):
        return ray_queries(pose.cameras, pose.first, pose.K, positions, self.config.octaves, self.config.start_octave)

    def decode(self, queries, slsr):
        return decode(queries, slsr, self.decoder, attend)


@right("06.4")
class FromThePackagesParts(UpSRTWeights):
    """Another way: the package's own modules."""

    def encode(self, inputs):
        return self.encoder(inputs.images)

    def queries(self, pose, positions):
        rays = torch.cat(pixel_rays(relative_pose(pose.cameras, pose.first[:, None]), pose.K, positions), -1)
        return fourier_features(rays, self.config.octaves, self.config.start_octave)

    def decode(self, queries, slsr):
        return self.decoder(queries, slsr)


@right("06.4")
class SceneByScene(Whole):
    def encode(self, inputs):
        return torch.cat([super(SceneByScene, self).encode(inputs[b:b + 1]) for b in range(len(inputs.images))])


@wrong("06.4", "input-rays")
class StillAnSRT(Whole):
    def tokens(self, inputs):
        centres = query_positions(self.config.size, self.config.size, self.config.patch)
        rays = ray_queries(inputs.camera_to_world, inputs.camera_to_world[:, 0], inputs.K, centres, self.config.octaves,
                           self.config.start_octave)
        return super().tokens(inputs) + self.encoder.ray_projection(rays)


@wrong("06.4", "other-weights")
class MadeOfSRT(SRTWeights):
    def encode(self, inputs):
        tokens = self.encoder.stem.project(cut_patches(2 * inputs.images - 1, self.config.patch))
        tokens = make_set(tokens, self.encoder.position, self.encoder.view_tag)
        return encode_set(tokens, self.encoder.blocks, self.encoder.norm, attend)


@wrong("06.4", "other-weights")
class OwnPositions(Whole):
    def __init__(self, config):
        super().__init__(config)
        self.camera_projection = nn.Linear(12, config.width)


@wrong("06.4", "targets-in-world")
class RaysOfTargetsAsTheyAre(Whole):
    def queries(self, pose, positions):
        rays = torch.cat(pixel_rays(pose.cameras, pose.K, positions), -1)
        return fourier_features(rays, self.config.octaves, self.config.start_octave)


@wrong("06.4", "first-target")
class FrameOfTheFirstTarget(Whole):
    def queries(self, pose, positions):
        return super().queries(pose._replace(first=pose.cameras[:, 0]), positions)


@wrong("06.4", "same-camera-for-all")
class OneQuestionForAll(Whole):
    def queries(self, pose, positions):
        return super().queries(pose._replace(cameras=pose.cameras[:, :1]), positions).repeat(
            1, pose.cameras.shape[1], 1, 1)


@wrong("06.4", "asks-from-the-first")
class AllCamerasDropped(Whole):
    def queries(self, pose, positions):
        first = pose.first[:, None].repeat(1, pose.cameras.shape[1], 1, 1)
        return super().queries(pose._replace(cameras=first), positions)


@wrong("06.4", "not-centred")
class ColoursAsTheyAre(Whole):
    def colours(self, images):
        return images


@wrong("06.4", "half-centred")
class ColoursAroundZero(Whole):
    def colours(self, images):
        return images - 0.5


@wrong("06.4", "all-tagged-first")
class EveryViewIsTheFirst(Whole):
    def tagged(self, tokens):
        return (tokens + self.encoder.position + self.encoder.view_tag[0]).flatten(1, 2)


@wrong("06.4", "all-tagged-other")
class NoViewIsTheFirst(Whole):
    def tagged(self, tokens):
        return (tokens + self.encoder.position + self.encoder.view_tag[1]).flatten(1, 2)


@wrong("06.4", "no-tag")
class WithoutTags(Whole):
    def tagged(self, tokens):
        return (tokens + self.encoder.position).flatten(1, 2)


@wrong("06.4", "no-make-set")
class BareTokens(Whole):
    def tagged(self, tokens):
        return tokens.flatten(1, 2)


@wrong("06.4", "one-view")
class FirstViewOnly(Whole):
    def encode(self, inputs):
        return super().encode(inputs[:, :1])


@wrong("06.4", "first-view-tokens")
class TokensOfTheFirstView(Whole):
    def encode(self, inputs):
        return super().encode(inputs)[:, :self.config.tokens]


@wrong("06.4", "scene-averaged")
class OneTokenForAll(Whole):
    def encode(self, inputs):
        return super().encode(inputs).mean(1, keepdim=True)


@wrong("06.4", "input-cameras-used")
class WhereTheyStood(Whole):
    def tokens(self, inputs):
        place = relative_pose(inputs.camera_to_world, inputs.camera_to_world[:, :1])[..., :3, 3].norm(dim=-1)
        return super().tokens(inputs) + 0.1 * place[..., None, None]


@wrong("06.4", "world-matters")
class MovedNotTurned(Whole):
    def queries(self, pose, positions):
        cameras = pose.cameras.clone()
        cameras[..., :3, 3] -= pose.first[:, None, :3, 3]
        rays = torch.cat(pixel_rays(cameras, pose.K, positions), -1)
        return fourier_features(rays, self.config.octaves, self.config.start_octave)


@wrong("06.4", "pose-ignored")
class PixelPositionsForRays(Whole):
    def queries(self, pose, positions):
        pixels = torch.cat([positions, torch.ones(len(positions), 1), torch.zeros(len(positions), 3)], -1)
        features = fourier_features(pixels / self.config.size, self.config.octaves, self.config.start_octave)
        return features.expand(*pose.cameras.shape[:2], -1, -1)


@wrong("06.4", "view-ignored")
class LastViewDropped(Whole):
    def encode(self, inputs):
        return super().encode(inputs[:, :max(1, inputs.count - 1)])


@wrong("06.4", "order-of-views")
class ViewsCounted(Whole):
    def tokens(self, inputs):
        return super().tokens(inputs) + 0.1 * torch.arange(inputs.count)[:, None, None] * torch.arange(
            self.config.width)


@wrong("06.4", "target-seen")
class PeeksAtTheTarget(Whole):
    def forward(self, inputs, targets, positions, right=False):
        colours = super().forward(inputs, targets, positions, right)
        return 0.5 * colours + 0.5 * to_patches(targets.images, 2)[:, :, :colours.shape[2]]


@wrong("06.4", "scenes-mixed")
class MeanOverTheBatch(Whole):
    def encode(self, inputs):
        slsr = super().encode(inputs)
        return slsr - slsr.mean(0)


@wrong("06.4", "shape")
class PixelsForPatches(Whole):
    def decode(self, queries, slsr):
        return super().decode(queries, slsr)[..., :3]


@right("06.4")
class QueriesWithoutGradient(Whole):
    """Nothing learns before a query: what is known of a camera is given."""

    def queries(self, pose, positions):
        with torch.no_grad():
            return super().queries(pose, positions)


@wrong("06.4", "no-gradient")
class EncodesWithoutGradient(Whole):
    def encode(self, inputs):
        with torch.no_grad():
            return super().encode(inputs)


@wrong("06.4", "no-gradient")
class SceneCutOff(Whole):
    def decode(self, queries, slsr):
        return super().decode(queries, slsr.detach())


@wrong("06.4", "no-gradient")
class CutOffInTraining(Whole):
    def encode(self, inputs):
        slsr = super().encode(inputs)
        return slsr.detach() if self.training else slsr


@wrong("06.4", "gradient")
class OneSceneLearns(Whole):
    def encode(self, inputs):
        slsr = super().encode(inputs)
        return torch.cat([slsr[:1], slsr[1:].detach()])


@wrong("06.4", "frozen-weights")
class StemFrozen(Whole):
    def __init__(self, config):
        super().__init__(config)
        self.encoder.stem.requires_grad_(False)


@wrong("06.4", "kept-from-before")
class EncodesOnce(Whole):
    scene = None

    def encode(self, inputs):
        if self.scene is None:
            self.scene = super().encode(inputs)
        return self.scene


@wrong("06.4", "training-differs")
class Dropout(Whole):
    def encode(self, inputs):
        return torch.dropout(super().encode(inputs), 0.2, self.training)


@wrong("06.4", "encode-differs")
class TokensTwice(Whole):
    def tokens(self, inputs):
        return 2 * super().tokens(inputs)


@wrong("06.4", "queries-differs")
class PositionsScaled(Whole):
    def queries(self, pose, positions):
        return super().queries(pose, positions / self.config.size)


@wrong("06.4", "decode-differs")
class GreyOnceMore(Whole):
    def decode(self, queries, slsr):
        return super().decode(queries, slsr) + 0.5


@wrong("06.4", "kept-from-encode")
class FirstCameraOfTheLastScene(Whole):
    def encode(self, inputs):
        self.first = inputs.camera_to_world[:, 0]
        return super().encode(inputs)

    def queries(self, pose, positions):
        return super().queries(pose._replace(first=self.first), positions)


@wrong("06.4", "kept-from-encode")
class SceneOfTheLastEncode(Whole):
    def encode(self, inputs):
        self.slsr = super().encode(inputs)
        return self.slsr

    def decode(self, queries, slsr):
        return super().decode(queries, self.slsr)


@wrong("06.4", "kept-from-encode")
class IntrinsicsOfTheInputs(Whole):
    def encode(self, inputs):
        self.K = inputs.K
        return super().encode(inputs)

    def queries(self, pose, positions):
        return super().queries(pose._replace(K=self.K), positions)


@wrong("06.4", "kept-from-before")
class SameViewsSameScene(Whole):
    last = None

    def encode(self, inputs):
        if self.training or self.last is not inputs:
            self.last, self.slsr = inputs, super().encode(inputs)
        return self.slsr
