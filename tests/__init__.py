"""The tests; a package, because one that a benchmark installs (ciw) brings a package of the same name."""
