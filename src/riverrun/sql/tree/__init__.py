"""The syntax tree: frozen values with spans; equality looks at what was said, not at where."""
