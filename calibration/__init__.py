"""From logs of a queue or a call centre to a calibrated scenario with its evidence."""
