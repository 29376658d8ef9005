"""What the explorer computes: a latent pose in; the picture, the camera it seems to be, and the attention out.

Nothing here knows of a widget, so all of it can be tested, measured and used without one:

    session = ExplorerSession.from_pretrained("fine")
    session.enter(fresh("sector", seed=1, size=32))
    session.orbit(azimuth=0.2)
    picture = session.view().picture

The scene is encoded once, when it is entered; a move costs one forward pass of the decoder.
Public: `ExplorerSession`, `Sight`, `trained_on`, `as_bytes`. Angles are in radians.
"""

import io
import math
from dataclasses import dataclass
from functools import cache

import torch
from PIL import Image
from torch import Tensor

from ..cameras import orbit_position, spherical
from ..errors import InputError
from ..evaluation.metrics import psnr
from ..evaluation.probes import wrap
from ..evaluation.protocol import INPUTS
from ..models import RUST
from ..models.weights import BEST, load_weights, shipped_weights
from ..threads import one_thread
from ..views import half
from .places import Place
from .space import PoseSpace

GIF_ZOOM, GIF_STEPS, GIF_FRAME = 8, 32, 60  # enlargement, steps from one end to the other, milliseconds a frame
LIMIT = 12.0  # standard deviations: nobody goes further, and float32 stays sound


@dataclass(frozen=True)
class Sight:
    """What is to be seen at the current latent pose."""

    picture: Tensor  # (H, W, 3) uint8
    latent: Tensor  # (L,) float64
    sigmas: Tensor  # (C,) the latent along the components, in standard deviations of the data
    camera: Tensor  # (3,) what the read-out takes it for: azimuth from the first input view, elevation, distance
    position: Tensor  # (3,) where that camera stands in the world
    beyond: list[int]  # components outside the range of the data
    far: bool  # the combination of all components is
    psnr: float  # decibels of the right half, against the view it is compared with


