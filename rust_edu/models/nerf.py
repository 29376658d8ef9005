"""NeRF and NeRF--: one scene in the weights of one small network, with cameras that are told, or learned.

    NeRF           a point of the world -> how dense it is there, and of what colour (arXiv 2003.08934)
    LearnedCameras a rotation vector and a translation for each view, learned with the scene (NeRF--, arXiv 2102.07064)
    octave_weights BARF's way to show a network the coarse octaves first (arXiv 2104.06405)

Where we depart from the paper: one network (NeRF has a coarse and a fine one; at 32x32 the second costs more than it
shows, and two that must both begin to learn fail more often), no viewing direction (our materials are matt), a density
that cannot be born dead (see `NeRF.forward`).

Public: `NeRF`, `NeRFConfig`, `LearnedCameras`, `octave_weights`.
Axes: V views, N rays, S samples along one, H W pixels.
"""

import math
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..cameras import check_cameras, from_rotation, pixel_centres, pixel_rays, so3_exp
from ..errors import InputError
from .layers import MLP, fourier_features
from .volume import Rendered, render_rays, sample_distances

RAYS_AT_ONCE = 4096  # of a picture: the points of more do not fit into a CPU's cache


@dataclass(frozen=True)
class NeRFConfig:
    """What sizes a NeRF. Lengths are in units of the scene."""

    octaves: int = 6  # of the positional encoding: waves of length 8, 4, ... 1/4 (a pixel covers about 0.1 of a scene)
    start: int = -2  # the first octave: sin(pi 2^start x), whose wave of length 8 is as long as a scene is wide
    width: int = 64
    layers: int = 3  # hidden ones
    samples: int = 32  # along a ray
    near: float = 1.5  # where rays begin: in front of whatever stands in the world `sector`
    far: float = 9.0  # where they end, and the sky is painted: too near, and the floor would end before its horizon

    def __post_init__(self) -> None:
        for name, least in (("octaves", 0), ("width", 1), ("layers", 1), ("samples", 2)):
            if getattr(self, name) < least:
                raise InputError(f"a NeRF with {name} = {getattr(self, name)}", f"{least} or more")
        if not 0.0 <= self.near < self.far < math.inf:
            raise InputError(f"a NeRF with near = {self.near} and far = {self.far}", "0 <= near < far, both finite")


def octave_weights(alpha: float, octaves: int) -> Tensor:
    """Weights (octaves,), 0 to 1, of the octaves of a positional encoding: octave k fades in as alpha goes from k to
    k + 1 (BARF, equation 14). At alpha = 0 none is there, at alpha = octaves all are, as in NeRF.

    While a camera is far off, fine waves only tell it the nearest false match; coarse ones tell it where to go.
    """
    k = torch.arange(octaves)
    return 0.5 * (1.0 - torch.cos(math.pi * (alpha - k).clamp(0.0, 1.0)))


class NeRF(nn.Module):
    """A scene: an MLP from a point, itself and as Fourier features, to density and colour."""

    def __init__(self, config: NeRFConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or NeRFConfig()
        self.mlp = MLP(3 + 6 * config.octaves, *[config.width] * config.layers, 4)

    def features(self, points: Tensor, alpha: float | None = None) -> Tensor:
        """What the MLP sees of points (..., 3): (..., 3 + 6 octaves). `alpha`: see `octave_weights`; None: all."""
        features = fourier_features(points, self.config.octaves, self.config.start)
        if alpha is not None:  # sines, then cosines; in both, for x, y and z, the octaves in order
            features = features * octave_weights(alpha, self.config.octaves).to(features).repeat(6)
        return torch.cat([points, features], dim=-1)

    def forward(self, points: Tensor, alpha: float | None = None) -> tuple[Tensor, Tensor]:
        """Density (...), above 0 and per unit of length, and colour (..., 3), in (0, 1), at points (..., 3)."""
        raw, colour = self.mlp(self.features(points, alpha)).split([1, 3], dim=-1)
        # NeRF takes a ReLU. Where it begins negative everywhere it has no gradient: the scene stays empty for ever,
        # depending on the seed. softplus(x - 1), as in mip-NeRF, begins as a thin fog and always has a gradient.
        return F.softplus(raw.squeeze(-1) - 1.0), colour.sigmoid()

    def render(self, origins: Tensor, directions: Tensor, generator: torch.Generator | None = None,
               alpha: float | None = None) -> Rendered:
        """What rays, each (N, 3), see. Samples are drawn from the generator; without one, at fixed distances."""
        c = self.config
        distances = sample_distances(len(origins), c.near, c.far, c.samples, generator, origins.device)
        return render_rays(partial(self, alpha=alpha), origins, directions, distances)

    @torch.no_grad()
    def pictures(self, camera_to_world: Tensor, K: Tensor, height: int, width: int,
                 alpha: float | None = None) -> tuple[Tensor, Tensor]:
        """Pictures (V, H, W, 3) in [0, 1] and depth (V, H, W) from cameras (V, 4, 4) with intrinsics K (3, 3).

        The depth is the expected one, along the camera's z axis as the renderer's; the sky's is near `far`.
        Raises InputError for cameras that are none.
        """
        check_cameras(camera_to_world)
        pixels = pixel_centres(height, width, device=K.device).reshape(-1, 2)
        origins, directions = pixel_rays(camera_to_world, K, pixels)  # (V, H W, 3)
        seen = [self.render(o, d, alpha=alpha) for o, d in zip(origins.reshape(-1, 3).split(RAYS_AT_ONCE),
                                                               directions.reshape(-1, 3).split(RAYS_AT_ONCE))]
        colour, distance = (torch.cat(parts) for parts in list(zip(*seen))[:2])
        forward = camera_to_world[:, None, :3, 2]
        depth = distance.view(-1, height * width) * (directions * forward).sum(-1)
        return colour.view(-1, height, width, 3).clamp(0.0, 1.0), depth.view(-1, height, width)


class LearnedCameras(nn.Module):
    """Cameras that training may correct: each is a start times a small motion, which begins as none.

    camera_to_world = start @ [exp(rotation) translation], as `cameras.perturb` makes noise: a camera turns where it
    stands, and moves along its own axes. NeRF-- learns rotation vector and position in the world; where its cameras
    all start from the same pose the two differ little, and ours starts from any.
    """

    def __init__(self, start: Tensor) -> None:
        """`start` (V, 4, 4). Raises InputError for cameras that are none."""
        super().__init__()
        check_cameras(start)
        self.register_buffer("start", start.detach().clone())
        self.rotation = nn.Parameter(torch.zeros(len(start), 3, device=start.device))  # axis times angle, radians
        self.translation = nn.Parameter(torch.zeros(len(start), 3, device=start.device))  # units of the scene

    def forward(self) -> Tensor:
        """camera_to_world (V, 4, 4)."""
        return self.start @ from_rotation(so3_exp(self.rotation), self.translation)
