"""What is wrong with limits on which team serves which branch."""

WORDS: dict[str, tuple[str, str]] = {
    "fault.assign_no_team": (
        "没有在一个地点值守、角色为“{value}”的团队可以分配。情景里的角色：{known}。",
        "there is no team with the role “{value}” at one place to assign. Roles of the scenario: {known}.",
    ),
    "fault.unknown_role": (
        "情景里没有角色“{value}”。已有：{known}。",
        "the scenario has no role “{value}”. Known: {known}.",
    ),
    "fault.assign_field": ("不认识的字段“{value}”。可用：{known}。", "unknown field “{value}”. Known: {known}."),
    "fault.assign_table": ("“{value}”应写成表（[节]）。", "“{value}” should be a table ([section])."),
    "fault.assign_list": (
        '“{value}”应写成一串名称，如 ["甲", "乙"]。',
        '“{value}” should be a list of names, such as ["a", "b"].',
    ),
    "fault.assign_yes_no": ("“{value}”应为 true 或 false。", "“{value}” should be true or false."),
    "fault.assign_parts": (
        "时段的起点“{value}”应从早到晚，在 00:00 与 24:00 之间。",
        "the parts of the day “{value}” should begin one after the other, between 00:00 and 24:00.",
    ),
}
