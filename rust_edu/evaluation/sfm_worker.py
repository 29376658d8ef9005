"""The process that runs COLMAP for `sfm.reconstruct`: pictures and job.json of a folder in, found.json out.

It is run by its path and imports nothing of this package. Names of options and functions are pycolmap's; what of it
needs to be known is said where it is used. One thread everywhere and the job's seed wherever something is drawn, or two
runs would differ.
"""

import json
import sys
import time
from pathlib import Path

import numpy
import pycolmap


def options(kind: type, changes: dict, seed: int):
    """Options of this kind with the changes, one thread, and the seed, also in the options inside them."""
    made = kind()
    made.mergedict(_fixed(made.todict(), seed))
    made.mergedict(changes)
    return made


def _fixed(values: dict, seed: int) -> dict:
    fixed = {}
    for name, value in values.items():
        if isinstance(value, dict) and (inner := _fixed(value, seed)):
            fixed[name] = inner
        elif name == "num_threads":
            fixed[name] = 1
        elif name == "random_seed":
            fixed[name] = seed
    return fixed


def largest(models: dict):
    """The model with most cameras, the first of several; None if there is none."""
    return max(models.values(), key=lambda model: model.num_reg_images(), default=None)


def camera_to_world(image) -> list[list[float]]:
    """The inverse (4, 4) of COLMAP's world-to-camera; its camera looks along z with y down, as ours."""
    inverse = numpy.eye(4)
    inverse[:3] = image.cam_from_world().inverse().matrix()
    return inverse.tolist()


def work(place: Path) -> dict:
    """What `sfm.reconstruct` wants to know of the pictures in place/images."""
    job = json.loads((place / "job.json").read_text())
    settings, seed, known = job["settings"], job["seed"], job["camera"] is not None
    database, images, out = place / "database.db", place / "images", place / "out"
    out.mkdir()
    pycolmap.set_random_seed(seed)
    reader = pycolmap.ImageReaderOptions()
    if known:
        reader.mergedict({"camera_model": "PINHOLE", "camera_params": ",".join(map(str, job["camera"]))})
    pycolmap.extract_features(
        database, images, camera_mode=pycolmap.CameraMode.SINGLE, reader_options=reader, device=pycolmap.Device.cpu,
        extraction_options=options(pycolmap.FeatureExtractionOptions, settings.get("extraction", {}), seed))
    pycolmap.match_exhaustive(
        database, device=pycolmap.Device.cpu,
        matching_options=options(pycolmap.FeatureMatchingOptions, settings.get("matching", {}), seed),
        verification_options=options(pycolmap.TwoViewGeometryOptions, settings.get("verification", {}), seed))
    if job["mapping"] == "incremental":
        mapping = options(pycolmap.IncrementalPipelineOptions, settings.get("incremental", {}), seed)
        if known:
            mapping.mergedict({"ba_refine_focal_length": False, "ba_refine_extra_params": False,
                               "mapper": {"abs_pose_refine_focal_length": False,
                                          "abs_pose_refine_extra_params": False}})
        models = pycolmap.incremental_mapping(database, images, out, options=mapping)
    else:
        mapping = options(pycolmap.GlobalPipelineOptions, settings.get("global", {}), seed)
        if known:
            mapping.mergedict({"mapper": {"bundle_adjustment": {"refine_focal_length": False,
                                                                "refine_extra_params": False}}})
        else:
            pycolmap.calibrate_view_graph(database, options(pycolmap.ViewGraphCalibrationOptions, {}, seed))
        models = pycolmap.global_mapping(database, images, out, options=mapping)
    model = largest(models)
    return found_in(database) | ({} if model is None else {
        "cameras": {int(Path(image.name).stem): camera_to_world(image)
                    for image in model.images.values() if image.has_pose},
        "reprojection_error": model.compute_mean_reprojection_error(), "points": model.num_points3D()})


def found_in(database: Path) -> dict:
    """Points of interest of a picture, in the mean, and the number of pairs with matches that agree on a motion.

    COLMAP's own count of verified pairs counts all that it looked at.
    """
    with pycolmap.Database.open(database) as stored:
        keypoints = [stored.num_keypoints_for_image(image.image_id) for image in stored.read_all_images()]
        _, geometries = stored.read_two_view_geometries()
    return {"keypoints": float(numpy.mean(keypoints)),
            "verified_pairs": sum(len(geometry.inlier_matches) > 0 for geometry in geometries)}


def main() -> None:
    pycolmap.logging.minloglevel = 3
    place = Path(sys.argv[1])
    found = work(place)
    (place / "found.json").write_text(json.dumps(found | {"seconds": round(time.process_time(), 2)}))


if __name__ == "__main__":
    main()
