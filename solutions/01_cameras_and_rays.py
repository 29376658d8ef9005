# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   rust_edu:
#     title: Cameras and rays
#     claim: By the end you will have shown that a camera is nothing but a rule from pixels to rays, by rendering a
#       scene with rules you wrote; what one wrong sign costs, in pixels; and how pictures alone give a wrong sign away.
#     needs: ["00"]
#     objectives:
#       - Turn a field of view into a matrix K, and say what each of its numbers means
#       - Write a camera's pose as a camera-to-world matrix, and point a camera at something
#       - Turn pixels into rays, and points into pixels
#       - Express one camera in the frame of another, so that the world drops out
#       - Find where a ray meets a ball, and render a picture with it
#       - Find out the convention of a data set that does not say which one it uses
#     reading_minutes: 150
#     compute: {cpu: "30 s", gpu: "not needed"}
#     glossary:
#       "pinhole camera": "A camera that lets light through one point only, so that each pixel looks along one ray."
#       "intrinsics": "What belongs to the camera itself, in the matrix K: the focal length in pixels and the
#         principal point."
#       "focal length": "The distance of the image plane from the camera's centre; here it is counted in pixels."
#       "principal point": "The position in the picture of what lies straight ahead; here the middle of the picture."
#       "camera-to-world": "The pose matrix that takes camera coordinates to world coordinates; its last column is
#         where the camera stands."
#       "world-to-camera": "The inverse of camera-to-world, also called the view matrix or the extrinsics."
#       "relative pose": "One camera in the frame of another; it does not change when the whole world is moved."
#       "reprojection error": "The distance in pixels between where a point is seen and where the cameras say it
#         should be."
# ---

# %% tags=["parameters"]
profile = "laptop"
retrain = False
own_parts = True

# %%
import io
import math

import ipywidgets
import torch
from IPython.display import display
from PIL import Image

from rust_edu import figures
from rust_edu.cameras import invert, orbit_position, perturb, pixel_centres, so3_exp
from rust_edu.course import hint, predict, quiz, start
from rust_edu.course.chapters.c01_cameras_and_rays.figures import convention_table, pinhole_on_paper, rays_in_3d
from rust_edu.course.chapters.c01_cameras_and_rays.mysteries import AXES, ball_scene, meeting_point, mystery
from rust_edu.figures import picture_sheet
from rust_edu.scenes import render as package

start("01", own_parts=own_parts)

# %% [markdown]
# ## One pixel, three photographs
# Three photographs of three balls (in the second, the green one hides behind the orange one). In the first, one pixel
# is marked: the middle of the small blue ball. Look at the other two for a moment. The code can wait: by the end of
# this notebook you will have written most of it.

# %%
centres = torch.tensor([[0.0, 0.0, 0.6], [1.1, 0.4, 0.35], [-0.9, 0.6, 0.4]])
radii = torch.tensor([0.6, 0.35, 0.4])
colours = torch.tensor([[0.79, 0.35, 0.0], [0.0, 0.17, 0.45], [0.0, 0.34, 0.17]])  # orange, blue, green
scene = ball_scene(centres, radii, colours)


def photographs(azimuths, size=96, field_of_view=50.0):
    """Photographs of the scene from a ring of cameras, with the package's own functions; their cameras, and K."""
    from rust_edu.cameras import intrinsics, look_at

    turn = torch.tensor(azimuths) * math.pi / 180
    poses = look_at(orbit_position(turn, 0.45 + 0 * turn, 4.2 + 0 * turn), torch.tensor([0.0, 0.0, 0.4]))
    K = intrinsics(size, size, math.radians(field_of_view))
    return package.render(scene, poses[None], K, size, size).colour[0], poses, K


def projected(points, camera_to_world, K):
    """Where points (N, 3) of the world appear: pixel positions (N, 2), NaN for what is behind the camera."""
    local = (points - camera_to_world[:3, 3]) @ camera_to_world[:3, :3]
    pixels = local @ K.T
    return torch.where(local[:, 2:] > 0, pixels[:, :2] / pixels[:, 2:], torch.nan)


photos, poses, K96 = photographs([-100.0, -45.0, 15.0])
marked = projected(centres[1:2], poses[0], K96)
names = ["photograph 1", "photograph 2", "photograph 3"]
picture_sheet(photos, names, title="One pixel is marked. Where is it in the other photographs?",
              marks=[{"+": (marked, "#A6216F")}, None, None], size=300,
              alt="Three photographs of an orange, a blue and a green ball on a checker floor, from three sides. In "
                  "the first a cross marks a pixel on the blue ball.")

# %% [markdown] predict="01.p1"
# You know nothing but the marked pixel of photograph 1, and where all three cameras stood. Not how far away the thing
# is that the pixel shows, and not what it looks like. Where in photograph 2 can that thing be?
#
# - [ ] At one pixel, which can be computed
#   That would need the distance of the thing as well. A pixel says in which direction it lies, not how far.
# - [x] Somewhere on one line across the picture
#   The pixel fixes a direction: all the places the thing can be lie on one ray. Seen from elsewhere, a ray is a line.
# - [ ] Anywhere in the picture
#   That would mean that the marked pixel tells nothing. It fixes two of the thing's three coordinates.

# %%
def ray_seen_from(other):
    """The ray through the marked pixel of photograph 1, as the camera `other` sees it."""
    from rust_edu.cameras import pixel_rays

    origin, direction = pixel_rays(poses[0], K96, marked)
    return projected(origin + torch.linspace(0.3, 40.0, 400)[:, None] * direction, other, K96)


picture_sheet(photos, names, title="One pixel here is one line there: the ray along which it looks",
              marks=[{"+": (marked, "#A6216F")}, None, None], size=300,
              lines=[None, ray_seen_from(poses[1]), ray_seen_from(poses[2])],
              alt="The same three photographs. In the second and third a line is drawn; both lines run through the "
                  "blue ball.")

# %% [markdown]
# Both lines run through the blue ball. Nobody looked for it: the lines come from the cameras alone.
#
# That is all a camera does in this course. **A pixel is a ray.** NeRF walks along rays, SRT asks its scene about
# rays, and RUST will get by without being told any ray at all. In this notebook you write each function that drew
# these lines, you render a scene with them, and you break them one after the other to see what each mistake costs.

# %% [markdown]
# ## The pinhole, in numbers
# Take a box, make a hole, and light draws a picture on the back wall.

# %%
pinhole_on_paper()

