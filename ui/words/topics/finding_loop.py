"""What the planning loop says."""

WORDS: dict[str, tuple[str, str]] = {
    "finding.plan_interrupted": (
        "中途停止：给出的是到目前为止（试过 {looks} 个方案）最好的计划。",
        "Stopped on the way: this is the best plan so far, of {looks} tried.",
    ),
    "finding.plan_interrupted_early": (
        "还没有找到任何班次就停下了。",
        "Stopped before any shifts were found.",
    ),
    "finding.plan_over_budget": (
        "预算 {budget} 不够：承诺无法在预算内实现（找到的最便宜计划为 {cost}）。",
        "The budget of {budget} is too small for the promise; the cheapest plan found costs {cost}.",
    ),
    "finding.plan_budget_best": (
        "预算 {budget} 内可以承诺的比例最高为 {share}（要求 {asked}，满足要求最少需 {cost}）。",
        "Within the budget of {budget} a share of {share} can be promised ({asked} was asked for; that costs {cost}).",
    ),
    "finding.plan_budget_short": (
        "预算 {budget} 只够承诺 {share}；要做到 {asked} 需要 {cost}。",
        "The budget of {budget} buys a share of {share} only; {asked} would cost {cost}.",
    ),
    "finding.plan_limit_broken": (
        "“{promise}”没有做到：实际为 {value}（网点 {place}，业务 {service}）。",
        "“{promise}” is not kept: it is {value} (place {place}, service {service}).",
    ),
    "finding.plan_limit_elsewhere": (
        "“{promise}”没有做到：实际为 {value}（网点 {place}，业务 {service}）；所排团队再加人也无法改善，要从流程、权限或其他团队入手。",
        "“{promise}” is not kept: it is {value} (place {place}, service {service}). More people in the planned teams do not mend it: look at the process, permissions or other teams.",
    ),
    "finding.plan_services_below": (
        "承诺按全体客户做到，但这些业务单独看低于 {promised_share}：{services}。要每项业务都做到，请再加一条按业务的承诺。",
        "The promise holds for all customers together, but these services by themselves are below {promised_share}: {services}. To hold it for each of them, add the same promise per service.",
    ),
    "finding.plan_every_service": (
        "承诺给全体客户的比例，也按每项业务（少的合并）在整个计划期内做到，不以放弃某些业务来凑数。",
        "The share promised to all is kept over the plan for every service too (small ones together): none is given up.",
    ),
    "finding.frontier_budget_share": (
        "预算 {budget} 只能用于“多少秒内服务百分之几”的承诺，这里已略过。",
        "A budget ({budget}) goes with a promise of a share of customers within a time only; left out here.",
    ),
    "finding.replan_broken": (
        "今天 {start_s} 到的客户只有 {share} 能按承诺得到服务（承诺 {promised_share}），调整后仍不够。",
        "Of today's customers of {start_s} only {share} are served as promised ({promised_share}), even after the changes.",
    ),
    "finding.replan_nothing_helps": (
        "今天没有可行的调整：没有可移动的休息、可加的班，也没有可叫来的备班人员。",
        "Nothing can be changed today: no break to move, no overtime left, nobody on stand-by.",
    ),
}
