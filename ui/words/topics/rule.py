"""Names of the rules by which calibration drops or classifies rows of a log."""

WORDS: dict[str, tuple[str, str]] = {
    "rule.unbalanced_quote": (
        "引号没有闭合",
        "a quote that is never closed",
    ),
    "rule.wrong_field_count": (
        "列数不对",
        "wrong number of fields",
    ),
    "rule.unreadable_date": (
        "日期读不懂",
        "a date that cannot be read",
    ),
    "rule.unreadable_clock": (
        "时刻读不懂",
        "a clock time that cannot be read",
    ),
    "rule.unreadable_number": (
        "数字读不懂",
        "a number that cannot be read",
    ),
    "rule.unknown_outcome": (
        "未知的结果代码",
        "an unknown outcome",
    ),
    "rule.negative_time": (
        "等候或服务时长为负",
        "a negative wait or service time",
    ),
    "rule.duplicate": (
        "重复的行",
        "a row that repeats another",
    ),
    "rule.phantom": (
        "虚假来电",
        "phantom calls",
    ),
    "rule.menu_hangup": (
        "在语音菜单里挂断",
        "hung up in the menu",
    ),
    "rule.menu_time_negative": (
        "菜单时长为负（保留，不用菜单时长）",
        "menu time below zero (kept; the menu time is not used)",
    ),
    "rule.past_midnight": (
        "服务跨过午夜",
        "service that ends after midnight",
    ),
    "rule.answered_without_service": (
        "接通但没有服务时长",
        "answered without a service time",
    ),
    "rule.abandoned_with_service": (
        "放弃却有服务时长",
        "abandoned, yet with a service time",
    ),
    "rule.no_agent_named": (
        "没有坐席代码",
        "no agent named",
    ),
    "rule.service_over_an_hour": (
        "服务超过一小时（不参加拟合）",
        "service longer than an hour (not fitted)",
    ),
    "rule.wait_over_an_hour": (
        "等候超过一小时（不参加拟合）",
        "wait longer than an hour (not fitted)",
    ),
}
