"""How notebooks are made: from one source to its editions, the proof that they are in step, pages, a class."""
