"""Pictures of what tricks do, made by the code that trains.

Start at `draw`, which finds who makes the picture of a trick.
"""
