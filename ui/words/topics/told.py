"""Findings of one kind told in one sentence."""

WORDS: dict[str, tuple[str, str]] = {
    "told.open": (
        "{team}：第 {day} 天没有人能上的{skill}班：{times}{because}。",
        "{team}: on day {day} nobody for {skill}shifts: {times}{because}.",
    ),
    "told.skill": ("需要技能“{skill}”的", "“{skill}” "),
    "told.because": ("（{kept}）", " ({kept})"),
    "told.kept.one_shift_a_day": ("{people} 人当天已有班", "{people} have a shift that day"),
    "told.kept.leave": ("{people} 人请假", "{people} on leave"),
    "told.kept": ("{people} 人受“{rule}”所限", "{people} kept by “{rule}”"),
    "told.shift": ("第 {day} 天 {times}", "day {day} {times}"),
    "told.person_day": ("{person}（第 {day} 天）", "{person} (day {day})"),
    "told.person_hours": ("{person}（{by} 小时）", "{person} ({by} h)"),
    "told.more": ("{listed}，另有 {n} 项", "{listed} and {n} more"),
    "told.relax_rule": (
        "可以：对 {n} 人放宽“{rule}”：{who}（代价合计相当于 {hours} 小时工资）。",
        "Possible: relax “{rule}” in {n} cases: {who} (worth {hours} h of wage in all).",
    ),
    "told.relax_hours": (
        "可以：加班：{who}（代价合计相当于 {hours} 小时工资）。",
        "Possible: overtime for {who} (worth {hours} h of wage in all).",
    ),
    "told.relax_leave": (
        "可以：请这些人改期休假：{who}（代价合计相当于 {hours} 小时工资）。",
        "Possible: these move their leave: {who} (worth {hours} h of wage in all).",
    ),
    "told.relax_lock": (
        "可以：放开这些手工固定：{who}（代价合计相当于 {hours} 小时工资）。",
        "Possible: let go of what is fixed by hand: {who} (worth {hours} h of wage in all).",
    ),
    "told.relax_open": (
        "可以：请外援上 {n} 个班：{who}（代价合计相当于 {hours} 小时工资）。",
        "Possible: people from outside for {n} shifts: {who} (worth {hours} h of wage in all).",
    ),
    "told.plan_broken": (
        "{day_class}有 {n} 个时段承诺没有守住：{times} 起；最低 {share}，承诺 {asked}。",
        "On days of class {day_class} the promise breaks in {n} intervals, from {times}: {share} at worst, not {asked}.",
    ),
    "told.plan_broken_elsewhere": (
        "{day_class}有 {n} 个时段承诺没有守住：{times} 起；最低 {share}，承诺 {asked}；客户等的不是所排团队，加人无用。",
        "On days of class {day_class} the promise breaks in {n} intervals, from {times}: {share} at worst, not {asked}; "
        "customers wait for others than the planned team, and more people in it would not help.",
    ),
}
