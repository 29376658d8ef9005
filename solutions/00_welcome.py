# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   rust_edu:
#     title: Welcome
#     claim: By the end you will have flown through scenes that no camera flew through, and shown by an experiment what
#       lies halfway between two latent poses.
#     needs: []
#     objectives:
#       - Fly through a scene by changing eight numbers
#       - Say what RUST was given, and what it was never told
#       - Solve an exercise, read what a check says, open a hint
#       - Stop, come back, and find your way through the course
#     reading_minutes: 30
#     compute: {cpu: "30 s", gpu: "not needed"}
#     glossary:
#       "input view": "A photograph of a scene that the model is given, whole, to see what is there; here three of each
#         scene."
#       "target view": "A photograph that the model has to predict; of a target, RUST sees one half only."
#       "held-out scene": "A scene that no model of the course was trained on."
#       "latent pose": "The few numbers, here eight, by which RUST says which view of a scene is meant, and from which
#         it draws that view; nobody tells it what each should mean."
#       "latent": "Said of what a network makes up for its own use, and what is in no data."
#       "decibel": "Of a picture, how far its error lies below the brightest white: PSNR, in dB, more is better.
#         10 more is a tenth of the squared error."
#       "control": "A method that should fail, shown beside one that should not, to see what the success is due to."
# ---

# %% tags=["parameters"]
profile = "laptop"
retrain = False
own_parts = True

# %% [markdown]
# ## First, fly
# Click the cell below and press **Ctrl+Enter**, which runs it and stays there. Give it some seconds. Then try three
# things:
#
# 1. **Drag** the large picture slowly to the side; scroll over it to come nearer. With the keyboard: Tab to the
#    picture, then the arrow keys, `+` and `-`.
# 2. Press **Surprise me**: a scene that did not exist a second ago. Drag again.
# 3. Under *Travel*, press **Play**.

# %%
from IPython.display import display

from rust_edu.course import hint, predict, quiz, start
from rust_edu.widgets import LatentPoseExplorer

display(LatentPoseExplorer())
start("00", own_parts=own_parts)

# %% [markdown]
# When you have flown enough: the next cell loads what the notebook needs. From here on **Shift+Enter** is handier: it
# runs a cell and goes to the next one.

# %%
import base64
import io
import math

import torch
from IPython.display import HTML, Markdown
from PIL import Image

from rust_edu import RUST
from rust_edu.cameras import look_at, orbit_position, spherical
from rust_edu.evaluation.metrics import psnr
from rust_edu.evaluation.probes import wrap
from rust_edu.evaluation.report import test_scenes
from rust_edu.evaluation.results import load_results, markdown_table
from rust_edu.figures import picture_sheet, prediction_sheet
from rust_edu.scenes.render import render

# %% [markdown] predict="00.p1"
# Every picture you flew through was drawn by a small neural network. What was it told, in its whole training, about
# where cameras stood?
#
# - [ ] Position and direction of every camera
#   So it is with most models that draw new views, NeRF and SRT among them. SRT you build in notebook 05.
# - [ ] The cameras of the input views, not those of the targets
#   That would be a help, and it was not given either.
# - [x] Nothing
#   It was shown photographs of scenes, some of each, in no order. Whatever it knows of cameras it made up, because
#   that helps to predict a picture.

# %% [markdown]
# ## What just happened
# 1. A network called **RUST** looked at three photographs of a scene that it had never seen, the *input views*.
# 2. Photographs are all it ever gets: colours of pixels, and no camera, neither in training nor now.
# 3. From the left half of a fourth photograph it read **eight numbers**, a *latent pose*; from these, and from what it
#    knows of the scene, it drew the whole.
# 4. When you drag, those eight numbers change and nothing else, and RUST draws the view that they ask for.
# 5. Nobody said what a number should mean: the names at the sliders were found afterwards, by comparing the numbers
#    with cameras that RUST has not seen.
#
# Here is the same without the flying. Look along the rows *target* and *prediction*, at the right halves: these RUST
# has not seen in any form. And look at how blurred they are. It is a small network, trained on an ordinary
# processor, and the course hides nothing of that.

# %%
number = 30  # of the held-out scene; its things have colours that are easy to tell apart
scenes = test_scenes("sector")
views = scenes.views(slice(number, number + 1))
inputs, targets = views[:, :3], views[:, 3:]

