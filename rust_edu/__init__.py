"""rust_edu: RUST, SRT and UpSRT, small enough to read and to train on a laptop; and the course that builds them."""

__version__ = "0.1.0"


def __getattr__(name: str):
    # torch takes seconds to import: `import rust_edu` and the command line's --help do without it.
    if name in ("RUST", "SRT", "UpSRT", "ModelConfig"):
        from . import models

        return getattr(models, name)
    raise AttributeError(f"module 'rust_edu' has no attribute {name!r}")