# %% [markdown]
# Two triangles share their angle at the hole, so their sides are in the same proportion:
#
# $$\frac{v}{f} = \frac{Y}{Z} \qquad\Longrightarrow\qquad v = f\,\frac{Y}{Z}$$
#
# Twice as far away is half as large. Sideways it is the same: seen from above, $u = f\,X/Z$. The picture in front of
# the hole has the same proportions and stands upright, so everyone draws it there.
#
# Pixels count from a corner, not from the middle. So the middle of the picture, the **principal point** $(c_x, c_y) =
# (W/2, H/2)$, is added:
#
# $$x = f\,\frac{X}{Z} + c_x \qquad y = f\,\frac{Y}{Z} + c_y \qquad\text{or}\qquad
# Z \begin{pmatrix} x \\ y \\ 1 \end{pmatrix} =
# \underbrace{\begin{pmatrix} f & 0 & c_x \\ 0 & f & c_y \\ 0 & 0 & 1 \end{pmatrix}}_{K}
# \begin{pmatrix} X \\ Y \\ Z \end{pmatrix}$$
#
# With $u$ and $v$ in pixels, $f$ is in pixels too. Three choices are hidden in this, and each can be made otherwise:
#
# | choice | here | elsewhere |
# |---|---|---|
# | camera axes | x right, **y down**, z **forward** (OpenCV) | y up, z backward (OpenGL, Blender) |
# | pixel positions | $(0, 0)$ is the first pixel's **corner**, its centre is $(0.5, 0.5)$ | $(0, 0)$ is its centre |
# | field of view | the **horizontal** angle, in **radians** | vertical, or in degrees |
#
# (With y down, the tree in the drawing has a negative $Y$, and its picture in front of the hole a negative $v$. The
# proportion is the same.)
#
# The field of view $\alpha$ is the angle between the left and the right edge. Half of it, half the width, and $f$
# make a right triangle, and that gives $f$.

# %% [markdown] predict="01.p2"
# You change a lens for one with twice the field of view: 80 degrees instead of 40. The focal length in pixels becomes
#
# - [ ] half of what it was
#   So it would be if angles and lengths were proportional. The tangent grows faster than its angle.
# - [x] less than half
#   $f = (W/2) / \tan(\alpha/2)$, and $\tan 40° / \tan 20° = 2.3$. Towards 180 degrees $f$ goes to 0.
# - [ ] more than half
#   The tangent grows faster than its angle, not more slowly: it has no bound as the half angle goes to 90 degrees.

# %% [markdown] exercise="01.1"
# title: From a field of view to K
# difficulty: 1
# minutes: 10
# why: Every ray of the course goes through this matrix.
# ---
# `intrinsics(height: int, width: int, field_of_view: float) -> K`
#
# | name | shape | what |
# |---|---|---|
# | `height`, `width` | numbers | of the picture, in pixels |
# | `field_of_view` | number | horizontal, in radians, between 0 and π |
# | `K` | (3, 3) | float32; the same focal length for both axes |
#
# **Tiny example.** A picture of 4 × 6 pixels that spans 90 degrees: the half angle is 45 degrees, its tangent 1, so
# $f = 3$ and `K = [[3, 0, 3], [0, 3, 2], [0, 0, 1]]`.

# %% solution="01.1"
def intrinsics(height, width, field_of_view):
    """K (3, 3) of a pinhole camera: focal length and principal point in pixels."""
    ### BEGIN SOLUTION
    focal = (width / 2) / math.tan(field_of_view / 2)
    return torch.tensor([[focal, 0.0, width / 2], [0.0, focal, height / 2], [0.0, 0.0, 1.0]])
    ### END SOLUTION

# %% [markdown] hint="01.1"
# Draw the triangle from above: the camera's centre, the middle of the picture, and its right edge. Which two sides do
# you know or want, and which angle lies between them?

# %% [markdown] hint="01.1"
# The side across from the half angle is `width / 2`; the side beside it is `f`. `math.tan` takes radians. The
# principal point stands in the last column: x first (half the width), then y (half the height).

# %% [markdown] hint="01.1"
# `focal = (width / 2) / math.tan(field_of_view / 2)`, then `torch.tensor([[focal, 0, c_x], [0, focal, c_y], [0, 0,
# 1]])` with decimal points in the numbers, for a float tensor.

# %% check="01.1"
from rust_edu.course import check
intrinsics = check("01.1", intrinsics)

# %% expected="01.1"
angles = [25.0, 50.0, 90.0]
views = [package.render(scene, poses[:1, None], intrinsics(96, 96, math.radians(a)).float(), 96, 96).colour[0, 0]
         for a in angles]
focal = [float(intrinsics(96, 96, math.radians(a))[0, 0]) for a in angles]
picture_sheet(torch.stack(views), [f"{a:.0f} degrees" for a in angles], [f"f = {f:.1f} pixels" for f in focal],
              title="The same camera at the same place with three fields of view", size=300,
              subtitle="A long focal length enlarges, a short one shows more.",
              alt="Three photographs from one place. At 25 degrees the balls fill the picture; at 50 degrees they take "
                  "a third of it; at 90 degrees they are small.")

# %% [markdown]
# **What it means.** Zooming multiplies `f` and nothing else. It does not change what hides what: for that, the camera
# has to move. With `K` in hand, a point in front of the camera has a pixel. The way back, from a pixel to a point,
# lacks the depth, and that is why a pixel is a ray.

# %% [markdown]
# ## Which way a matrix goes
# So far the world was the camera's own. To share a world, a camera needs a **pose**: where it stands and how it is
# turned.
#
# $$\texttt{camera\_to\_world} = \begin{pmatrix} R & t \\ 0 & 1 \end{pmatrix} \qquad
# x_\text{world} = R\, x_\text{camera} + t$$
#
# Read it by columns. The camera's own origin $(0, 0, 0)$ goes to $t$: **the last column is where the camera stands**.
# Its x axis $(1, 0, 0)$ goes to the first column of $R$: **the columns of $R$ are right, down and forward, as the
# world sees them**.
#
# The other direction, **world-to-camera**, is the inverse. For a rotation the transpose undoes it, so
#
# $$\texttt{world\_to\_camera} = \begin{pmatrix} R^\top & -R^\top t \\ 0 & 1 \end{pmatrix}$$
#
# Only $R$ may be transposed, not the whole matrix: $t$ has to be turned as well. Both matrices are called "the pose"
# or "the extrinsics", often without a word about which. They have the same shape, and the code runs with either. Here
# is what we agree on:

# %%
figures.camera_conventions()

