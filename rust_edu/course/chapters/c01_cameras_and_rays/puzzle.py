"""Exercise 01.6, the convention puzzle: cases, known mistakes, the property that all eight are recovered."""

import math

import torch
from torch import Generator, Tensor

from .... import cameras
from ....cameras import from_rotation, invert, orbit_position
from ...checking.exercise import Case, Diagnosis, Suspect
from .common import PUZZLE, once_shapes_fit, random_camera, uniform
from .mysteries import AXES, ray_miss, read_back, recover_cameras, write_down

KINDS = [(axes, inverse) for inverse in (False, True) for axes in AXES]


def puzzle(g: Generator, axes: str, inverse: bool, world: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """A mystery set as `recover_cameras` gets it: stored cameras, K, and where the balls were found."""
    V, P = (int(torch.randint(low, 8, (1,), generator=g)) for low in (4, 5))
    balls = torch.cat([uniform(g, P, 2, low=-1.2, high=1.2), uniform(g, P, 1, low=0.1)], -1)
    heading = 6.0 * uniform(g, 1)
    position = orbit_position(heading + uniform(g, V, low=-1.4, high=1.4), uniform(g, V, low=0.25),
                              uniform(g, V, low=3.2, high=5.2))
    poses = cameras.look_at(position, 0.3 * uniform(g, V, 3))
    K = cameras.intrinsics(96, 128, math.radians(55))
    local = (balls - poses[:, None, :3, 3]) @ poses[:, :3, :3]
    pixels = (local @ K.T)[..., :2] / local[..., 2:] + 0.2 * torch.randn(V, P, 2, generator=g)
    return write_down(poses if world is None else world @ poses, axes, inverse), K, pixels


def cases(g):
    order = torch.randperm(len(KINDS), generator=g).tolist()
    for n, index in enumerate(order, 1):  # every convention once, so that no guess is right often enough
        yield Case(f"mystery {n} of {len(order)}, in a world turned at random",
                   *puzzle(g, *KINDS[index], world=random_camera(g)))


def by_half(keep):
    """A reading whose inverse transposes the rotation, and makes of the translation what `keep` says."""
    def read(stored, axes, inverse):
        half = from_rotation(stored[:, :3, :3].mT, keep * stored[:, :3, 3]) if inverse else stored
        return half * torch.tensor([*AXES[axes], 1.0])
    return read


def search(kinds, read=read_back, best=min):
    """The search with other hypotheses, another way to read them, or another choice."""
    def mistake(stored, K, pixels):
        return best((read(stored, *kind) for kind in kinds), key=lambda c: ray_miss(c, K, pixels))
    return mistake


def before_the_inverse(stored, axes, inverse):
    theirs = stored * torch.tensor([*AXES[axes], 1.0])
    return invert(theirs) if inverse else theirs


def _found(stored, K, pixels, signs=True, inverse=True):
    """The right convention, of which one half is forgotten in what is returned."""
    axes, inverted = min(KINDS, key=lambda kind: ray_miss(read_back(stored, *kind), K, pixels))
    return read_back(stored, axes if signs else OURS, inverted and inverse)


OURS = "right, down, forward"
SUSPECTS = (
    Suspect("as-stored", lambda s, K, p: s, "You return the matrices as they are stored. Seven of the eight "
            "conventions must be changed.", PUZZLE),
    Suspect("nothing-returned", lambda s, K, p: None, "`recover_cameras` returns None. Is a `return` missing, or was "
            "the variable that it returns never set? A smallest miss so far begins at infinity: nothing is below 0.",
            PUZZLE),
    Suspect("always-inverted", lambda s, K, p: invert(s), "You invert whatever comes, and leave the axes as they are.",
            PUZZLE),
    Suspect("always-opengl", lambda s, K, p: read_back(s, "right, up, backward", False), "You always flip y and z, as "
            "for a set from OpenGL or Blender. These sets do not say where they come from.", PUZZLE),
    Suspect("never-inverted", search(KINDS[:4]), "You try the axes and never the inverse: a set may store "
            "world-to-camera.", PUZZLE),
    Suspect("only-inverted", search(KINDS[4:]), "You try the axes of the inverse only: a set may store "
            "camera-to-world.", PUZZLE),
    Suspect("axes-never-tried", search([(OURS, False), (OURS, True)]), "Your cameras never get other axes. If you do "
            "try signs, look at the side: `signs @ pose` changes the axes of the world, which no picture can show; "
            "`pose @ signs` changes those of the camera.", PUZZLE),
    Suspect("signs-before-inverse", search(KINDS, before_the_inverse), "You change the signs first and invert then. In "
            "a world-to-camera matrix the camera's axes are rows: invert first, then change the columns.", PUZZLE),
    Suspect("world-to-camera", lambda s, K, p: invert(recover_cameras(s, K, p)), "You found the right convention, and "
            "return the inverse of what was asked for: world-to-camera. Wanted is camera-to-world, the matrices whose "
            "rays meet.", PUZZLE),
    Suspect("signs-not-applied", lambda s, K, p: _found(s, K, p, signs=False), "You find the right convention, invert "
            "where that is needed, and return the cameras in *their* axes. Return the matrices that you tried, with "
            "the signs.", PUZZLE),
    Suspect("inverse-not-applied", lambda s, K, p: _found(s, K, p, inverse=False), "You find the right convention and "
            "change the axes, but of `stored` as it is. Where it was world-to-camera, return its inverse: the matrices "
            "that you tried.", PUZZLE),
    *(Suspect("half-inverse", search(KINDS, by_half(keep)), "Your inverse transposes the rotation, and does not turn "
              "the translation: it is -R^T t. `torch.linalg.inv` does both.", PUZZLE) for keep in (1.0, -1.0)),
    Suspect("worst", search(KINDS, best=max), "You return the hypothesis whose rays miss each other by the most.",
            PUZZLE),
)


def _on_the_world_side(back: Tensor, stored: Tensor) -> bool:
    """Whether the result is a stored matrix or its inverse with signs multiplied from the left."""
    signs = [torch.tensor([*s, 1.0])[:, None] for s in list(AXES.values())[1:]]
    return any((back - s * m).abs().max() < 1e-3 for s in signs for m in (stored, invert(stored)))


def _transposed(back: Tensor) -> bool:
    """Whether the results have a translation in their last row, where 0, 0, 0, 1 belongs."""
    return bool((back[:, 3, :3].abs().amax(-1) > 1e-2).all())


def _differs_by_camera(back: Tensor, stored: Tensor) -> bool:
    """Whether each camera is read in one of the eight ways, and not all in the same."""
    ways = torch.stack([(back - read_back(stored, *kind)).abs().amax((1, 2)) < 1e-3 for kind in KINDS])
    return bool(ways.any(0).all() and not ways.all(1).any())


@once_shapes_fit(recover_cameras, cases)
def solves_every_convention(yours, g):
    """All eight conventions are recovered, whichever way the world lies"""
    found, missed, world_side, transposed, single, error = {}, 0.0, 0, 0, 0, None
    for kind in KINDS:
        for upright in (True, False):
            stored, K, pixels = puzzle(g, *kind, world=None if upright else random_camera(g))
            try:
                back = yours(stored, K, pixels).to(stored)
            except Diagnosis as raised:  # one camera alone makes a singular system in some of the sets
                found[(kind, upright)], error = False, raised
                if raised.name == "exception":
                    continue
                raise
            found[(kind, upright)] = good = bool((back - read_back(stored, *kind)).abs().max() < 1e-3)
            missed = missed if good else max(missed, ray_miss(back, K, pixels))
            transposed += _transposed(back)
            single += _differs_by_camera(back, stored)
            world_side += not good and _on_the_world_side(back, stored)
    if all(found.values()):
        return
    if transposed:
        raise Diagnosis("transposed-4x4", "You have transposed whole matrices to invert them. Only R may be "
                        "transposed, not t. A transposed matrix has zeros in its last column, so all "
                        "cameras stand at the origin and their rays meet there, whatever the pictures "
                        "show. Use `torch.linalg.inv`.",
                        seen=f"in {transposed} of 16 sets, the translation in the last row",
                        expected="a last row of 0, 0, 0, 1", reread=PUZZLE)
    if single:
        raise Diagnosis("camera-by-camera", "You choose a convention for each camera by itself. One camera's rays "
                        "always meet, where it stands, so its miss tells nothing: all cameras of a set share one "
                        "convention, and `miss` needs them all at once.",
                        seen=f"cameras of one set read in different conventions, in {single} of 16 sets",
                        expected="one convention for each set", reread=PUZZLE)
    if error is not None:
        raise error
    if world_side > 4:
        raise Diagnosis("world-side", "Your signs are multiplied from the left: they change the rows of the matrix, "
                        "which are the axes of the world, and no picture can show that. The camera's axes are the "
                        "columns of R: `pose @ signs`.", seen=f"signs on the left in {world_side} of 16 sets",
                        expected="signs on the right", reread=PUZZLE)
    solved = [kind for kind in KINDS if found[(kind, True)] and found[(kind, False)]]
    upright = [kind for kind in KINDS if found[(kind, True)]]
    if len(upright) >= len(solved) + 3:
        raise Diagnosis("world-assumed", "Your answer depends on where the world's floor or origin lies. A data set "
                        "may put them anywhere: only the pictures and the cameras among each other can be trusted.",
                        seen=f"{len(upright)} of 8 recovered with the floor at z = 0, {len(solved)} in a turned world",
                        expected="8 and 8", reread=PUZZLE)
    seen, lost = f"{len(solved)} of 8 conventions recovered", [kind for kind in KINDS if kind not in solved]
    axes = {kind[0] for kind in lost}
    if solved and not any(kind[0] in axes for kind in solved):
        raise Diagnosis("axes-missing", f"Sets whose axes are {' or '.join(sorted(axes))} are never recovered.",
                        seen=seen, expected="8 of 8", reread=PUZZLE)
    if solved and len(lost) == 4 and len({kind[1] for kind in lost}) == 1:
        what = "world-to-camera" if lost[0][1] else "camera-to-world"
        raise Diagnosis("direction-missing", f"Sets that store {what} are never recovered.", seen=seen,
                        expected="8 of 8", reread=PUZZLE)
    raise Diagnosis("rays-do-not-meet", "With the cameras that you return, rays of the same ball do not meet.",
                    seen=f"{seen}; in the others rays miss by up to {missed:.2g} units",
                    expected="8 of 8, where rays miss by about 0.01 units", reread=PUZZLE)
