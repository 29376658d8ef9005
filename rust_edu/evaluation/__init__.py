"""Evaluation: how good are the pictures, what do the latent poses know, and are they cameras?

    metrics       PSNR, SSIM, FLIP, and LPIPS where its weights are at hand
    protocol      the half-image protocol, for every model and for baselines that learn nothing
    probes        cameras read out of latent poses
    latent_space  principal components, what they follow, traversals, interpolation
    transfer      latents of one scene used in another
    report        all of it for one model, in one call
    results       data/results.json and the table of the README
"""

from .latent_space import interpolate, principal_components, traverse, what_follows
from .metrics import flip, lpips, psnr, ssim
from .probes import latent_poses, probe, quick_pair_r2
from .protocol import BASELINES, evaluate_scenes, evaluate_views, summary
from .report import evaluate_model, test_scenes
from .results import load_results, markdown_table, record, update_readme
from .transfer import transfer, transfer_views

__all__ = [
    "BASELINES", "evaluate_model", "evaluate_scenes", "evaluate_views", "flip", "interpolate", "latent_poses",
    "load_results", "lpips", "markdown_table", "principal_components", "probe", "psnr", "quick_pair_r2",
    "record", "ssim", "summary", "test_scenes", "transfer", "transfer_views", "traverse", "update_readme",
    "what_follows",
]
