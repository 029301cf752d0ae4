"""What is measured: tallies of a trace, measures as ratios, promises."""

from sim.measures.kernel import Tallies
from sim.measures.measure import ANY, EVENT_MEASURES, MEASURES, OWN_MEASURES, Key, Layout
from sim.measures.promise import Promise
from sim.measures.tally import Tally

__all__ = ["ANY", "EVENT_MEASURES", "MEASURES", "OWN_MEASURES", "Key", "Layout", "Promise", "Tallies", "Tally"]
