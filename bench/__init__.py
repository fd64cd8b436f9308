"""Measurements side by side in one run: ratios that hold on another machine, and no asserted times."""