# %% [markdown]
# ## Where the camera looks
# Nobody writes rotations by hand. You say where the camera stands, what it looks at, and which way is up; three
# directions follow.
#
# $$\text{forward} = \frac{\text{target} - \text{position}}{|\text{target} - \text{position}|} \qquad
# \text{right} = \frac{\text{forward} \times \text{up}}{|\text{forward} \times \text{up}|} \qquad
# \text{down} = \text{forward} \times \text{right}$$
#
# The cross product $a \times b$ is at right angles to both and changes its sign with their order. Point the right
# hand's index finger along $a$ and the middle finger along $b$: the thumb is $a \times b$. Its length is 1 only if
# $a$ and $b$ have length 1 *and* are at right angles; `up` and forward seldom are, so right needs its normalisation.
# Down does not: forward and right are unit and perpendicular already.

# %% [markdown] exercise="01.2"
# title: Look at
# difficulty: 3
# minutes: 20
# why: All cameras of the course's worlds are made by this function, and its columns are the convention.
# ---
# `look_at(position: Tensor, target: Tensor, up: Tensor) -> camera_to_world`
#
# | name | shape | what |
# |---|---|---|
# | `position`, `target` | (3,) | where the camera stands, and what it looks at |
# | `up` | (3,) | which way is up, of any length, not along forward |
# | `camera_to_world` | (4, 4) | columns right, down, forward, position; last row 0, 0, 0, 1 |
#
# Torch must be able to differentiate the result: build it from tensors, without `.item()`, `.tolist()` or NumPy.
#
# **Tiny example.** A camera at $(0, -4, 0)$ that looks at the origin, with up $(0, 0, 1)$: forward is $(0, 1, 0)$,
# right is $(1, 0, 0)$, down is $(0, 0, -1)$.

# %% solution="01.2"
def look_at(position, target, up):
    """camera_to_world (4, 4) of a camera at `position` that looks at `target`, upright by `up`; each (3,)."""
    ### BEGIN SOLUTION
    forward = target - position
    forward = forward / forward.norm()
    right = torch.linalg.cross(forward, up)
    right = right / right.norm()
    down = torch.linalg.cross(forward, right)
    top = torch.stack([right, down, forward, position], dim=-1)  # (3, 4)
    return torch.cat([top, top.new_tensor([[0.0, 0.0, 0.0, 1.0]])])
    ### END SOLUTION

# %% [markdown] hint="01.2"
# Work in the order forward, right, down: each needs those before it. For each, ask whether its length is 1 already.

# %% [markdown] hint="01.2"
# `torch.linalg.cross(a, b)` works on shape (3,). The three directions and the position are the four *columns* of a
# (3, 4) matrix; below it comes the row 0, 0, 0, 1.

# %% [markdown] hint="01.2"
# `torch.stack([right, down, forward, position], dim=-1)` makes columns (`dim=0` would make rows). `torch.cat([top,
# bottom])` with `bottom` of shape (1, 4) puts the last row below. Build it from tensors, not from `.tolist()`:
# notebook 03 (in preparation) sends gradients through it.

# %% check="01.2"
from rust_edu.course import check
look_at = check("01.2", look_at)

# %% expected="01.2"
target, up = torch.tensor([0.0, 0.0, 0.4]), torch.tensor([0.0, 0.0, 1.0])
places = torch.tensor([[-2.6, -3.0, 1.2], [-0.4, -3.2, 2.6], [2.2, -3.0, 1.0], [3.4, -0.6, 2.0]])
ring = torch.stack([look_at(place, target, up) for place in places]).float()
seen = package.render(scene, ring[None], K96, 96, 96).colour[0]
figures.cameras_in_3d(ring, K96, images=seen, scene=scene, title="Four cameras, placed and turned by your look_at")

# %% [markdown]
# **What it means.** Each pyramid is a **frustum**: the camera's centre, and the picture it takes on a plane in front
# of it. All pictures stand upright and all show the orange ball in the middle, because every forward points at it.
# One thing `look_at` cannot do: look straight up or down. Then forward is parallel to up, the cross product is 0, and
# right could be any direction.

# %% [markdown]
# ## Rays
# Now the way back, from a pixel to everything it can show. Undo $K$, then undo the pose:
#
# 1. in the camera's frame, at depth 1: $\;d_\text{camera} = \left(\frac{x - c_x}{f_x},\; \frac{y - c_y}{f_y},\;
#    1\right)$
# 2. in the world: $\;d = R\, d_\text{camera}$, divided by its length. A direction is a difference of two points, so
#    $t$ drops out.
# 3. every ray starts where the camera stands: $\;o = t$
#
# All that the pixel can show is at $\;o + s\, d\;$ for some distance $s > 0$. With unit directions $s$ is a true
# distance.
#
# Points are columns in the formulas and rows in tensors. For directions (N, 3), one a row, $R\,d$ is `directions @
# R.T`.

# %% [markdown] exercise="01.3"
# title: Rays through pixels
# difficulty: 2
# minutes: 20
# why: This is the function that NeRF, SRT and our renderer ask first, and the one that RUST does without.
# ---
# `pixel_rays(camera_to_world: Tensor, K: Tensor, pixels: Tensor) -> (origins, directions)`
#
# | name | shape | what |
# |---|---|---|
# | `camera_to_world` | (4, 4) | |
# | `K` | (3, 3) | may have two focal lengths, `K[0, 0]` and `K[1, 1]`, and any principal point |
# | `pixels` | (N, 2) | positions (x, y); a centre comes as (0.5, 0.5), nothing is to be added |
# | `origins`, `directions` | (N, 3) each | in the world; directions have length 1 |
#
# Torch must be able to differentiate the result: build it from tensors, without `.item()`, `.tolist()` or NumPy.
#
# **Tiny example.** A camera at the origin that is not turned (the identity matrix), $f = 2$, principal point $(2,
# 1.5)$: pixel position $(2, 1.5)$ looks along $(0, 0, 1)$, and the corner $(0, 0)$ along $(-1, -0.75, 1)$ divided by
# its length, $1.601$.

# %% solution="01.3"
def pixel_rays(camera_to_world, K, pixels):
    """Origins and unit directions, (N, 3) each, of the rays through pixel positions (N, 2)."""
    ### BEGIN SOLUTION
    x = (pixels[:, 0] - K[0, 2]) / K[0, 0]
    y = (pixels[:, 1] - K[1, 2]) / K[1, 1]
    in_camera = torch.stack([x, y, torch.ones_like(x)], dim=-1)  # (N, 3)
    directions = in_camera @ camera_to_world[:3, :3].T
    directions = directions / directions.norm(dim=-1, keepdim=True)
    origins = camera_to_world[:3, 3].expand(len(pixels), 3)
    return origins, directions
    ### END SOLUTION

# %% [markdown] hint="01.3"
# Do it for one pixel on paper: what is its direction in the camera's frame? Then ask what R does to it, and what t
# does (nothing).

