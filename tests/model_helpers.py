"""What the tests of models and training share: random views, and models whose every weight matters."""

import torch

from rust_edu.cameras import intrinsics, look_at
from rust_edu.models import ModelConfig, SceneModel, make_model
from rust_edu.views import Views

TINY = ModelConfig(size=16, patch=4, width=32, heads=2, hidden=32, encoder_layers=2, pose_layers=2,
                   decoder_layers=2, render=(32,), latent=5, query_patch=2)
NAMES = ("srt", "upsrt", "rust")
POSED = ("srt", "upsrt")


def random_views(B: int, V: int, size: int = 16, seed: int = 0, dtype=torch.float32) -> Views:
    """Noise seen by cameras that stand around the origin."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.rand(B, V, size, size, 3, generator=generator, dtype=dtype)
    position = torch.randn(B, V, 3, generator=generator, dtype=dtype)
    position[..., 2] += 3.0
    cameras = look_at(position, torch.zeros(3, dtype=dtype))
    return Views(images, cameras, intrinsics(size, size, 0.9, dtype=dtype))


def wild_model(name: str, config: ModelConfig = TINY, seed: int = 0) -> SceneModel:
    """A model away from its initialisation: tags, positions, norms and biases all have an effect."""
    torch.manual_seed(seed)
    model = make_model(name, config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn_like(parameter) / max(1, parameter.shape[-1]) ** 0.5
    for own in ("view_tag", "position"):  # 0.02 at the start: too small to see
        getattr(model.encoder, own).data.normal_()
    return model
