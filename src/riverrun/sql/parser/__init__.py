"""Tokens to trees: a Pratt parser for expressions, one function per rule for queries and statements."""
