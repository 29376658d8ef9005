"""Exercise 06.3, the best answer to a doubtful question: the reference, cases, known mistakes, a property."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from ....cameras import pixel_rays
from ....views import query_positions
from ...checking.exercise import Case, Diagnosis, Suspect
from .noise import noisy_cameras, random_cameras

DOUBT = "The best answer to a doubtful question"
K = torch.tensor([[4.0, 0.0, 2.0], [0.0, 4.0, 2.0], [0.0, 0.0, 1.0]])


def best_guess(look: Callable, camera: Tensor, twists: Tensor, sigma: float) -> Tensor:
    """The picture (H, W, 3) with the least squared error, if the true camera is `camera` (4, 4) with noise.

    look: cameras (N, 4, 4) -> what they see, (N, H, W, 3). twists (N, 6): N draws of the noise.
    """
    return look(noisy_cameras(camera.expand(len(twists), 4, 4), twists, sigma)).mean(0)


def look_around(cameras: Tensor) -> Tensor:
    """A world of soft waves: what cameras (N, 4, 4) see of it, (N, 4, 4, 3), or one camera (4, 4), (4, 4, 3)."""
    origins, directions = pixel_rays(cameras, K, query_positions(4, 4))
    colours = 0.5 + 0.5 * torch.sin(4.0 * directions + 1.5 * origins.roll(1, -1))
    return colours.unflatten(-2, (4, 4))


def cases(g: Generator) -> Iterator[Case]:
    yield Case("three draws without noise", look_around, random_cameras(g), torch.randn(3, 6, generator=g), 0.0)
    for count, sigma in ((1, 0.5), (2, 0.4), (5, 0.3), (16, 0.8)):
        yield Case(f"{count} draw{'s' * (count > 1)}, sigma = {sigma:g}", look_around, random_cameras(g),
                   torch.randn(count, 6, generator=g), sigma)
    yield Case("3 draws of large twists, sigma = 0.3", look_around, random_cameras(g), 6.0 * torch.randn(
        3, 6, generator=g), 0.3).asking("A twist may be as large as it likes: noise has no bound.")
    yield Case("40 draws, sigma = 0.5", look_around, random_cameras(g), torch.randn(40, 6, generator=g), 0.5).asking(
        "There may be any number of draws, and all of them count.")


def _seen(look: Callable, camera: Tensor, twists: Tensor, sigma: float) -> Tensor:
    return look(noisy_cameras(camera.expand(len(twists), 4, 4), twists, sigma))


def _of(reduce: Callable) -> Callable:
    return lambda *arguments: reduce(_seen(*arguments))


def _mean_camera(look: Callable, camera: Tensor, twists: Tensor, sigma: float) -> Tensor:
    return look(noisy_cameras(camera.expand(len(twists), 4, 4), twists, sigma).mean(0, keepdim=True))[0]


def _mean_twist(look: Callable, camera: Tensor, twists: Tensor, sigma: float) -> Tensor:
    return _seen(look, camera, twists.mean(0, keepdim=True), sigma)[0]


def _told_too(look: Callable, camera: Tensor, twists: Tensor, sigma: float) -> Tensor:
    return 0.5 * look(camera[None])[0] + 0.5 * best_guess(look, camera, twists, sigma)


SUSPECTS = (
    Suspect("takes-it-at-its-word", lambda look, c, w, s: look(c[None])[0], "This is what the told camera sees, as if "
            "it were the true one. Move it by each of the twists, look, and average what is seen.", DOUBT),
    Suspect("one-draw", _of(lambda seen: seen[0]), "This is what one of the possible cameras sees. A single sharp "
            "guess has twice the expected squared error of the mean.", DOUBT),
    Suspect("one-draw", _of(lambda seen: seen[-1]), "This is what the last of the possible cameras sees. A single "
            "sharp guess has twice the expected squared error of the mean.", DOUBT),
    Suspect("averages-cameras", _mean_camera, "You average the cameras and look once. Two wrongs at once: a mean of "
            "matrices is no camera, and one camera sees one sharp picture. Look from each, then average the "
            "pictures.", DOUBT),
    Suspect("averages-twists", _mean_twist, "You average the twists and look once, from nearly the told camera. Look "
            "from each possible camera, then average the pictures.", DOUBT),
    Suspect("median", _of(lambda seen: seen.median(0).values), "The median minimises the absolute error. The least "
            "squared error belongs to the mean.", DOUBT),
    Suspect("sum", _of(lambda seen: seen.sum(0)), "You add the pictures up. Divide by how many they are.", DOUBT),
    Suspect("all-pictures", _of(lambda seen: seen), "These are the N pictures. The answer is one: their mean.", DOUBT),
    Suspect("one-colour", _of(lambda seen: seen.mean((0, 1, 2)).expand(4, 4, 3).contiguous()), "You average over the "
            "pixels too: everything has become one colour. Each pixel has a mean of its own, over the draws.", DOUBT),
    Suspect("told-camera-too", _told_too, "The told camera has half of the say in your mean. It is one camera "
            "like the others; only the N draws count.", DOUBT),
    Suspect("without-sigma", lambda look, c, w, s: best_guess(look, c, w, 1.0), "`sigma` has no effect: the twists are "
            "taken in full size.", DOUBT),
)


def looks_from_every_possible_camera(yours: Callable, g: Generator) -> None:
    """It looks from the told camera, moved by each of the twists, and from no other"""
    camera, twists = random_cameras(g), torch.randn(5, 6, generator=g)
    used: list[Tensor] = []

    def look(cameras: Tensor) -> Tensor:
        used.extend(cameras.detach().clone().reshape(-1, 4, 4))
        return look_around(cameras)

    result = yours.call((look, camera, twists, 0.5), {}, gradients=True)
    possible = noisy_cameras(camera.expand(5, 4, 4), twists, 0.5)
    wanted = look_around(possible).mean(0)
    if not isinstance(result, Tensor) or result.shape != wanted.shape or (result - wanted).abs().max() < 1e-4:
        return
    if not used:
        raise Diagnosis("never-looks", "You never call `look`: what cameras see, only it can tell.", seen="no call",
                        expected="look(cameras)", reread=DOUBT)
    apart = (torch.stack(used).float()[:, None] - possible).abs().amax((2, 3))  # (cameras looked from, 5)
    if (apart.amin(1) > 1e-3).any():
        n = int(apart.amin(1).argmax())
        raise Diagnosis("other-cameras", "You look from a camera that is none of the possible ones. Those are the "
                        "told camera with noise: noisy_cameras(camera, twists, sigma).",
                        seen=f"a camera at {_place(used[n])}", expected="one of those at "
                        + ", ".join(_place(c) for c in possible), reread=DOUBT)
    if (apart.amin(0) > 1e-3).any():
        raise Diagnosis("some-cameras", "You do not look from all of the possible cameras: one for each twist.",
                        seen=f"{int((apart.amin(0) < 1e-3).sum())} of 5 cameras", expected="all 5", reread=DOUBT)


def takes_their_mean(yours: Callable, g: Generator) -> None:
    """Of all that the possible cameras see it takes the mean"""
    camera, twists = random_cameras(g), torch.randn(5, 6, generator=g)
    result, wanted = (f(look_around, camera, twists, 0.5) for f in (yours, best_guess))
    if result.shape != wanted.shape or (result - wanted).abs().max() < 1e-4:
        return
    raise Diagnosis("other-mean", "You look from the right cameras. What you make of their pictures is not their mean: "
                    "the sum over the cameras, divided by their number, for each pixel and colour.",
                    seen=f"{float(result.flatten()[0]):.4f}", expected=f"{float(wanted.flatten()[0]):.4f}, the first "
                    "colour of the first pixel", reread=DOUBT)


def _place(camera: Tensor) -> str:
    return "(" + ", ".join(f"{number:.2f}" for number in camera[:3, 3].tolist()) + ")"


def order_does_not_matter(yours: Callable, g: Generator) -> None:
    """All possible cameras count alike: their order changes nothing"""
    camera, twists = random_cameras(g), torch.randn(6, 6, generator=g)
    a, b = (yours(look_around, camera, w, 0.5) for w in (twists, twists.flip(0)))
    if a.shape == b.shape == (4, 4, 3) and (a - b).abs().max() > 1e-4:
        raise Diagnosis("order-of-draws", "The same twists in another order give another picture: they do not count "
                        "alike.", seen=f"colours that differ by up to {(a - b).abs().max():.2g}",
                        expected="the same picture", reread=DOUBT)
