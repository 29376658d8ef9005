"""Exercise 06.4, the assembled UpSRT: parity with the package's, what cameras may change, known mistakes.

A candidate is a class like `UpSRTFromParts`. It is built from a configuration, given the weights of an UpSRT of the
package, and asked (`e05.given`). Public: `model_cases`, `MODEL_SUSPECTS` and the properties.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Generator, Tensor

from ....models import UpSRT
from ....views import Views
from ...checking.drawn import fresh
from ...checking.exercise import Case, Diagnosis, Suspect
from ...shared.srt_drawn import TINY, noise_views
from ...shared.srt_given import about, gap
from ...shared.srt_parts import attend, cut_patches, decode, encode_set, make_set, ray_queries
from .noise import random_cameras
from .parts import MODEL, UpSRTFromParts


def model_cases(g: Generator) -> Iterator[Case]:
    """Few and many views, in training too; positions of a whole picture, and some of them."""
    for B, V, T, N, training in ((1, 1, 1, 64, False), (2, 3, 2, 7, False), (3, 2, 3, 5, True), (2, 5, 1, 4, False)):
        weights = fresh(g, lambda: UpSRT(TINY))
        positions = weights.positions()[torch.randperm(64, generator=g)[:N]]
        views = f"{V} input view{'s' * (V > 1)}, {T} target{'s' * (T > 1)}"
        yield Case(views + ", in training mode" * training, weights, noise_views(g, B, V), noise_views(g, B, T),
                   positions, training)


def _upsrt(*, frame: Callable = lambda pose: pose.first, cameras: Callable = lambda pose: pose.cameras,
           images: Callable = lambda images: 2.0 * images - 1.0, seen: Callable = lambda inputs: inputs,
           tags: Callable = lambda tags: tags, scene: Callable = lambda slsr: slsr,
           bare: Callable | None = None) -> type:
    """A class like UpSRTFromParts with one thing put together otherwise. `bare`: the set without `make_set`."""

    class Mistaken(UpSRTFromParts):
        def encode(self, inputs: Views) -> Tensor:
            encoder = self.encoder
            tokens = encoder.stem.project(cut_patches(images(seen(inputs).images), self.config.patch))
            tokens = bare(tokens) if bare else make_set(tokens, encoder.position, tags(encoder.view_tag))
            return scene(encode_set(tokens, encoder.blocks, encoder.norm, attend))

        def queries(self, pose, positions: Tensor) -> Tensor:
            return ray_queries(cameras(pose), frame(pose), pose.K, positions, self.config.octaves,
                               self.config.start_octave)

        def decode(self, queries: Tensor, slsr: Tensor) -> Tensor:
            return decode(queries, slsr, self.decoder, attend)

    return Mistaken


MODEL_SUSPECTS = (
    Suspect("targets-in-world", _upsrt(frame=lambda p: torch.eye(4).expand_as(p.first)), "The targets are asked for in "
            "the world's frame. No picture shows where the world's origin is: use the frame of the first input, "
            "pose.first.", MODEL),
    Suspect("first-target", _upsrt(frame=lambda p: p.cameras[:, 0]), "The targets are asked for in the frame of the "
            "first target. The scene has the frame of the first input: pose.first.", MODEL),
    Suspect("same-camera-for-all", _upsrt(cameras=lambda p: p.cameras[:, :1].expand_as(p.cameras)), "All targets are "
            "asked for with the camera of the first. Which view is meant is all that the query says.", MODEL),
    Suspect("asks-from-the-first", _upsrt(cameras=lambda p: p.first[:, None].expand_as(p.cameras)), "The targets' "
            "cameras are dropped too, and everything is asked for from the first input. UpSRT drops those of the "
            "inputs; without the target's nobody knows which view you want.", MODEL),
    Suspect("not-centred", _upsrt(images=lambda x: x), "The pictures go in as they are, in [0, 1]. The stem has "
            "learned colours in [-1, 1]: 2 * images - 1.", MODEL),
    Suspect("half-centred", _upsrt(images=lambda x: x - 0.5), "The pictures go in as [-0.5, 0.5]. The stem has "
            "learned colours in [-1, 1]: 2 * images - 1.", MODEL),
    Suspect("all-tagged-first", _upsrt(tags=lambda t: t[:1].expand(2, -1)), "Every view has the tag of the first. "
            "Without cameras the tag is all that says whose frame it is.", MODEL),
    Suspect("all-tagged-other", _upsrt(tags=lambda t: t[1:].expand(2, -1)), "No view has the tag of the first. Without "
            "cameras the tag is all that says whose frame it is.", MODEL),
    Suspect("no-tag", _upsrt(tags=torch.zeros_like), "The tags are missing. Without cameras the tag is all that says "
            "whose frame it is.", MODEL),
    Suspect("no-make-set", _upsrt(bare=lambda tokens: tokens.flatten(1, 2)), "Positions and tags are missing: the "
            "tokens go into the encoder bare. It is the rays that UpSRT drops, not `make_set`.", MODEL),
    Suspect("one-view", _upsrt(seen=lambda i: i[:, :1]), "Only the first input view is encoded. The others have no "
            "camera any more, but they still have a picture.", MODEL),
    Suspect("first-view-tokens", _upsrt(scene=lambda slsr: slsr[:, :(TINY.size // TINY.patch) ** 2]), "Only the tokens "
            "of the first view reach the decoder. The scene is all of them.", MODEL),
    Suspect("scene-averaged", _upsrt(scene=lambda slsr: slsr.mean(1, keepdim=True)), "The tokens are averaged to one "
            "before the decoder asks. The scene is a set.", MODEL),
)


def input_cameras_change_nothing(yours: Callable, g: Generator) -> None:
    """Wherever the inputs beyond the first were taken from, the colours are the same"""
    weights, inputs, targets, positions = about(UpSRT, g)
    cameras = inputs.camera_to_world.clone()
    cameras[:, 1:] = random_cameras(g, 2, 3)
    a, b = (yours(weights, i, targets, positions) for i in (inputs, replace(inputs, camera_to_world=cameras)))
    off = gap(a, b)
    if off is not None and off > 0:
        raise Diagnosis("input-cameras-used", "Input views 1, 2 and 3 get other cameras, and the colours change. What "
                        "cannot be trusted must not enter.", seen=f"colours that differ by up to {off:.2g}",
                        expected="the same colours, to the bit", reread=MODEL)


def the_frame_is_the_first_camera(yours: Callable, g: Generator) -> None:
    """The first input camera and the targets' move together: nothing changes. One of them alone: everything does"""
    weights, inputs, targets, positions = about(UpSRT, g)
    move = random_cameras(g)
    first = replace(inputs, camera_to_world=torch.cat([move @ inputs.camera_to_world[:, :1],
                                                       inputs.camera_to_world[:, 1:]], 1))
    moved = replace(targets, camera_to_world=move @ targets.camera_to_world)
    before = yours(weights, inputs, targets, positions)
    together = gap(before, yours(weights, first, moved, positions))
    if together is not None and together > 1e-2:
        raise Diagnosis("world-matters", "The first input camera and those of the targets move together, and the "
                        "colours change. Only where a target stands relative to the first input may count.",
                        seen=f"colours that differ by up to {together:.2g}", expected="the same colours", reread=MODEL)
    for what, changed in (("the first input", (first, targets)), ("the targets", (inputs, moved))):
        alone = gap(before, yours(weights, *changed, positions))
        if alone is not None and alone < 1e-6:
            raise Diagnosis("pose-ignored", f"Other cameras for {what} alone, and the same colours: the model does not "
                            "know which view is meant.", seen="no change", expected="other colours", reread=MODEL)


