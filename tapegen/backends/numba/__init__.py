"""The numba backend: Core as explicit loops, compiled in nopython mode."""
