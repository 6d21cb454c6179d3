"""Connectors: where rows come from and go to, one file each."""
