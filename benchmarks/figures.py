"""Numbers as text."""

from benchmarks.ratios import Spread


def figure(value: float) -> str:
    """A number with three digits that count, "12,300", "1.23"."""
    rounded = float(f"{value:.3g}")
    if rounded >= 100:
        return f"{rounded:,.0f}"
    return f"{rounded:#.3g}"


def spread(found: Spread) -> str:
    """A ratio with its range, "1.83 (1.75 to 1.90)"."""
    digits = 2 if found.median < 10 else 1
    median, low, high = (f"{value:.{digits}f}" for value in found)
    return f"{median} ({low} to {high})"
