"""One run trained: the only home of PyTorch."""
