"""What is measured: tallies of a trace, measures as ratios, promises."""

from sim.measures.cells import ANY, Key
from sim.measures.kernel import Tallies
from sim.measures.measure import MEASURES, Layout
from sim.measures.own import EVENT_MEASURES, OWN_MEASURES
from sim.measures.promise import Promise
from sim.measures.sums import Batches, Groups, Running, Sums, alike, t_quantile
from sim.measures.tally import Counted, Tally

__all__ = [
    "ANY",
    "EVENT_MEASURES",
    "MEASURES",
    "OWN_MEASURES",
    "Batches",
    "Counted",
    "Groups",
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
