"""The optimiser: Muon for the matrices inside the transformer, AdamW for everything else.

Muon (K. Jordan and others, 2024) takes the momentum of a weight matrix and makes all its singular values
about equal before stepping: every direction of the matrix learns at the same pace. torch has a Muon since
2.9; ours differs in two things that matter here: it runs on every torch since 2.6, and it iterates in float32
on all matrices of a shape at once (bfloat16, as in torch, is several times slower on a CPU).
`benchmarks/README.md` has the comparison with AdamW.

Public: `Muon`, `orthogonalise`, `make_optimizers`.
"""

import torch
from torch import Tensor, nn

# Of the quintic iteration: steepest at 0, so that small singular values rise fast; they end in 0.7 .. 1.2,
# not at 1.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalise(matrices: Tensor, steps: int = 5) -> Tensor:
    """About the nearest matrices with all singular values 1: U V^T of (n, rows, columns) = U S V^T.

    By a Newton-Schulz iteration, with products of matrices alone. Singular values come out between 0.6 and
    1.3, unless they were below about a thousandth of the Frobenius norm; a matrix of zeros stays zero.
    """
    a, b, c = COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised; one group of parameters for each shape of matrix, stepped together.

    `matrices` (rows, columns) as nn.Linear has them: outputs, inputs. A matrix without gradient counts as one
    with gradient zero: its momentum still moves it.
    """

    def __init__(self, matrices: list[Tensor], lr: float, momentum: float = 0.95) -> None:
        shapes: dict[tuple[int, ...], list[Tensor]] = {}
        for matrix in matrices:
            shapes.setdefault(tuple(matrix.shape), []).append(matrix)
        super().__init__([{"params": group} for group in shapes.values()], dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self, closure=None) -> None:
        for group in self.param_groups:
            matrices, momentum = group["params"], group["momentum"]
            gradient = torch.stack([m.grad if m.grad is not None else torch.zeros_like(m) for m in matrices])
            state = self.state[matrices[0]]  # the whole group's momentum is kept with its first matrix
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(gradient)
            state["momentum"].lerp_(gradient, 1 - momentum)
            update = orthogonalise(gradient.lerp(state["momentum"], momentum))
            # Tall matrices get longer steps, so that outputs change by as much as those of square ones.
            scale = max(1.0, gradient.shape[-2] / gradient.shape[-1]) ** 0.5
            torch._foreach_add_(matrices, list(update.unbind()), alpha=-group["lr"] * scale)


def make_optimizers(model: nn.Module, learning_rate: float, muon: float) -> list[torch.optim.Optimizer]:
    """AdamW for all parameters if `muon` is 0, else Muon with that learning rate for the matrices of the
    blocks.

    Every parameter is in exactly one of them. Stems, positions, biases, norms, the query and render MLPs and
    the layer that makes latent poses are AdamW's.
    """
    inside = [p for name, p in model.named_parameters() if ".blocks." in name and p.ndim == 2] if muon else []
    taken = {id(p) for p in inside}
    rest = [p for p in model.parameters() if id(p) not in taken]
    adam = torch.optim.AdamW(rest, lr=learning_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    return [adam, Muon(inside, lr=muon)] if inside else [adam]
