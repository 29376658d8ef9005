"""Exercise 05.6, the assembled model: parity with the package's SRT, symmetries, known mistakes.

A candidate is a class like `SRTFromParts`. It is built from a configuration, given the weights of an SRT of the
package, and asked (`given`). Public: `model_cases`, `MODEL_SUSPECTS` and the properties.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Generator, Tensor

from ....models import SRT
from ....views import Views, query_positions
from ...checking.drawn import fresh
from ...checking.exercise import Case, Diagnosis, Suspect
from ...shared.srt_drawn import TINY, noise_views, random_cameras
from ...shared.srt_given import about, gap
from ...shared.srt_parts import MODEL, SRTFromParts, attend, cut_patches, decode, encode_set, make_set, ray_queries


def model_cases(g: Generator) -> Iterator[Case]:
    """Few and many views, in training too; positions of a whole picture, and some of them."""
    for B, V, T, N, training in ((1, 1, 1, 64, False), (2, 3, 2, 7, False), (3, 2, 3, 5, True), (2, 5, 1, 4, False)):
        weights = fresh(g, lambda: SRT(TINY))
        positions = weights.positions()[torch.randperm(64, generator=g)[:N]]
        views = f"{V} input view{'s' * (V > 1)}, {T} target{'s' * (T > 1)}"
        yield Case(views + ", in training mode" * training, weights, noise_views(g, B, V), noise_views(g, B, T),
                   positions, training)


def _same(x):
    return x


def _srt(*, frame: Callable = lambda inputs: inputs.camera_to_world[:, 0],
         target_frame: Callable = lambda pose: pose.first, images: Callable = lambda images: 2.0 * images - 1.0,
         cameras: Callable = lambda inputs: inputs.camera_to_world, seen: Callable = _same, centres: Callable = _same,
         scene: Callable = _same, rays: bool = True, late_rays: bool = False, encoded: bool = True) -> type:
    """A class like SRTFromParts with one thing put together otherwise."""

    class Mistaken(SRTFromParts):
        def encode(self, inputs: Views) -> Tensor:
            config, encoder = self.config, self.encoder
            inputs = seen(inputs)
            tokens = encoder.stem.project(cut_patches(images(inputs.images), config.patch))
            asked = ray_queries(cameras(inputs), frame(inputs), inputs.K, centres(
                query_positions(config.size, config.size, config.patch)), config.octaves, config.start_octave)
            ray_tokens = encoder.ray_projection(asked) if rays else 0.0
            if not late_rays:
                tokens = tokens + ray_tokens
            tokens = make_set(tokens, encoder.position, encoder.view_tag)
            slsr = encode_set(tokens, encoder.blocks, encoder.norm, attend) if encoded else tokens
            return scene(slsr + ray_tokens.flatten(1, 2) if late_rays else slsr)

        def queries(self, pose, positions: Tensor) -> Tensor:
            return ray_queries(pose.cameras, target_frame(pose), pose.K, positions, self.config.octaves,
                               self.config.start_octave)

        def decode(self, queries: Tensor, slsr: Tensor) -> Tensor:
            return decode(queries, slsr, self.decoder, attend)

    return Mistaken


def _world(cameras: Tensor) -> Tensor:
    return torch.eye(4).expand(len(cameras), 4, 4)


MODEL_SUSPECTS = (
    Suspect("world-frame", _srt(frame=lambda i: _world(i.camera_to_world), target_frame=lambda p: _world(p.cameras)),
            "All rays are in the world's frame. Those of the inputs and those of the targets are given in the frame of "
            "the first input camera.", MODEL),
    Suspect("targets-in-world", _srt(target_frame=lambda p: _world(p.cameras)), "The inputs' rays are relative to the "
            "first input camera, the targets' rays are in the world's frame. The two must meet in one frame.", MODEL),
    Suspect("inputs-in-world", _srt(frame=lambda i: _world(i.camera_to_world)), "The targets' rays are relative to the "
            "first input camera, the inputs' rays are in the world's frame. The two must meet in one frame.", MODEL),
    Suspect("first-target", _srt(target_frame=lambda p: p.cameras[:, 0]), "The targets are asked for in the frame of "
            "the first target. The scene was encoded in the frame of the first input: pose.first.", MODEL),
    Suspect("last-input", _srt(frame=lambda i: i.camera_to_world[:, -1]), "The inputs' rays are relative to the last "
            "input camera. The frame is that of the first.", MODEL),
    Suspect("each-its-own-frame", _srt(cameras=lambda i: i.camera_to_world[:, :1].expand_as(i.camera_to_world)),
            "All input views have the rays of the first camera: where the others stand is lost.", MODEL),
    Suspect("no-input-rays", _srt(rays=False), "The rays of the inputs never reach the tokens. This is UpSRT, which "
            "you will meet in notebook 06: add encoder.ray_projection(rays) to the tokens.", MODEL),
    Suspect("rays-too-late", _srt(late_rays=True), "The rays are added after the encoder. They belong to the tokens "
            "before it: attention must know where each patch was seen from.", MODEL),
    Suspect("not-centred", _srt(images=lambda x: x), "The pictures go in as they are, in [0, 1]. The stem has learned "
            "colours in [-1, 1]: 2 * images - 1.", MODEL),
    Suspect("half-centred", _srt(images=lambda x: x - 0.5), "The pictures go in as [-0.5, 0.5]. The stem has learned "
            "colours in [-1, 1]: 2 * images - 1.", MODEL),
    Suspect("bytes", _srt(images=lambda x: 255.0 * x), "The pictures go in as 0 to 255. The stem has learned colours "
            "in [-1, 1]: 2 * images - 1.", MODEL),
    Suspect("patch-corners", _srt(centres=lambda p: p - TINY.patch / 2), "The input rays pass through the upper left "
            "corners of the patches. Take their centres: query_positions(size, size, patch).", MODEL),
    Suspect("fixed-size", _srt(centres=lambda p: query_positions(32, 32, 8)), "The input rays pass through the centres "
            "of 8 x 8 patches of a picture of 32 x 32. Those of other models differ: "
            "`query_positions(size, size, patch)` with `self.config.size` and `self.config.patch`.", MODEL),
    Suspect("not-encoded", _srt(encoded=False), "The set of tokens is returned as it was made: `encode_set` is "
            "missing, with the blocks in which they hear of each other.", MODEL),
    Suspect("one-view", _srt(seen=lambda i: i[:, :1]), "Only the first input view is encoded. All of them make the "
                                                       "scene.",
            MODEL),
    Suspect("first-view-tokens", _srt(scene=lambda slsr: slsr[:, :(TINY.size // TINY.patch) ** 2]), "Only the tokens "
            "of the first view reach the decoder. The scene is all of them.", MODEL),
    Suspect("scene-averaged", _srt(scene=lambda slsr: slsr.mean(1, keepdim=True)), "The tokens are averaged to one "
            "before the decoder asks. The scene is a set: with one token there is nothing to look for.", MODEL),
)


def other_views_are_a_set(yours: Callable, g: Generator) -> None:
    """Input views beyond the first may come in any order"""
    weights, inputs, targets, positions = about(SRT, g)
    a, b = (yours(weights, i, targets, positions) for i in (inputs, inputs[:, torch.tensor([0, 2, 3, 1])]))
    if (off := gap(a, b) or 0.0) > 1e-3:
        raise Diagnosis("order-of-views", "Input views 1, 2 and 3 in another order, each with its camera, give other "
                        "colours. Only the first view is special.", seen="colours that differ by up to "
                                f"{off:.2g}",
                        expected="the same colours", reread=MODEL)


def the_world_does_not_matter(yours: Callable, g: Generator) -> None:
    """Moving the whole world changes no colour"""
    weights, inputs, targets, positions = about(SRT, g)
    move = random_cameras(g)
    a, b = yours(weights, inputs, targets, positions), yours(weights, *(
        replace(v, camera_to_world=move @ v.camera_to_world) for v in (inputs, targets)), positions)
    if (off := gap(a, b) or 0.0) > 1e-2:
        raise Diagnosis("world-matters", "All cameras move together with the world, and the colours change. Inputs and "
                        "targets are taken relative to the first input camera.", seen="colours that differ by up to "
                                f"{off:.2g}",
                        expected="the same colours", reread=MODEL)


def every_view_has_a_say(yours: Callable, g: Generator) -> None:
    """Every input view matters: its picture and its camera"""
    weights, inputs, targets, positions = about(SRT, g)
    before = yours(weights, inputs, targets, positions)
    for v in range(4):
        images, cameras = inputs.images.clone(), inputs.camera_to_world.clone()
        images[:, v] = 1.0 - images[:, v]
        cameras[:, v] = random_cameras(g, 2)
        for what, changed in (("picture", replace(inputs, images=images)), ("camera", replace(
                inputs, camera_to_world=cameras))):
            after = yours(weights, changed, targets, positions)
            if (off := gap(before, after)) is not None and off < 1e-6:
                raise Diagnosis("view-ignored", f"Another {what} for input view {v}, the same colours: it never "
                                "reaches the scene.", seen="no change", expected="colours that depend on every "
                                        f"{what}", reread=MODEL)


def the_target_is_not_seen(yours: Callable, g: Generator) -> None:
    """What the target's picture shows changes nothing: only its camera is given"""
    weights, inputs, targets, positions = about(SRT, g)
    a, b = (yours(weights, inputs, t, positions) for t in (targets, replace(targets, images=1.0 - targets.images)))
    if (off := gap(a, b) or 0.0) > 1e-6:
        raise Diagnosis("target-seen", "The colours depend on the picture of the target, which is what they should "
                                       "predict.",
                        seen=f"colours that differ by up to {off:.2g}", expected="the same "
                                "colours", reread=MODEL)


def scenes_know_nothing_of_each_other(yours: Callable, g: Generator) -> None:
    """Each scene of a batch is encoded and asked alone"""
    weights, inputs, targets, positions = about(SRT, g)
    images = inputs.images.clone()
    images[1] = 1.0 - images[1]
    a, b = (yours(weights, i, targets, positions) for i in (inputs, replace(inputs, images=images)))
    if gap(a, b) is not None and (off := float((a[0] - b[0]).abs().max())) > 1e-6:
        raise Diagnosis("scenes-mixed", "Scene 1 gets other pictures, and the colours of scene 0 change.",
                        seen=f"colours that differ by up to {off:.2g}", expected="no change", reread=MODEL)
