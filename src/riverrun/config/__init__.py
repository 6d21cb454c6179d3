"""One configuration: the tree global / sources / mappings / sinks / pipelines, from TOML or from Divolte's HOCON."""

from riverrun.config.load import Loaded, load, load_config
from riverrun.config.model import Config

__all__ = ["Config", "Loaded", "load", "load_config"]
