"""The lab without a browser.

Start at `main`, which has all commands with their arguments.
"""
