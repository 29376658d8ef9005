"""Evaluation: how good are the pictures, what do the latent poses know, and are they cameras?

    metrics       PSNR, SSIM, FLIP, and LPIPS where its weights are at hand
    protocol      the half-image protocol, for every model and for baselines that learn nothing
    probes        cameras read out of latent poses
    latent_space  principal components, what they follow, traversals, ways around a ring
    told          what a posed model is told in training and in test, told apart
    correction    a posed model that corrects its cameras on the half that RUST sees
    transfer      latents of one scene used in another
    alignment     cameras compared across worlds: Sim(3), and what needs no common frame
    camera_error  how wrong cameras that were found are, pair by pair: angles, AUC, R2
    explicit_pose cameras of pairs of views, read out of their latents by a network
    sfm           cameras found in pictures alone by COLMAP, in a process of its own (sfm_worker)
    report        all of it for one model, in one call
    results       data/results.json and the table of the README
"""
