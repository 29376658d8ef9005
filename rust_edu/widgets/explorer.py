"""The explorer: drag a latent pose and watch the view move. Its page is `explorer.js`, its logic `session`.

Public: `LatentPoseExplorer`.
"""

import math

import torch
from torch import Tensor

from ..cameras import orbit_position
from ..evaluation.probes import QUANTITIES, circular_mean
from ..evaluation.protocol import INPUTS
from ..models.weights import BEST
from .base import CourseWidget, poster, rgb, source
from .places import Place, fresh, shelf, shown_worlds, weights_for
from .session import ExplorerSession, Sight, trained_on

UNITS = (180 / math.pi, 180 / math.pi, 1.0)  # radians and scene units -> what the page shows
SCATTERED = 500  # points in the scatter, at most


class LatentPoseExplorer(CourseWidget):
    """A scene seen through eight numbers that nobody labelled. Needs shipped weights: those called `name` for scenes
    of all worlds, or, if none are named, for each world those of the model that knows it best.

    Raises WeightsError if there are none. `explorer.session` is the same walk without the widget.
    """

    _esm = source("parts.js", "drawings.js", "controls.js", "scenes.js", "explorer.js")

    def __init__(self, name: str | None = None) -> None:
        super().__init__()
        self._name, self._sessions = name, {}
        world = trained_on(name or BEST)
        self.session = self._session(world)
        self._size = self.session.model.config.size  # of all weights that ship
        self._enter(shelf(world, self._size).place(0))
        self.answers = {
            "hello": lambda _: (self._scene() | self._space(), self._pictures()),
            "shelf": self._shelf,
            "scene": lambda r: self._enter(shelf(r["world"], self._size).place(int(r["index"]))),
            "surprise": lambda r: self._enter(fresh(r["world"], int(r["seed"]), self._size)),
            "move": lambda r: self._sight(self.session.move(
                {int(k): float(v) for k, v in r.get("components", {}).items()},
                {int(k): float(v) for k, v in r.get("numbers", {}).items()},
                tuple(float(v) / unit for v, unit in zip(r.get("orbit", (0, 0, 0)), UNITS)), r.get("share"))),
            "start": lambda r: self._sight(self.session.start_from(int(r["view"]))),
            "reset": lambda _: self._sight(self.session.reset()),
            "ends": lambda r: ({"kind": "path", "path": self._on_plan(
                self.session.set_ends(int(r["from"]), int(r["to"])))}, []),
            "ask": self._ask,
            "gif": lambda _: ({"kind": "gif"}, [self.session.gif()]),
        }

    def _weights(self, world: str) -> str:
        return self._name or weights_for(world)

    def _session(self, world: str) -> ExplorerSession:
        """The session for scenes of a world: one for each set of weights, made when first needed."""
        name = self._weights(world)
        if name not in self._sessions:
            self._sessions[name] = ExplorerSession.from_pretrained(name)
        return self._sessions[name]

    def _enter(self, place: Place) -> tuple[dict, list[bytes]]:
        before, session = self.session, self._session(place.world)
        sight = session.enter(place)
        self.session = session
        self._middle = float(circular_mean(self.session.cameras[:INPUTS, 0]))
        self.poster = poster(place.views.images[0, :INPUTS], {
            "a new view": place.views.images[0, session.compared],
            f"RUST's picture of it: {sight.psnr:.1f} dB": sight.picture})
        self.alt = (f"The latent pose explorer, as a still picture. Left: {INPUTS} input views of a scene "
                    f"({place.title}). Right: a new view, and RUST's picture of it, "
                    f"{sight.psnr:.1f} dB. Run the cell to move it.")
        return self._scene() | (self._space() if session is not before else {}), self._pictures()

    def _scene(self) -> dict:
        """Everything about the scene that was entered, and where one stands in it."""
        session, place = self.session, self.session.place
        scene, there = place.scene, place.scene.shape[0] >= 0
        centre, heading = scene.centre[0][there].double(), self._middle
        sight = session.view()
        return self._sight(sight)[0] | {
            "kind": "scene", "world": place.world, "title": place.title, "inputs": INPUTS, "size": self._size,
            "known": place.world == session.space.world, "ends": list(session.ends), "middle": math.degrees(heading),
            "cameras": self._on_plan(place.views.camera_to_world[0, :, :3, 3].double()),
            "sigmasOfViews": _rounded(session.space.to_sigmas(session.poses)),
            "path": self._on_plan(session.set_ends(*session.ends)),
            "objects": [{"at": at, "size": size, "colour": colour} for at, size, colour in zip(
                self._on_plan(centre), _rounded(scene.half_size[0][there]),
                (scene.colour[0][there].sqrt() * 255).round().int().tolist())],
        }

    def _pictures(self) -> list[bytes]:
        """Of the scene: the current picture, then all its views."""
        return [rgb(self.session.view().picture), *(rgb(view) for view in self.session.place.views.images[0])]

    def _sight(self, sight: Sight) -> tuple[dict, list[bytes]]:
        camera = [float(value) * unit for value, unit in zip(sight.camera, UNITS)]
        return {"kind": "sight", "sigmas": _rounded(sight.sigmas), "latent": _rounded(sight.latent),
                "camera": camera, "position": self._on_plan(sight.position), "beyond": sight.beyond,
                "far": sight.far, "psnr": min(sight.psnr, 99.0), "compared": self.session.compared,
                }, [rgb(sight.picture)]

    def _shelf(self, request: dict) -> tuple[dict, list[bytes]]:
        there = shelf(request["world"], self._size)
        return {"kind": "shelf", "world": there.world, "first": there.first, "count": len(there)}, [
            rgb(view) for view in there.views.images[:, 0]]

    def _ask(self, request: dict) -> tuple[dict, list[bytes]]:
        x, y = int(request["x"]), int(request["y"])
        return {"kind": "attention", "x": x, "y": y, "weights": self.session.attention(x, y).tolist()}, []

    def _space(self) -> dict:
        """What was measured of the latent space, for the page. Sent when it becomes another."""
        space, worlds = self.session.space, shown_worlds()
        some = torch.linspace(0, len(space.samples) - 1, min(SCATTERED, len(space.samples))).long()
        numbers = space.to_latents(space.samples)
        return {"space": {
            "weights": self._weights(self.session.place.world), "world": space.world, "worlds": worlds,
            "trained": sorted({trained_on(self._weights(world)) for world in worlds}),
            "frame": space.frame, "circle": bool(space.ring),
            "components": [{"name": name, "follows": follows.name, "strength": follows.strength,
                            "low": low, "high": high, "share": share}
                           for name, follows, low, high, share in zip(
                               space.names, space.follows, space.low.tolist(), space.high.tolist(),
                               space.components.ratio.tolist())],
            "numbers": [{"low": low, "high": high} for low, high in zip(
                numbers.amin(0).tolist(), numbers.amax(0).tolist())],
            "error": [float(e) * unit for e, unit in zip(space.median_error, UNITS)],
            "quantities": list(QUANTITIES),
            "samples": _rounded(space.samples[some]),
            "known": _rounded(space.known[some] * torch.tensor(UNITS).double()),
        }}

    def _on_plan(self, positions: Tensor) -> list:
        """World positions (..., 3), turned so that the middle of the input cameras is in the same place always."""
        turn, lengths = -math.pi / 2 - self._middle, positions.norm(dim=-1)
        azimuth = torch.atan2(positions[..., 1], positions[..., 0]) + turn
        elevation = torch.asin((positions[..., 2] / lengths.clamp(min=1e-9)).clamp(-1, 1))
        return _rounded(orbit_position(azimuth, elevation, lengths))


def _rounded(values: Tensor) -> list:
    """As lists, with as many digits as a page needs."""
    return (values.double() * 1e4).round().div(1e4).tolist()
