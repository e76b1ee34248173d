"""Every trick and dataset, declared once, by stage.

Start at `trick`, which says what a trick is, then `data`, one of the stages.
"""
