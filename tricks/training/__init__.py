"""One run trained: the only home of PyTorch.

Start at `loop`, the training as a stream of measurements, then `step`.
"""