rust = RUST.from_pretrained("fine")
with torch.no_grad():
    scene = rust.encode(inputs)  # (1, 48, 64): what RUST knows of the scene, a set of 48 tokens
    poses = rust.pose(inputs, views, scene, right=False)[0]  # (8, 8): for each of the 8 views a latent pose


def draw(*latents):
    """What RUST draws for latent poses (8,) each: pictures (N, 32, 32, 3)."""
    with torch.no_grad():
        return rust.render(torch.stack(latents)[None].float(), scene)[0]


display(prediction_sheet(inputs.images[0], targets.images[0], draw(*poses[3:])))
measured = load_results()["rust-fine"]
print(f"This is an easy scene. Over {measured['protocol']['scenes']} held-out scenes the mean is "
      f"{measured['metrics']['psnr']['mean']:.1f} dB.")

# %% [markdown]
# ## The claim of the course
# You will have built, trained and taken apart a model that learns 3-D scenes from photographs **without ever being
# told where a camera stood**. You will have shown that it comes close to models that are told the truth, that it beats
# by far those that are told something wrong, and you will know what its "pose" is and is not.
#
# These are the measurements behind it, on scenes that no model has seen. PSNR says in decibels how close a picture is
# to the true one; ten more is a tenth of the squared error. SSIM and FLIP, two other measures, you meet in notebook 02.
# SRT is the same kind of network, told all cameras; UpSRT is told those of the targets alone. σ is by how much these
# cameras were wrong; RUST was told none. The last three lines are what you get without any network.

# %%
Markdown(markdown_table(load_results()))

# %% [markdown]
# Compare the first line with *SRT, σ = 0* (told the truth) and with *SRT, σ = 0.1* (told something wrong by six
# degrees). Compare only lines of the same recipe and number of steps: the two *longer* ones with each other,
# and the two *fine* ones, of which the explorer shows RUST. *Longer* has 30,000 steps; *fine* has five targets in a
# step and, for RUST, more layers in the part that reads the pose (notebook 08); *relative* is the fine one with latent
# poses that count from the inputs' (notebook 09). Minutes are of different, partly busy machines: compare steps.
#
# Is "close" a fair word? In the paper, with larger models and larger pictures, RUST keeps up with SRT; here it stays
# a little behind.

# %% [markdown]
# ## The map
# Each notebook builds something that the next one uses. Minutes are for the exercises alone.

# %% tags=["nbval-ignore-output"]
from rust_edu.course.reading.lessons import available, lesson
from rust_edu.course.syllabus import SYLLABUS

rows = ["| notebook | you build or show | exercises | minutes |", "|:---|:---|---:|---:|"]
for entry in SYLLABUS:
    if entry.number in available():
        boxes = lesson(entry.number)["exercises"].values()
        rows.append(f"| [{entry.number} {entry.title}]({entry.stem}.ipynb) | {entry.builds} | {len(boxes)} | "
                    f"{sum(box['minutes'] for box in boxes)} |")
    else:
        rows.append(f"| {entry.number} {entry.title} | {entry.builds} | in preparation | |")
Markdown("\n".join(rows))

# %% [markdown]
# What to take, if you want to
#
# - **learn it all**, alone: all notebooks in order, one or two a week. You need Python, a little PyTorch and some
#   linear algebra.
# - **understand RUST soon**: 00 to 09, and leave out 03.
# - **teach a class**: the same, with [the teacher's page](../docs/teaching.md). It has times for each notebook, and
#   says how to hand out, collect, and grade with one command.
# - **play**: the explorer above, in a window of its own with `rust-edu explore`; then 09.
# - **use the code**: [the README](../README.md) and `rust_edu/models/`, where each model is one short file; then 15
#   (in preparation), for your own pictures.
#
# Everything runs without a network and without a GPU. Trained weights come with the course, so that no notebook makes
# you wait for a training; where one is worth watching, you can run it yourself.

# %% [markdown]
# ## Your machine
# The doctor looks at what the course needs. In a terminal, `rust-edu doctor` says the same, and how long trainings take
# on your machine; `make course` does so before it opens JupyterLab.

# %% tags=["nbval-ignore-output"]
from rust_edu.course.doctor import examine as examine_machine

rows = ["| | part | found | advice |", "|:---|:---|:---|:---|"]
rows += [f"| {check.mark} | {name} | {check.found} | {check.advice} |"
         for name, check in examine_machine().checks.items() if name != "trainings"]
Markdown("\n".join(rows))

# %% [markdown]
# *ok* is fine, *warn* is worth reading, *fail* stops the course: the last column says what to do. As long as you have
# not run the cell, you look at the machine on which this page was made.

