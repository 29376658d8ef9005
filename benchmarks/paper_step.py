"""A training step at the paper's size, beside SRT written down plainly: `python -m benchmarks.paper_step [rounds]`.

The improved SRT with 41 M parameters, 2 scenes, 5 input views of 64x64 and 3 targets of 256 queries. CPU seconds
of one thread: other work on the machine stretches the wall clock, and these by far less. Ours and the plain one
(`benchmarks.plain_srt`) take steps in turns, and the medians count; before that, both must make the same SLSR and
the same colours with the same weights. A step's arithmetic a second is set beside that of one large matrix
product: what is left to gain without doing less arithmetic, or a coarser one. What was learned with it is in
benchmarks/README.md.
"""

import platform
import sys
import time
from dataclasses import replace
from statistics import median

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from rust_edu.cameras import intrinsics, look_at
from rust_edu.models import make_model
from rust_edu.training.loop import training_step
from rust_edu.training.optimizer import make_optimizers
from rust_edu.training.profiles import PROFILES
from rust_edu.training.record import hardware
from rust_edu.views import Views

from .plain_srt import PlainSRT
from .training import step_flops

_PAPER = PROFILES["paper"]
PROFILE = replace(_PAPER, model=replace(_PAPER.model, size=64), batch=2, target_views=3, queries=256)
INPUTS = PROFILE.input_views[0]
PARTS = ("stem", "encoder", "decoder", "optimiser")
EQUAL = 1e-4  # largest difference of two numbers of the SLSR, or two colours
MATRIX = 1536  # as wide as the hidden layers


def noise_views(seed: int = 0) -> Views:
    """Noise instead of scenes, seen from anywhere."""
    generator, size = torch.Generator().manual_seed(seed), PROFILE.model.size
    shape = PROFILE.batch, INPUTS + PROFILE.target_views
    cameras = look_at(torch.randn(*shape, 3, generator=generator) + 3.0, torch.zeros(3))
    return Views(torch.rand(*shape, size, size, 3, generator=generator), cameras, intrinsics(size, size, 1.0))


class Stepper:
    """Training steps of a model, with the CPU seconds of each part: forward and backward of stem, encoder (its
    transformer) and decoder (queries and loss with it), and the optimiser (clipping with it)."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer, views: Views) -> None:
        self.model, self.optimizer, self.views = model, optimizer, views
        self.generator = torch.Generator().manual_seed(0)
        self.marks: list[float] = []
        for module in (model.encoder.stem, model.encoder):
            module.register_forward_hook(self._mark_both_ways)

    def _mark(self, *_) -> None:
        self.marks.append(time.process_time())

    def _mark_both_ways(self, module: nn.Module, given: tuple, output: Tensor) -> None:
        self._mark()
        output.register_hook(self._mark)  # when all that came after it has been gone through backwards

    def step(self) -> dict[str, float]:
        self.marks.clear()
        self._mark()
        loss = training_step(self.model, self.views, INPUTS, PROFILE.model, PROFILE.queries, self.generator)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._mark()
        nn.utils.clip_grad_norm_(self.model.parameters(), PROFILE.clip)
        self.optimizer.step()
        self._mark()
        start, stem, encoder, encoder_back, stem_back, end, stepped = self.marks
        return {"stem": stem - start + end - stem_back, "encoder": encoder - stem + stem_back - encoder_back,
                "decoder": encoder_back - encoder, "optimiser": stepped - end, "whole": stepped - start}


@torch.no_grad()
def largest_difference(ours: nn.Module, plain: nn.Module, views: Views) -> float:
    """Between two models' SLSRs (whose numbers are of size 1), and colours at some pixels of the targets."""
    given, targets = views.split(INPUTS)
    positions = ours.positions()[::16]
    pairs = zip(*((model.encode(given), model(given, targets, positions)) for model in (ours, plain)))
    return max((a - b).abs().max().item() for a, b in pairs)


def matrix_product() -> float:
    """CPU seconds of one."""
    a, b = torch.rand(2, MATRIX, MATRIX)
    started = time.process_time()
    a @ b
    return time.process_time() - started


def measure(rounds: int) -> tuple[float, float, dict[str, dict[str, float]]]:
    """The largest difference of what both compute, and CPU seconds: of a matrix product, of both steps' parts.

    Raises SystemExit where the two models are not one.
    """
    torch.manual_seed(0)
    ours, plain, views = make_model("srt", PROFILE.model), PlainSRT(PROFILE.model), noise_views()
    plain.load_state_dict(ours.state_dict())
    if (difference := largest_difference(ours, plain, views)) > EQUAL:
        raise SystemExit(f"the two models differ by {difference:.2g}; expected at most {EQUAL}")
    optimizer, = make_optimizers(ours, PROFILE.learning_rate, PROFILE.muon)
    arguments = {name: optimizer.defaults[name] for name in ("lr", "betas", "weight_decay")}
    steppers = {"ours": Stepper(ours, optimizer, views),
                "plain": Stepper(plain, torch.optim.AdamW(plain.parameters(), **arguments), views)}
    times: dict[str, list[dict[str, float]]] = {name: [] for name in steppers}
    products = []
    for turn in range(rounds + 2):  # the first two warm up: memory is asked for, the optimiser's state is made
        for name, stepper in steppers.items():
            seconds = stepper.step()
            if turn > 1:
                times[name].append(seconds)
        products.append(matrix_product())
    medians = {name: {part: median(s[part] for s in each) for part in each[0]} for name, each in times.items()}
    return difference, median(products), medians


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    torch.set_num_threads(1)
    console = Console(highlight=False)
    console.print(f"{hardware(torch.device('cpu'))}; Python {platform.python_version()}, torch {torch.__version__}")
    difference, product, seconds = measure(rounds)
    ours, plain = seconds["ours"], seconds["plain"]
    table = Table("CPU seconds a step", "ours", "plain", "ratio")
    for part in (*PARTS, "whole"):
        table.add_row(part, f"{ours[part]:.3f}", f"{plain[part]:.3f}", f"{ours[part] / plain[part]:.2f}")
    console.print(table)
    console.print(f"what they compute differs by at most {difference:.1g}; medians of {rounds} steps each, in turns")
    rate, peak = step_flops(PROFILE, "srt") / ours["whole"] / 1e9, 2e-9 * MATRIX**3 / product
    console.print(f"a step of ours: {rate:.0f} GFLOP/s, {rate / peak:.0%} of a product of two {MATRIX}x{MATRIX} "
                  f"matrices ({peak:.0f} GFLOP/s)", soft_wrap=True)


if __name__ == "__main__":
    main()
