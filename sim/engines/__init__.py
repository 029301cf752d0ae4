"""Two engines, one trace: `reference` (SimPy) says what the model means, `kernel` (numba) says it fast."""
