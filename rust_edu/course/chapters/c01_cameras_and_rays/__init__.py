"""The checks of notebook 01, cameras and rays. What they run is beside this file, one file an exercise."""

from .... import cameras
from ....figures.beside import of_first_part
from ...checking.exercise import Exercise
from . import balls, intrinsics, look_at, poses, puzzle, rays
from .mysteries import recover_cameras

EXERCISES = (
    Exercise("01.1", "intrinsics", reference=cameras.intrinsics, outputs=("K",), cases=intrinsics.cases,
             suspects=intrinsics.SUSPECTS,
             properties=(intrinsics.layout_of_K, intrinsics.the_edge_is_at_half_the_angle), gradient=False),
    Exercise("01.2", "look_at", picture=of_first_part,
             reference=look_at.look_at, outputs=("camera_to_world",), cases=look_at.cases,
             suspects=look_at.SUSPECTS, properties=(look_at.looks_as_asked,)),
    Exercise("01.3", "pixel_rays", reference=cameras.pixel_rays, outputs=("origins", "directions"), cases=rays.cases,
             suspects=rays.SUSPECTS,
             properties=(rays.start_at_the_camera, rays.return_to_their_pixels, rays.unit_length,
                         rays.carry_the_gradient), gradient=False),
    Exercise("01.4", "relative_pose", picture=of_first_part,
             reference=cameras.relative_pose, outputs=("the relative pose",),
             cases=poses.cases, suspects=poses.SUSPECTS,
             properties=(poses.itself_is_the_identity, poses.the_world_does_not_matter, poses.lead_back,
                         poses.carry_the_gradient), gradient=False),
    Exercise("01.5", "intersect_sphere", reference=balls.intersect_sphere, outputs=("the result `t`",),
             cases=balls.cases, suspects=balls.SUSPECTS, properties=(balls.are_found, balls.are_on_the_ball),
             gradient=False),
    Exercise("01.6", "recover_cameras", reference=recover_cameras, outputs=("camera_to_world",), cases=puzzle.cases,
             suspects=puzzle.SUSPECTS, properties=(puzzle.solves_every_convention,), gradient=False, seconds=30.0),
)
