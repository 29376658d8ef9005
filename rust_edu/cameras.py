"""Cameras: intrinsics, camera-to-world matrices, pixel rays, relative poses and pose noise.

This is the one place where the package's geometric conventions are stated; everything else follows them.

    world    right-handed, z points up, the floor is the plane z = 0
    camera   x to the right of the picture, y down, z forward into the scene (the OpenCV convention)
    pose     `camera_to_world`, a (4, 4) matrix [R t; 0 1]: x_world = R x_camera + t, so t is where the camera
             stands and the columns of R are the camera's right, down and forward directions in the world
    pixels   position (x, y) in pixels: (0, 0) is the top left corner of the picture, (W, H) the bottom right
             one; the centre of the first pixel is (0.5, 0.5)
    intrinsics  K = [[f, 0, W/2], [0, f, H/2], [0, 0, 1]], the focal length f in pixels

Public: `intrinsics`, `look_at`, `from_rotation`, `pixel_centres`, `pixel_rays`, `invert`, `relative_pose`,
`rotation_angle`, `so3_exp`, `perturb`, `spherical`, `orbit_position`, `check_cameras`, `check_intrinsics`.
Axes: B scenes, V views, N pixels or rays, H W the picture. Leading axes, written `...`, are always free.
Angles are in radians, lengths in units of the scene, and `**factory` means dtype and device.
"""

import math

import torch
from torch import Tensor

from .errors import InputError


def intrinsics(height: int, width: int, field_of_view: float, **factory) -> Tensor:
    """K (3, 3) of a pinhole camera with square pixels, for pictures of `height` x `width` pixels.

    `field_of_view` is the horizontal angle in radians, in (0, pi): f = (W / 2) / tan(field_of_view / 2).
    Raises InputError for an angle outside that range or a picture without pixels.
    """
    if height < 1 or width < 1:
        raise InputError(f"a picture of {height}x{width} pixels", "a height and width of 1 or more")
    if not 0.0 < field_of_view < math.pi:
        raise InputError(f"field of view {field_of_view!r}", "an angle in radians between 0 and pi",
                         "Convert from degrees with math.radians.")
    focal = 0.5 * width / math.tan(0.5 * field_of_view)
    return torch.tensor([[focal, 0.0, width / 2], [0.0, focal, height / 2], [0.0, 0.0, 1.0]], **factory)


def look_at(position: Tensor, target: Tensor, up: Tensor | None = None) -> Tensor:
    """camera_to_world (..., 4, 4) of a camera at `position` (..., 3) that looks at `target` (..., 3).

    The picture's upright direction is `up` (..., 3), of any length, the world's z axis if not given. The
    three broadcast against each other. Raises InputError if a camera stands on its target or looks exactly
    along `up`, and for NaN or infinity.
    """
    up = position.new_tensor([0.0, 0.0, 1.0]) if up is None else torch.nn.functional.normalize(up, dim=-1)
    position, target, up = torch.broadcast_tensors(position, target, up)
    forward = target - position
    right = torch.linalg.cross(forward, up)
    across, length = right.detach().norm(dim=-1), forward.detach().norm(dim=-1)
    if not torch.isfinite(length).all():
        raise InputError("a camera's position or target contains NaN or infinity", "finite numbers")
    if not (across >= 1e-6 * (1.0 + length)).all():  # so written, a NaN in `up` is found too
        raise InputError("a camera stands on its target or looks exactly along the up direction",
                         "a viewing direction that is not parallel to up",
                         "Move the camera or pass another `up`.")
    forward = torch.nn.functional.normalize(forward, dim=-1)
    right = torch.nn.functional.normalize(right, dim=-1)
    down = torch.linalg.cross(forward, right)
    return from_rotation(torch.stack([right, down, forward], dim=-1), position)


def from_rotation(rotation: Tensor, translation: Tensor) -> Tensor:
    """The (..., 4, 4) matrix [R t; 0 1] from R (..., 3, 3) and t (..., 3) with the same leading axes."""
    top = torch.cat([rotation, translation.unsqueeze(-1)], dim=-1)
    bottom = top.new_tensor([0.0, 0.0, 0.0, 1.0]).expand(*top.shape[:-2], 1, 4)
    return torch.cat([top, bottom], dim=-2)


