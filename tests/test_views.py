"""Views: what is cut from a batch fits together again, and the pieces lie where the queries say."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rust_edu.cameras import intrinsics, pixel_centres
from rust_edu.errors import InputError
from rust_edu.views import Views, from_patches, half, query_positions, to_patches


def some_views(B=2, V=5, H=4, W=6, extras=True) -> Views:
    generator = torch.Generator().manual_seed(0)
    return Views(
        images=torch.rand(B, V, H, W, 3, generator=generator),
        camera_to_world=torch.rand(B, V, 4, 4, generator=generator), K=intrinsics(H, W, 1.0),
        label=torch.randint(9, (B, V, H, W), dtype=torch.uint8, generator=generator) if extras else None,
        depth=torch.rand(B, V, H, W, generator=generator) if extras else None)


def parts(views: Views) -> list:
    return [views.images, views.camera_to_world, views.label, views.depth]


def test_count_and_index_apply_to_everything_that_belongs_to_a_view():
    views = some_views()
    assert views.count == 5
    some = views[1:, torch.tensor([3, 0])]
    assert some.count == 2 and some.K is views.K
    for all_of, picked in zip(parts(views), parts(some)):
        assert torch.equal(picked, all_of[1:][:, [3, 0]])


def test_intrinsics_of_each_view_go_with_it():
    views = some_views()
    views.K = torch.rand(2, 5, 3, 3)
    given, asked = views[1:].split(2)
    assert torch.equal(given.K, views.K[1:, :2]) and torch.equal(asked.K, views.K[1:, 2:])


@pytest.mark.parametrize("extras", [True, False])
def test_split_gives_neighbours_that_share_nothing(extras):
    views = some_views(extras=extras)
    inputs, targets = views.split(2)
    assert (inputs.count, targets.count) == (2, 3)
    for all_of, left, right in zip(parts(views), parts(inputs), parts(targets)):
        assert all_of is left is right is None or torch.equal(torch.cat([left, right], dim=1), all_of)
    inputs, targets = views.split(2, 1)
    assert (inputs.count, targets.count) == (2, 1)
    assert torch.equal(targets.images, views.images[:, 2:3])
    assert [v.count for v in views.split(3, 2)] == [3, 2]


@pytest.mark.parametrize("inputs, targets", [(0, 2), (5, None), (6, None), (4, 2), (2, 0), (-1, 2), (2, -1)])
def test_split_refuses_what_there_is_not(inputs, targets):
    with pytest.raises(InputError, match="of scenes with 5 views; expected at least one of each"):
        some_views().split(inputs, targets)


def test_to_moves_everything():
    moved = some_views().to("meta")
    assert all(t.device.type == "meta" for t in [*parts(moved), moved.K])
    assert some_views(extras=False).to("meta").label is None


def test_half_by_hand():
    picture = torch.arange(4.0).view(1, 4, 1).expand(2, 4, 3)  # the column is the colour
    assert half(picture, False)[0, :, 0].tolist() == [0, 1]
    assert half(picture, True)[0, :, 0].tolist() == [2, 3]


def test_half_of_each_picture_its_own():
    images, right = some_views().images, torch.rand(2, 5, generator=torch.Generator().manual_seed(1)) < 0.5
    assert right.any() and not right.all()
    seen = half(images, right)
    assert seen.shape == (2, 5, 4, 3, 3)
    for b in range(2):
        for v in range(5):
            assert torch.equal(seen[b, v], half(images[b, v], bool(right[b, v])))
    assert torch.equal(half(images, torch.tensor(True)), half(images, True))


def test_the_halves_make_up_the_picture():
    images = some_views().images
    assert torch.equal(torch.cat([half(images, False), half(images, True)], dim=-2), images)


def test_half_refuses_what_has_no_middle_and_what_is_no_choice():
    with pytest.raises(InputError, match="5 pixels wide"):
        half(torch.zeros(4, 5, 3), True)
    with pytest.raises(InputError, match="int64"):
        half(torch.zeros(2, 4, 4, 3), torch.tensor([0, 1]))


def test_query_positions_by_hand():
    assert query_positions(2, 4, 2).tolist() == [[1, 1], [3, 1]]
    assert query_positions(4, 2, 2).tolist() == [[1, 1], [1, 3]]
    assert torch.equal(query_positions(3, 5), pixel_centres(3, 5).reshape(-1, 2))


sizes = {"rows": st.integers(1, 4), "columns": st.integers(1, 4), "patch": st.integers(1, 4)}


@given(**sizes, channels=st.integers(1, 4), lead=st.lists(st.integers(1, 3), max_size=2))
def test_patches_make_up_the_picture_again(rows, columns, patch, channels, lead):
    H, W = rows * patch, columns * patch
    images = torch.rand(*lead, H, W, channels, generator=torch.Generator().manual_seed(0))
    patches = to_patches(images, patch)
    assert patches.shape == (*lead, rows * columns, patch * patch * channels)
    assert torch.equal(from_patches(patches, H, W, patch), images)


@given(**sizes)
def test_patches_lie_around_their_query_positions(rows, columns, patch):
    """A picture whose colour is its own position tells where each patch comes from."""
    H, W = rows * patch, columns * patch
    patches = to_patches(pixel_centres(H, W), patch).unflatten(-1, (patch * patch, 2))
    positions = query_positions(H, W, patch)
    torch.testing.assert_close(patches.mean(-2), positions)
    # Within a patch the pixels go row by row, as the positions of a picture of that size.
    corner = positions[:, None] - patch / 2
    torch.testing.assert_close(patches - corner, query_positions(patch, patch).expand_as(patches))


@pytest.mark.parametrize("height, width, patch", [(4, 6, 4), (6, 4, 4), (4, 4, 0), (4, 4, -2), (4, 4, 8)])
def test_patches_that_do_not_divide_are_refused(height, width, patch):
    what = f"{height}x{width} pixels cannot be cut into patches of {patch}"
    for cut in (lambda: query_positions(height, width, patch),
                lambda: to_patches(torch.zeros(height, width, 3), patch),
                lambda: from_patches(torch.zeros(1, 3), height, width, patch)):
        with pytest.raises(InputError, match=what):
            cut()


@pytest.mark.parametrize("shape", [(3, 12), (4, 11), (5, 12)])
def test_patches_that_do_not_make_up_a_picture_are_refused(shape):
    with pytest.raises(InputError, match="expected 4 patches of 2x2 pixels"):
        from_patches(torch.zeros(shape), 4, 4, 2)
