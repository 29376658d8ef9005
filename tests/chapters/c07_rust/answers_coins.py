"""More answers to exercise 07.1: coins that are not fair, or know of each other."""

import torch

from rust_edu.views import half
from tests.chapters.answers import right, wrong


def halves(images, coins):
    return half(images, coins), coins


@right("07.1")
def target_after_target(images, generator):
    B, T = images.shape[:2]
    return halves(images, torch.tensor([[bool(torch.randperm(2, generator=generator)[0]) for _ in range(T)]
                                        for _ in range(B)]))


@right("07.1")
def even_numbers(images, generator):
    return halves(images, torch.randint(0, 1000, images.shape[:2], generator=generator) % 2 == 0)


@wrong("07.1", "not-independent")
def shared_by_neighbours(images, generator):
    B, T = images.shape[:2]
    coins = torch.rand(B, (T + 1) // 2, generator=generator) < 0.5
    return halves(images, coins.repeat_interleave(2, 1)[:, :T])


@wrong("07.1", "not-independent")
def shared_by_two_scenes(images, generator):
    B, T = images.shape[:2]
    coins = torch.rand((B + 1) // 2, T, generator=generator) < 0.5
    return halves(images, coins.repeat_interleave(2, 0)[:B])


@wrong("07.1", "not-independent")
def in_turns(images, generator):
    B, T = images.shape[:2]
    start = torch.randint(0, 2, (), generator=generator)
    return halves(images, ((torch.arange(B * T) + start) % 2 == 1).view(B, T))


@wrong("07.1", "not-independent")
def in_turns_in_each_scene(images, generator):
    B, T = images.shape[:2]
    start = torch.randint(0, 2, (B, 1), generator=generator)
    return halves(images, (torch.arange(T) + start) % 2 == 1)


@wrong("07.1", "not-independent")
def exactly_half(images, generator):
    B, T = images.shape[:2]
    order = torch.randperm(B * T, generator=generator)
    return halves(images, (order < B * T // 2).view(B, T))


@wrong("07.1", "not-independent")
def exactly_half_of_each_scene(images, generator):
    B, T = images.shape[:2]
    return halves(images, torch.rand(B, T, generator=generator).argsort(1) < T // 2)


@wrong("07.1", "not-independent")
def one_coin_in_every_second_scene(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    coins[1::2] = coins[1::2, :1]
    return halves(images, coins)


@wrong("07.1", "not-independent")
def the_last_is_the_other_side(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    coins[:, -1] = ~coins[:, 0] if images.shape[1] > 1 else coins[:, 0]
    return halves(images, coins)


@wrong("07.1", "not-independent")
def the_first_is_a_left_one(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    coins[:, 0] = False
    return halves(images, coins)


@wrong("07.1", "not-independent")
def often_as_before(images, generator):
    stays = torch.rand(images[:, :, 0, 0, 0].numel(), generator=generator) < 0.7
    coins = (~stays).cumsum(0) % 2 == torch.randint(0, 2, (), generator=generator)
    return halves(images, coins.view(images.shape[:2]))


@wrong("07.1", "not-independent")
def a_coin_a_scene_and_a_coin_a_view(images, generator):
    """Every two are independent; of four, three tell the fourth."""
    B, T = images.shape[:2]
    return halves(images, (torch.rand(B, 1, generator=generator) < 0.5) ^ (torch.rand(1, T, generator=generator) < 0.5))


@wrong("07.1", "unfair-coin")
def a_little_unfair(images, generator):
    return halves(images, torch.rand(images.shape[:2], generator=generator) < 0.55)


@wrong("07.1", "same-every-time")
def by_the_first_pixel(images, generator):
    return halves(images, images[:, :, 0, 0, 0] < 0.5)


@wrong("07.1", "not-independent")
def one_coin_for_a_single_scene(images, generator):
    B, T = images.shape[:2]
    return halves(images, (torch.rand(B, T if B > 1 else 1, generator=generator) < 0.5).expand(B, T))


@wrong("07.1", "not-independent")
def at_least_one_right(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    coins[0, 0] |= not coins.any()
    return halves(images, coins)


@wrong("07.1", "top-and-bottom")
def square_pictures_cut_across(images, generator):
    coins = torch.rand(images.shape[:2], generator=generator) < 0.5
    first, second = images.chunk(2, dim=2 if images.shape[2] == images.shape[3] else 3)
    return torch.where(coins[..., None, None, None], second, first), coins
