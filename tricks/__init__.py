"""Which training tricks really help a small CNN on CIFAR-10, by how much, and are we sure?"""

__version__ = "0.1.0"
