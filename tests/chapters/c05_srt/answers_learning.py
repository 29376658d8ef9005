"""More answers to exercise 05.6: what learns in the assembled model, and what it keeps from one call to the next."""

import torch

from rust_edu.course.shared.srt_parts import cut_patches
from tests.chapters.answers import right, wrong
from tests.chapters.c05_srt.answers_model import Whole


@right("05.6")
class QueriesWithoutGradient(Whole):
    """Nothing learns before a query: what is known of a camera is given."""

    def queries(self, pose, positions):
        with torch.no_grad():
            return super().queries(pose, positions)


@right("05.6")
class ViewByView(Whole):
    def tokens(self, inputs):
        centres = [self.encoder.stem.project(cut_patches(2 * inputs.images[:, v:v + 1] - 1, self.config.patch))
                   for v in range(inputs.count)]
        return torch.cat(centres, 1) + self.encoder.ray_projection(self.rays(inputs))


@wrong("05.6", "no-gradient")
class EncodesWithoutGradient(Whole):
    def encode(self, inputs):
        with torch.no_grad():
            return super().encode(inputs)


@wrong("05.6", "no-gradient")
class DecodesWithoutGradient(Whole):
    def decode(self, queries, slsr):
        with torch.no_grad():
            return super().decode(queries, slsr)


@wrong("05.6", "no-gradient")
class SceneCutOff(Whole):
    def decode(self, queries, slsr):
        return super().decode(queries, slsr.detach())


@wrong("05.6", "no-gradient")
class TokensCutOff(Whole):
    def tokens(self, inputs):
        return super().tokens(inputs).detach()


@wrong("05.6", "no-gradient")
class CutOffInTraining(Whole):
    def encode(self, inputs):
        slsr = super().encode(inputs)
        return slsr.detach() if self.training else slsr


@wrong("05.6", "no-gradient")
class CutOffInEvaluation(Whole):
    def encode(self, inputs):
        slsr = super().encode(inputs)
        return slsr if self.training else slsr.detach()


@wrong("05.6", "gradient")
class OneSceneLearns(Whole):
    def encode(self, inputs):
        slsr = super().encode(inputs)
        return torch.cat([slsr[:1], slsr[1:].detach()])


@wrong("05.6", "gradient")
class TheFirstViewLearns(Whole):
    def encode(self, inputs):
        first, others = super().encode(inputs).split([self.config.tokens, (inputs.count - 1) * self.config.tokens], 1)
        return torch.cat([first, others.detach()], 1)


@wrong("05.6", "frozen-weights")
class EncoderFrozen(Whole):
    def __init__(self, config):
        super().__init__(config)
        self.encoder.blocks.requires_grad_(False)


@wrong("05.6", "kept-from-before")
class EncodesOnce(Whole):
    scene = None

    def encode(self, inputs):
        if self.scene is None or self.scene.shape[:2] != (len(inputs.images), inputs.count * self.config.tokens):
            self.scene = super().encode(inputs)
        return self.scene


@wrong("05.6", "kept-from-before")
class EncodesEachPictureOnce(Whole):
    """Right until the weights change."""

    known = (None, None)

    def encode(self, inputs):
        if self.known[0] is None or not torch.equal(self.known[0], inputs.images):
            self.known = inputs.images, super().encode(inputs)
        return self.known[1]


@wrong("05.6", "training-differs")
class Dropout(Whole):
    def encode(self, inputs):
        return torch.dropout(super().encode(inputs), 0.2, self.training)


@wrong("05.6", "methods-apart")
class OnlyTheFirstTarget(Whole):
    def forward(self, inputs, targets, positions, right=False):
        colours = super().forward(inputs, targets, positions, right)
        return colours[:, :1].expand_as(colours)
