"""One file per plan node: what it keeps, when it emits, what it forgets."""
