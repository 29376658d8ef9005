"""`python -m rust_edu` is `rust-edu`; torchrun starts it by this name."""

from .cli import main

main()
