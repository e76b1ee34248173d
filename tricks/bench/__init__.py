"""Speed, side by side in one run: this code, the blog's way, and peers where they are installed."""
