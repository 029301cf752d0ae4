"""Shifts of branches and remote teams together: headers and sentences."""

WORDS: dict[str, tuple[str, str]] = {
    "export.branches_title": ("网点与远程一起排班", "Branch and remote staff together"),
    "export.branches_origin": (
        "情景 {scenario}，{promise}，岗位规则 {posts_rules}，劳动规则 {contract}，柜流 {version}",
        "Scenario {scenario}, {promise}, posts {posts_rules}, labour rules {contract}, Counterflow {version}",
    ),
    "export.branches_sheet.shifts": ("班次", "Shifts"),
    "export.branches_sheet.posts": ("最低岗位与需求", "Posts"),
    "export.branches_sheet.recalls": ("召回", "Recalls"),
    "export.branches.day_class": ("日类", "Class of day"),
    "export.branches.group": ("人员组", "Group"),
    "export.branches.shape": ("班型", "Shape"),
    "export.branches.start": ("开始", "Start"),
    "export.branches.end": ("结束", "End"),
    "export.branches.meal": ("用餐", "Meal"),
    "export.branches.breaks": ("休息", "Breaks"),
    "export.branches.paid_hours": ("付薪工时", "Paid hours"),
    "export.branches.stays": ("在哪个网点", "Places"),
    "export.branches.on_call": ("待命", "On call"),
    "export.branches.place": ("地点", "Place"),
    "export.branches.skill": ("岗位或资格", "Skill"),
    "export.branches.people": ("人数", "People"),
    "export.branches.held": ("专人在岗", "Held"),
    "export.branches.team": ("团队", "Team"),
    "export.branches.to_pool": ("召回到", "To"),
    "export.branches_cost": (
        "成本 {cost}；在这些岗位规则内不可能低于 {bound}（差距 {gap}）。未经模拟检验。",
        "It costs {cost}; within these rules it cannot cost less than {bound} (gap {gap}). Not yet tried by simulation.",
    ),
    "export.branches_day": (
        "{day}：{n} 个班次，付薪 {hours} 小时。",
        "{day}: {n} shifts, {hours} paid hours.",
    ),
    "export.branches_recalled": (
        "有 {n} 次把远程人员召回柜台。",
        "Remote people are called back to the counter {n} times.",
    ),
}
