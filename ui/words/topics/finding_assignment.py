"""What an assignment of remote teams to branches says."""

WORDS: dict[str, tuple[str, str]] = {
    "finding.assign_nobody_may": (
        "从 {start_s} 起，网点 {place} 的 {services} 没有一支“{role}”团队可以服务：岗位权限、资质、方言、城市或禁用规则都不允许。",
        "From {start_s} on no team of “{role}” may serve {services} of {place}: skills, licences, dialects, cities or bars forbid it.",
    ),
    "finding.assign_too_little_room": (
        "从 {start_s} 起，“{role}”各队的人数或网点数上限不够：还有 {count} 项业务（负荷 {load} 爱尔兰）无队可派，如 {places}。",
        "From {start_s} on the teams of “{role}” may not have enough people or branches: {count} pieces of work ({load} erlang) have no team, such as {places}.",
    ),
    "finding.assign_no_backup": (
        "从 {start_s} 起，“{role}”有 {count} 项业务没有备岗团队，如 {places}。",
        "From {start_s} on {count} pieces of work have no back-up team of “{role}”, such as {places}.",
    ),
}
