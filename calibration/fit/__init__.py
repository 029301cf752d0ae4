"""Fits: how customers arrive, how long service takes, how long they wait, how many people are on duty."""
