"""The notebooks of the course in order: number, file name, title, and what the reader builds in each.

The one place where this list is kept; headers, maps, panels and the command line take it from here. Public:
`Entry`, `SYLLABUS`, `PARTS`, `BY_NUMBER`, `entry`.
"""

from dataclasses import dataclass

from ..errors import InputError


@dataclass(frozen=True)
class Entry:
    number: str  # "01"
    name: str  # of its files: 01_<name>.ipynb
    title: str
    builds: str  # what the reader builds or shows, as the end of a sentence

    @property
    def stem(self) -> str:
        return f"{self.number}_{self.name}"

    @property
    def chapter(self) -> str:
        """The name of its folder in `chapters/`, where everything is that this notebook alone uses."""
        return f"c{self.stem}"

    @property
    def package(self) -> str:
        """That folder as a package, for importlib: nothing imports a chapter but by this name."""
        return f"rust_edu.course.chapters.{self.chapter}"


SYLLABUS = (
    Entry("00", "welcome", "Welcome", "a flight through a scene that the model has never seen"),
    Entry("01", "cameras_and_rays", "Cameras and rays", "a camera from a pinhole on paper, and a first rendered scene"),
    Entry("02", "views_and_metrics", "Views and metrics", "the data set, PSNR and SSIM by hand, and the baselines that "
                                                          "any model must beat"),
    Entry("03", "one_scene_nerf", "One scene: NeRF", "a radiance field of one scene, with cameras given and learned"),
    Entry("04", "sets_and_attention", "Sets and attention", "attention from nothing, and why a scene is a set of "
                                                            "tokens"),
    Entry("05", "srt", "The scene representation transformer", "SRT assembled from its parts and trained"),
    Entry("06", "when_poses_lie", "When poses lie", "what camera noise costs SRT, and UpSRT, which needs no input "
                                                    "poses"),
    Entry("07", "rust", "RUST", "the pose estimator, the latent pose, and the leak that it must not have"),
    Entry("08", "train_rust", "Training RUST", "a training from scratch in which the pose emerges, and the table of "
                                               "results"),
    Entry("09", "latent_pose_space", "The space of latent poses", "walks through the latent space, and what each "
                                                                  "component does"),
    Entry("10", "explicit_pose", "Explicit poses", "cameras read out of latents, in degrees"),
    Entry("11", "semantics", "Semantics", "segmentation and depth of views that nobody took, from few labels"),
    Entry("12", "is_it_a_pose", "Is it a pose?", "the transfer test and the ablations: what the latent is and is not"),
    Entry("13", "generative_relatives", "Generative relatives", "GQN and NeRF-VAE in small: sampling what was not "
                                                                "seen"),
    Entry("14", "steering", "Steering", "camera paths and videos from a handful of posed examples"),
    Entry("15", "your_own_photos", "Your own photos", "a model of your own pictures, and how to train a large one"),
)

PARTS = (  # the rows of the map
    ("Cameras and pictures", ("00", "01", "02", "03")),
    ("A scene as a set", ("04", "05", "06")),
    ("RUST", ("07", "08", "09")),
    ("What the latent is", ("10", "11", "12")),
    ("Further", ("13", "14", "15")),
)

BY_NUMBER = {known.number: known for known in SYLLABUS}


def entry(number: str) -> Entry:
    """The notebook with this number, "01" for example. Raises InputError for another."""
    if number not in BY_NUMBER:
        raise InputError(f"unknown notebook {number!r}", f"{SYLLABUS[0].number} to {SYLLABUS[-1].number}")
    return BY_NUMBER[number]
