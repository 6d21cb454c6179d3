"""Configuration: one tree of frozen values, from TOML or from Divolte's HOCON; every mistake reported at once."""
