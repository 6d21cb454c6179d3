"""`python -m riverrun` is `riverrun`."""

from riverrun.cli.main import entry_point

entry_point()
