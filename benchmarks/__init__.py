"""Figures, measured beside a floor in the same run."""