# %% [markdown]
# ## How exercises work
# An exercise is five things below each other:
#
# 1. **a box**, with how hard it is (of 5), how long it takes, why it matters, what comes in and what goes out;
# 2. **a cell to fill in**: replace the line that raises `NotImplementedError`, then run the cell;
# 3. **hints**, three, each deeper than the one before; nobody loses points for opening them;
# 4. **a check**: it says whether your function is right, and if not, what is wrong *first*;
# 5. **the result**, as a picture or in numbers, drawn with your function. As long as the check has not passed, the
#    notebook goes on with the package's own, so that nothing below breaks. You can skip any exercise and come back.
#
# Checks have met many wrong answers. Here is one on purpose. The exercise below asks for what lies halfway between
# two latent poses, and somebody has handed this in:

# %%
from rust_edu.course.checking.checks import examine
from rust_edu.course.checking.panel import show


def half_the_difference(first, second):
    return (second - first) / 2


show(examine("00.1", half_the_difference))  # what `check` would say; this way it is not kept as an attempt of yours

# %% [markdown]
# It does not say "wrong". It says which mistake this is, what was seen on which case and what was expected, and where
# to read again.

# %% [markdown]
# ## Halfway
# Back to the flight. Two views of scene 30 lie at its two sides. Each has a latent pose, eight numbers:

# %%
here, there = poses[4], poses[6]
for name, pose in {"here": here, "there": there}.items():
    print(f"{name:>5}: " + " ".join(f"{value:6.2f}" for value in pose.tolist()))

picture_sheet(torch.cat([views.images[0, [4, 6]], draw(here, there)]),
              ["here, a photograph", "there, a photograph", "here, by RUST", "there, by RUST"], size=200,
              title="Two views of one scene, and what RUST makes of their latent poses",
              alt="Two photographs of a purple box, a light blue box and an orange ball from two sides, and beside "
                  "them RUST's blurred pictures of the same two views.")

# %% [markdown] predict="00.p2"
# Take the eight numbers *halfway* between `here` and `there`, and let RUST draw. What will you see?
#
# - [ ] Both pictures at once, each half transparent
#   That is the mean of two *pictures*. You will see it as well, further below.
# - [x] The scene from a place between the two
#   The numbers describe a view, so between two of them lies a view. Nobody asked for that in training: it came by
#   itself.
# - [ ] Noise
#   So it would be if each view had numbers of its own without any order, like a house number. These have an order.

# %% [markdown] exercise="00.1"
# title: Halfway
# difficulty: 1
# minutes: 5
# why: The shortest flight there is; all others are made of it.
# ---
# `halfway(first: Tensor, second: Tensor) -> Tensor`
#
# | name | shape | what |
# |---|---|---|
# | `first`, `second` | (8,) | two latent poses |
# | result | (8,) | the pose in the middle, number by number |
#
# **Tiny example.** With two numbers in place of eight: halfway between `(0, 2)` and `(4, 2)` lies `(2, 2)`.
#
# Tensors add, subtract, multiply and divide number by number, as if each were a single number.

# %% solution="00.1"
def halfway(first, second):
    """The latent pose (8,) in the middle between two others."""
    ### BEGIN SOLUTION
    return (first + second) / 2
    ### END SOLUTION

# %% [markdown] hint="00.1"
# Forget the eight numbers for a moment. Which number lies in the middle between 10 and 16, and how did you find it?

# %% [markdown] hint="00.1"
# The middle between two numbers is their mean: their sum, divided by how many they are. The same line of Python works
# for tensors of shape (8,), and its result has shape (8,) again.

# %% [markdown] hint="00.1"
# `return (first + second) / 2`. The parentheses matter: without them only `second` is halved.

# %% check="00.1"
from rust_edu.course import check
halfway = check("00.1", halfway)

# %% expected="00.1"
between = halfway(here, there)
picture_sheet(torch.cat([views.images[0, 4:5], draw(between), views.images[0, 6:7]]),
              ["here, a photograph", "halfway, drawn by RUST", "there, a photograph"], size=240,
              title="A view that nobody took",
              alt="Left and right two photographs of the scene from two sides. Between them RUST's picture for the "
                  "latent pose halfway: the same things, seen from between, each once.")

# %% [markdown]
# Nobody took that photograph, and nobody told RUST that views lie between views.
#
# And you can go halfway from `here` to halfway, and so on. Your function, called over and over, makes a flight:

