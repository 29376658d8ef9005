"""The renderer: scenes and cameras -> colour, depth and labels, on CPU or GPU, all rays at once.

For each ray: which surface is met first, is that point in shadow, what colour is it. Objects are small in the
picture, so a cheap test against bounding spheres comes first, and a shape's exact intersection is computed
only for the (ray, object) pairs that pass it; the shadow rays of all visible points go the same way.

Public: `render`, `Rendering`, `SKY`, `FLOOR`, `FIRST_OBJECT`.
Axes: B scenes, V views, R rays of one view (samples of its pixels), K objects.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..cameras import check_cameras, check_intrinsics, pixel_centres, pixel_rays
from ..errors import InputError
from .shapes import EPSILON, INFINITY, SHAPES, contains, intersect, normal
from .worlds import Scenes

SKY, FLOOR, FIRST_OBJECT = 0, 1, 2  # labels; object k has label FIRST_OBJECT + k
AMBIENT = 0.42  # light from the sky; the rest comes from the lamp
HAZE = 14.0  # distance at which the floor fades into the horizon: it ends softly, and far waves do not alias
# Fewer: time is lost in launching operations. More: out of the cache.
RAYS_AT_ONCE = {"cpu": 1 << 16, "cuda": 1 << 22}


@dataclass
class Rendering:
    """What the cameras see: depth and label at the pixels' centres, colour averaged over the pixels."""

    colour: Tensor  # (B, V, H, W, 3) display RGB in [0, 1]
    depth: Tensor  # (B, V, H, W) distance along the camera's z axis at the pixel centre, infinity for sky
    label: Tensor  # (B, V, H, W) uint8: SKY, FLOOR or FIRST_OBJECT + k at the pixel centre


