"""Benchmarks: each prints ratios of riverrun and a peer from one run (`make bench-...`). No test asserts a time."""