# %% [markdown] hint="01.3"
# `x` and `y` have shape (N,), and so does a tensor of ones; stacked on the last axis they are (N, 3). R is
# `camera_to_world[:3, :3]`, the camera's place is `camera_to_world[:3, 3]`, of shape (3,), wanted N times.

# %% [markdown] hint="01.3"
# `directions = in_camera @ R.T`; lengths: `directions.norm(dim=-1, keepdim=True)`, of shape (N, 1), so that the
# division works row by row; origins: `camera_to_world[:3, 3].expand(len(pixels), 3)`.

# %% check="01.3"
from rust_edu.course import check
pixel_rays = check("01.3", pixel_rays)

# %% expected="01.3"
K_wide = intrinsics(24, 32, math.radians(50)).float()
camera = look_at(torch.tensor([1.2, -3.6, 1.9]), target, up).float()
small = package.render(scene, camera[None, None], K_wide, 24, 32).colour[0, 0]
sparse = (pixel_centres(3, 4) * 8).reshape(-1, 2)  # every eighth pixel position
origins, directions = (part.float() for part in pixel_rays(camera, K_wide, sparse))
rays_in_3d(camera, K_wide, small, origins, directions, torch.full((12,), 2.0),
           title="Twelve of your rays, each two units long")

# %% [markdown]
# **What it means.** The dots are all equally far from the camera, so they lie on a sphere, not on a plane: directions
# of length 1 measure *distance*, not *depth*. Each ray pierces the image plane in the pixel that it belongs to. A ray
# is written as six numbers, origin and direction (five would do, since a direction has length 1). SRT gets such rays
# with each of its inputs, and that is how posed models are told where cameras stood.

# %% [markdown]
# ## Seen from another camera
# Where is the world's origin? Nowhere in the pictures. Move the scene and all cameras together, and every photograph
# stays as it was. What the pictures can fix is how cameras stand **to each other**:
#
# $$\text{camera} \;\xrightarrow{\;C\;}\; \text{world} \;\xrightarrow{\;Q^{-1}\;}\; \text{reference} \qquad\qquad
# \text{relative} = Q^{-1}\, C$$
#
# with $C$ and $Q$ the camera-to-world matrices of the camera and of the reference. Read products from right to left:
# what happens first stands rightmost. If the whole world is moved by $G$, both become $G C$ and $G Q$, and $(G
# Q)^{-1} G C = Q^{-1} G^{-1} G\, C = Q^{-1} C$. The world has dropped out.

# %% [markdown] exercise="01.4"
# title: A camera, as another camera sees it
# difficulty: 2
# minutes: 15
# why: SRT works in the frame of its first input camera; RUST has no other frame than what it finds in the pictures.
# ---
# `relative_pose(camera_to_world: Tensor, reference: Tensor) -> camera_to_reference`
#
# | name | shape | what |
# |---|---|---|
# | `camera_to_world` | (4, 4) | the camera that is looked at |
# | `reference` | (4, 4) | camera-to-world of the camera in whose frame it is wanted |
# | result | (4, 4) | takes coordinates of the camera to coordinates of the reference |
#
# Torch must be able to differentiate the result: build it from tensors, without `.item()`, `.tolist()` or NumPy.
#
# **Tiny example.** The reference is turned a quarter about z, its x axis along the world's y. A camera at $(1, 2, 3)$
# is then at $(2, -1, 3)$ as the reference sees it.

# %% solution="01.4"
def relative_pose(camera_to_world, reference):
    """The pose (4, 4) of a camera in the frame of the camera `reference`; both given as camera-to-world."""
    ### BEGIN SOLUTION
    rotation, translation = reference[:3, :3], reference[:3, 3]
    top = torch.cat([rotation.T, -(rotation.T @ translation)[:, None]], dim=-1)  # (3, 4)
    world_to_reference = torch.cat([top, top.new_tensor([[0.0, 0.0, 0.0, 1.0]])])
    return world_to_reference @ camera_to_world
    ### END SOLUTION

# %% [markdown] hint="01.4"
# There are two journeys: from the camera to the world, which you are given, and from the world to the reference,
# which you are given the wrong way round.

# %% [markdown] hint="01.4"
# Invert `reference`, by `torch.linalg.inv` or by hand: rotation `R.T`, translation `-R.T @ t`. Everything is (4, 4).

# %% [markdown] hint="01.4"
# `inverse_of_reference @ camera_to_world`: the journey that comes first stands on the right.

# %% check="01.4"
from rust_edu.course import check
relative_pose = check("01.4", relative_pose)

# %% expected="01.4"
move = torch.eye(4)
move[:3, :3], move[:3, 3] = so3_exp(torch.tensor([0.4, -1.0, 2.0])), torch.tensor([5.0, -2.0, 1.0])
for name, moved in (("the world as it is", ring), ("the world moved and turned", move @ ring)):
    print(f"{name:27s} camera 2 stands at {[round(v, 2) for v in moved[1, :3, 3].tolist()]}")
    seen_from_1 = relative_pose(moved[1], moved[0])[:3, 3]
    print(f"{'':27s} seen from camera 1: {[round(v, 2) for v in seen_from_1.tolist()]}")

# %% [markdown]
# **What it means.** Absolute positions change with the world's frame, relative ones do not. Read the second: seen
# from camera 1, camera 2 stands to the right (first number), higher (second number below 0, since y points down), and
# one unit further ahead. Keep this in mind for the rest of the course. A latent pose that a model finds by itself
# *can only* be relative: nothing else is in the pictures.

# %% [markdown]
# ## Where a ray meets a ball
# A ray meets a ball of radius $r$ about $c$ where it is exactly $r$ away from $c$:
#
# $$|o + t\,d - c|^2 = r^2 \qquad\Longrightarrow\qquad a t^2 + 2 b t + k = 0$$
#
# with $\;a = d \cdot d,\;\; b = (o - c) \cdot d,\;\; k = |o - c|^2 - r^2\;$ and the roots $\;t = \dfrac{-b \pm
# \sqrt{b^2 - a k}}{a}$.
#
# The formula is the easy part. Which root is wanted?
#
# | case | roots | answer |
# |---|---|---|
# | the ray enters and leaves the ball ahead | both above 0 | the smaller one |
# | the ray starts inside | one below 0, one above | the one above 0, where it leaves |
# | the ball is behind | both below 0 | a miss |
# | the ray passes beside the ball | none: $b^2 < a k$ | a miss |
#
# A miss is **infinity**. It loses every comparison for the nearest hit, so no other code has to ask.

