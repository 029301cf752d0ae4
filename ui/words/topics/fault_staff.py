"""What is wrong with people, leave, wishes and shifts fixed by hand."""

WORDS: dict[str, tuple[str, str]] = {
    "fault.staff_without_id": ("人员没有编号。", "this person has no id."),
    "fault.staff_twice": ("编号“{value}”出现了不止一次。", "the id “{value}” stands here more than once."),
    "fault.staff_unknown_person": ("没有编号为“{value}”的人员。", "there is no person with the id “{value}”."),
    "fault.unknown_status": (
        "不认识的身份“{value}”。可用：{known}（孕期、哺乳期、未成年、见习）。",
        "unknown status “{value}”. Known: {known}.",
    ),
    "fault.unknown_wish": (
        "不认识的意愿“{value}”。可用：{known}（休息、上班、要某班次、不要某班次、早班、晚班）。",
        "unknown wish “{value}”. Known: {known}.",
    ),
    "fault.unknown_shape": (
        "没有名为“{value}”的班次。已有：{known}。",
        "there is no shift “{value}”. Known: {known}.",
    ),
    "fault.day_outside_plan": (
        "第 {value} 天不在计划之内；计划共 {days} 天。",
        "day {value} is outside the plan, which has {days} days.",
    ),
    "fault.one_of_two_times": (
        "开始和结束时刻要么都填，要么都不填。",
        "give both times, begin and end, or neither.",
    ),
    "fault.ends_before_it_begins": ("结束不晚于开始。", "it does not end after it begins."),
    "fault.outside_the_day": ("时刻超出了当天。", "the times lie outside the day."),
    "fault.unknown_rule": (
        "没有名为“{value}”的劳动规则。可用：{known}。",
        "there is no labour rule “{value}”. Known: {known}.",
    ),
    "fault.not_at_work": (
        "{value} 第 {day} 天没有班。",
        "{value} has no shift on day {day}.",
    ),
    "fault.lock_unclear": (
        "固定的班要么给出开始和结束时刻，要么写明休息，二者选一。",
        "what is fixed is either a shift with begin and end, or a day off: give one of the two.",
    ),
}