# %%
def flight(first, second, halvings):
    """All latent poses from `first` to `second`, after so many halvings of every gap."""
    if halvings == 0:
        return [first, second]
    middle = halfway(first, second)
    return flight(first, middle, halvings - 1)[:-1] + flight(middle, second, halvings - 1)


way = flight(here, there, 4)
frames = [Image.fromarray((picture * 255).byte().numpy()) for picture in draw(*way)]
film = io.BytesIO()
frames[0].save(film, "PNG", save_all=True, append_images=frames[1:] + frames[-2:0:-1], duration=90, loop=10)
data = base64.b64encode(film.getvalue()).decode()
HTML(f'<img width="256" style="image-rendering: pixelated" src="data:image/png;base64,{data}" alt="An animation: the '
     f'camera swings around the scene, from the one view to the other and back, in {len(way)} steps.">')

# %% [markdown]
# It plays ten times and then stands still; run the cell again to see it again.
#
# ## Is it more than a mixture?
# A nice picture proves nothing. This world was rendered by a program, so there is a truth to compare with: put a
# camera halfway, in azimuth (how far around), elevation (how high) and distance, and render. RUST has never been told
# of this camera. And there is a **control**, something that should fail: the mean of the two photographs, a double
# exposure.

# %%
def camera_between(a, b):
    """camera-to-world (N, 4, 4) halfway around the scene between cameras (N, 4, 4) that look at its middle."""
    a, b = (torch.stack(spherical(camera.double()), dim=-1) for camera in (a, b))  # (N, 3) azimuth, elevation, distance
    azimuth = a[:, 0] + wrap(b[:, 0] - a[:, 0]) / 2
    elevation, distance = ((a + b) / 2)[:, 1:].T
    return look_at(orbit_position(azimuth, elevation, distance), torch.zeros(3).double()).float()


def truth_between(index, a, b):
    """Pictures (N, 32, 32, 3) that cameras halfway between views `a` and `b` of scenes `index` take; each (N,)."""
    cameras = camera_between(scenes.camera_to_world[index, a], scenes.camera_to_world[index, b])
    return render(scenes.scenes()[index], cameras[:, None], views.K, 32, 32).colour[:, 0]


truth = truth_between(torch.tensor([number]), torch.tensor([4]), torch.tensor([6]))[0]
double_exposure = (views.images[0, 4] + views.images[0, 6]) / 2
drawn = draw(between)[0]
picture_sheet(torch.stack([truth, drawn, double_exposure]),
              ["the truth, rendered", "halfway between latents", "halfway between pictures"],
              ["", f"{float(psnr(drawn, truth)):.1f} dB", f"{float(psnr(double_exposure, truth)):.1f} dB"], size=240,
              title="Latent poses can be averaged, pictures cannot",
              alt="Three pictures: the true view from halfway; RUST's picture for the middle of the two latent poses, "
                  "blurred, with all things in their places; the mean of the two photographs, in which every thing "
                  "appears twice as a ghost.")

# %% [markdown]
# One scene proves little. So the same for many, with all pairs of views that lie more than 60 degrees apart:

# %%
azimuth = spherical(scenes.camera_to_world[:60])[0]  # (60, 8) of all views of 60 scenes
apart = wrap(azimuth[:, None] - azimuth[:, :, None])  # from view a to view b of each scene
apart[:, :3] = apart[:, :, :3] = 0.0  # the first three are input views: RUST has seen them whole
index, a, b = (apart > math.radians(60)).nonzero(as_tuple=True)  # (N,) each

with torch.no_grad():
    these = scenes.views(slice(0, 60))
    known = rust.encode(these[:, :3])
    latents = rust.pose(these[:, :3], these, known, right=False)  # (60, 8, 8)
    middles = torch.stack([halfway(x, y) for x, y in zip(latents[index, a], latents[index, b])]).float()
    drawn = rust.render(middles[:, None], known[index])[:, 0]

truth, first, second = truth_between(index, a, b), these.images[index, a], these.images[index, b]
decibels = torch.stack([psnr(pictures, truth) for pictures in (drawn, (first + second) / 2, first)], dim=-1)
print(f"{len(decibels)} pairs of views of 60 held-out scenes; mean PSNR against the true view halfway")
for name, mean in zip(["halfway between latents, by RUST", "double exposure", "the first view, as it is"],
                      decibels.mean(0).tolist()):
    print(f"{name:>34}: {mean:.1f} dB")
