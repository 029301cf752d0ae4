"""What is measured: tallies of a trace, measures as ratios, promises."""

from sim.measures.kernel import Tallies
from sim.measures.measure import ANY, MEASURES, Key, Layout
from sim.measures.promise import Promise
from sim.measures.sums import Batches, Running, Sums, alike, t_quantile
from sim.measures.tally import Tally

__all__ = [
    "ANY",
    "MEASURES",
    "Batches",
    "Key",
    "Layout",
    "Promise",
    "Running",
    "Sums",
    "Tallies",
    "Tally",
    "alike",
    "t_quantile",
]
