"""Words of the commands that plan: frontier, replan, roster check and explain."""

WORDS: dict[str, tuple[str, str]] = {
    "cli.help.frontier": (
        "成本与承诺的边界：从便宜到贵的一组排班方案，各用新的随机数检验，带 95% 区间。",
        "Cost against a promise: plans from cheap to dear, each tried on fresh luck, with 95 % intervals.",
    ),
    "cli.help.frontier.promise": (
        '所承诺的时限，例如 "80% in 180s"；比例由边界上的点决定。',
        'The promise whose share varies, such as "80% in 180s".',
    ),
    "cli.help.frontier.out": (
        "写 XLSX、CSV、PNG、JSON 的文件夹。",
        "Folder for XLSX, CSV, PNG and JSON.",
    ),
    "cli.help.assign": (
        "给每个网点、业务、时段定首选和备岗的远程团队：人最少，再求负荷均匀；给出下界。",
        "First choice and back-up team for every branch, service and part of the day: fewest people, then even loads; with a bound.",
    ),
    "cli.help.assign.out": (
        "写 XLSX、CSV、JSON 和可模拟的情景的文件夹。",
        "Folder for XLSX, CSV, JSON and a scenario to simulate.",
    ),
    "cli.option.horizon": (
        "week 给远程团队排班；day 网点与远程一起排一天的班（最低岗位、流动、召回）；year 一年人力规划（招聘、培训、流失、转岗台账）。",
        "week: rosters of remote teams; day: shifts of branches and remote teams together (minimum posts, mobile people, recall); year: headcount by month with hiring, training, attrition and a redeployment ledger.",
    ),
    "cli.option.towards": (
        "改革后的情景（--horizon year）：一年里逐步过渡到它。",
        "The scenario after a reform (--horizon year), reached over the year.",
    ),
    "cli.option.volume": (
        "每月业务量是情景的多少倍，12 个数（--horizon year）。",
        "Demand of each month as a multiple of the scenario's, 12 numbers (--horizon year).",
    ),
    "cli.option.adoption": (
        "每月有多大比例按新方式办理，12 个数（--horizon year）；默认匀速。",
        "Share of the work done the new way each month, 12 numbers (--horizon year); evenly by default.",
    ),
    "cli.option.trained": (
        "第一天各岗位的人数，可多次给出（--horizon year）。",
        "People of a role on the first day, may be given several times (--horizon year).",
    ),
    "cli.option.assumptions": (
        "人力假设：流失、招聘周期、培训（--horizon year）。",
        "Workforce assumptions: attrition, hiring lead, training (--horizon year).",
    ),
    "cli.option.posts": (
        "网点最低岗位规则（--horizon day 或 year）。",
        "Rules of minimum posts in branches (--horizon day or year).",
    ),
    "cli.option.limits": (
        "限制（TOML）：每队网点上限、城市、方言、资质、岗位分离、固定的对应。",
        "Limits (TOML): most branches a team, cities, dialects, licences, separation of duties, fixed choices.",
    ),
    "cli.option.sure": (
        "承诺要在多大比例的日子里守住，如 90%；默认按各天平均。",
        "Share of days on which the promise must hold, such as 90%; the mean of days by default.",
    ),
    "cli.doing.assigning": ("定团队与网点的对应", "assigning teams to branches"),
    "cli.help.replan": (
        "当天重排：按已来的客户、缺勤、故障和激增，用最少的改动守住承诺。",
        "Plan today again: with what came so far, absences, outages and surges, change as little as keeps the promise.",
    ),
    "cli.help.replan.day": (
        "今天是排班的第几天（从 1 起），或日期。",
        "Which day of the plan today is: its number from 1, or its date.",
    ),
    "cli.help.replan.out": (
        "写改动清单（XLSX、CSV）、改后的班表和日历的文件夹。",
        "Folder for the list of changes (XLSX, CSV), the roster after it and calendars.",
    ),
    "cli.help.roster.check": (
        "独立检查班表是否守住劳动规则、休假、技能和固定班次；有违反则退出码为 1。",
        "Check a roster against labour rules, leave, skills and fixed shifts; exit code 1 when one is broken.",
    ),
    "cli.help.roster.check.plan": (
        "班表来自哪个排班结果：用它的人员、规则和日历。",
        "The plan that the roster came from: its people, rules and days are used.",
    ),
    "cli.help.roster.explain": (
        "解释：某人为什么上这个班（--person --day），谁能接这个班（再加 --instead，或 --from --to），或为什么排不出来。",
        "Explain why somebody is on a shift (--person --day), who could take it (with --instead, or --from --to), or why a plan cannot be.",
    ),
    "cli.option.measure": (
        "横竖比较的指标：share（服务水平）、wait_p90_s、abandoned_share。",
        "What varies: share (service level), wait_p90_s or abandoned_share.",
    ),
    "cli.option.points": (
        "要排的几个水平，如 80%,90%,95%；默认自动选。",
        "Levels to plan for, such as 80%,90%,95%; chosen when not given.",
    ),
    "cli.option.budgets": (
        "要试的几个预算，用逗号隔开。",
        "Budgets to try, with commas between.",
    ),
    "cli.option.actuals": (
        "当天实况的 CSV：kind,from,to,name,place,value。",
        "What happened today as CSV: kind,from,to,name,place,value.",
    ),
    "cli.option.at": ("现在的时刻，如 11:00。", "The time now, such as 11:00."),
    "cli.option.freeze": (
        "多少分钟之内不再改动。",
        "Minutes from now in which nothing is changed.",
    ),
    "cli.option.standby": (
        "可以叫来的员工，可多次给出或用逗号隔开。",
        "People who may be called in, several times or with commas.",
    ),
    "cli.option.day": ("第几天（从 1 起），或日期。", "Number of the day from 1, or its date."),
    "cli.option.instead": ("谁能代替 --person 上这个班。", "Who could take the shift of --person."),
    "cli.option.begin": ("班次的开始时刻。", "Begin of the shift."),
    "cli.option.end": ("班次的结束时刻。", "End of the shift."),
    "cli.option.team": ("只看这个团队。", "Only of this team."),
    "cli.doing.replanning": ("重排今天", "planning today again"),
    "cli.roster_checked": (
        "{shifts} 个班次，{people} 人，规则 {contract}。",
        "{shifts} shifts of {people} people, by the rules {contract}.",
    ),
    "cli.roster_legal": ("没有违反任何规则。", "No rule is broken."),
    "cli.roster_legal_soft": (
        "硬规则都守住了；有 {n} 处尽量遵守的规则没有做到。",
        "No hard rule is broken; {n} that are kept as well as can be are not.",
    ),
    "cli.roster_illegal": ("共 {n} 处违反，这份班表不能执行。", "{n} broken: this roster cannot be used."),
    "cli.rule_hard": ("必须", "hard"),
    "cli.rule_soft": ("尽量", "soft"),
    "cli.rule_broken": ("{rule}（{value}，限 {limit}）", "{rule} ({value}, limit {limit})"),
    "cli.column.role_staff": ("岗位（在编 / 需要）", "role (staff / needed)"),
    "cli.column.rule": ("规则", "rule"),
    "cli.column.person": ("员工", "person"),
    "cli.column.day_number": ("第几天", "day"),
    "cli.column.found": ("实际", "found"),
    "cli.column.limit": ("限制", "limit"),
    "cli.column.kind": ("性质", "kind"),
    "cli.column.source": ("依据", "source"),
    "cli.column.cell": ("单元格", "cell"),
    "cli.column.can": ("能否", "can"),
    "cli.column.overtime": ("加班", "overtime"),
    "cli.column.wishes": ("希望", "wishes"),
    "cli.column.because": ("原因", "because"),
    "cli.can": ("可以", "yes"),
    "cli.cannot": ("不行", "no"),
    "cli.who_could": ("{day} {times}，谁能上：", "{day} {times}: who could take it"),
    "cli.nothing_to_explain": (
        "没有需要解释的。用 --person 和 --day 问某人的班次。",
        "There is nothing to explain. Ask about somebody's shift with --person and --day.",
    ),
    "cli.frontier_of": (
        "{weeks} 周；每个方案在新的随机数上模拟 {reps} 次，种子 {seed}。± 为 95% 半宽；* 在边界上。",
        "{weeks} week(s); each plan simulated {reps} times on fresh luck, seed {seed}. ± is the 95 % half-width; * is on the curve.",
    ),
}
