"""What is wrong with assumptions and figures of a year's headcount."""

WORDS: dict[str, tuple[str, str]] = {
    "fault.unknown_workforce": (
        "没有名为“{value}”的年度人力假设。可用：{known}，或一个 TOML 文件。",
        "there are no workforce assumptions “{value}”. Known: {known}, or a TOML file.",
    ),
    "fault.workforce_value": ("值“{value}”不对。需要：{needed}。", "“{value}” is not right. Needed: {needed}."),
    "fault.between": ("值“{value}”不在 {low} 到 {high} 之间。", "“{value}” is not between {low} and {high}."),
    "fault.one_a_month": (
        "每个月要有一个数，共 {months} 个；这里有 {value} 个。",
        "there must be one number for each of {months} months; there are {value}.",
    ),
    "fault.plan_no_career": (
        "情景中没有任何团队的岗位在人力假设“{value}”里。那里有：{known}。",
        "no team of the scenario has a role of the workforce assumptions “{value}”. They know: {known}.",
    ),
    "fault.no_shifts_for_year": (
        "业务量为 {volume} 倍时，{day_class} 没有能覆盖全部岗位的班次。",
        "at {volume} times the volume no permitted shifts cover every post on days of class {day_class}.",
    ),
}
