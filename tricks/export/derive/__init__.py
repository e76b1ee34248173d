"""What one recipe's training is, as source: the code that trains, its values put in and the rest left out.

Start at `derive`, then `program`, which reads the code, `fold`, which puts values in, and `shrink`, which leaves out.
"""