def pixel_centres(height: int, width: int, **factory) -> Tensor:
    """Positions (H, W, 2) of the pixel centres as (x, y) in pixels: the first is (0.5, 0.5)."""
    y = torch.arange(height, **factory) + 0.5
    x = torch.arange(width, **factory) + 0.5
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


def pixel_rays(camera_to_world: Tensor, K: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Origins and unit directions, each (..., N, 3), of the world-space rays through `pixels`.

    camera_to_world (..., 4, 4), K (..., 3, 3) without skew, pixels (N, 2) or (..., N, 2) as (x, y) in pixels.
    A point at depth z along the camera's z axis lies at origin + (z / (direction . forward)) direction.
    """
    focal = K[..., 0, 0, None], K[..., 1, 1, None]
    x = (pixels[..., 0] - K[..., 0, 2, None]) / focal[0]
    y = (pixels[..., 1] - K[..., 1, 2, None]) / focal[1]
    in_camera = torch.stack([x, y, torch.ones_like(x)], dim=-1)  # (..., N, 3)
    directions = in_camera @ camera_to_world[..., :3, :3].transpose(-1, -2)
    directions = torch.nn.functional.normalize(directions, dim=-1)
    return camera_to_world[..., None, :3, 3].expand_as(directions), directions


def invert(pose: Tensor) -> Tensor:
    """The inverse (..., 4, 4) of rigid poses: camera-to-world becomes world-to-camera, and back."""
    rotation = pose[..., :3, :3].transpose(-1, -2)
    return from_rotation(rotation, -(rotation @ pose[..., :3, 3:]).squeeze(-1))


def relative_pose(camera_to_world: Tensor, reference: Tensor) -> Tensor:
    """Poses (..., 4, 4) in the frame of the camera `reference` (..., 4, 4) instead of the world.

    The result takes camera coordinates to the reference camera's coordinates, so it does not change when the
    whole world is moved. This is the frame SRT works in (SRT, section 4: relative to the first input camera).
    """
    return invert(reference) @ camera_to_world


def rotation_angle(a: Tensor, b: Tensor) -> Tensor:
    """Geodesic distance (...) in radians, 0 to pi, between rotations a and b (..., 3, 3).

    By atan2 of the sine and cosine of the angle: the usual arccos of the trace loses all precision near 0 and
    near pi. At 0 and at pi, where the distance has a kink, its gradient is 0.
    """
    delta = a.transpose(-1, -2) @ b
    cosine = 0.5 * (delta.diagonal(dim1=-2, dim2=-1).sum(-1) - 1.0)
    skew = 0.5 * torch.stack([delta[..., 2, 1] - delta[..., 1, 2],
                              delta[..., 0, 2] - delta[..., 2, 0],
                              delta[..., 1, 0] - delta[..., 0, 1]], dim=-1)
    return torch.atan2(skew.norm(dim=-1), cosine)


def so3_exp(vector: Tensor) -> Tensor:
    """Rotation matrices (..., 3, 3) from rotation vectors (..., 3): the axis times the angle in radians."""
    x, y, z = vector.unbind(-1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    return torch.linalg.matrix_exp(skew)


def perturb(camera_to_world: Tensor, sigma: float, generator: torch.Generator) -> Tensor:
    """Camera noise after BARF (section 4.1, arXiv 2104.06405): poses (..., 4, 4), each moved at random.

    Six numbers from N(0, sigma^2) make a motion: a rotation vector in radians and a translation in units of
    the scene, both in the camera's own frame. So sigma = 0.1 turns a camera by 5.7 degrees about each axis
    and moves it by 0.1 along each (standard deviations). Draws from `generator`, on its device, in float32;
    sigma = 0 draws nothing and returns the cameras themselves.
    Raises InputError for a sigma that is negative, NaN or infinite.
    """
    if not 0.0 <= sigma < math.inf:
        raise InputError(f"pose noise sigma = {sigma!r}", "a finite number that is 0 or more")
    if sigma == 0.0:
        return camera_to_world
    # BARF's code puts the noise on the world's side (world-to-camera = pose o noise, by the exponential of
    # se(3)): a camera swings around the world's origin and keeps it in sight. Here it turns where it stands.
    twist = torch.randn(*camera_to_world.shape[:-2], 6, generator=generator, device=generator.device)
    twist = (sigma * twist).to(camera_to_world)
    return camera_to_world @ from_rotation(so3_exp(twist[..., :3]), twist[..., 3:])


def orbit_position(azimuth: Tensor, elevation: Tensor, distance: Tensor) -> Tensor:
    """Positions (..., 3) on spheres around the origin from azimuth, elevation and distance, each (...).

    The azimuth is counted from the world's x axis towards y, the elevation from the floor upwards.
    """
    flat = distance * torch.cos(elevation)
    height = distance * torch.sin(elevation)
    return torch.stack([flat * torch.cos(azimuth), flat * torch.sin(azimuth), height], dim=-1)


def spherical(camera_to_world: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(azimuth, elevation, distance), each (...), of where cameras (..., 4, 4) stand.

    The inverse of `orbit_position`. Azimuth in [-pi, pi], elevation in [-pi/2, pi/2]; angles that mean
    nothing, as at the origin, are 0.
    """
    position = camera_to_world[..., :3, 3]
    x, y, z = position.unbind(-1)
    # The usual arcsin of z / distance loses half its digits overhead.
    return torch.atan2(y, x), torch.atan2(z, position[..., :2].norm(dim=-1)), position.norm(dim=-1)


def check_cameras(camera_to_world: Tensor) -> None:
    """Raise InputError unless `camera_to_world` (..., 4, 4) is finite and rigid.

    Rigid: R orthonormal to 1e-3 with determinant +1, and a last row of 0 0 0 1.
    """
    if camera_to_world.shape[-2:] != (4, 4) or camera_to_world.numel() == 0:
        raise InputError(f"cameras of shape {tuple(camera_to_world.shape)}",
                         "camera_to_world of shape (..., 4, 4), at least one")
    if not torch.isfinite(camera_to_world).all():
        raise InputError("a camera contains NaN or infinity", "finite camera_to_world matrices",
                         "Look for a division by zero where the cameras are made.")
    poses = camera_to_world.detach().double()
    rotation = poses[..., :3, :3]
    error = (rotation.transpose(-1, -2) @ rotation - torch.eye(3).to(poses)).abs().max()
    if error > 1e-3:
        raise InputError(f"a camera's rotation is not a rotation (R^T R differs from I by {error:.2g})",
                         "orthonormal columns", "Is the matrix scaled, or does it hold the intrinsics too?")
    if (torch.linalg.det(rotation) < 0).any():
        raise InputError("a camera is mirrored (its rotation has determinant -1)", "determinant +1",
                         "Turn two of the columns of R around, not one, to change conventions.")
    if (poses[..., 3, :] - poses.new_tensor([0.0, 0.0, 0.0, 1.0])).abs().max() > 1e-3:
        raise InputError("a camera's last row is not 0 0 0 1", "camera_to_world = [R t; 0 1]",
                         "Transpose matrices that hold the translation in their last row.")


def check_intrinsics(K: Tensor) -> None:
    """Raise InputError unless `K` (..., 3, 3) is finite, with positive focal lengths and no skew."""
    if K.shape[-2:] != (3, 3) or K.numel() == 0:
        raise InputError(f"intrinsics of shape {tuple(K.shape)}", "K of shape (..., 3, 3)", "Use `intrinsics`.")
    plain = K.new_tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    free = torch.tensor([[True, False, True], [False, True, True], [False, False, False]], device=K.device)
    focal = K.detach()[..., [0, 1], [0, 1]]
    wrong = ~torch.isfinite(K).all(-1).all(-1) | (focal <= 0).any(-1) | ((K != plain) & ~free).any(-1).any(-1)
    if wrong.any():
        raise InputError(f"intrinsics {K.detach()[wrong][0].tolist() if K.ndim > 2 else K.tolist()}",
                         "K = [[f, 0, x], [0, f, y], [0, 0, 1]] in pixels, f > 0", "Use `intrinsics`.")
