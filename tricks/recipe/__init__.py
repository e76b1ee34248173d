"""What is trained, as plain values.

Start at `recipe`, then `run`, and `network`, the layers that a recipe asks for.
"""
