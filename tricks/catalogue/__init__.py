"""Every trick and dataset, declared once, by stage."""
