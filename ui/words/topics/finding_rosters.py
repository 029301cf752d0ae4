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
    # ---- who could, and why
    "finding.why_locked": (
        "{person} 第 {day} 天的班是手工固定的。",
        "the shift of {person} on day {day} was fixed by hand.",
    ),
    "finding.why_wished": (
        "{person} 自己希望这样（权重 {weight}）。",
        "{person} wished for it (weight {weight}).",
    ),
    "finding.why_against_wish": (
        "这违背了 {person} 的意愿（权重 {weight}）：人手、成本和公平在意愿之前。",
        "it is against the wish of {person} (weight {weight}): cover, cost and fairness come before wishes.",
    ),
    "finding.why_others_could": (
        "第 {day} 天 {start_s}–{end_s} 还有 {others} 人可以上，例如 {names}；谁上由公平和意愿决定。",
        "on day {day}, {start_s}–{end_s}, {others} others could, such as {names}; fairness and wishes decided.",
    ),
    "finding.why_nobody_else": (
        "第 {day} 天 {start_s}–{end_s}，其他 {others} 人都不能上。",
        "on day {day}, {start_s}–{end_s}, none of the {others} others could.",
    ),
    "finding.why_kept_from_it": (
        "因“{rule}”不能上的有 {people} 人（{source}）。",
        "kept from it by “{rule}”: {people} ({source}).",
    ),
    "finding.why_share": (
        "{burden}累计：{person} {mine} 次，全组最少 {least}，最多 {most}。",
        "{burden} so far: {person} {mine}; in the team between {least} and {most}.",
    ),
    # ---- what cannot be, and the way out
    "finding.clash_open": (
        "{team}：第 {day} 天 {start_s}–{end_s} 的班没有人能上。",
        "{team}: nobody may take the shift of day {day}, {start_s}–{end_s}.",
    ),
    "finding.clash_open_skill": (
        "{team}：第 {day} 天 {start_s}–{end_s} 需要技能“{skill}”的班没有人能上。",
        "{team}: nobody with the skill “{skill}” may take the shift of day {day}, {start_s}–{end_s}.",
    ),
    "finding.clash_kept": (
        "其中 {people} 人受“{rule}”所限。",
        "{people} of them are kept from it by “{rule}”.",
    ),
    "finding.clash_rule": (
        "其中 {people} 人受“{rule}”所限（{source}）。",
        "{people} of them are kept from it by “{rule}” ({source}).",
    ),
    "finding.cause_too_few": ("{team}，原因：人不够。", "{team}, the cause: too few people."),
    "finding.cause_leave": (
        "{team}，原因：{person} 第 {day} 天请假。",
        "{team}, the cause: the leave of {person} on day {day}.",
    ),
    "finding.cause_lock": (
        "{team}，原因：{person} 第 {day} 天的手工固定。",
        "{team}, the cause: what is fixed by hand for {person} on day {day}.",
    ),
    "finding.cause_rule": (
        "{team}，原因：规则“{rule}”（{source}）。",
        "{team}, the cause: the rule “{rule}” ({source}).",
    ),
    "finding.relax_open": (
        "可以：第 {day} 天 {start_s}–{end_s} 的班请外援（代价相当于 {hours} 小时工资）。",
        "Possible: somebody from outside for the shift of day {day}, {start_s}–{end_s} (worth {hours} h of wage).",
    ),
    "finding.relax_leave": (
        "可以：请 {person} 改期第 {day} 天的假（代价相当于 {hours} 小时工资）。",
        "Possible: {person} moves the leave of day {day} (worth {hours} h of wage).",
    ),
    "finding.relax_lock": (
        "可以：放开 {person} 第 {day} 天的手工固定（代价相当于 {hours} 小时工资）。",
        "Possible: let go of what is fixed by hand for {person} on day {day} (worth {hours} h of wage).",
    ),
    "finding.relax_hours": (
        "可以：{person} 在到第 {day} 天为止的周期里加班 {by} 小时（代价相当于 {hours} 小时工资）。",
        "Possible: {by} h of overtime for {person} in the period up to day {day} (worth {hours} h of wage).",
    ),
    "finding.relax_rule": (
        "可以：对 {person} 在第 {day} 天放宽“{rule}” {by}（{source}；代价相当于 {hours} 小时工资）。",
        "Possible: relax “{rule}” by {by} for {person} on day {day} ({source}; worth {hours} h of wage).",
    ),
    "finding.relax_total": (
        "{team}：最便宜的办法共 {steps} 步，代价相当于 {hours} 小时工资。",
        "{team}: the cheapest way out has {steps} steps, worth {hours} h of wage in all.",
    ),
    "finding.plan_no_way_out": (
        "{team}：放宽公司规则也排不出来，请先增加人手。",
        "{team}: no relaxation of company rules makes a roster possible; more people are needed.",
    ),
}