def every_picture_has_a_say(yours: Callable, g: Generator) -> None:
    """Every input picture matters"""
    weights, inputs, targets, positions = about(UpSRT, g)
    before = yours(weights, inputs, targets, positions)
    for v in range(4):
        images = inputs.images.clone()
        images[:, v] = 1.0 - images[:, v]
        off = gap(before, yours(weights, replace(inputs, images=images), targets, positions))
        if off is not None and off < 1e-6:
            raise Diagnosis("view-ignored", f"Another picture for input view {v}, the same colours: it never reaches "
                            "the scene.", seen="no change", expected="colours that depend on every picture",
                            reread=MODEL)


def other_views_are_a_set(yours: Callable, g: Generator) -> None:
    """Input views beyond the first may come in any order"""
    weights, inputs, targets, positions = about(UpSRT, g)
    off = gap(*(yours(weights, i, targets, positions) for i in (inputs, inputs[:, torch.tensor([0, 2, 3, 1])])))
    if off is not None and off > 1e-3:
        raise Diagnosis("order-of-views", "Input views 1, 2 and 3 in another order give other colours. Only the first "
                        "view is special.", seen=f"colours that differ by up to {off:.2g}",
                        expected="the same colours", reread=MODEL)


def the_target_is_not_seen(yours: Callable, g: Generator) -> None:
    """What the target's picture shows changes nothing: only its camera is given"""
    weights, inputs, targets, positions = about(UpSRT, g)
    off = gap(*(yours(weights, inputs, t, positions) for t in (targets, replace(
        targets, images=1.0 - targets.images))))
    if off is not None and off > 1e-6:
        raise Diagnosis("target-seen", "The colours depend on the picture of the target, which is what they should "
                        "predict. (In notebook 07 it may be seen, through a keyhole.)",
                        seen=f"colours that differ by up to {off:.2g}", expected="the same colours", reread=MODEL)


def scenes_know_nothing_of_each_other(yours: Callable, g: Generator) -> None:
    """Each scene of a batch is encoded and asked alone"""
    weights, inputs, targets, positions = about(UpSRT, g)
    images = inputs.images.clone()
    images[1] = 1.0 - images[1]
    a, b = (yours(weights, i, targets, positions) for i in (inputs, replace(inputs, images=images)))
    if gap(a, b) is not None and float((a[0] - b[0]).abs().max()) > 1e-6:
        raise Diagnosis("scenes-mixed", "Scene 1 gets other pictures, and the colours of scene 0 change.",
                        seen=f"colours that differ by up to {float((a[0] - b[0]).abs().max()):.2g}",
                        expected="no change", reread=MODEL)
