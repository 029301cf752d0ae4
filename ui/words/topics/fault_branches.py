"""What is wrong with rules of minimum posts, mobile people and recall."""

WORDS: dict[str, tuple[str, str]] = {
    "fault.unknown_posts": (
        "没有名为“{value}”的最低在岗规则。可用：{known}，或一个 TOML 文件。",
        "there is no set of minimum posts “{value}”. Known: {known}, or a TOML file.",
    ),
    "fault.branch_rule": (
        "最低在岗规则缺少内容，或数值不对、名称不认识。需要：{needed}。",
        "this rule lacks something, or holds a value or a name that is not right. Needed: {needed}.",
    ),
    "fault.unknown_role_of_branch": (
        "场景中没有岗位“{value}”。已有：{known}。",
        "the scenario has no role “{value}”. Known: {known}.",
    ),
}