# %% [markdown] exercise="01.5"
# title: Where a ray meets a ball
# difficulty: 3
# minutes: 20
# why: With this one function and your rays you can render a picture, shadows included.
# ---
# `intersect_sphere(origins: Tensor, directions: Tensor, centre: Tensor, radius: float) -> t`
#
# | name | shape | what |
# |---|---|---|
# | `origins`, `directions` | (N, 3) each | directions of *any* length, not 0 |
# | `centre` | (3,) | of the ball |
# | `radius` | number | of the ball |
# | `t` | (N,) | `origins + t * directions` is the first point on the ball with $t > 0$; infinity for a miss |
#
# **Tiny example.** From the origin along $(1, 0, 0)$ to a ball of radius 1 about $(3, 0, 0)$: the roots are 2 and 4,
# so $t = 2$. Along $(2, 0, 0)$ it is $t = 1$. Along $(-1, 0, 0)$ both roots are negative: infinity.

# %% solution="01.5"
def intersect_sphere(origins, directions, centre, radius):
    """t (N,) where rays (N, 3) first meet a sphere in front of them; infinity for a miss."""
    ### BEGIN SOLUTION
    offset = origins - centre
    a = (directions * directions).sum(-1)
    b = (offset * directions).sum(-1)
    k = (offset * offset).sum(-1) - radius**2
    under = b * b - a * k
    root = under.clamp(min=0.0).sqrt()
    near, far = (-b - root) / a, (-b + root) / a
    t = torch.where(near > 0, near, far)
    return torch.where((under >= 0) & (t > 0), t, torch.inf)
    ### END SOLUTION

# %% [markdown] hint="01.5"
# First compute both roots for all rays at once, as if each met the ball. Then decide with `torch.where` which root
# counts, and last whether any does.

# %% [markdown] hint="01.5"
# Dot products of rows: `(u * v).sum(-1)`, of shape (N,). Where there is no root, `.clamp(min=0)` before `.sqrt()`
# keeps NaN away; remember which rays those were.

# %% [markdown] hint="01.5"
# `near, far = (-b - root) / a, (-b + root) / a`; `t = torch.where(near > 0, near, far)`; a hit is
# `(under >= 0) & (t > 0)`; `torch.where(hit, t, torch.inf)`.

# %% check="01.5"
from rust_edu.course import check
intersect_sphere = check("01.5", intersect_sphere)

# %% expected="01.5"
dense = (pixel_centres(6, 8) * 4).reshape(-1, 2)
origins, directions = (part.float() for part in pixel_rays(camera, K_wide, dense))
t = torch.stack([intersect_sphere(origins, directions, c, float(r)) for c, r in zip(centres, radii)]).float().amin(0)
hits = t.isfinite()
rays_in_3d(camera, K_wide, small, origins[hits], directions[hits], t[hits], scene=scene, reach=1.6,
           title=f"{int(hits.sum())} of 48 rays meet a ball, and stop there")

# %% [markdown]
# **What it means.** Three intersections and a minimum answer the question "what does this pixel see?". Nothing more
# is needed for a picture but colours.

# %% [markdown]
# ## Your first rendered scene
# The floor is the plane $z = 0$: a ray meets it at $t = -o_z / d_z$ if it goes down. The nearest of floor and balls
# wins. A point lies in shadow if a ray from it to the lamp meets a ball: your `intersect_sphere` once more. The rest
# is a few lines of light and colour, the same as in the package's renderer.

# %%
lamp, horizon, overhead = scene.light[0], scene.sky[0, 0], scene.sky[0, 1]


def render(camera_to_world, K, height, width):
    """A picture (height, width, 3) of the balls on their floor, by your rays and your intersections."""
    pixels = pixel_centres(height, width).reshape(-1, 2)
    o, d = (part.float() for part in pixel_rays(camera_to_world, K, pixels))
    floor = torch.where((d[:, 2] < 0) & (o[:, 2] > 0), -o[:, 2] / d[:, 2], torch.inf)
    t = torch.stack([floor] + [intersect_sphere(o, d, c, float(r)).float() for c, r in zip(centres, radii)])
    t, which = t.min(0)  # the nearest surface of each ray: 0 is the floor, k the ball k - 1
    points = o + torch.where(t.isinf(), 0.0, t)[:, None] * d

    is_ball = t.isfinite() & (which > 0)
    ball = (which - 1).clamp(min=0)
    normals = torch.where(is_ball[:, None], (points - centres[ball]) / radii[ball, None], torch.tensor([0.0, 0.0, 1.0]))
    start_here = points + 1e-3 * normals  # a little outside, or the surface would shade itself
    blocked = [intersect_sphere(start_here, lamp.expand_as(d), c, float(r)).isfinite() for c, r in zip(centres, radii)]
    facing = (normals @ lamp).clamp(min=0.0) * ~torch.stack(blocked).any(0)

    squares = (points[:, :2] / 0.5).floor().sum(-1, keepdim=True) % 2
    paint = torch.where(is_ball[:, None], colours[ball], 0.5 + 0.14 * (2 * squares - 1))
    skylight = torch.where(is_ball, 0.42 * (0.75 + 0.25 * normals[:, 2]), 0.42)  # the sky lights what faces up
    surface = paint * (skylight + 0.58 * facing)[:, None]
    sky = horizon + (overhead - horizon) * d[:, 2:].clamp(0.0, 1.0).sqrt()
    haze = torch.where(is_ball, 1.0, torch.exp(-((t / 14.0) ** 2)))[:, None]  # the floor fades into the horizon
    colour = sky + haze * (surface - sky)
    return colour.clamp(0.0, 1.0).sqrt().view(height, width, 3)  # linear light to display values


def psnr(a, b):
    return float(-10 * torch.log10(((a - b) ** 2).mean()))


K = intrinsics(96, 96, math.radians(50)).float()
camera = look_at(torch.tensor([1.2, -3.6, 1.9]), target, up).float()
yours = render(camera, K, 96, 96)
photograph = package.render(scene, camera[None, None], K, 96, 96, samples=1).colour[0, 0]
agreement = psnr(yours, photograph)
picture_sheet(torch.stack([yours, photograph, 0.5 + 4 * (yours - photograph)]),
              ["rendered by your functions", "by the package", "difference, times four"], size=300,
              title="Your first rendered scene",
              subtitle="Grey: no difference. A pixel here and there may differ: at an edge, rounding decides.",
              alt="Two pictures of the three balls on a checker floor with shadows that look the same, and their "
                  "difference, which is grey all over.")

# %%
print("PSNR of your picture against the package's:", "above 40 dB" if agreement > 40 else f"{agreement:.1f} dB")

