"""Exercises 05.1 and 05.2, patches and the set of tokens: cases, known mistakes, properties."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from ....views import to_patches
from ...checking.exercise import Case, Diagnosis, Suspect
from ...shared.srt_parts import PATCHES, SET, make_set


def patch_cases(g: Generator) -> Iterator[Case]:
    numbered = torch.arange(2 * 4 * 3.0).view(1, 1, 2, 4, 3) / 24
    yield Case("one picture of 2 x 4 pixels, patches of 2", numbered, 2)
    for B, V, H, W, p in ((2, 3, 4, 6, 2), (1, 2, 12, 6, 3), (2, 4, 8, 8, 4)):
        yield Case(f"{B} scene{'s' * (B > 1)}, {V} views of {H} x {W} pixels, patches of {p}",
                   torch.rand(B, V, H, W, 3, generator=g), p)
    yield Case("2 scenes, 2 views of 3 x 2 pixels, patches of 1", torch.rand(2, 2, 3, 2, 3, generator=g), 1).asking(
        "`patch` may be 1: then every pixel is a patch, in the list of its view.")
    yield Case("3 scenes, 2 views of 4 x 8 pixels with colours from -1 to 1, patches of 2",
               2.0 * torch.rand(3, 2, 4, 8, 3, generator=g) - 1.0, 2)


def _cut(order: str) -> Callable:
    """Patches in which the axes (b v i y j x c) are laid out in another order: i, j patch, y, x pixel within it."""

    def mistaken(images: Tensor, p: int) -> Tensor:
        B, V, H, W, C = images.shape
        cut = torch.einsum(f"bviyjxc->{order}", images.reshape(B, V, H // p, p, W // p, p, C))
        return cut.reshape(B, V, -1, p * p * C)

    return mistaken


def _interleaved(images: Tensor, p: int) -> Tensor:
    B, V, H, W, C = images.shape
    return torch.einsum("bvyixjc->bvijyxc", images.reshape(B, V, p, H // p, p, W // p, C)).reshape(B, V, -1, p * p * C)


def _wide(images: Tensor, p: int) -> Tensor:
    B, V, H, W, C = images.shape
    return to_patches(images.transpose(1, 2).reshape(B, H, V * W, C), p).reshape(B, V, -1, p * p * C)


PATCH_SUSPECTS = (
    Suspect("reshape-only", lambda x, p: x.reshape(*x.shape[:2], -1, p * p * 3),
            "A reshape alone cuts the picture into runs of pixels along its rows, not into squares. Give rows and "
            "columns two axes each, (H/p, p) and (W/p, p), bring the two p side by side, then flatten.", PATCHES),
    Suspect("columns-first", _cut("bvjiyxc"), "Your patches are counted down the columns. The course counts them row "
            "by row, as `query_positions` does: otherwise a patch gets another patch's position and ray.", PATCHES),
    Suspect("pixels-transposed", _cut("bvijxyc"), "Within a patch your pixels run down the columns. They go row by "
            "row: y before x.", PATCHES),
    Suspect("rows-and-columns-swapped", _cut("bvjixyc"), "Rows and columns have changed places, of patches and of "
            "pixels: these are the patches of the mirrored picture.", PATCHES),
    Suspect("channels-first", _cut("bvijcyx"), "Within a patch you give all reds, then all greens, then all blues. "
            "Colours are the last axis: red, green, blue of the first pixel come first.", PATCHES),
    Suspect("interleaved", _interleaved, "Your patches are made of pixels far apart: every (H/p)-th row and (W/p)-th "
            "column. Split H into (H/p, p): the patch's number first, the place within it second.", PATCHES),
    Suspect("views-mixed", _wide, "Patches of different views have got mixed: the views were laid side by side and cut "
            "as one picture. B and V stay in front, untouched.", PATCHES),
    Suspect("views-mixed", _cut("biyvjxc"), "Numbers of different views have got mixed. B and V stay in front, "
                                            "untouched.",
            PATCHES),
    Suspect("one-list", lambda x, p: to_patches(x, p).flatten(1, 2), "The patches of all views are in one list "
            "already. Keep the axis V here: the next step needs to know which view a patch belongs to.", PATCHES),
)


def colours_stay_as_they_are(yours: Callable, g: Generator) -> None:
    """What the patches hold are numbers of the pictures"""
    images = 3.0 * torch.rand(2, 2, 4, 6, 3, generator=g) - 1.5  # numbers below 0 and above 1 are numbers, too
    patches = yours(images, 2)
    if patches.shape != (2, 2, 6, 12):
        return
    away = (patches.double().flatten()[:, None] - images.double().flatten()).abs().amin(1)  # from the nearest of them
    if away.max() > 1e-5:
        raise Diagnosis("colours-changed", "Your patches hold numbers that are nowhere in the pictures. Cutting moves "
                        "colours about; it changes none, whatever their sign and size.",
                        seen=f"{patches.flatten()[away.argmax()]:.4f}",
                        expected=f"numbers of the pictures, which go from {images.min():.4f} to {images.max():.4f}",
                        reread=PATCHES)


def each_patch_is_in_order(yours: Callable, g: Generator) -> None:
    """In a patch the pixels go row by row, and the three colours of a pixel stay together"""
    images = torch.rand(2, 2, 4, 6, 3, generator=g)
    patches, wanted = yours(images, 2), to_patches(images, 2)
    if patches.shape != wanted.shape:
        return
    alike = [torch.allclose(a.float(), b, atol=1e-5) for a, b in (
        (patches, wanted), (patches.sort(-1).values, wanted.sort(-1).values))]
    if alike == [False, True]:
        raise Diagnosis("order-in-patch", "Each patch holds the right numbers, in another order. Its pixels go row by "
                        "row from the upper left, and of each pixel red, green and blue.",
                        seen=_short(patches[0, 0, 0, :4]), expected=_short(wanted[0, 0, 0, :4]), reread=PATCHES)


def each_pixel_lies_in_its_own_patch(yours: Callable, g: Generator) -> None:
    """A pixel goes into the patch in which it lies, and into no other"""
    B, V, H, W, p = 2, 2, 4, 6, 2
    for b, v, y, x in ((0, 0, 0, 3), (1, 0, 3, 1), (0, 1, 1, 4)):
        images = torch.zeros(B, V, H, W, 3)
        images[b, v, y, x] = 1.0
        patches = yours(images, p)
        if patches.shape != (B, V, 6, 12):
            return
        found, wanted = patches.sum(-1).nonzero().tolist(), [b, v, y // p * (W // p) + x // p]
        if found != [wanted]:
            raise Diagnosis(
                "another-patch", f"One white pixel in a black picture, scene {b}, view {v}, row {y}, column {x}: it "
                f"lies in patch {wanted[2]} of that view.", seen="; ".join(
                    f"scene {i}, view {j}, patch {k}" for i, j, k in found[:3]) or "no white anywhere",
                expected=f"scene {b}, view {v}, patch {wanted[2]}", reread=PATCHES)


# ------------------------------------------------------------------------------------------------------ 05.2


def with_two_tags(candidate: Callable) -> Callable:
    """What the reader wrote, which is told so if it fails with two tags and would run with one for each view."""

    def called(tokens: Tensor, position: Tensor, tags: Tensor) -> Tensor:
        try:
            return candidate(tokens, position, tags)
        except NotImplementedError:
            raise
        except (IndexError, RuntimeError):
            try:
                candidate(tokens, position, tags[torch.arange(tokens.shape[1]) % 2])
            except Exception:
                pass  # it fails for another reason, which the first error tells
            else:
                raise Diagnosis("tag-per-view", "You take a tag for each view. There are two, however many views there "
                                "are: tags[0] belongs to the first view, tags[1] to every other one.",
                                seen=f"{tokens.shape[1]} tags wanted", expected="2, of which one is used again and "
                                "again", reread=SET) from None
            raise

    return called


def set_cases(g: Generator) -> Iterator[Case]:
    yield Case("two views of two patches, D = 1", torch.zeros(1, 2, 2, 1), torch.tensor([[1.0], [2.0]]),
               torch.tensor([[10.0], [20.0]]))
    yield Case("8 views of 2 patches", *(torch.randn(*shape, generator=g) for shape in ((1, 8, 2, 3), (2, 3), (2, 3)))
               ).asking("There may be any number of views: the first has a tag of its own, all others the other one.")
    for B, V, P, D in ((1, 1, 4, 3), (2, 3, 4, 5), (2, 4, 4, 4), (3, 3, 2, 5), (3, 5, 9, 4)):
        yield Case(f"{V} view{'s' * (V > 1)} of {P} patches", torch.randn(B, V, P, D, generator=g),
                   torch.randn(P, D, generator=g), torch.randn(2, D, generator=g))


def _set(*, position: Callable = lambda position, V: position, tag: Callable | None = None,
         flatten: Callable = lambda x: x.flatten(1, 2)) -> Callable:
    """make_set with other positions (-> broadcastable to V P D), other tags (V, P -> indices), another flattening."""

    def mistaken(tokens: Tensor, positions: Tensor, tags: Tensor) -> Tensor:
        V, P = tokens.shape[1:3]
        which = (torch.arange(V) > 0).long()[:, None].expand(V, P) if tag is None else tag(V, P)
        own = 0.0 if which is None else tags[which]
        return flatten(tokens + position(positions, V) + own)

    return mistaken


def _per_view(position: Tensor, V: int) -> Tensor:
    return position[torch.arange(V) % len(position)][:, None]


def _along_the_list(position: Tensor, V: int) -> Tensor:
    return position.repeat_interleave(V, 0).view(V, len(position), -1)


SET_SUSPECTS = (
    Suspect("no-tag", _set(tag=lambda V, P: None), "The tag is missing. Without it no view is the first, and the frame "
            "in which all rays are given hangs in the air.", SET),
    Suspect("no-position", _set(position=lambda position, V: 0.0), "The positions are missing. A set has no order: a "
            "token has to carry where in its picture it was.", SET),
    Suspect("same-tag", _set(tag=lambda V, P: torch.zeros(V, P, dtype=torch.long)), "Every view has the tag of the "
            "first. Only view 0 is the first one; the others get tags[1].", SET),
    Suspect("same-tag", _set(tag=lambda V, P: torch.ones(V, P, dtype=torch.long)), "Every view has the tag of the "
            "others. View 0 is the first one and gets tags[0].", SET),
    Suspect("tags-swapped", _set(tag=lambda V, P: (torch.arange(V) == 0).long()[:, None].expand(V, P)),
            "The tags are swapped: tags[0] belongs to the first view, tags[1] to all others.", SET),
    Suspect("last-view-tagged", _set(tag=lambda V, P: (torch.arange(V) < V - 1).long()[:, None].expand(V, P)),
            "The last view has the tag of the first. It is view 0 that fixes the frame.", SET),
    Suspect("tags-in-turn", _set(tag=lambda V, P: (torch.arange(V) % 2)[:, None].expand(V, P)),
            "The tags take turns: first, other, first, other. There is one first view; all others are a set.", SET),
    Suspect("first-patch-tagged", _set(tag=lambda V, P: (torch.arange(P) > 0).long().expand(V, P)),
            "The first patch of every view got the tag. It says which view a token is from: the same for all patches "
            "of view 0.", SET),
    Suspect("first-token-tagged", _set(tag=lambda V, P: (torch.arange(V * P) > 0).long().view(V, P)),
            "Only the first token of the list got the first view's tag. All P tokens of view 0 are of the first "
            "view.", SET),
    Suspect("position-per-view", _set(position=_per_view), "You gave one position to each view, the same for all its "
            "patches. `position` has a vector for each patch, the same in every view.", SET),
    Suspect("positions-out-of-order", _set(position=_along_the_list), "Positions and patches do not fit: each position "
            "is repeated V times in a row. The patches of a view run through all P positions, then the next view's "
            "do.", SET),
    Suspect("patch-major", _set(flatten=lambda x: x.transpose(1, 2).flatten(1, 2)), "The tokens are right, in another "
            "order: patch 0 of all views, then patch 1. To the encoder this is all the same, but the notebook's maps "
            "of attention read the set view by view.", SET),
    Suspect("views-averaged", _set(flatten=lambda x: x.mean(1)), "You took the mean over the views. All tokens stay: "
            "it is the encoder that brings them together.", SET),
    Suspect("not-one-set", _set(flatten=lambda x: x), "The tokens still lie view by view, (B, V, P, D). Make one set "
            "of them: (B, V P, D).", SET),
)


def other_views_are_a_set(yours: Callable, g: Generator) -> None:
    """Views beyond the first may come in any order"""
    tokens, position, tags = (torch.randn(*shape, generator=g) for shape in ((2, 4, 3, 5), (3, 5), (2, 5)))
    straight, order = yours(tokens, position, tags), torch.tensor([0, 3, 1, 2])
    shuffled = yours(tokens[:, order], position, tags)
    if straight.shape != (2, 12, 5) or shuffled.shape != (2, 12, 5):
        return
    if not torch.allclose(straight.view(2, 4, 3, 5)[:, order].flatten(1, 2), shuffled, atol=1e-5):
        raise Diagnosis("order-of-views", "Views 1, 2 and 3 in another order should give the same tokens, in another "
                        "order. Yours differ: something depends on a view's number, not only on whether it is the "
                        "first.",
                        seen="other tokens", expected="the same tokens, moved", reread=SET)


def adds_what_it_should(yours: Callable, g: Generator) -> None:
    """Each token is its content plus its position plus its tag"""
    position, tags = torch.randn(3, 5, generator=g), torch.randn(2, 5, generator=g)
    result = yours(torch.zeros(1, 3, 3, 5), position, tags)
    if result.shape != (1, 9, 5):
        return
    for v in range(3):
        for p in range(3):
            if not torch.allclose(result[0, 3 * v + p].float(), position[p] + tags[min(v, 1)], atol=1e-4):
                raise Diagnosis("wrong-sum", f"With tokens that are all 0, patch {p} of view {v} should be "
                                f"position[{p}] + tags[{min(v, 1)}].", seen=_short(result[0, 3 * v + p]),
                                expected=_short(position[p] + tags[min(v, 1)]), reread=SET)
    tokens = torch.randn(1, 3, 3, 5, generator=g)
    result = yours(tokens, torch.zeros(3, 5), torch.zeros(2, 5))
    if not torch.allclose(result.float(), tokens.flatten(1, 2), atol=1e-4):
        raise Diagnosis("tokens-changed", "With positions and tags that are all 0, the tokens should come out as they "
                        "went in, in their order.", seen=_short(result[0, 0]), expected=_short(tokens[0, 0, 0]),
                        reread=SET)


def _short(values: Tensor) -> str:
    return "[" + ", ".join(f"{value:.3f}" for value in values.flatten()[:4].tolist()) + ", ...]"


__all__ = ["PATCH_SUSPECTS", "SET_SUSPECTS", "adds_what_it_should", "colours_stay_as_they_are",
           "each_patch_is_in_order", "each_pixel_lies_in_its_own_patch", "make_set", "other_views_are_a_set",
           "patch_cases", "set_cases", "with_two_tags"]
