"""What rosters say: open shifts, wishes, people who cannot be rostered."""

WORDS: dict[str, tuple[str, str]] = {
    "finding.plan_shift_open": (
        "{team}：第 {day} 天 {start_s}–{end_s} 的班没有人能上。",
        "{team}: nobody may take the shift of day {day}, {start_s}–{end_s}.",
    ),
    "finding.plan_shifts_open": (
        "{team}：共有 {shifts} 个班没有人能上。",
        "{team}: {shifts} shifts stay open in all.",
    ),
    "finding.plan_wishes_met": (
        "{team}：意愿的权重合计 {asked}，满足了 {met}。",
        "{team}: wishes of weight {asked} in all, of which {met} are met.",
    ),
    "finding.plan_person_impossible": (
        "{team}：{person} 的请假、固定的班和劳动规则不能同时满足。",
        "{team}: the leave, the fixed shifts and the labour rules of {person} cannot all be kept.",
    ),
}