# %% [markdown]
# Forty lines, and none of them knows about triangles or graphics cards. The same renderer, with boxes, cylinders and
# cones, makes all data of this course.
#
# ### A dial
# The sliders below move a camera and call your `look_at`, `intrinsics` and `render` for each picture. They work with
# the mouse, and with the arrow keys once a slider has the focus (Tab). Without a kernel, the three fields of view
# under exercise 01.1 show what the first slider does.
#
# 1. Set the field of view to 25 degrees, then move back (larger distance) until the orange ball is as large as
#    before. What has happened to the floor and to the other balls? Film-makers call it a dolly zoom.
# 2. At which height do you no longer see the horizon? How does that depend on the field of view?
# 3. Raise the camera to 89 degrees, then turn it. What is it in `look_at` that would break at 90?
#
# Answers stand at the end of the notebook.

# %%
sliders = {name: ipywidgets.FloatSlider(value, min=low, max=high, step=step, description=name, continuous_update=True,
                                        style={"description_width": "10em"}, layout={"width": "32em"})
           for name, value, low, high, step in (("field of view (°)", 50.0, 15.0, 110.0, 1.0),
                                                ("distance (units)", 4.2, 2.0, 10.0, 0.1),
                                                ("height (°)", 22.0, 3.0, 89.0, 1.0),
                                                ("azimuth (°)", -72.0, -180.0, 180.0, 2.0))}
screen = ipywidgets.Image(format="png", width=384, height=384)


def draw(_=None):
    fov, distance, height, azimuth = (slider.value for slider in sliders.values())
    height, azimuth = math.radians(height), math.radians(azimuth)
    place = target + orbit_position(torch.tensor(azimuth), torch.tensor(height), torch.tensor(distance))
    picture = render(look_at(place, target, up).float(),
                     intrinsics(96, 96, math.radians(fov)).float(), 96, 96)
    file = io.BytesIO()
    large = Image.fromarray((255 * picture).round().byte().numpy()).resize((384, 384), Image.Resampling.NEAREST)
    large.save(file, "png")
    screen.value = file.getvalue()


for slider in sliders.values():
    slider.observe(draw, "value")
draw()
dial = ipywidgets.HBox([screen, ipywidgets.VBox(list(sliders.values()))])
without_kernel = "A picture of the scene with four sliders beside it. Run this cell to move the camera."
display({**dial._repr_mimebundle_(), "text/plain": without_kernel}, raw=True)

# %% [markdown]
# ## Break it
# Every choice of this notebook is one that somebody, somewhere, has made the other way. Now you make each mistake on
# purpose. The yardstick is the **reprojection error**: where should the balls' centres appear, where do they appear
# with the mistake, and how many pixels lie between?

# %% [markdown] predict="01.p3"
# You render the scene with rays that pass half a pixel beside the pixel centres, a slip that no eye will notice. The
# picture is 96 × 96. Compared with the right picture, its PSNR will be about
#
# - [ ] 50 dB: no difference that matters
#   At 50 dB the pictures would be the same to three thousandths. Half a pixel changes every edge of the checker
#   floor.
# - [x] 20 to 30 dB: as far from the right picture as a trained model's drawing is
#   Wherever there is an edge, half a pixel mixes its two sides. The eye forgives it, a mean squared error does not.
# - [ ] 10 dB: another picture
#   That is what a flipped axis does. Half a pixel leaves everything about where it was.

# %%
flip = {name: torch.diag(torch.tensor([*signs, 1.0])) for name, signs in
        (("y up", (1.0, -1.0, 1.0)), ("y up, z backward", (1.0, -1.0, -1.0)))}
shifted = K.clone()
shifted[:2, 2] -= 0.5
radians_forgotten = intrinsics(96, 96, 50.0 % math.pi).float()  # 50 radians, wrapped into the range
g = torch.Generator().manual_seed(1)
mistakes = {
    "none: yours": (camera, K),
    "half a pixel off": (camera, shifted),
    "noise, sigma = 0.01": (perturb(camera, 0.01, g), K),
    "noise, sigma = 0.1": (perturb(camera, 0.1, g), K),
    "y up": (camera @ flip["y up"], K),
    "degrees as radians": (camera, radians_forgotten),
    "y up, z backward": (camera @ flip["y up, z backward"], K),
    "world-to-camera": (invert(camera), K),
}
right = projected(centres, camera, K)
shown, notes, marks = [], [], []
for wrong_camera, wrong_K in mistakes.values():
    picture, at = render(wrong_camera, wrong_K, 96, 96), projected(centres, wrong_camera, wrong_K)
    error = (at - right).norm(dim=-1).mean()
    error = "balls behind the camera" if error.isnan() else f"balls off by {error:.1f} pixels"
    quality = psnr(picture, photograph)
    shown.append(picture)
    notes.append(f"{error}, PSNR {'above 40' if quality > 40 else f'{quality:.1f}'} dB")
    marks.append({"+": (right, "#A6216F")})
mean_colour = photograph.mean((0, 1)).expand_as(photograph)
picture_sheet(torch.stack(shown), list(mistakes), notes, marks=marks, size=270,
              title="One scene, eight ways to hold the camera",
              subtitle="Crosses: where the balls' centres belong. Below: the reprojection error, and the PSNR against "
                       "the right picture. Baseline: a picture of the mean colour alone has "
                       f"{psnr(mean_colour, photograph):.1f} dB.",
              alt="Eight renderings of the scene with crosses where the balls' centres belong. " +
                  " ".join(f"{name}: {note}." for name, note in zip(mistakes, notes)))

# %%
for name, note in zip(mistakes, notes):
    print(f"{name:22s} {note}")
draws = [(projected(centres, perturb(camera, 0.1, g), K) - right).norm(dim=-1).mean() for _ in range(200)]
print(f"\nnoise, sigma = 0.1, mean of 200 draws: {torch.stack(draws).nanmean():.0f} pixels at 96 x 96, "
      f"{torch.stack(draws).nanmean() / 3:.1f} at 32 x 32")

# %% [markdown]
# **What it means.**
# - *No mistake*: the crosses sit on the balls, and your picture is the package's.
# - *Half a pixel*, in x and in y (so 0.7 along the diagonal), is invisible and costs more decibels than most papers
#   gain. Two libraries that disagree about where a pixel's centre lies make a model look worse than it is.
# - *Noise* is what real camera poses have. σ is how large it is: σ = 0.1 turns a camera by about six degrees about each
#   of its axes and moves it by a tenth of a unit along each (standard deviations). It is the noise that SRT is tested
#   with: in the 32 × 32 pictures of this course it moves things by a few pixels. In the package's own results it costs
#   SRT more than five decibels. RUST is told no pose, so there is nothing to disturb. That is the argument of the whole
#   course, in pixels.
# - *Degrees as radians* takes 50 for radians, almost eight full turns. Wrapped into the range of a field of view they
#   are about 165 degrees: a picture through a very wide lens.
# - *Wrong axes*, *world-to-camera* and even σ = 0.1 score below the mean colour: worse than knowing nothing. A
#   checker floor is unforgiving, and a reason why the course's own worlds have soft floors. And still nothing raises
#   an error: shapes and types are all in order.
#
# The last point is the dangerous one. A model trained with wrong rays trains; its loss goes down; its pictures are a
# little worse than they should be. So you need a test that notices. You build it next.

