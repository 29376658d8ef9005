"""Exercises 05.3 and 05.5 once more: which part of a block was given what, and who attends. Public: the properties."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from ....models.decoder import Decoder
from ...checking.compare import agree
from ...checking.drawn import fresh
from ...checking.exercise import Diagnosis
from ...checking.traced import first_other_step
from ...shared.srt_parts import DECODER, ENCODER, attend, decode, encode_set
from .blocks import Q, decoder_config, encoder_blocks


def each_part_of_the_encoder_gets_its_own(yours: Callable, g: Generator) -> None:
    """Each part of the encoder is given what it should be"""
    tokens, blocks = torch.randn(2, 5, 8, generator=g), fresh(g, lambda: encoder_blocks(8, 2))
    norm = fresh(g, lambda: nn.LayerNorm(8))
    parts = _parts(blocks, "blocks", ("self_norm", "self_attention", "mlp_norm", "mlp")) | {"norm": norm}
    first_other_step(yours, encode_set, (tokens, blocks, norm, attend), parts, {"the tokens": tokens},
                     "what `norm` gave", ENCODER)


def each_part_of_the_decoder_gets_its_own(yours: Callable, g: Generator) -> None:
    """Each part of the decoder is given what it should be"""
    queries, slsr = torch.randn(2, 3, 4, Q, generator=g), torch.randn(2, 5, 8, generator=g)
    decoder = fresh(g, lambda: Decoder(decoder_config(8, 2), Q))
    parts = {"decoder.query": decoder.query} | _parts(
        decoder.blocks, "decoder.blocks", ("cross_norm", "cross", "mlp_norm", "mlp")) | {
            "decoder.norm": decoder.norm, "decoder.render": decoder.render}
    first_other_step(yours, decode, (queries, slsr, decoder, attend), parts,
                     {"the queries": queries, "the SLSR": slsr}, "what `decoder.render` gave plus 0.5", DECODER)


def the_encoder_attends_by_attend(yours: Callable, g: Generator) -> None:
    """All attention of the encoder goes through `attend`"""
    args = (torch.randn(2, 5, 8, generator=g), fresh(g, lambda: encoder_blocks(8, 2)),
            fresh(g, lambda: nn.LayerNorm(8)))
    _attends(yours, encode_set, args, "block.self_attention", ENCODER)


def the_decoder_attends_by_attend(yours: Callable, g: Generator) -> None:
    """All attention of the decoder goes through `attend`"""
    args = (torch.randn(2, 3, 4, Q, generator=g), torch.randn(2, 5, 8, generator=g),
            fresh(g, lambda: Decoder(decoder_config(8, 2), Q)))
    _attends(yours, decode, args, "block.cross", DECODER)


def _attends(yours: Callable, reference: Callable, args: tuple, part: str, reread: str) -> None:
    def silent(part: nn.Module, x: Tensor, context: Tensor) -> Tensor:
        return torch.zeros_like(x)

    if agree(yours(*args, attend), reference(*args, attend), 1e-4) and \
            not agree(yours(*args, silent), reference(*args, silent), 1e-4):
        raise Diagnosis("attend-unused", "The numbers are right, but not all of the attention goes through `attend`. "
                        f"Write attend({part}, ...) in every block, and do not call the block or {part}(...) itself: "
                        "your own attention of 04.3 goes in there.",
                        seen="attention even where `attend` answers with zeros",
                        expected=f"attend({part}, ...) in every block", reread=reread)


def _parts(blocks: nn.ModuleList, name: str, parts: tuple[str, ...]) -> dict[str, nn.Module]:
    return {f"{name}[{i}].{part}": getattr(block, part) for i, block in enumerate(blocks) for part in parts}
