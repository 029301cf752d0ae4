"""What the main job tells at its end."""

WORDS: dict[str, tuple[str, str]] = {
    "demo.compare_title": ("1. 按目录里的人手比较", "1. Compared with the staff of the catalogue"),
    "demo.sides": (
        "{first}（{first_title}）与 {second}（{second_title}），同一批客户，{reps} 次重复：",
        "{first} ({first_title}) against {second} ({second_title}), the same customers, {reps} replications:",
    ),
    "demo.not_equal": (
        "两边人手和等待都不一样，所以还不能说哪边更省：先要让服务一样好。",
        "Staff and waits both differ, so this does not yet say which side is cheaper: first make the service equal.",
    ),
    "demo.equal_title": ("2. 服务一样好时的工时", "2. Hours at equal service"),
    "demo.equal_rule": (
        "两边各用找得到的最少的人，使全部客户（含放弃者）的 90% 分位等待不高于 {first} 现状。下面是在另外 {reps} 个工作日的新客户上量出的结果；付薪工时每天，含加班：",
        "Each side has the fewest people found with which the P90 wait of all customers, those who give up included, is not higher than in {first} as it stands. Measured on the fresh customers of {reps} other workdays; paid hours are a day's, overtime included:",
    ),
    "demo.not_worse": (
        "{second} 的 90% 分位等待不比 {first} 长；少用些人够不够，见第 2 部分。",
        "The P90 wait of {second} is not longer than that of {first}; whether fewer people would do is in part 2.",
    ),
    "demo.equal_already": (
        "90% 分位等待看不出差别，所以工时和成本可以直接比。",
        "The P90 wait shows no difference, so hours and cost can be compared as they are.",
    ),
    "demo.equal_waits": (
        "两边的 90% 分位等待看不出差别：{difference}{margin}，服务算一样好。",
        "The P90 waits show no difference: {difference}{margin}, so the service counts as equal.",
    ),
    "demo.lower_wait": (
        "{second} 的 90% 分位等待短 {difference}{margin}。人数只能是整数，所以“一样好”是指不比 {first} 差。",
        "The P90 wait of {second} is {difference} shorter{margin}. People come in whole numbers, so “equal” means not worse than {first}.",
    ),
    "demo.unequal_waits": (
        "注意：{second} 的 90% 分位等待比 {first} 长：{difference}{margin}，服务还不一样好，工时之差要连它一起看。",
        "Note: the P90 wait of {second} is longer than that of {first}: {difference}{margin}. The service is not equal yet; read the difference in hours together with it.",
    ),
    "demo.column.role": ("岗位", "role"),
    "demo.total": ("合计", "total"),
    "demo.overtime": ("其中加班", "of that, overtime"),
    "demo.booths": ("远程舱", "booths"),
    "demo.wait": ("90% 分位等待", "P90 wait"),
    "demo.cost": ("每天成本", "cost a day"),
    "demo.fewer": (
        "服务一样好时，{second} 每天少用 {hours} 小时{margin}，即 {share}。",
        "At equal service {second} uses {hours} hours a day less{margin}, that is {share}.",
    ),
    "demo.more": (
        "服务一样好时，{second} 每天多用 {hours} 小时{margin}，即 {share}。",
        "At equal service {second} uses {hours} hours a day more{margin}, that is {share}.",
    ),
    "demo.as_many": (
        "服务一样好时，{second} 用的工时看不出差别：{hours} 小时{margin}，即 {share}。",
        "At equal service {second} uses as many hours: no difference is shown, {hours} hours{margin}, that is {share}.",
    ),
    "demo.more_findings": ("另有 {n} 条，见 plan.json。", "{n} more, in plan.json."),
    "demo.cheaper": ("成本每天少 {cost}{margin}。", "It costs {cost} a day less{margin}."),
    "demo.dearer": ("成本每天多 {cost}{margin}。", "It costs {cost} a day more{margin}."),
    "demo.cost_open": ("成本看不出差别（{cost}{margin}）。", "No difference in cost is shown ({cost}{margin})."),
    "demo.directional": (
        "这些情景的来源没有给出业绩数字，结果只看方向；换成您的日志（counterflow calibrate）再下结论。",
        "The sources of these scenarios state no performance figures, so this shows a direction only; calibrate to your own logs before you conclude.",
    ),
    "demo.plan_title": ("3. 远程团队一周的班表", "3. A week's roster for the remote team"),
    "demo.plan_people": (
        "团队“{team}”：{people} 人，{shifts} 个班次，一周付薪 {hours} 小时。",
        "Team “{team}”: {people} people, {shifts} shifts, {hours} paid hours in the week.",
    ),
    "demo.plan_kept": (
        "承诺“{promise}”在新的随机数上成立：{share}{margin}的客户在 {within_s}内接通（{reps} 次模拟）。",
        "The promise “{promise}” holds on fresh luck: {share}{margin} of customers are connected within {within_s} ({reps} simulations).",
    ),
    "demo.plan_broken": (
        "承诺“{promise}”没有处处成立：总体 {share}{margin}，但有 {cells} 个时段不到。",
        "The promise “{promise}” does not hold everywhere: {share}{margin} overall, but {cells} cells fall short.",
    ),
    "demo.plan_infeasible": ("按劳动规则排不出这样的班表。", "No roster within the labour rules keeps the promise."),
    "demo.plan_bound": (
        "成本 {cost}；按理论需求排出的合法班次不可能低于 {bound}（差距 {gap}）。",
        "It costs {cost}; legal shifts that cover what theory requires cost at least {bound} (gap {gap}).",
    ),
    "demo.files_title": ("4. 写出的文件（在 {out}）", "4. Files written (in {out})"),
    "demo.next_title": ("接下来", "What to do next"),
    "demo.next_open": (
        "打开 {file}：一周班表、甘特图、人数覆盖；改成真实姓名。",
        "Open {file}: the week, a Gantt chart, the coverage; put in real names.",
    ),
    "demo.next_serve": (
        "在浏览器里改人数、看等待：{command}",
        "Change team sizes and see the waits in the browser: {command}",
    ),
    "demo.next_what_if": ("试试少一个人：{command}", "Try one person fewer: {command}"),
    "demo.next_calibrate": ("用您自己的日志：{command}", "Use your own logs: {command}"),
    "demo.file.roster.csv": ("班表（CSV）", "roster (CSV)"),
    "demo.file.roster.xlsx": ("班表（Excel）", "roster (Excel)"),
    "demo.file.roster.pdf": ("班表（PDF，可打印）", "roster (PDF, to be printed)"),
    "demo.file.gantt.png": ("班表甘特图", "roster as a Gantt chart"),
    "demo.file.coverage.csv": ("各时段需求与已排人数（CSV）", "required and rostered people by quarter-hour (CSV)"),
    "demo.file.coverage.png": ("需求、已排、模拟中忙碌的人数", "required, rostered and busy people"),
    "demo.file.comparison.png": ("两个情景的比较", "the two scenarios compared"),
    "demo.file.waits.png": ("各时段的等待", "waits by time of day"),
    "demo.file.measures.csv": ("全部指标（CSV）", "all measures (CSV)"),
    "demo.file.plan.json": ("班表的全部数据（JSON）", "everything about the plan (JSON)"),
    "demo.file.scenario": ("可再模拟的情景文件夹", "the planned scenario, to be simulated again"),
    "demo.chart_comparison": ("{first} 与 {second} 的比较", "{first} and {second} compared"),
    "demo.chart_coverage": ("“{team}”一周的人数", "A week of {team}"),
    "demo.chart_waits": ("{scenario}：各时段的等待", "{scenario}: waits by time of day"),
    "demo.footer": (
        "情景 {scenario}，种子 {seed}，{reps} 次重复；阴影与竖线为 95% 区间。柜流 {version}",
        "Scenario {scenario}, seed {seed}, {reps} replications; bands and bars are 95 % intervals. Counterflow {version}",
    ),
}
