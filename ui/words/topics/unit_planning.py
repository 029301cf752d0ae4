"""Small words of plans: kinds of changes, units of labour rules, promises."""

WORDS: dict[str, tuple[str, str]] = {
    "unit.skill.witness": ("见证资格", "licensed witness"),
    "unit.skill.lobby": ("厅堂岗", "lobby post"),
    "unit.skill.service_manager": ("服务经理", "service managers"),
    "unit.skill.mobile_service_manager": ("流动服务经理", "mobile service managers"),
    "unit.skill.dual_control": ("双人", "dual control"),
    "unit.change.breaks": ("移动用餐或休息", "meal or breaks moved"),
    "unit.change.overtime": ("加班", "overtime"),
    "unit.change.leave_early": ("提前下班", "leaves early"),
    "unit.change.call_in": ("叫来上班", "called in"),
    "unit.change.move": ("调到其他团队或地点", "moved to another team or place"),
    "unit.change.serves": ("团队兼管更多", "team takes over more"),
    "unit.rule_unit.h": ("{n} 小时", "{n} h"),
    "unit.rule_unit.min": ("{n} 分钟", "{n} min"),
    "unit.rule_unit.day": ("{n} 天", "{n} d"),
    "unit.at_most": ("{measure}不超过 {value}", "{measure} at most {value}"),
    "unit.at_least": ("{measure}不低于 {value}", "{measure} at least {value}"),
    "unit.per.place": ("{promise}（每个地点）", "{promise}, at every place"),
    "unit.per.service": ("{promise}（每项业务）", "{promise}, in every service"),
    "unit.per.interval": ("{promise}（每个时段）", "{promise}, in every interval"),
}
