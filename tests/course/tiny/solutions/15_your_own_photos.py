# ---
# jupyter:
#   kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
#   rust_edu:
#     title: Your own photos
#     claim: By the end you will have shown that twice one is two.
#     needs: ["00", "14"]
#     objectives: [double a number, take a mean, "say: what a mean is", run a check]
#     reading_minutes: 5
#     compute: {cpu: "1 s", gpu: "not measured yet"}
#     glossary: {"mean": "the sum divided by the count."}
# ---

# %% [markdown]
# ## Doubling a number
# A number and itself, added. Back to [the mean](#What-a-mean-is).

# %% tags=["parameters"]
profile = "laptop"
retrain = False
own_parts = True

# %%
import tiny_course  # noqa: F401
import torch

from rust_edu.course import hint, predict, quiz, start

start("15", own_parts=own_parts)

# %% [markdown] predict="15.p1"
# What is twice one?
# - [x] two
#   One and one.
# - [ ] one
#   That is one times one.

# %% [markdown] exercise="15.1"
# title: Double
# difficulty: 2
# minutes: 1
# why: everything begins with two
#
# ---
# Write `double(x: Float[Tensor, "B N"]) -> Float[Tensor, "B N"]`. Twice `[1, 2]` is `[2, 4]`.

# %% solution="15.1"
def double(x):
    """Twice its argument."""
    ### BEGIN SOLUTION
    return x + x
    ### END SOLUTION

# %% [markdown] hint="15.1"
# Add it to itself.

# %% [markdown] hint="15.1"
# The shape stays.

# %% [markdown] hint="15.1"
# ```python
# return x + ...
# ```

# %% check="15.1"
from rust_edu.course import check
double = check("15.1", double)

# %% expected="15.1"
print(double(torch.tensor([1.0, 2.0])))

# %% [markdown]
# ## What a `mean` is
# A middle. $\frac{1}{n}\sum_i x_i$

# %% [markdown] exercise="15.2"
# title: Mean
# difficulty: 3
# minutes: 2
# why: noise averages out
#
# ---
# Write `mean(x)`, over the last axis.

# %% solution="15.2"
def mean(x):
    ### BEGIN SOLUTION
    total = x.sum(dim=-1)
    return total / x.shape[-1]
    ### END SOLUTION

# %% [markdown] hint="15.2"
# Divide.

# %% [markdown] hint="15.2"
# The last axis goes.

# %% [markdown] hint="15.2"
# `x.sum(dim=-1)` is half of it.

# %% check="15.2"
from rust_edu.course import check
mean = check("15.2", mean)

# %% expected="15.2"
print(mean(double(torch.ones(2, 3))))
if retrain:
    print(f"training with the profile {profile}")

# %% [markdown] quiz="15.q1"
# Which of these is a mean?
#
# - [ ] the sum
#   It grows with the count.
# - [x] the sum divided by the count
#   Yes.
