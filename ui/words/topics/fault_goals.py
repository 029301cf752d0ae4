"""What is wrong with promises, and with what is said to have happened today."""

WORDS: dict[str, tuple[str, str]] = {
    "fault.goal_measure": (
        "没有名为“{value}”的指标。可用：{known}，以及 violations、event_count:种类、target_met:种类。",
        "there is no measure “{value}”. Known: {known}; besides violations, event_count:KIND, target_met:KIND.",
    ),
    "fault.goal_for": (
        "“{value}”中 for 后面的写法无法识别。应为：{known}。",
        "“{value}”: what follows “for” is not understood. Expected: {known}.",
    ),
    "fault.goal_unknown": (
        "情景里没有“{value}”。已有：{known}。",
        "the scenario has no “{value}”. Known: {known}.",
    ),
    "fault.goal_none": ("没有给出任何承诺。", "no promise was given."),
    "fault.actuals_columns": (
        "当日实况表的列为“{value}”，应为：{known}。",
        "the columns of today's file are “{value}”; expected: {known}.",
    ),
    "fault.actuals_kind": (
        "不认识的种类“{value}”。可用：{known}（到访、缺勤、停用、激增）。",
        "unknown kind “{value}”. Known: {known}.",
    ),
    "fault.actuals_name": ("缺少名称。", "the name is missing."),
    "fault.actuals_span": ("结束时间须晚于开始时间。", "the end must be later than the beginning."),
    "fault.actuals_time": ("“{value}”不是时间，应写成 13:45。", "“{value}” is no time of day; write it as 13:45."),
    "fault.actuals_value": ("“{value}”不是不小于 0 的数。", "“{value}” is not a number of 0 or more."),
    "fault.goal_cells": (
        "“{value}”：按业务统计的承诺不能再按网点或时段细分。",
        "“{value}”: a promise for some services cannot also be split by place or interval.",
    ),
    "fault.frontier_point": ("“{value}”不能作为前沿上的点。", "“{value}” cannot be a point of the frontier."),
    "fault.frontier_budget": ("预算须大于 0，而不是“{value}”。", "a budget must be above 0, not “{value}”."),
    "fault.replan_day": (
        "计划只有 {days} 天，没有第 {value} 天。",
        "the plan has {days} days; there is no day {value}.",
    ),
    "fault.replan_time": ("当前时间须在 0:00 到 24:00 之间。", "the time must lie between 0:00 and 24:00."),
    "fault.replan_person": ("班表里没有“{value}”。已有：{known}。", "“{value}” is not in the roster. Known: {known}."),
    "fault.replan_pool": (
        "没有名为“{value}”的设备或团队。已有：{known}。",
        "there is no equipment or team “{value}”. Known: {known}.",
    ),
    "fault.replan_nobody": ("第 {value} 天没有人上班。", "nobody works on day {value}."),
}
