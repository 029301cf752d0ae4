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
    "rule.service_too_long": (
        "服务长得不可信（不参加拟合）",
        "service too long to be believed (not fitted)",
    ),
    "rule.wait_too_long": (
        "等候长得不可信（不参加拟合）",
        "wait too long to be believed (not fitted)",
    ),
    "rule.unreadable_text": (
        "有无法解码的字符",
        "characters that cannot be decoded",
    ),
    "rule.unreadable_row": (
        "这一行不是 JSON 对象",
        "a line that is no JSON object",
    ),
    "rule.unreadable_time": (
        "时间读不懂",
        "a time that cannot be read",
    ),
    "rule.mixed_clocks": (
        "时间的写法与同列其他行不同（两只钟、两种时区或两种格式）",
        "a time written in another way than the rest of its column (two clocks, zones or formats)",
    ),
    "rule.no_arrival": (
        "没有到达时间",
        "no time of arrival",
    ),
    "rule.not_asked_for": (
        "与来客无关的行（呼出、内部通话等）",
        "rows that are not about customers who came (outgoing or internal calls)",
    ),
    "rule.clock_shifted": (
        "当天所有人的等候或服务都超过半小时：钟不一致",
        "a day on which every wait or service is over half an hour: clocks run apart",
    ),
    "rule.blocked": (
        "未能进入队列（占线、黑名单等）",
        "refused at the door (busy, blocked)",
    ),
    "rule.skipped_hour": (
        "到达时间落在夏令时跳过的一小时里",
        "arrived in an hour that summer time skipped",
    ),
}
