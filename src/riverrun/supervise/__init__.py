"""Starts the rooms of a configuration as processes, keeps them running, and stops them in order."""
