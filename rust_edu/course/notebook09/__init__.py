"""What the exercises of notebook 09 are checked with: `components`, `correlation`, `probe`, `ring`; `common`."""
