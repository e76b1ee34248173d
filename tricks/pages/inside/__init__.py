"""Where a recipe errs, on which images, and what two recipes do differently."""
