"""What became of a customer."""

WORDS: dict[str, tuple[str, str]] = {
    "outcome.served": ("办成", "served"),
    "outcome.answered": ("接通", "answered"),
    "outcome.abandoned": ("放弃", "abandoned"),
    "outcome.balked": ("望而却步", "balked"),
    "outcome.diverted": ("分流", "diverted"),
    "outcome.referred": ("转介", "referred"),
    "outcome.closed": ("关门未办", "closed out"),
    "outcome.blocked": ("被拒", "blocked"),
    "outcome.in_system": ("结束时未办完", "still in system at the end"),
}
