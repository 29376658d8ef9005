"""Scenes: shapes, worlds (seeded samplers of scenes and cameras) and the renderer."""
