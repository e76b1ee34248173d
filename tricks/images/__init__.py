"""The test images, without PyTorch.

Start at `test_set`, which has those of every dataset.
"""
