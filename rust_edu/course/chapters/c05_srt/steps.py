"""Exercises 05.3 and 05.5 once more: which part of a block was given what. Public: the two properties."""

from collections.abc import Callable

import torch
from torch import Generator, nn

from ....models.decoder import Decoder
from ...checking.drawn import fresh
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


def _parts(blocks: nn.ModuleList, name: str, parts: tuple[str, ...]) -> dict[str, nn.Module]:
    return {f"{name}[{i}].{part}": getattr(block, part) for i, block in enumerate(blocks) for part in parts}