# %% [markdown]
# ## The convention puzzle
# Somebody hands you four data sets, A to D. Each has six pictures, the intrinsics `K`, and six pose matrices. None
# has a README.

# %%
sets = {name: mystery(name) for name in "ABCD"}
A = sets["A"]
picture_sheet(A.images, [f"picture {i + 1}" for i in range(6)], title="Data set A: six pictures of five balls",
              subtitle="Crosses: the middle of each ball, found by its colour alone.",
              marks=[{"+": (p, "#A6216F")} for p in A.pixels], size=300,
              alt="Six pictures of five coloured balls over a checker floor from different sides, with a cross on the "
                  "middle of each ball.")

# %% [markdown]
# The pose of the first picture of each set. They look alike, do they not?

# %%
for name, data in sets.items():
    rows = [" ".join(f"{v + 0.0:6.2f}" for v in row) for row in data.stored[0].tolist()]
    print(f"{name}:  " + "\n    ".join(rows) + "\n")

# %% [markdown]
# Take set A as it is, as if it followed our convention, and draw it:

# %%
figures.cameras_in_3d(A.stored, A.K, images=A.images, title="Data set A, taken at its word")

# %% [markdown]
# The cameras stand in a fine arc, and every one turns its back on the scene. So the position is credible and the axes
# are not. For other sets the picture is less kind. You need a test that does not rely on an eye.
#
# **The test.** In the right convention, the rays through the orange ball's crosses all run through the orange ball.
# They **meet**. In a wrong one they pass each other. How closely do rays meet? The point $p$ nearest to all of them
# has
#
# $$\sum_v (I - d_v d_v^\top)\,(p - o_v) = 0$$
#
# since $I - d d^\top$ takes away what lies along a ray. That is a 3 × 3 linear system, solved by `meeting_point`. The
# distance of the rays from it is the *miss*:

# %%
def miss(cameras, K, pixels):
    """By how much, in units of the scene, the rays of one ball miss the point where they come closest, on average.

    cameras (V, 4, 4) camera-to-world, K (3, 3), pixels (V, P, 2): where V pictures show P balls.
    """
    rays = [pixel_rays(camera, K, p) for camera, p in zip(cameras, pixels)]
    o, d = (torch.stack(part).float() for part in zip(*rays))  # (V, P, 3) each
    offset = meeting_point(o, d) - o
    along = (offset * d).sum(-1, keepdim=True).clamp(min=0.0)  # a ray has a beginning: what is behind it is missed
    return float((offset - along * d).norm(dim=-1).mean())


print(f"data set A, taken at its word: rays miss by {miss(A.stored, A.K, A.pixels):.2f} units")

# %% [markdown]
# **The suspects.** Two directions of the matrix, four ways to point the axes: eight conventions.
#
# | stored camera's x, y, z | signs | met in |
# |---|---|---|
# | right, down, forward | (1, 1, 1) | OpenCV, COLMAP (which stores world-to-camera), this course |
# | right, up, backward | (1, −1, −1) | OpenGL, Blender, the NeRF data (camera-to-world) |
# | right, up, forward | (1, −1, 1) | Unity and other left-handed systems: det R = −1 beside a right-handed world |
# | left, up, forward | (−1, −1, 1) | PyTorch3D (world-to-camera, points as rows) |
#
# To change the axes of a *camera*, change the columns of a camera-to-world matrix: `pose @ diag(signs)`. From the
# left, `diag(signs) @ pose` would change the axes of the *world*, and no picture can tell. Files that hold
# quaternions double the list: some put the real part first, some last.
#
# The order decides. In a world-to-camera matrix the camera's axes are *rows*, and `@ diag(signs)` from the right
# changes columns: there it would flip the world. So **invert first, then flip**: once the matrix is camera-to-world,
# the camera's axes are columns.

# %% [markdown] exercise="01.6"
# title: The convention puzzle
# difficulty: 4
# minutes: 25
# why: By trial and error it takes an afternoon, by this function half a second, for every data set you will meet.
# ---
# `recover_cameras(stored: Tensor, K: Tensor, pixels: Tensor) -> camera_to_world`
#
# | name | shape | what |
# |---|---|---|
# | `stored` | (V, 4, 4) | the matrices of a data set, all in *one* of the eight conventions |
# | `K` | (3, 3) | |
# | `pixels` | (V, P, 2) | where the V pictures show the same P balls, to a fraction of a pixel |
# | result | (V, 4, 4) | camera-to-world with axes right, down, forward |
#
# You may use `miss`, and `AXES`, a dict from the names above to their signs.
#
# **Tiny example.** If `stored` is world-to-camera with our axes, the result is `torch.linalg.inv(stored)`. If it is
# camera-to-world of OpenGL, the result is `stored @ torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0]))`.
#
# The check hands you all eight conventions in random order, in worlds that are turned and moved at random. So the
# floor may be a wall, and "cameras stand above z = 0" will not help. Only the pictures do.

# %% solution="01.6"
def recover_cameras(stored, K, pixels):
    """Camera-to-world (V, 4, 4), axes right, down, forward, of cameras stored in one of eight conventions."""
    ### BEGIN SOLUTION
    candidates = []
    for theirs in (stored, torch.linalg.inv(stored)):  # in their axes: as it is, or once more inverted
        for signs in AXES.values():
            candidates.append(theirs @ torch.diag(torch.tensor([*signs, 1.0])))
    return min(candidates, key=lambda cameras: miss(cameras, K, pixels))
    ### END SOLUTION

# %% [markdown] hint="01.6"
# Eight hypotheses, one test: turn the stored matrices into what they would be under each hypothesis, and ask each
# time how well the rays meet.

# %% [markdown] hint="01.6"
# Two nested loops: over `stored` and `torch.linalg.inv(stored)`, both (V, 4, 4), and over `AXES.values()`. The
# inverse comes first, the signs after it: in a world-to-camera matrix the camera's axes are rows, and the inverse
# makes them columns.

# %% [markdown] hint="01.6"
# One candidate is `theirs @ torch.diag(torch.tensor([*signs, 1.0]))`. Collect all eight in a list and return
# `min(candidates, key=lambda cameras: miss(cameras, K, pixels))`.

# %% check="01.6"
from rust_edu.course import check
recover_cameras = check("01.6", recover_cameras)

