"""What the values of a mapping are worked out with: one module per subject, plain functions over plain values.

None is an absent value everywhere; a JSON null that is there is `values.json.NULL`.
"""
