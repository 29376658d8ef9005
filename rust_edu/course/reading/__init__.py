"""What a reader meets: `start`, `check`, hints, questions, own parts, progress, the score board, training."""
