"""The jeans shop as a generator: seeded, bounded streams that belong together."""
