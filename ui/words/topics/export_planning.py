"""Headers of frontiers and of lists of changes."""

WORDS: dict[str, tuple[str, str]] = {
    "export.frontier_title": ("成本与服务的边界", "Cost against service"),
    "export.frontier_sheet": ("边界", "Frontier"),
    "export.frontier_origin": (
        "情景 {scenario}，{promise}，{reps} 次重复，种子 {seed}，柜流 {version}",
        "Scenario {scenario}, {promise}, {reps} replications, seed {seed}, Counterflow {version}",
    ),
    "export.frontier.asked": ("要求", "Asked"),
    "export.frontier.budget": ("预算", "Budget"),
    "export.frontier.cost": ("成本", "Cost"),
    "export.frontier.paid_hours": ("付薪工时", "Paid hours"),
    "export.frontier.value": ("达到", "Reached"),
    "export.frontier.half_width": ("± 95%", "± 95 %"),
    "export.frontier.worst": ("最差时段", "Worst cell"),
    "export.frontier.worst_half_width": ("最差时段 ± 95%", "Worst ± 95 %"),
    "export.frontier.kept": ("处处守住", "Kept everywhere"),
    "export.frontier.best": ("在边界上", "On the curve"),
    "export.changes_title": ("当天改动清单", "Changes of today"),
    "export.sheet_changes": ("改动", "Changes"),
    "export.number": ("序号", "No."),
    "export.change": ("改动", "Change"),
    "export.was": ("原班次", "Shift before"),
    "export.now": ("新班次", "Shift now"),
    "export.breaks_was": ("原用餐与休息", "Meal and breaks before"),
    "export.breaks_now": ("新用餐与休息", "Meal and breaks now"),
    "export.to": ("去向", "To"),
    "export.cost": ("增加成本", "Extra cost"),
    "export.today_demand": (
        "到 {at} 来了 {seen} 人，原计划 {expected} 人；估计今天的客流是预测的 {factor}（标准差 {sd}）。",
        "By {at} {seen} customers came where {expected} were forecast; today is put at {factor} of the forecast (standard deviation {sd}).",
    ),
    "export.today_outlook": (
        "今天余下时间守住承诺的客户：原计划 {unchanged}；按今天情况不改动 {without}；改动后 {after}。",
        "Customers for whom the promise holds in the rest of the day: as planned {unchanged}; today with nothing done {without}; with the changes {after}.",
    ),
    "export.today_nothing": ("今天不需要改动。", "Nothing has to be changed today."),
    "export.today_changes": (
        "共 {n} 项改动，{until} 之前不动；增加成本 {cost}。承诺守住。",
        "{n} changes, none before {until}; extra cost {cost}. The promise is kept.",
    ),
    "export.today_broken": (
        "共 {n} 项改动，{until} 之前不动；增加成本 {cost}。仍有 {broken} 个时段守不住承诺。",
        "{n} changes, none before {until}; extra cost {cost}. In {broken} cells the promise is broken all the same.",
    ),
}