print(f"RUST is ahead of the double exposure in {100 * (decibels[:, 0] > decibels[:, 1]).float().mean():.0f} % of them")

# %% [markdown]
# **What it means.** The double exposure has sharper edges than RUST, and twice as many as it should. RUST's picture is
# blurred, and its things are where they belong. To put them there it must have found, from photographs alone,
# that the views of a scene form a space in which one can move. How it came to that is what the course is about.
#
# **Limits.** This is a small world: some plain things on a coloured floor, 32 × 32 pixels, cameras that all look at
# the middle. The straight line between two latents is not always the best way (notebook 09). The eight numbers are
# not coordinates, and whether they are a "pose" at all is a question of its own (notebook 12, in preparation). Blur is
# what a model does that must not guess (notebook 13, in preparation).

# %% [markdown]
# ## Stop, come back, get help
# **Stop** whenever you like. Save the notebook (Ctrl+S) and close it. Two things are kept:
#
# - your cells, in the notebook's file;
# - what you have solved, the hints you opened and your answers, in a progress file on this machine. It is sent
#   nowhere. `rust-edu course status` in a terminal shows it and says where it lies.
#
# **Come back**: open the notebook and choose *Run*, *Run All Cells*. Python's variables are gone when a kernel stops;
# running all cells brings them back in the time that the header states. What you solved in one notebook is used in
# later ones.
#
# **Trainings** can be interrupted with the stop button. The notebook goes on with what there is; run the cell again,
# today or tomorrow, and the training continues at its checkpoint.
#
# **Stuck?** In this order: read the check's line once more; open a hint; look at the solved edition of the notebook,
# which lies under the same name in `solutions/` ([this one's](../solutions/00_welcome.ipynb)). When something seems
# broken: *Kernel*, *Restart Kernel and Run All Cells*; then the doctor above; then report it where you got the course
# from, with what the doctor says.

# %% [markdown]
# ## What to take away
# - RUST gets photographs and nothing else. From half of a target view it reads eight numbers, and draws the view
#   from these and from what it knows of the scene.
# - Latent poses can be averaged and the result is a view. Pictures cannot.
# - A result is worth something beside a truth, a baseline and a control.
# - Exercises never block you. Checks say what is wrong first.

# %% [markdown] quiz="00.q1"
# You drag the explorer's picture to the side. What has changed in the model?
#
# - [ ] Its weights
#   They were fixed when training ended. They are the same for all scenes and all views.
# - [ ] What it knows of the scene
#   The three input views were looked at once, when you entered the scene. That stays as you move.
# - [x] Eight numbers, the latent pose
#   Everything else stays, and one pass through the decoder draws the new view.

# %% [markdown] quiz="00.q2"
# Why was the double exposure shown?
#
# - [ ] It is the best picture that can be made without a network
#   It need not be. A control is not meant to be good.
# - [x] It separates "RUST knows a view in between" from "RUST mixes two pictures"
#   If RUST did nothing but mix, it could not do better than the mixture. It does, nearly always.
# - [ ] To show what RUST looks like before training
#   RUST takes no mean of pictures, at any time.

# %% [markdown] quiz="00.q3"
# In the middle of a notebook you close your computer. What is there tomorrow?
#
# - [ ] Everything, also the variables
#   Variables live in the kernel, and the kernel stops with the computer.
# - [x] Your saved cells and your progress; the variables come back with Run All Cells
#   The notebook's file holds what you wrote, the progress file what you solved.
# - [ ] Nothing that was not handed in
#   Nothing has to be handed in. Both files are on your own machine.

# %% [markdown]
# ## Further reading
# None of it is needed to go on.
#
# - M. Sajjadi and others, *RUST: Latent Neural Scene Representations from Unposed Imagery*, CVPR 2023, arXiv
#   2211.14306: the paper of this course. Read its first page and its pictures now, and the rest after notebook 07.
# - M. Sajjadi and others, *Scene Representation Transformer*, CVPR 2022, arXiv 2111.13152: SRT and UpSRT, which are
#   told where cameras stand. Notebooks 05 and 06.
# - S. Eslami and others, *Neural scene representation and rendering*, Science 360, 2018: a network draws new views
#   of toy scenes much like these. Notebook 13.
# - B. Mildenhall and others, *NeRF*, ECCV 2020, arXiv 2003.08934: one network for each scene, sharp, and in need of
#   exact cameras. Notebook 03 (in preparation).
#
# ## From here
#
# In **01** you write the camera: what SRT is told, and what RUST does without.
