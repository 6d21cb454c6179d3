"""Statements that define, change or list what a session knows."""