# %% expected="01.6"
kinds = [(direction, axes) for direction in ("camera-to-world", "world-to-camera") for axes in AXES]
table = [[miss((data.stored if direction == "camera-to-world" else torch.linalg.inv(data.stored))
               @ torch.diag(torch.tensor([*AXES[axes], 1.0])), data.K, data.pixels) for data in sets.values()]
         for direction, axes in kinds]
recovered = {name: recover_cameras(data.stored, data.K, data.pixels).float() for name, data in sets.items()}
convention_table(table, [f"{direction}: {axes}" for direction, axes in kinds], list(sets),
                 title="Rays meet in one convention, and in no other")

# %%
figures.cameras_in_3d(recovered["C"], sets["C"].K, images=sets["C"].images,
                      title="Data set C, in the convention that you found")

# %% [markdown]
# **What it means.** In the right convention rays meet to a few thousandths of a unit: the balls' centres are found to
# a small fraction of a pixel. In each wrong one they miss by fifty times as much or more. Set A is how Blender and
# NeRF write cameras, B is COLMAP's way, C a left-handed export, D has the axes of PyTorch3D. No metadata was needed:
# **pictures constrain cameras**.
#
# This is the seed of RUST. You used eight hypotheses and five balls. Structure from motion searches over *all* poses
# with thousands of matched points. RUST uses no matches and no search: it has a network guess a pose and asks only
# whether the picture comes out right.

# %% [markdown]
# ## Limits
# - **What no picture can tell.** Where the world's origin lies, which way its axes point, and its scale: a dolls'
#   house photographed from nearby looks like a house. Eight conventions can be told apart because they change cameras
#   *among each other*. A flip of the world's own axes cannot.
# - **The pinhole is an ideal.** Real lenses bend rays (distortion), real shutters read row by row, and real
#   intrinsics are not known. The data of this course, like that of RUST's main experiments, is rendered, so its rays
#   are exact.
# - **The puzzle was easy.** The balls have colours of their own, so nobody had to match them. Finding matches between
#   photographs is the hard part of structure from motion, and it fails where pictures are few, small or blurred,
#   which is where RUST begins.
# - **Sizes.** All numbers here are for three balls at 96 × 96 with a field of view of 50 degrees. The order of the
#   mistakes will hold elsewhere, their decibels will not.

# %% [markdown]
# ## What to take away
# - A camera is a rule from pixels to rays: `K` says how far apart they spread, the pose where they start and how they
#   are turned.
# - The columns of a camera-to-world matrix are right, down, forward, and where the camera stands. Say "to" in every
#   name of a matrix.
# - Relative poses survive a change of the world's frame. Absolute ones are a convention.
# - A wrong convention raises no error. Reprojection error, and rays that should meet, find it.
# - At 32 × 32 pixels, camera noise of σ = 0.1 moves things by pixels. Models that are told poses have to live with
#   that.

# %% [markdown] quiz="01.q1"
# The six photographs of a data set were taken all around a table. In every one of its six matrices the last column is
# about $(0, 0, 4.1, 1)$. What do the matrices hold?
#
# - [ ] camera-to-world: all photographs were taken from the same place
#   The pictures were taken all around the table. If they were camera-to-world, every camera would stand at (0, 0,
#   4.1).
# - [x] world-to-camera, of cameras that look at the world's origin
#   There the last column is the world's origin as the camera sees it: straight ahead, 4.1 away. Axes: z points
#   forward.
# - [ ] poses relative to the first camera
#   Then the first matrix would be the identity, with a last column of (0, 0, 0, 1).

# %% [markdown] quiz="01.q2"
# A model is trained on rays whose y axis is flipped by mistake, in training and in testing alike. What happens?
#
# - [ ] An error is raised, since the rays do not fit the pictures
#   Nothing compares the two. Shapes and types are the same as ever.
# - [x] It trains; rays of the same thing do not meet, so it has to learn each view more or less by heart
#   The loss still goes down. What is lost is that several views agree about one point in space.
# - [ ] Nothing changes: the model learns the flip
#   It could, if the flip were one and the same motion of the whole world. A flip in each camera's own frame is
#   another motion for each camera.

# %% [markdown] quiz="01.q3"
# At 32 × 32 pixels and a field of view of 50 degrees, $f$ is about 34 pixels. By what angle does a half-pixel mistake
# turn a ray in the middle of the picture?
#
# - [ ] 0.01 degrees
#   That would be a hundredth of the angle that a pixel spans.
# - [x] 0.8 degrees
#   $\arctan(0.5 / 34) = 0.83°$, half of what one pixel spans. Camera noise of σ = 0.1 turns a camera by 5.7 degrees
#   about each axis.
# - [ ] 25 degrees
#   That is the angle from the middle of the picture to its edge.

# %% [markdown]
# ## Answers: the dial
# 1. *The dolly zoom.* The orange ball keeps its size, and what stands behind it grows: from further away, depths differ
#    by less in proportion, so the sizes of near and far things draw together. The floor looks flatter, the balls pushed
#    together. The place of the camera does that; the field of view only enlarges.
# 2. *The horizon.* It lies level with the camera. The camera looks down by about its height angle, and the picture
#    reaches half a field of view above the middle: the horizon leaves it once the height is more than half the
#    field of view, so at 25 degrees for a field of 50. (The picture is square, so the vertical angle is the same.)
# 3. *89 degrees.* The camera hardly moves any more, and the picture spins on the spot: right is still given by the
#    little that is left of forward × up. At 90 forward is parallel to `up`, the product is 0, and right is 0 / 0.

# %% [markdown]
# ## Further reading
# - R. Hartley, A. Zisserman, *Multiple View Geometry in Computer Vision*, chapters 6 and 9: cameras as matrices, and
#   the line that a pixel is in another picture (the epipolar line).
# - R. Szeliski, *Computer Vision: Algorithms and Applications*, 2nd edition, chapter 2: how pictures are formed, with
#   real lenses.
# - P. Shirley and others, *Ray Tracing in One Weekend*: your renderer, continued to glass and metal.
# - B. Mildenhall and others, *NeRF*, ECCV 2020, arXiv 2003.08934: what to do along a ray. Notebook 03 (in preparation).
# - C.-H. Lin and others, *BARF*, ICCV 2021, arXiv 2104.06405: cameras that are a little wrong, and the noise
#   from which ours is derived (notebook 06 says what differs).
# - M. Sajjadi and others, *RUST*, CVPR 2023, arXiv 2211.14306: no cameras at all. Notebook 07.
#
# ## From here
#
# In **02** you meet the pictures of the course, and build the ruler by which every model is judged. In **05** your rays
# become the questions that SRT is asked; in **06** cameras are wrong, and you see what that costs a trained model.
