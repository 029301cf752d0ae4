"""What is wrong with a workbook that people filled in, with a file of shifts, or with what is to be exported."""

WORDS: dict[str, tuple[str, str]] = {
    "fault.book_unreadable": (
        "这不是能读的 Excel 工作簿（{value}）。请在 Excel 里另存为 .xlsx。",
        "this is no Excel workbook that can be read ({value}). Save it as .xlsx in Excel.",
    ),
    "fault.book_locked_or_old": (
        "文件有密码，或是旧版 .xls。请去掉密码，另存为 .xlsx。",
        "the file has a password or is an old .xls. Remove the password and save it as .xlsx.",
    ),
    "fault.book_too_large": (
        "行数超过 {limit}。请删去用不到的行。",
        "there are more than {limit} rows. Delete those that are not needed.",
    ),
    "fault.book_no_sheet": (
        "没有需要的工作表（{needs}）；现有：{value}。可用 counterflow roster template 生成一份空表。",
        "the sheet {needs} is missing; there are: {value}. counterflow roster template writes an empty form.",
    ),
    "fault.book_no_people": (
        "“人员”表里一个人也没有。",
        "the sheet of people names nobody.",
    ),
    "fault.sheet_no_header": (
        "找不到表头；应有这些列：{needs}。",
        "there is no header; it should have the columns {needs}.",
    ),
    "fault.sheet_column": (
        "没有名为“{value}”的列。可用：{known}；自己的备注列请以“备注”开头。",
        "there is no column “{value}”. Known: {known}; a column of your own begins with “note”.",
    ),
    "fault.sheet_column_twice": ("列“{value}”出现了两次。", "the column “{value}” stands there twice."),
    "fault.sheet_column_missing": ("缺少列：{needs}。", "the column {needs} is missing."),
    "fault.cell_missing": ("这一格必须填写（{needs}）。", "this cell must be filled ({needs})."),
    "fault.cell_number": (
        "“{value}”应是 {low} 到 {high} 之间的数。",
        "“{value}” should be a number from {low} to {high}.",
    ),
    "fault.cell_whole": (
        "“{value}”应是 {low} 到 {high} 之间的整数。",
        "“{value}” should be a whole number from {low} to {high}.",
    ),
    "fault.cell_date": (
        "“{value}”不是日期；应写作 2026-11-23，或排班的第几天（1 是第一天）。",
        "“{value}” is no date; write 2026-11-23, or the number of the day of the plan (1 is the first).",
    ),
    "fault.cell_undated": (
        "“{value}”是日期，但不知道排班的第一天是哪天。请在“填写说明”表里填写第一天，或用 --start 给出。",
        "“{value}” is a date, but the first day of the plan is not known. Fill it in on the sheet “Read me”, or give --start.",
    ),
    "fault.cell_clock": (
        "“{value}”不是时刻；应写作 08:30，过了零点的写作 25:30。",
        "“{value}” is no time of day; write 08:30, and past midnight 25:30.",
    ),
    "fault.cell_choice": ("没有“{value}”这一项。可选：{known}。", "“{value}” is not among the choices: {known}."),
    "fault.cell_days_turned": (
        "结束日期（第 {value} 天）早于开始日期（第 {first} 天），或相隔太久。",
        "the last day (day {value}) is before the first (day {first}), or too long after it.",
    ),
    "fault.cell_before_plan": (
        "上一班应在排班第一天之前；这里是第 {value} 天。",
        "the last shift should be before the first day of the plan; this is day {value}.",
    ),
    "fault.cell_spans": (
        "“{value}”读不懂；应写作 12:00-12:45，多段之间空一格。",
        "“{value}” cannot be read; write 12:00-12:45, with blanks between several.",
    ),
    "fault.cell_ends_first": (
        "结束时刻“{value}”不晚于开始；跨过零点的写作 30:00（次日 06:00）。",
        "the end “{value}” is not after the start; past midnight write 30:00 (06:00 of the next day).",
    ),
    "fault.cell_outside_shift": (
        "“{value}”不在班次之内。",
        "“{value}” does not lie inside the shift.",
    ),
    "fault.cell_day_range": (
        "第 {value} 天不在排班之内（共 {days} 天）。",
        "day {value} is outside the plan ({days} days).",
    ),
    "fault.roster_no_shifts": (
        "里面没有班次。应有列：{needs}。",
        "it holds no shifts. It should have the columns {needs}.",
    ),
    "fault.lock_none": (
        "没有锁定的班次。请在“锁定”列里选“是”。",
        "no shift is locked. Choose “yes” in the column “Locked”.",
    ),
    "fault.roster_file": (
        "“{value}”不是班表：应是 counterflow plan 写出的文件夹、其中的 plan.json，或 .xlsx、.csv 班表。",
        "“{value}” is no roster: name a folder that counterflow plan wrote, its plan.json, or a roster as .xlsx or .csv.",
    ),
    "fault.plan_file": (
        "不是完整的排班文件（{value}）。请重新运行 counterflow plan。",
        "this is not a whole plan ({value}). Run counterflow plan again.",
    ),
    "fault.roster_undated": (
        "日历文件需要排班的第一天。请用 --start 给出，例如 --start 2026-11-23。",
        "calendars need the first day of the plan. Give --start, such as --start 2026-11-23.",
    ),
    "fault.start_form": ("“{value}”不是日期；应写作 2026-11-23。", "“{value}” is no date; write 2026-11-23."),
    "fault.start_weekday": (
        "{value} 不是周一；这份排班的第一天是周一。",
        "{value} is no Monday; the first day of this plan is one.",
    ),
    "fault.start_differs": (
        "{value} 与排班的第一天不同：情景从 {expected} 开始。",
        "{value} is not the first day of the plan: the scenario begins on {expected}.",
    ),
    "fault.calendar_zone": (
        "没有时区“{value}”；例如 Asia/Shanghai。",
        "there is no time zone “{value}”; such as Asia/Shanghai.",
    ),
    "fault.ics_unreadable": (
        "这不是能读的日历文件，因此无法更新它。请换一个文件夹，或先移走它。",
        "this is no calendar file that can be read, so it cannot be brought up to date. Name another folder, or move it away.",
    ),
    "fault.pdf_extra": (
        "写 PDF 需要 typst：pip install 'counterflow[report]'。",
        "PDF needs typst: pip install 'counterflow[report]'.",
    ),
    "fault.unknown_format": ("没有格式“{value}”。可用：{known}。", "there is no format “{value}”. Known: {known}."),
    "fault.roster_person": ("班表里没有“{value}”。", "there is no “{value}” in the roster."),
    "fault.budget_range": (
        "预算是“{value}”；应是大于 0 的数，单位是情景的货币。",
        "the budget is “{value}”; it should be a number above 0, in the scenario's currency.",
    ),
    "fault.seconds_range": (
        "时限是“{value}”秒；应在 {low} 到 {high} 之间。",
        "the time limit is “{value}” seconds; it should be from {low} to {high}.",
    ),
    "fault.out_file": (
        "“{value}”不能用；请给出一个 {suffix} 文件。",
        "“{value}” cannot be used; name a file that ends in {suffix}.",
    ),
    "fault.out_no_folder": ("“{value}”所在的文件夹不存在。", "the folder of “{value}” does not exist."),
    "fault.number_form": ("“{value}”应是一个数。", "“{value}” should be a number."),
    "fault.roster_no_shift": (
        "“{person}”在第 {value} 天没有班次。",
        "“{person}” has no shift on day {value}.",
    ),
    "fault.explain_times": (
        "请给出班次的起止时刻（--from 09:00 --to 17:00），或用 --person 和 --instead 指出某人的班次。",
        "give begin and end of the shift (--from 09:00 --to 17:00), or name somebody's with --person and --instead.",
    ),
    "fault.explain_day": (
        "“{value}”不是排班里的日子；请给出第几天（1 到 {days}），或排班有日期时给出日期。",
        "“{value}” is no day of the plan; give its number (1 to {days}), or its date where the plan has dates.",
    ),
    "fault.clock_form": ("“{value}”应写成 09:00 这样的时刻。", "“{value}” should be a time such as 09:00."),
    "fault.point_range": (
        "水平是“{value}”；应大于 0，不超过 {high}。",
        "the level is “{value}”; it should be above 0 and at most {high}.",
    ),
    "fault.points_and_budgets": (
        "--points 和 --budgets 只能给一种。",
        "give --points or --budgets, not both.",
    ),
    "fault.at_range": (
        "现在的时刻应在 00:00 到 23:59 之间。",
        "the time now should be from 00:00 to 23:59.",
    ),
    "fault.freeze_range": (
        "不再改动的时间是“{value}”分钟；应在 0 到 1439 之间。",
        "the time in which nothing is changed is “{value}” minutes; it should be from 0 to 1439.",
    ),
    "fault.months_number": (
        "给了 {value} 个月的数；应是 {months} 个，用逗号隔开。",
        "there are {value} months; give {months}, with commas between.",
    ),
    "fault.adoption_towards": (
        "--adoption 要和 --towards（改革后的情景）一起给。",
        "--adoption goes with --towards, the scenario after the reform.",
    ),
    "fault.staff_form": (
        "“{value}”应写成 岗位=人数，例如 --staff teller=40。",
        "“{value}” should be role=number, as in --staff teller=40.",
    ),
    "fault.staff_file": (
        "不是 roster import 写出的人员文件（{value}）。",
        "this is no file of people that roster import wrote ({value}).",
    ),
    "fault.only_year": (
        "{field} 只用于 --horizon year。",
        "{field} goes with --horizon year only.",
    ),
    "fault.unknown_horizon": ("没有期间“{value}”。可用：{known}。", "there is no horizon “{value}”. Known: {known}."),
}