class ExplorerSession:
    """One reader's walk through the latent poses of one scene. `enter` a place first."""

    def __init__(self, model: RUST, space: PoseSpace) -> None:
        self.model, self.space = model, space

    @classmethod
    def from_pretrained(cls, name: str = BEST) -> "ExplorerSession":
        """A session with shipped weights, measured now. Raises WeightsError if there are none."""
        model, _ = load_weights(shipped_weights("rust", name), RUST)
        with one_thread():
            return cls(model, PoseSpace.measure(model, trained_on(name)))

    @torch.no_grad()
    def enter(self, place: Place) -> Sight:
        """Go into a scene: encode its inputs, find the latent poses of all its views, begin at the first target."""
        with one_thread():
            inputs = place.views[:, :INPUTS]
            slsr = self.model.encode(inputs)
            poses = self.model.pose(inputs, place.views, slsr, right=False)[0].double()  # (V, L)
        self.place, self.slsr, self.poses = place, slsr, poses
        self.cameras = torch.stack(spherical(place.views.camera_to_world[0].double()), dim=-1)  # (V, 3)
        self.ends = (INPUTS, len(poses) - 1)
        return self.start_from(INPUTS)

    def start_from(self, view: int) -> Sight:
        """Jump to the latent pose of a view of the scene (inputs come first), and compare with that view."""
        self._check_view(view)
        self.compared, self.start = view, self.poses[view]
        return self.reset()

    def reset(self) -> Sight:
        """Back to the latent pose that was last started from, exactly."""
        self.latent = self.start
        return self.view()

    def move(self, components: dict[int, float] | None = None, numbers: dict[int, float] | None = None,
             orbit: tuple[float, float, float] = (0.0, 0.0, 0.0), share: float | None = None) -> Sight:
        """Everything that may change at once: positions along components (in standard deviations), raw numbers of the
        latent, a motion of the camera, the share of the way between the two ends of the journey.

        Raises InputError for a number that is not finite, and for a component or number that there is not."""
        given = [*(components or {}).values(), *(numbers or {}).values(), *orbit, share or 0.0]
        if not all(map(math.isfinite, given)):
            raise InputError("a motion by NaN or infinity", "finite numbers")
        if share is not None:
            self.travel(share)
        if components:
            sigmas = self.space.to_sigmas(self.latent)
            for component, value in components.items():
                self._check_index(component)
                sigmas[component] = value
            self.latent = self.space.to_latents(sigmas)
        for index, value in (numbers or {}).items():
            self._check_index(index)
            self.latent = self.latent.clone()
            self.latent[index] = value
        if any(orbit):
            change = torch.tensor(orbit, dtype=torch.float64)
            self.latent = self.space.moved(self.latent, self.poses[0], change)
        sigmas = self.space.to_sigmas(self.latent)
        if float(sigmas.abs().max()) > LIMIT:
            self.latent = self.space.to_latents(sigmas.clamp(-LIMIT, LIMIT))
        return self.view()

    def orbit(self, azimuth: float = 0.0, elevation: float = 0.0, distance: float = 0.0) -> Sight:
        """Move the latent pose so that the read-out's camera moves by so much."""
        return self.move(orbit=(azimuth, elevation, distance))

    def set_ends(self, start: int, end: int) -> Tensor:
        """Choose the journey's two views; returns the positions (N, 3) of the read-out's camera on the way."""
        self._check_view(start)
        self._check_view(end)
        self.ends = (start, end)
        return torch.stack([self._position(self._between(share)) for share in torch.linspace(0, 1, 17).tolist()])

    def travel(self, share: float) -> Sight:
        """Stand at this share, 0 to 1, of the way between the latents of the two ends."""
        self.latent = self._between(min(max(float(share), 0.0), 1.0))
        return self.view()

    @torch.no_grad()
    def view(self) -> Sight:
        """The picture at the current latent pose, and what is known about it."""
        with one_thread():
            picture = as_bytes(self._render(self.latent[None])[0])
        truth = self.place.views.images[0, self.compared]
        beyond, far = self.space.outside(self.latent)
        decibels = psnr(half(picture / 255, right=True), half(truth, right=True))
        return Sight(picture, self.latent, self.space.to_sigmas(self.latent),
                     self.space.camera(self.latent, self.poses[0]), self._position(self.latent), beyond, far,
                     float(decibels))

    @torch.no_grad()
    def attention(self, x: int, y: int) -> Tensor:
        """Where the decoder looks for the colour of pixel (x, y): weights (V, h, w) of the patches of the inputs; their
        sum is 1."""
        config = self.model.config
        if not (0 <= x < config.size and 0 <= y < config.size):
            raise InputError(f"pixel ({x}, {y})", f"both from 0 to {config.size - 1}")
        side = config.query_patch
        position = torch.tensor([[(x // side + 0.5) * side, (y // side + 0.5) * side]])
        queries = self.model.queries(self.latent.float()[None, None], position)
        weights = self.model.decoder.attention(queries, self.slsr).flatten()
        grid = config.size // config.patch
        return weights.view(-1, grid, grid)

    @torch.no_grad()
    def gif(self) -> bytes:
        """The journey from one end to the other and back, as an animated GIF."""
        shares = torch.linspace(0, 1, GIF_STEPS).tolist()
        with one_thread():
            pictures = as_bytes(self._render(torch.stack([self._between(share) for share in shares])))
        size = self.model.config.size * GIF_ZOOM
        # Colours are chosen before the picture is enlarged: there are as many then, and fewer pixels to look at.
        frames = [Image.fromarray(p.numpy()).quantize().resize((size, size), Image.Resampling.NEAREST)
                  for p in pictures]
        there, *back = frames + frames[-2:0:-1]
        file = io.BytesIO()
        there.save(file, "GIF", save_all=True, append_images=back, duration=GIF_FRAME, loop=0)
        return file.getvalue()

    def _between(self, share: float) -> Tensor:
        start, end = (self.poses[view] for view in self.ends)
        return self.space.between(start, end, share)

    def _render(self, latents: Tensor) -> Tensor:
        """Pictures (N, H, W, 3) in [0, 1] of latents (N, L)."""
        return self.model.render(latents.float()[None], self.slsr)[0]

    def _position(self, latent: Tensor) -> Tensor:
        azimuth, elevation, distance = self.space.camera(latent, self.poses[0])
        return orbit_position(wrap(azimuth + self.cameras[0, 0]), elevation, distance)

    def _check_view(self, view: int) -> None:
        if not 0 <= view < len(self.poses):
            raise InputError(f"view {view}", f"one of the scene's views, 0 to {len(self.poses) - 1}")

    def _check_index(self, index: int) -> None:
        if not 0 <= index < self.model.config.latent:
            raise InputError(f"number {index} of a latent pose", f"0 to {self.model.config.latent - 1}")


@cache
def trained_on(name: str) -> str:
    """The world that the shipped RUST of this name was trained on. Raises WeightsError if there is none."""
    return load_weights(shipped_weights("rust", name), RUST)[1].get("world", "sector")


def as_bytes(pictures: Tensor) -> Tensor:
    """Pictures in [0, 1] as uint8."""
    return (pictures * 255).round().to(torch.uint8)
