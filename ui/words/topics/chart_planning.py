"""Legends of the frontier."""

WORDS: dict[str, tuple[str, str]] = {
    "chart.frontier_all": ("全部客户", "all customers"),
    "chart.frontier_worst": ("最差时段", "worst cell"),
    "chart.frontier_beaten": ("被其他方案胜过", "beaten by another plan"),
    "chart.frontier_cost": ("成本（{currency}）", "cost ({currency})"),
}
