"""What is said of a year's headcount."""

WORDS: dict[str, tuple[str, str]] = {
    "finding.plan_role_without_career": (
        "人力假设里没有这些岗位，未计入：{roles}。",
        "The workforce assumptions do not know these roles, which are left out: {roles}.",
    ),
    "finding.plan_month_short": (
        "岗位“{role}”在 {month} 缺 {missing} 人：招聘要提前 {lead} 个月，转岗和加班也来不及补足。",
        "Role “{role}” misses {missing} people in {month}: hiring takes {lead} months, and moves and overtime do not fill it.",
    ),
}