def render(scenes: Scenes, camera_to_world: Tensor, K: Tensor, height: int, width: int,
           samples: int = 2) -> Rendering:
    """Render B scenes from (B, V, 4, 4) cameras with intrinsics K (3, 3) or (B, V, 3, 3), on the device of both.

    Pictures of `height` x `width` pixels, with `samples` x `samples` rays a pixel.
    Raises InputError for shapes that do not fit, NaN or non-rigid cameras, intrinsics that are none, and a
    camera below the floor or inside an object.
    """
    _check_shapes(scenes, camera_to_world, K, height, width, samples)
    check_cameras(camera_to_world)
    check_intrinsics(K)
    camera_to_world = camera_to_world.to(scenes.centre.dtype)
    _check_outside(scenes, camera_to_world[..., :3, 3])
    B, V = camera_to_world.shape[:2]
    device = camera_to_world.device
    K = K.to(camera_to_world).expand(B, V, 3, 3).flatten(0, 1)
    fine = pixel_centres(height * samples, width * samples, device=device) / samples
    # Samples of a pixel side by side, so that averaging them is a mean over one axis.
    fine = fine.view(height, samples, width, samples, 2).permute(0, 2, 1, 3, 4).reshape(-1, 2)  # (H W s^2, 2)
    centre = pixel_centres(height, width, device=device).reshape(-1, 2)
    colour = torch.empty(B * V, height * width, 3, device=device)
    depth = torch.empty(B * V, height * width, device=device)
    label = torch.empty(B * V, height * width, dtype=torch.uint8, device=device)
    poses, scene = camera_to_world.flatten(0, 1), torch.arange(B, device=device).repeat_interleave(V)
    step = max(1, RAYS_AT_ONCE.get(device.type, 1 << 16) // len(fine))
    for i in range(0, B * V, step):
        now = slice(i, i + step)
        here = scenes[scene[now]]  # the scene of each view of this chunk
        origins, directions = pixel_rays(poses[now], K[now], fine)  # (v, R, 3)
        rgb = _shade(here, origins, directions, *_first_hit(here, origins, directions))
        colour[now] = rgb.view(len(rgb), height * width, samples * samples, 3).mean(-2)
        origins, directions = pixel_rays(poses[now], K[now], centre)
        t, hit = _first_hit(here, origins, directions)
        depth[now] = t * (directions @ poses[now, :3, 2:3]).squeeze(-1)
        label[now] = torch.where(torch.isinf(t), SKY, hit + FIRST_OBJECT).to(torch.uint8)
    colour = colour.clamp_(0.0, 1.0).sqrt_()  # linear light -> display values, a gamma of 2
    return Rendering(colour.view(B, V, height, width, 3), depth.view(B, V, height, width),
                     label.view(B, V, height, width))


def _first_hit(scenes: Scenes, origins: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """t (v, R) of the first surface, infinity for sky; which: an object's index or -1 for the floor."""
    dz = directions[..., 2]
    nearest = torch.where(dz < 0, -origins[..., 2] / dz, INFINITY)
    hit = torch.full_like(nearest, -1, dtype=torch.long)
    # Bounding spheres: the ray passes centre c at distance^2 |c - o|^2 - ((c - o) . d)^2.
    # All rays of a view share o.
    offset = scenes.centre - origins[:, :1]  # (v, K, 3)
    along = directions @ offset.transpose(1, 2)  # (v, R, K)
    reach = ((offset * offset).sum(-1) - _bounding_radius(scenes) ** 2)[:, None]  # (v, 1, K)
    # Below 0 is a camera inside an object's bounding sphere, which meets that sphere whichever way it looks.
    near = (along * along > reach) & ((along > 0) | (reach < 0))
    ray, k, t = _exact_hits(scenes, near, origins, directions)
    # The nearest object of each ray wins: a minimum over the few pairs that hit.
    nearest.view(-1).scatter_reduce_(0, ray, t, "amin")
    wins = t <= nearest.view(-1)[ray]
    hit.view(-1)[ray[wins]] = k[wins]
    return nearest, hit


def _bounding_radius(scenes: Scenes) -> Tensor:
    """Radius (B, K) of a sphere around each object, 0 where there is no object."""
    sphere = scenes.shape == SHAPES.index("sphere")
    bound = torch.where(sphere, scenes.half_size[..., 0], scenes.half_size.norm(dim=-1))
    return torch.where(scenes.shape >= 0, bound, torch.zeros_like(bound))


def _exact_hits(scenes: Scenes, near: Tensor, origins: Tensor, directions: Tensor):
    """Exact intersections of the pairs marked in `near` (v, R, K).

    Returns, for those that hit: the ray as an index into v x R, the object's k, and the distance t.
    """
    v, r, k = near.nonzero(as_tuple=True)
    ray, thing = v * near.shape[1] + r, v * near.shape[2] + k
    o, d = _to_object(scenes, thing, origins.reshape(-1, 3).index_select(0, ray),
                      directions.reshape(-1, 3).index_select(0, ray))
    shape = scenes.shape.flatten().index_select(0, thing)
    t = torch.full_like(o[:, 0], INFINITY)
    for index, name in enumerate(SHAPES):
        mine = (shape == index).nonzero().squeeze(1)
        t[mine] = intersect(name, o.index_select(0, mine), d.index_select(0, mine))
    hits = (t < INFINITY).nonzero().squeeze(1)
    return ray[hits], k[hits], t[hits]


def _to_object(scenes: Scenes, thing: Tensor, points: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """World points and directions (n, 3) in the frames of objects `thing` (n,), indices into v x K."""
    yaw = scenes.yaw.flatten().index_select(0, thing)
    size = scenes.half_size.view(-1, 3).index_select(0, thing)
    centre = scenes.centre.view(-1, 3).index_select(0, thing)
    return _turn(-yaw, points - centre) / size, _turn(-yaw, directions) / size


def _turn(angle: Tensor, vectors: Tensor) -> Tensor:
    """Turn vectors (n, 3) about z by angles (n,)."""
    c, s = angle.cos(), angle.sin()
    x, y, z = vectors.unbind(-1)
    return torch.stack([c * x - s * y, s * x + c * y, z], dim=-1)


def _shade(scenes: Scenes, origins: Tensor, directions: Tensor, t: Tensor, hit: Tensor) -> Tensor:
    """Linear colours (v, R, 3) of the surfaces met at distance t."""
    up = directions[..., 2:].clamp(0.0, 1.0).sqrt()
    horizon, overhead = scenes.sky[:, None, 0], scenes.sky[:, None, 1]
    sky = horizon + (overhead - horizon) * up
    seen = torch.isfinite(t)
    points = origins + torch.where(seen, t, 0.0).unsqueeze(-1) * directions  # (v, R, 3)

    rays = (hit.view(-1) >= 0).nonzero().squeeze(1)  # those that meet an object, as indices into v x R
    v = rays // hit.shape[1]
    thing = v * scenes.shape.shape[1] + hit.view(-1).index_select(0, rays)
    flat = points.view(-1, 3)
    normals = _object_normals(scenes, thing, flat.index_select(0, rays))
    flat.index_add_(0, rays, 1e-3 * normals)  # start shadow rays just outside the surface
    lit = _lit(scenes, points)

    lamp = scenes.light[:, None, 2] * lit  # the floor's normal is z
    haze = torch.exp(-((t / HAZE) ** 2)).unsqueeze(-1)  # 0 for sky
    ground = _floor_colour(scenes, points)
    paint = scenes.colour.view(-1, 3).index_select(0, thing)
    if scenes.printed.any():
        blots = _blots(scenes, points)
        ground, paint = ground * blots, paint * blots.view(-1, 1).index_select(0, rays)
    floor = ground * (AMBIENT + (1.0 - AMBIENT) * lamp).unsqueeze(-1)
    colour = sky + haze * (floor - sky)
    facing = (normals * scenes.light.index_select(0, v)).sum(-1).clamp(min=0.0)
    facing = facing * lit.view(-1).index_select(0, rays)
    ambient = AMBIENT * (0.75 + 0.25 * normals[:, 2])  # the sky lights what faces up
    colour.view(-1, 3).index_copy_(0, rays, paint * (ambient + (1.0 - AMBIENT) * facing).unsqueeze(-1))
    return colour


def _object_normals(scenes: Scenes, thing: Tensor, points: Tensor) -> Tensor:
    """Unit world normals (n, 3) at points on objects `thing` (n,), indices into v x K."""
    local, _ = _to_object(scenes, thing, points, points)
    shape = scenes.shape.flatten().index_select(0, thing)
    normals = torch.empty_like(local)
    for index, name in enumerate(SHAPES):
        mine = (shape == index).nonzero().squeeze(1)
        normals[mine] = normal(name, local.index_select(0, mine))
    # Normals go by the inverse transpose.
    normals = normals / scenes.half_size.view(-1, 3).index_select(0, thing)
    return torch.nn.functional.normalize(_turn(scenes.yaw.flatten().index_select(0, thing), normals), dim=-1)


def _lit(scenes: Scenes, points: Tensor) -> Tensor:
    """1.0 where the light reaches points (v, R, 3), 0.0 in the hard shadow of an object."""
    light = scenes.light[:, None]  # (v, 1, 3)
    # Distance of each object's centre from the line to the light, by projecting both along the light.
    across, centres = _across(light, points), _across(light, scenes.centre)
    gap = torch.cdist(across, centres, compute_mode="donot_use_mm_for_euclid_dist")  # (v, R, K)
    # All objects stand on the floor: only what is below an object's top can be shaded by it.
    above = points[..., 2:] < 2.0 * scenes.half_size[:, None, :, 2]
    near = (gap < _bounding_radius(scenes)[:, None]) & above
    shaded, _, _ = _exact_hits(scenes, near, points, light.expand_as(points))
    lit = torch.ones_like(points[..., 0])
    lit.view(-1)[shaded] = 0.0
    return lit


def _across(light: Tensor, points: Tensor) -> Tensor:
    """Coordinates (v, R, 2) of points slid along the light (v, 1, 3) onto a plane across it."""
    reference = torch.tensor([0.0, 0.0, 1.0], device=light.device).expand_as(light)
    a = torch.nn.functional.normalize(torch.linalg.cross(light, reference), dim=-1)
    axes = torch.cat([a, torch.linalg.cross(light, a)], dim=1)  # (v, 2, 3)
    return points @ axes.transpose(1, 2)


def _floor_colour(scenes: Scenes, points: Tensor) -> Tensor:
    """Colour (v, R, 3) of the floor below points (v, R, 3)."""
    xy = points[..., :2]
    waves = torch.sin(xy @ scenes.floor_wave.transpose(1, 2) + scenes.floor_phase[:, None])  # (v, R, 3)
    if scenes.checker.any():
        # The squares are turned by the first wave.
        axes = torch.nn.functional.normalize(scenes.floor_wave[:, 0], dim=-1)
        grid = torch.stack([axes, torch.stack([-axes[:, 1], axes[:, 0]], -1)], 1)  # (v, 2, 2)
        squares = ((xy @ grid.transpose(1, 2)) / 0.5).floor().sum(-1, keepdim=True) % 2  # (v, R, 1)
        squares = torch.cat([2.0 * squares - 1.0, torch.zeros_like(squares).expand(-1, -1, 2)], -1)
        waves = torch.where(scenes.checker[:, None, None], squares, waves)
    return (scenes.floor_colour[:, None, 0] + waves @ scenes.floor_colour[:, 1:]).clamp(0.02, 1.0)


def _blots(scenes: Scenes, points: Tensor) -> Tensor:
    """Factors (v, R, 1) around 1 of what is printed at points (v, R, 3): bright and dark blots with an edge.

    The sign of a sum of waves in space, softened: every surface that cuts through it shows a pattern of its own.
    """
    waves = torch.sin(points @ scenes.print_wave.transpose(1, 2) + scenes.print_phase[:, None]).sum(-1)
    return (1.0 + scenes.printed[:, None] * torch.tanh(1.5 * waves)).unsqueeze(-1)


def _check_shapes(scenes: Scenes, camera_to_world: Tensor, K: Tensor, height: int, width: int, samples: int) -> None:
    shape = tuple(camera_to_world.shape)
    if len(shape) != 4 or shape[0] != len(scenes):
        raise InputError(f"cameras of shape {shape} for {len(scenes)} scenes",
                         f"camera_to_world of shape ({len(scenes)}, views, 4, 4)")
    if K.shape not in ((3, 3), (*shape[:2], 3, 3)):
        raise InputError(f"intrinsics of shape {tuple(K.shape)} for {shape[1]} views of {shape[0]} scenes",
                         f"(3, 3), or {(*shape[:2], 3, 3)} for each view its own")
    if camera_to_world.device != scenes.centre.device:
        raise InputError(f"cameras on {camera_to_world.device} and scenes on {scenes.centre.device}",
                         "both on one device", "Move one with .to(device).")
    if height < 1 or width < 1 or samples < 1:
        raise InputError(f"pictures of {height}x{width} pixels, {samples}x{samples} rays each", "1 or more")


def _check_outside(scenes: Scenes, positions: Tensor) -> None:
    """Raise InputError if a camera at positions (B, V, 3) is below the floor or inside an object."""
    if (positions[..., 2] <= EPSILON).any():
        raise InputError("a camera stands on or below the floor", "camera positions with z > 0")
    B, V = positions.shape[:2]
    most = scenes.shape.shape[1]
    b, v, k = (i.flatten() for i in torch.meshgrid(*map(torch.arange, (B, V, most)), indexing="ij"))
    b, v, k = b.to(positions.device), v.to(positions.device), k.to(positions.device)
    local, _ = _to_object(scenes, b * most + k, positions[b, v], positions[b, v])
    for index, name in enumerate(SHAPES):
        inside = contains(name, local) & (scenes.shape[b, k] == index)
        if inside.any():
            i = int(inside.nonzero()[0])
            where = f"camera {int(v[i])} of scene {int(b[i])} stands inside object {int(k[i])} (a {name})"
            raise InputError(where, "a camera outside all objects", "Move it away from the objects.")
