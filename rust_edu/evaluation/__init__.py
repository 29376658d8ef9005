"""Evaluation: how good are the pictures, what do the latent poses know, and are they cameras?

    metrics       PSNR, SSIM, FLIP, and LPIPS where its weights are at hand
    protocol      the half-image protocol, for every model and for baselines that learn nothing
    probes        cameras read out of latent poses
    latent_space  principal components, what they follow, traversals, ways around a ring
    told          what a posed model is told in training and in test, told apart
    correction    a posed model that corrects its cameras on the half that RUST sees
    transfer      latents of one scene used in another
    alignment     cameras compared across worlds: Sim(3), and what needs no common frame
    report        all of it for one model, in one call
    results       data/results.json and the table of the README
"""
