"""The decoder: queries ask the scene representation, and each gets the colour of its pixel (or patch).

Public: `Decoder`.
"""

from torch import Tensor, nn

from .config import ModelConfig
from .layers import MLP, Block


class Decoder(nn.Module):
    """Queries (B, T, N, Q) and the SLSR (B, K, D) -> colours (B, T, N, p * p * 3).

    Each query is looked up on its own: cross-attention only, no attention among queries (SRT, section 4.2),
    so any subset of pixels can be decoded. Colours are not squashed into [0, 1] (a sigmoid learns slower
    under a squared error); whoever shows them clips them. `query_channels` is Q, numbers in a query. The
    render MLP on top is that of the improved SRT (OSRT, appendix).
    """

    def __init__(self, config: ModelConfig, query_channels: int) -> None:
        super().__init__()
        D = config.query_width or config.width
        arguments = config.block_arguments() | dict(width=D, context_width=config.width)
        self.query = MLP(query_channels, 2 * D, D)
        self.blocks = nn.ModuleList(Block(**arguments, attend_context=True, attend_self=False)
                                    for _ in range(config.decoder_layers))
        self.norm = nn.LayerNorm(D)
        self.render = MLP(D, *config.render, 3 * config.query_patch**2)

    def forward(self, queries: Tensor, slsr: Tensor) -> Tensor:
        x = self.query(queries)  # (B, T, N, D)
        for block in self.blocks:
            x = block(x, slsr)
        return self.render(self.norm(x)) + 0.5

    def attention(self, queries: Tensor, slsr: Tensor) -> Tensor:
        """Where each query looks: weights (B, T, N, K), mean over the last layer's heads; rows sum to 1."""
        x = self.query(queries)
        for block in self.blocks[:-1]:
            x = block(x, slsr)
        last = self.blocks[-1]
        weights = last.cross.weights(last.cross_norm(x).flatten(1, -2), slsr).mean(1)  # (B, T N, K)
        return weights.unflatten(1, queries.shape[1:3])
