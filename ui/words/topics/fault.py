"""What is wrong with an input: where, what stands there, and what would be right.

`file` and `field` are put in front of a sentence that does not name them itself.
"""

WORDS: dict[str, tuple[str, str]] = {
    "fault.where": ("{place}：{what}", "{place}: {what}"),
    "fault.places": ("，", ", "),
    "fault.and": ("", " "),
    "fault.other": (
        "这里的值“{value}”不能用（{code}）。",
        "the value “{value}” cannot be used here ({code}).",
    ),
    # ---- files and folders
    "fault.not_a_scenario": (
        "“{value}”不是情景文件夹：里面没有 {needs}。请给出目录中的情景编号（counterflow scenarios list），或一个含 {needs} 的文件夹。",
        "“{value}” is not a scenario folder: it holds no {needs}. Give the id of a scenario (counterflow scenarios list) or a folder with a {needs}.",
    ),
    "fault.not_a_scenario_to_replace": (
        "“{value}”已存在，且不是情景文件夹（没有 {needs}），所以没有覆盖它。请换一个新文件夹或空文件夹。",
        "“{value}” exists and is not a scenario folder (no {needs}), so it was not overwritten. Name a new or empty folder.",
    ),
    "fault.unknown_scenario": (
        "没有名为“{value}”的情景。可用的情景见 counterflow scenarios list；也可以给出一个情景文件夹。",
        "there is no scenario “{value}”. See counterflow scenarios list, or give the folder of a scenario.",
    ),
    "fault.unknown_scenario.near": ("是不是 {near}？", "Did you mean {near}?"),
    "fault.not_a_scenario.near": ("是不是 {near}？", "Did you mean {near}?"),
    "fault.file_too_large": (
        "文件有 {value} 字节，太大了；最多 {limit} 字节。",
        "the file has {value} bytes, which is too large; at most {limit} are read.",
    ),
    "fault.not_utf8": (
        "文件不是 UTF-8 编码。请在 Excel 里另存为“CSV UTF-8”。",
        "the file is not UTF-8. In Excel, save it as “CSV UTF-8”.",
    ),
    "fault.toml_syntax": ("TOML 语法有误：{value}", "the TOML cannot be read: {value}"),
    "fault.csv_syntax": ("CSV 语法有误：{value}", "the CSV cannot be read: {value}"),
    "fault.csv_empty": (
        "CSV 文件是空的；第一行应是列名。",
        "the CSV file is empty; its first row should name the columns.",
    ),
    "fault.csv_header": (
        "列名“{value}”有重复或为空；每一列都要有自己的名字。",
        "the header “{value}” has a column twice or without a name; every column needs a name of its own.",
    ),
    "fault.csv_fields": (
        "这一行有 {value} 个值，表头有 {fields} 列。",
        "this row has {value} values, but the header has {fields} columns.",
    ),
    "fault.no_such_file": ("没有文件“{value}”。", "there is no file “{value}”."),
    "fault.not_readable": ("文件不能读取：{reason}。", "the file cannot be read: {reason}."),
    "fault.not_writable": (
        "不能写入“{value}”：{reason}。请换一个可以写入的文件夹。",
        "“{value}” cannot be written: {reason}. Name a folder that you may write to.",
    ),
    "fault.out_missing": (
        "请给出要写入的文件夹；当前文件夹写作 .",
        "name the folder to write into; the present one is .",
    ),
    "fault.promise_within": (
        "承诺的时限是 {value} 秒；至多 {limit} 秒（一天）。",
        "the promise is within {value} seconds; at most {limit} (a day) can be planned for.",
    ),
    "fault.out_is_a_file": (
        "“{value}”是一个文件；--out 需要一个文件夹。",
        "“{value}” is a file; --out needs a folder.",
    ),
    # ---- a scenario that extends another
    "fault.extends_circle": (
        "情景“{value}”绕了一圈又继承自己。",
        "“{value}” extends itself, by way of its parents.",
    ),
    "fault.remove_without_extends": (
        "只有写了 extends 的情景才能用 remove。",
        "remove is only for a scenario that extends another.",
    ),
    "fault.remove_list": (
        'remove 应是形如 ["service.P05"] 的列表，而不是“{value}”。',
        'remove should be a list such as ["service.P05"], not “{value}”.',
    ),
    "fault.remove_unknown": ("父情景里没有“{value}”，不能删除。", "the parent has no “{value}” to remove."),
    # ---- names
    "fault.unknown_place": (
        "没有名为“{value}”的地点。已有：{known}。",
        "there is no place “{value}”. Known: {known}.",
    ),
    "fault.unknown_service": (
        "没有名为“{value}”的业务。已有：{known}。",
        "there is no service “{value}”. Known: {known}.",
    ),
    "fault.unknown_team": (
        "没有名为“{value}”的团队。已有：{known}。",
        "there is no team “{value}”. Known: {known}.",
    ),
    "fault.unknown_pool": (
        "没有名为“{value}”的团队、设备池或岗位。已有：{known}。",
        "there is no team, pool or role “{value}”. Known: {known}.",
    ),
    "fault.unknown_stream": (
        "没有名为“{value}”的客流。已有：{known}。",
        "there is no stream “{value}”. Known: {known}.",
    ),
    "fault.unknown_route": (
        "没有名为“{value}”的流程。已有：{known}。",
        "there is no route “{value}”. Known: {known}.",
    ),
    "fault.unknown_profile": (
        "没有名为“{value}”的日内分布。已有：{known}。",
        "there is no profile “{value}”. Known: {known}.",
    ),
    "fault.unknown_factor": (
        "没有名为“{value}”的日因子。已有：{known}。",
        "there is no day factor “{value}”. Known: {known}.",
    ),
    "fault.unknown_attribute": (
        "这个业务没有属性“{value}”。已有：{known}。",
        "the service has no attribute “{value}”. Known: {known}.",
    ),
    "fault.unknown_target": (
        "流程里没有可以跳转到的“{value}”。可以是：{known}，或 next。",
        "the route cannot go to “{value}”. It may go to: {known}, or next.",
    ),
    "fault.unknown_unit": (
        "没有名为“{value}”的核算单位。已有：{known}。",
        "there is no unit “{value}”. Known: {known}.",
    ),
    "fault.unknown_kind": (
        "没有哪个积木写“{value}”这类台账。已有：{known}。",
        "no block writes ledger entries of the kind “{value}”. Known: {known}.",
    ),
    "fault.unit_name": (
        "“{value}”指客户所在地的核算单位，不能再作名字。",
        "“{value}” means the unit of the place where the visit is; a unit needs another name.",
    ),
    "fault.posting_shares": (
        "各单位的份额之和是 {value}；应为 1，一分不多、一分不少。",
        "the shares of the units add up to {value}; they should add up to 1, so that nothing is lost.",
    ),
    "fault.posting_meaning": (
        "一条分账规则恰好说一件事：kind 加 income（可加 shares）；kind 加 price、from、to；或 cost_of 加 shares（各单位份额，或“use”按使用时间）。",
        "a posting says one thing: kind with income (and shares); kind with price, from and to; or cost_of with shares (of units, or “use”: by time of use).",
    ),
    "fault.name": (
        "“{value}”不能做名字；名字由字母、数字、“-”、“_”和“.”组成，以字母或数字开头。",
        "“{value}” cannot be a name; a name has letters, digits, “-”, “_” and “.” and starts with a letter or digit.",
    ),
    "fault.twice": (
        "“{value}”出现了两次；名字不能重复。",
        "“{value}” stands there twice; a name may be used once.",
    ),
    # ---- places, servers, demand
    "fault.place_circle": (
        "地点“{value}”绕了一圈又成为自己的上级。",
        "the place “{value}” ends up as its own parent.",
    ),
    "fault.parent_is_template": (
        "“{value}”代表多个地点，不能做上级；上级的 count 应为 1。",
        "“{value}” stands for several places and cannot be a parent; a parent has count = 1.",
    ),
    "fault.closes_before_opens": ("关门时间应晚于开门时间。", "the place should close after it opens."),
    "fault.no_staff": (
        "团队“{value}”没有人：请写 staff，或在 staffing.csv 里给它排班。",
        "the team “{value}” has nobody: give it staff, or rows in staffing.csv.",
    ),
    "fault.one_rate": (
        "客流里谁来要恰好以一种方式给出（现有 {value} 种）：rate_per_hour，per_day 加 profile，rates.csv 的行，appointments，list，breaks_of，或 arrivals.csv 的行。",
        "a stream says in exactly one way who comes (found {value}): rate_per_hour, per_day with a profile, rows of rates.csv, appointments, list, breaks_of, or rows of arrivals.csv.",
    ),
    "fault.per_day_with_lasts": (
        "每天断几次（per_day）和每次断多久（lasts）要一起写。",
        "how often a day a link fails (per_day) and how long that lasts (lasts) belong together.",
    ),
    "fault.mtbf_with_mttr": (
        "“{value}”的 mtbf（多久坏一次）和 mttr（多久修好）要一起写。",
        "“{value}” needs both mtbf (how long a unit runs) and mttr (how long it is down), or neither.",
    ),
    "fault.number_only": (
        "这里不属于任何业务，没有属性“{value}”可用；请写数字。",
        "this belongs to no service, so there is no attribute “{value}” here; write a number.",
    ),
    "fault.dispatch_to_itself": (
        "调度规则的 from 和 to 都是“{value}”；应是两个团队。",
        "the rule moves staff from “{value}” to itself; name two teams.",
    ),
    "fault.dispatch_where": (
        "“{source}”所在网点及其上级都没有团队“{value}”，不知道调往哪里；全行只有一个这样的团队时才可以跨处调度。",
        "there is no team “{value}” at the place of “{source}” or above it; only a team of which there is one may be elsewhere.",
    ),
    "fault.unknown_account": (
        "没有名为“{value}”的账户或账户数值。已有：{known}。",
        "there is no account or value of accounts “{value}”. Known: {known}.",
    ),
    "fault.booked_one_service": (
        "客流“{value}”有预约或名单，请写 service（一种业务），不要写 shares。",
        "the stream “{value}” has appointments or a list: give it a service, not shares.",
    ),
    "fault.punctuality_of_appointments": (
        "“{value}”没有预约（appointments），punctuality 和 early_s 没有意义。",
        "“{value}” has no appointments, so punctuality and early_s mean nothing.",
    ),
    "fault.show_of_booked": (
        "show（到场比例，现为 {value}）只用于 appointments 或 list。",
        "show (the share that comes, here {value}) belongs to appointments or a list.",
    ),
    "fault.factors_of_rates": (
        "日因子（{value}）只乘到达率，预约、名单和回放的客流不能用。",
        "day factors ({value}) multiply rates; a stream of appointments, a list or a log has none.",
    ),
    "fault.unknown_case": (
        "arrivals.csv 里没有编号为“{value}”的来客（case 列）。",
        "no row of arrivals.csv has the case “{value}”.",
    ),
    "fault.unknown_block": (
        "该来客的流程里没有可以这样覆盖的步骤“{value}”。可用：{known}。",
        "the route of this visit has no block “{value}” of that kind. Known: {known}.",
    ),
    "fault.person_is_one": (
        "写了 person 的行就是一个人，count 应为 1，不是 {value}。",
        "a row with a person is one person: count should be 1, not {value}.",
    ),
    "fault.person_twice": (
        "“{value}”在同一团队有两个班次重叠。",
        "“{value}” has two shifts in this team at the same time.",
    ),
    "fault.unknown_person": (
        "staffing.csv 里这个团队没有叫“{value}”的人。已有：{known}。",
        "staffing.csv has no person “{value}” in this team. Known: {known}.",
    ),
    "fault.word": (
        "“{value}”不能用作公式里的名称；只用文字、数字和下划线，不以数字开头。",
        "“{value}” cannot be a name in expressions; use letters, digits and _, no digit first.",
    ),
    "fault.points_rising": (
        "点的第一个数（x）应逐个变大。",
        "the first numbers (x) of the points should rise.",
    ),
    "fault.one_override": (
        "每行恰好写 seconds、u、patience_s 三者之一。",
        "a row needs exactly one of seconds, u, patience_s.",
    ),
    "fault.calendar_start": (
        "按日期定日类型，需要写 start（第一天的日期），例如 2026-03-02。",
        "days are classed by date only when start gives the date of the first day, such as 2026-03-02.",
    ),
    "fault.month_days_calendar": (
        'month_days 需要日历：请写 calendar = "cn"。',
        'month_days needs a calendar: write calendar = "cn".',
    ),
    "fault.per_day_with_profile": (
        "per_day 和 profile 要一起写。",
        "per_day and profile belong together.",
    ),
    "fault.rates_name_services": (
        "客流“{value}”在 rates.csv 或 arrivals.csv 里逐行写明业务，这里就不要再写 service 或 shares。",
        "the rows of rates.csv or arrivals.csv name the services of “{value}”, so it cannot have service or shares here.",
    ),
    "fault.service_or_shares": (
        "客流“{value}”应写 service 或 shares，二者取一。",
        "the stream “{value}” needs either service or shares, one of the two.",
    ),
    "fault.shares_empty": (
        "shares 的权重之和应大于 0。",
        "the weights of shares should add up to more than 0.",
    ),
    "fault.day_outside_run": (
        "第 {value} 天不在运行之内：共运行 {days} 天，从 0 数起。",
        "day {value} is outside the run, which has {days} days, counted from 0.",
    ),
    "fault.end_after_start": (
        "结束应晚于开始（{start}）。",
        "the end should come after the start ({start}).",
    ),
    "fault.breaks_inside": (
        "用餐和休息应在班次之内，且互不重叠。",
        "meals and breaks should lie inside the shift and not overlap.",
    ),
    "fault.spans": (
        "“{value}”不是时间段；应形如 10:00-10:15 15:00-15:15，先后有序。",
        "“{value}” is no list of times; write 10:00-10:15 15:00-15:15, one after the other.",
    ),
    "fault.clock": (
        "“{value}”不是钟点；应形如 09:00，最晚 48:00。",
        "“{value}” is no time of day; write 09:00, at most 48:00.",
    ),
    # ---- routes
    "fault.one_block": (
        "流程的每一步恰好写一种积木：seize、advance、release、transfer、event、leave、assign、wait、split，或简写 serve、store、risk、retry、call_back。",
        "a step of a route has exactly one of seize, advance, release, transfer, event, leave, assign, wait, split, or one of the short forms serve, store, risk, retry, call_back.",
    ),
    # ---- expressions
    "fault.expression": (
        "这里应是数字或公式（写在引号里）。",
        "this should be a number or an expression in quotes.",
    ),
    "fault.expression_syntax": (
        "公式“{value}”在第 {position} 个字符处写得不对。公式用数字、名称、+ - * / %、比较、and / or / not、a if c else b 和函数。",
        "the expression “{value}” cannot be read at character {position}. Expressions have numbers, names, + - * / %, comparisons, and / or / not, a if c else b, and functions.",
    ),
    "fault.expression_word": (
        "公式“{value}”里没有函数“{word}”。可用：{known}。",
        "there is no function “{word}” for the expression “{value}”. Known: {known}.",
    ),
    "fault.expression_arguments": (
        "公式“{value}”里的 {function} 要 {count} 个参数（min 与 max 可以更多），见第 {position} 个字符。",
        "{function} in the expression “{value}” takes {count} arguments (min and max may have more), at character {position}.",
    ),
    "fault.expression_quotes": (
        "公式“{value}”里的 {function} 要一个写在引号里的名称，例如 queue('teller')，见第 {position} 个字符。",
        "{function} in the expression “{value}” wants a name in quotes, as in queue('teller'), at character {position}.",
    ),
    "fault.expression_deep": (
        "公式太深：同时要记住的中间值多于 {most} 个。请用 assign 分几步算。",
        "the expression is too deep: it needs more than {most} values at once. Work it out in several assigns.",
    ),
    "fault.expression_name": (
        "公式里的“{value}”既不是业务属性，也没有哪个 assign 给它赋值。已有：{known}。",
        "“{value}” in an expression is neither an attribute of the service nor assigned anywhere. Known: {known}.",
    ),
    "fault.expression_no_visit": (
        "“{value}”说的是某位客户，而这里的公式不属于任何客户。",
        "“{value}” speaks of a customer, but this expression belongs to none.",
    ),
    "fault.unknown_counter": (
        "没有计数器或库存“{value}”（[counter.…]，库存写 stock.…）。已有：{known}。",
        "there is no counter or stock “{value}” ([counter.…]; stock is written stock.…). Known: {known}.",
    ),
    "fault.unknown_table": (
        "没有表“{value}”（[table.…]）。已有：{known}。",
        "there is no table “{value}” ([table.…]). Known: {known}.",
    ),
    "fault.unknown_link": (
        "没有网络“{value}”（[link.…]）。已有：{known}。",
        "there is no link “{value}” ([link.…]). Known: {known}.",
    ),
    "fault.unknown_store": (
        "没有库存“{value}”（[store.…]）。已有：{known}。",
        "there is no store “{value}” ([store.…]). Known: {known}.",
    ),
    "fault.unknown_queue": (
        "没有名为“{value}”的 seize 或 serve 步骤。已有：{known}。",
        "there is no seize or serve called “{value}”. Known: {known}.",
    ),
    "fault.unknown_step": (
        "这个流程里没有步骤“{value}”。已有：{known}。",
        "this route has no block “{value}”. Known: {known}.",
    ),
    "fault.unknown_day_class": (
        "没有日类型“{value}”。已有：{known}。",
        "there is no day class “{value}”. Known: {known}.",
    ),
    # ---- blocks
    "fault.attribute_name": (
        "“{value}”不能用作属性名；只用文字、数字和下划线，不以数字开头，也不能是公式里已有意义的词。",
        "“{value}” cannot be the name of an attribute; use letters, digits and _, no digit first, and no word that expressions know.",
    ),
    "fault.attribute_assigned": (
        "“{value}”是业务的固定属性，不能赋值；请换一个名称。",
        "“{value}” is a fixed attribute of the service and cannot be assigned; choose another name.",
    ),
    "fault.weights_random": (
        'weights 只用于 choice = "random"。',
        'weights belong to choice = "random".',
    ),
    "fault.needs_patience": (
        "patience_factor 和 ticket_gap 需要 patience。",
        "patience_factor and ticket_gap need a patience.",
    ),
    "fault.to_or_when": (
        "transfer 应写概率（to）或条件（when），二者取一。",
        "a transfer has either probabilities (to) or conditions (when).",
    ),
    "fault.until_one": (
        "wait 应写 until 或 until_clock，二者取一。",
        "a wait has either until or until_clock.",
    ),
    "fault.take_or_put": (
        "store 应写 take 或 put，二者取一。",
        "a store has either take or put.",
    ),
    "fault.redial_after": (
        "redial 的 after 不能有 referred、closed、in_system：这些结果不由流程决定。",
        "after of redial cannot have referred, closed or in_system: no route decides on those.",
    ),
    "fault.share_range": (
        "概率是 {value}；应在 0 与 1 之间。",
        "the probability is {value}; it should be between 0 and 1.",
    ),
    "fault.never_taken": (
        "到“{value}”的这条路永远走不到：前面已有一条没有条件的路。",
        "the way to “{value}” is never taken: one before it has no condition.",
    ),
    "fault.rest_missing": (
        'transfer 里有公式时，要有一个 "rest" 收下余下的概率。',
        'a transfer with an expression needs a "rest" that takes what is left.',
    ),
    "fault.unreachable": (
        "没有任何一步通向“{value}”（业务 {service}）。请删去它，或让某一步跳到它。",
        "nothing leads to “{value}” (service {service}). Take it out, or let a block go there.",
    ),
    "fault.endless_loop": (
        "从“{value}”再也走不到离开（业务 {service}）。请在环里加一条出路，例如 transfer 或 retry。",
        "from “{value}” a visit can never leave (service {service}). Give the loop a way out, such as a transfer or a retry.",
    ),
    "fault.preempt_one": (
        "preempt（抢占）只能用于一个需求；这里同时要几样，请拆成几步，或写 preempt = false。",
        "preempt takes one unit: this asks for several at once; seize them one after the other, or leave preempt = false.",
    ),
    "fault.ticket_twice": (
        "“{value}”用了 ticket_gap，同一位客户却可能再次排到这里（业务 {service}）；只能排一次。",
        "“{value}” has a ticket_gap, but a customer may come to it again (service {service}); that is possible only once.",
    ),
    "fault.wakes_itself": (
        "业务会一直派生下去：{value}。请断开这个环；重拨请用 redial。",
        "services set each other off without end: {value}. Break the circle; for calling again use redial.",
    ),
    "fault.family_too_large": (
        "一位客户最多会派生 {value} 次来访，超过上限 {limit}。请减小 count、most 或 redial 的 most。",
        "one customer may set off {value} visits, more than the limit of {limit}. Make count, most or the most of redial smaller.",
    ),
    "fault.no_hours": (
        "“{value}”在整个运行期间没有一刻在岗，而业务 {service} 在 {place} 的“{block}”需要它。请检查班次、日类型与网点营业时间。",
        "“{value}” is on duty at no time of the run, but service {service} needs it at {place} (block “{block}”). Look at its shifts, their day classes and the opening hours.",
    ),
    "fault.one_rest": ('一个 transfer 里只能有一个 "rest"。', 'a transfer may have one "rest" only.'),
    "fault.shares_sum": (
        'transfer 的概率之和是 {value}；应为 1，或用一个 "rest" 补足。',
        'the probabilities of the transfer add up to {value}; they should add up to 1, or leave the rest to "rest".',
    ),
    "fault.release_unknown": (
        "release 的“{value}”没有被占用过。可以释放：{known}。",
        "release names “{value}”, which nothing seizes. It may release: {known}.",
    ),
    "fault.release_not_held": (
        "走到这里时“{value}”并未被占用（业务 {service}）。",
        "“{value}” is not held when a visit gets here (service {service}).",
    ),
    "fault.never_released": (
        "“{value}”被占用后再也没有释放（业务 {service}）。请加一步 release。",
        "“{value}” is seized and never released (service {service}). Add a release.",
    ),
    "fault.seized_twice": (
        "“{value}”在占用中又被占用（业务 {service}）。",
        "“{value}” is seized again while it is still held (service {service}).",
    ),
    "fault.loop_without_advance": (
        "从“{value}”可以不花时间就回到原处（业务 {service}），模拟会停不下来。请在环里加一步 advance。",
        "from “{value}” a visit can come back without any time passing (service {service}), so the run would never end. Put an advance into the loop.",
    ),
    "fault.outcome_of_the_run": (
        "“{value}”由运行本身给出，流程里不能写。",
        "“{value}” is given by the run itself; a route cannot leave with it.",
    ),
    "fault.compare_two": (
        "比较至少需要两个情景；这里有 {value} 个。",
        "a comparison needs two scenarios or more; there is {value}.",
    ),
    "fault.engine": ("没有名为“{value}”的引擎；可用：{known}。", "there is no engine “{value}”; use one of {known}."),
    "fault.half_width": (
        "“{value}”不能做停止条件；应是 指标=正数，指标可以是：{known}。",
        "“{value}” cannot be a rule to stop by; it should be measure=positive number, with a measure of: {known}.",
    ),
    "fault.unknown_seize": (
        "没有名为“{value}”的排队步骤。可用 all_waits、first_human，或 seize: 加上：{known}。",
        "there is no wait “{value}”. Use all_waits, first_human, or seize: with one of {known}.",
    ),
    "fault.promise_text": (
        '承诺“{value}”读不懂；应形如 "80% in 180s"，即 80% 的客户等待不超过 180 秒。',
        'the promise “{value}” cannot be read; write it as "80% in 180s": 80 % of customers wait 180 seconds at most.',
    ),
    "fault.promise_share": (
        "承诺的比例是 {value}；应大于 0%，不超过 100%。",
        "the share of the promise is {value}; it should be above 0 % and at most 100 %.",
    ),
    "fault.promise_per": (
        "承诺不能按“{value}”分格；可用：{known}，其中 service 只能单独用。",
        "a promise cannot be kept per “{value}”; use {known}, and service only by itself.",
    ),
    "fault.too_many_cells": (
        "网点太多，不再保留“网点×时段”的格子，承诺不能按“{value}”分格；请只按网点或只按时段，或分省模拟。",
        "with so many places there are no cells of a place in an interval, so a promise cannot be kept per “{value}”; take place or interval alone, or simulate province by province.",
    ),
    "fault.share_out_of_reach": (
        "比例是 {value}；应不小于 {low}，且小于 {high}。",
        "the share is {value}; it should be at least {low} and below {high}.",
    ),
    "fault.deadlock": (
        "流程会互相卡死：{value}。占着前一个等后一个的步骤是：{blocks}。请改变占用的先后，或先释放再等。",
        "the routes can lock each other out: {value}. The steps that hold one and wait for the next: {blocks}. Seize in another order, or release before waiting.",
    ),
    "fault.names_too_alike": (
        "步骤“{value}”和“{other}”的名字在抽取随机数时相撞；请改一个名字。",
        "the steps “{value}” and “{other}” would draw the same luck by accident of their names; rename one.",
    ),
    # ---- numbers and laws
    "fault.number_or_attribute": (
        "“{value}”应是一个数，或业务属性的名字。",
        "“{value}” should be a number, or the name of an attribute of the service.",
    ),
    "fault.attribute_range": (
        "属性 {attribute} 的值 {value} 超出范围；应在 {low} 与 {high} 之间。",
        "the attribute {attribute} is {value}, which is out of range; it should lie between {low} and {high}.",
    ),
    "fault.same_length": (
        "有 {value} 个值；应与 quantiles_s 一样是 {length} 个。",
        "there are {value} values; there should be {length}, as in quantiles_s.",
    ),
    "fault.rising": ("应是从 0 起、从不下降的数。", "the numbers should start at 0 or above and never fall."),
    "fault.probabilities": ("应是从 0 升到 1 的概率。", "the probabilities should rise from 0 to 1."),
    "fault.greater_than": (
        "值是“{value}”；应大于 {limit}。",
        "the value is “{value}”; it should be greater than {limit}.",
    ),
    "fault.greater_than_equal": (
        "值是“{value}”；不应小于 {limit}。",
        "the value is “{value}”; it should be {limit} or more.",
    ),
    "fault.less_than": (
        "值是“{value}”；应小于 {limit}。",
        "the value is “{value}”; it should be less than {limit}.",
    ),
    "fault.less_than_equal": (
        "值是“{value}”；不应大于 {limit}。",
        "the value is “{value}”; it should be {limit} or less.",
    ),
    "fault.multiple_of": (
        "值是“{value}”；应是 {limit} 的倍数。",
        "the value is “{value}”; it should be a multiple of {limit}.",
    ),
    "fault.finite_number": ("“{value}”应是一个有限的数。", "“{value}” should be a finite number."),
    # ---- shapes (pydantic's own names)
    "fault.missing": ("这里必须填写，却没有。", "this is required, but nothing stands there."),
    "fault.extra_forbidden": (
        "没有这样的字段；请检查拼写（值是“{value}”）。",
        "there is no such field; please check its spelling (its value is “{value}”).",
    ),
    "fault.string_type": ("“{value}”应是文字。", "“{value}” should be text."),
    "fault.string_too_short": (
        "“{value}”太短；至少 {limit} 个字。",
        "“{value}” is too short; at least {limit} characters.",
    ),
    "fault.string_too_long": (
        "“{value}”太长；至多 {limit} 个字。",
        "“{value}” is too long; at most {limit} characters.",
    ),
    "fault.string_pattern_mismatch": (
        "“{value}”的写法不对；应符合 {pattern}。",
        "“{value}” is not written as it should be: {pattern}.",
    ),
    "fault.int_type": ("“{value}”应是整数。", "“{value}” should be a whole number."),
    "fault.int_parsing": ("“{value}”应是整数。", "“{value}” should be a whole number."),
    "fault.int_parsing_size": ("整数“{value}”太大。", "the whole number “{value}” is too large."),
    "fault.int_from_float": (
        "“{value}”应是整数，不带小数。",
        "“{value}” should be a whole number, without decimals.",
    ),
    "fault.float_type": ("“{value}”应是一个数。", "“{value}” should be a number."),
    "fault.float_parsing": ("“{value}”应是一个数。", "“{value}” should be a number."),
    "fault.bool_type": ("“{value}”应是 true 或 false。", "“{value}” should be true or false."),
    "fault.bool_parsing": ("“{value}”应是 true 或 false。", "“{value}” should be true or false."),
    "fault.literal_error": ("“{value}”不在可选之列：{expected}。", "“{value}” is none of {expected}."),
    "fault.enum": ("“{value}”不在可选之列：{expected}。", "“{value}” is none of {expected}."),
    "fault.union_tag_invalid": (
        "“{tag}”不在可选之列：{expected_tags}。",
        "“{tag}” is none of {expected_tags}.",
    ),
    "fault.union_tag_not_found": (
        '这里应写明 {discriminator}，例如 law = "exponential"。',
        'this should say {discriminator}, as in law = "exponential".',
    ),
    "fault.too_short": ("至少要有 {limit} 项。", "there should be at least {limit}."),
    "fault.too_long": ("至多 {limit} 项。", "there should be at most {limit}."),
    "fault.tuple_type": ("“{value}”应是一个列表。", "“{value}” should be a list."),
    "fault.list_type": ("“{value}”应是一个列表。", "“{value}” should be a list."),
    "fault.dict_type": (
        "“{value}”应是一张表（[名字] 下的各行）。",
        "“{value}” should be a table (the lines under a [name]).",
    ),
    "fault.mapping_type": (
        "“{value}”应是一张表（[名字] 下的各行）。",
        "“{value}” should be a table (the lines under a [name]).",
    ),
    "fault.model_type": (
        "“{value}”应是一张表（[名字] 下的各行）。",
        "“{value}” should be a table (the lines under a [name]).",
    ),
    "fault.model_attributes_type": (
        "“{value}”应是一张表（[名字] 下的各行）。",
        "“{value}” should be a table (the lines under a [name]).",
    ),
    "fault.invalid_key": ("“{value}”不能做键名；键名应是文字。", "“{value}” cannot be a key; a key is text."),
    "fault.none_required": (
        "这里应当空着，却写着“{value}”。",
        "nothing should stand here, but “{value}” does.",
    ),
    "fault.recursion_loop": ("嵌套成环。", "this contains itself."),
    "fault.value_error": ("“{value}”不能用。", "“{value}” cannot be used."),
    # ---- what people ask for (ui.actions, ui.cli)
    "fault.reps_range": (
        "重复次数是“{value}”；应是 {low} 到 {high} 之间的整数。",
        "the number of replications is “{value}”; it should be a whole number from {low} to {high}.",
    ),
    "fault.seed_range": (
        "种子是“{value}”；应是 0 到 {high} 之间的整数。",
        "the seed is “{value}”; it should be a whole number from 0 to {high}.",
    ),
    "fault.weeks_range": (
        "周数是“{value}”；应是 {low} 到 {high} 之间的整数。",
        "the number of weeks is “{value}”; it should be a whole number from {low} to {high}.",
    ),
    "fault.days_range": (
        "天数是“{value}”；应是 1 到 {high} 之间的整数。",
        "the number of days is “{value}”; it should be a whole number from 1 to {high}.",
    ),
    "fault.threads_range": (
        "线程数是“{value}”；应是 1 到 {high} 之间的整数。",
        "the number of threads is “{value}”; it should be a whole number from 1 to {high}.",
    ),
    "fault.no_draws": (
        "没有可抽样的参数：情景和它的上级旁边都没有 {needs}。用 counterflow calibrate 从日志得到的情景带有这个文件。",
        "there are no drawn parameters: no {needs} stands beside the scenario or beside one that it extends. Scenarios from counterflow calibrate have it.",
    ),
    "fault.draws_columns": ("列是“{value}”；应是：{known}。", "the columns are “{value}”; they should be {known}."),
    "fault.draws_path": (
        "情景里没有参数“{value}”。",
        "the scenario has no parameter “{value}”.",
    ),
    "fault.draws_value": (
        "“{value}”应是一个数；经验分布的表应是以空格分隔的多个数。",
        "“{value}” should be a number, or for a table of quantiles several with blanks between.",
    ),
    "fault.inputs_empty": ("一组抽样参数也没有。", "there is not one drawn set of inputs."),
    "fault.inputs_differ": (
        "第 {value} 组抽样的网点、业务或团队与情景不同；只能改变参数。",
        "drawn set {value} has other places, services or pools than the scenario; only parameters may differ.",
    ),
    "fault.unknown_engine": (
        "没有名为“{value}”的引擎；可用 kernel 或 simpy。",
        "there is no engine “{value}”; use kernel or simpy.",
    ),
    "fault.set_form": (
        "“{value}”应写成 团队=人数，例如 --set remote-a=6。",
        "“{value}” should be team=number, as in --set remote-a=6.",
    ),
    "fault.half_width_form": (
        "“{value}”应写成 指标=半宽，例如 --half-width wait_mean_s=5。",
        "“{value}” should be measure=half-width, as in --half-width wait_mean_s=5.",
    ),
    "fault.unknown_measure": (
        "没有名为“{value}”的指标。可用：{known}。",
        "there is no measure “{value}”. Known: {known}.",
    ),
    "fault.two_scenarios": (
        "比较至少需要两个情景；这里有 {value} 个。",
        "a comparison needs two scenarios or more; there is {value}.",
    ),
    "fault.same_scenario_twice": (
        "情景“{value}”出现了两次；请比较不同的情景。",
        "the scenario “{value}” stands there twice; compare different ones.",
    ),
    "fault.promise_form": (
        '承诺“{value}”读不懂；应形如 "80% in 180s"。',
        'the promise “{value}” cannot be read; write it as "80% in 180s".',
    ),
    "fault.role_refused": (
        "角色“{value}”不可以做这件事；需要：{needs}。",
        "the role “{value}” may not do this; it needs one of: {needs}.",
    ),
    "fault.unknown_language": (
        "没有语言“{value}”；可用 zh 或 en。",
        "there is no language “{value}”; use zh or en.",
    ),
    "fault.job_killed": (
        "任务试了 {value} 次都中断了，不再重试。",
        "the job was cut off {value} times and is not tried again.",
    ),
    "fault.job_fault": (
        "任务出错，这是程序的问题：{value}。",
        "the job failed by a fault of the program: {value}.",
    ),
    "fault.unknown_job": ("没有编号为“{value}”的任务。", "there is no job “{value}”."),
    "fault.port_range": (
        "端口是“{value}”；应是 1 到 65535 之间的整数。",
        "the port is “{value}”; it should be a whole number from 1 to 65535.",
    ),
    "fault.workers_range": (
        "工作进程数是“{value}”；应是 0 到 64 之间的整数。",
        "the number of workers is “{value}”; it should be a whole number from 0 to 64.",
    ),
    "fault.host_unusable": (
        "不能在地址“{value}”上监听；请给出本机的一个地址。",
        "the address “{value}” cannot be listened on; give an address of this machine.",
    ),
    "fault.port_taken": (
        "端口 {value} 已被占用；请用 --port 换一个。",
        "port {value} is in use; choose another with --port.",
    ),
    "fault.store_unusable": (
        "数据目录“{value}”不能使用：{reason}。",
        "the data folder “{value}” cannot be used: {reason}.",
    ),
    "fault.store_damaged": (
        "数据库“{value}”已损坏：{reason}。",
        "the database “{value}” is damaged: {reason}.",
    ),
    "fault.no_remote_team": ("情景“{value}”里没有远程团队。", "the scenario “{value}” has no remote team."),
    "fault.log_missing": (
        "找不到日志文件：{value}。请检查路径。",
        "There is no log file {value}. Check the path.",
    ),
    "fault.log_is_folder": (
        "{value} 是文件夹，不是日志文件。请给出文件夹里的文件。",
        "{value} is a folder, not a log file. Name the files in it.",
    ),
    "fault.log_empty": (
        "{file} 是空文件。",
        "{file} is empty.",
    ),
    "fault.log_no_rows": (
        "{file} 只有表头，没有数据行。",
        "{file} has a header and no rows.",
    ),
    "fault.log_not_text": (
        "{file} 既不是文本，也不是 Parquet、XLSX、XES 或 JSON（第 {value} 字节处有空字符）。请从系统里重新导出。",
        "{file} is neither text nor Parquet, XLSX, XES or JSON (a null character at byte {value}). Export it anew.",
    ),
    "fault.log_old_excel": (
        "{file} 是旧版 Excel（{value}）。请另存为 .xlsx 或 CSV。",
        "{file} is an old Excel workbook ({value}). Save it as .xlsx or CSV.",
    ),
    "fault.log_archive": (
        "{file} 是压缩包，不是日志。请先解压，再给出里面的文件。",
        "{file} is an archive and no log. Unpack it and name the files in it.",
    ),
    "fault.log_incomplete": (
        "{file} 缺少必需的信息：按“{preset}”找不到 {missing}（竖线表示任选其一）；文件里有 {value}。先运行 --dry-run，再用映射文件（--map）说明列的含义。",
        "{file} does not tell enough: by “{preset}” there is no {missing} (| means any of them); the file has {value}. Run with --dry-run, then say in a mapping file (--map) which column means what.",
    ),
    "fault.log_date_ambiguous": (
        "{file} 的列 {field} 里，日和月分不清（例如 {value}）。请在映射文件的 [forms] 里写明，两种写法是：{form}。",
        "In column {field} of {file} day and month cannot be told apart (as in {value}). Say which under [forms] in a mapping file; the two are: {form}.",
    ),
    "fault.log_is_counts": (
        "“{value}”用于计数文件；这里需要逐条日志。",
        "“{value}” is for files of counts; this needs a log with a row for each customer.",
    ),
    "fault.log_is_no_counts": (
        "“{value}”用于逐条日志；这里需要计数文件。",
        "“{value}” is for logs; this needs a file of counts.",
    ),
    "fault.counts_width": (
        "{file} 的时段没有统一的长度（算得 {value} 秒）。请在映射文件里用 log.width_s 写明秒数。",
        "The intervals of {file} have no common length ({value} s by the file). State it in seconds as log.width_s in a mapping file.",
    ),
    "fault.log_no_clock": (
        "{file} 的 {value} 行都只有日期、没有时刻：到达时间对应错了列，或者导出时丢了时刻。",
        "All {value} rows of {file} have a date and no time of day: another column is the arrival, or the export lost the time.",
    ),
    "fault.log_unreadable": (
        "读不懂 {file}：{value}",
        "{file} cannot be read as a table: {value}",
    ),
    "fault.log_columns": (
        "{file} 的列与预设“{preset}”不符：缺少 {missing}；文件里有 {value}。换一个预设，或用 --dry-run 看看，再用映射文件（--map）说明。",
        "The columns of {file} are not those of the preset “{preset}”: missing {missing}; the file has {value}. Take another preset, or look with --dry-run and say in a mapping file (--map) what is what.",
    ),
    "fault.log_column_twice": (
        "{file} 的表头里这些列出现了两次：{value}。",
        "In the header of {file} these columns stand twice: {value}.",
    ),
    "fault.too_many_dropped": (
        "{file}：{rows} 行中有 {value} 行（{percent}%）无法使用，超过 {limit}% 的上限，因此没有写出任何文件。最常见的原因是“{rule}”，例如第 {row} 行。",
        "{file}: {value} of {rows} rows ({percent} %) cannot be used, more than the limit of {limit} %, so nothing was written. The most frequent reason is “{rule}”, for example row {row}.",
    ),
    "fault.log_no_service": (
        "{file} 的 {value} 行里没有一次可信的服务记录，无法得出情景。",
        "Among the {value} rows of {file} there is no service that can be believed, so no scenario can be made.",
    ),
    "fault.unknown_preset": (
        "没有名为“{value}”的预设。现有：{known}。",
        "There is no preset “{value}”. Known: {known}.",
    ),
    "fault.rows_dropped": (
        "{file}：舍弃 {value} 行：{rule}（例如第 {row} 行）。",
        "{file}: {value} rows dropped: {rule} (for example row {row}).",
    ),
    "fault.clocks_differ": (
        "{rows} 行的时间差接近整 {value} 小时：两只钟不在同一时区，或一只没有跟随夏令时。",
        "In {rows} rows the times are apart by whole hours, mostly {value}: two clocks of different time zones, or one that did not follow summer time.",
    ),
    "fault.too_much_doubt": (
        "{file}：{rows} 行中有 {value} 行（{percent}%）不可信：{rule}（例如第 {row} 行），超过 {limit}% 的上限，因此没有写出任何文件。多半是时间列对应错了，或几只钟不一致；如果属实，请在映射文件里放宽上限（log.longest_wait_s、log.longest_service_s）。",
        "{file}: {value} of {rows} rows ({percent} %) cannot be believed: {rule} (for example row {row}). That is above {limit} %, so nothing was written. Most likely a time column is mapped wrongly or clocks run apart; if it is true, raise log.longest_wait_s or log.longest_service_s in a mapping file.",
    ),
    "fault.allow_form": (
        "--allow 是“{value}”；应写成 0% 到 100% 之间的份额，例如 10%。",
        "--allow is “{value}”; write a share from 0% to 100%, as 10%.",
    ),
    "fault.preset_and_map": (
        "--preset 和 --map 只能给一个；要在预设上修改，请在映射文件里写 extends。",
        "give --preset or --map, not both; to change a preset, write extends in the mapping file.",
    ),
    "fault.log_no_preset": (
        "请说明日志的格式：--preset（现有：{known}）或 --map 映射文件；先用 --dry-run 看看也可以。",
        "say what the log is: --preset (there are: {known}) or --map with a mapping file; --dry-run looks first.",
    ),
    "fault.log_no_preset.near": ("列名最接近的是：{near}。", "By its columns it is nearest to: {near}."),
    "fault.mapping_word": (
        "{file} 里 {field} 的“{value}”不认识；可用的有：{known}。",
        "In {file}, {field}: “{value}” is not known; there are: {known}.",
    ),
    "fault.mapping_column": (
        '{file} 里 {field} 的“{value}”读不懂；应是列名，例如 "ticketTime | 取号时间"，或列名的列表。',
        'In {file}, {field}: “{value}” cannot be read; write the name of a column, as "ticketTime | taken_at", or a list of them.',
    ),
    "fault.mapping_value": (
        "{file} 里 {field} 的值“{value}”类型不对。",
        "In {file}, {field}: “{value}” is of the wrong type.",
    ),
    "fault.mapping_zone": (
        "{file} 里 {field} 的“{value}”不是时区；应写作 Asia/Shanghai。",
        "In {file}, {field}: “{value}” is no time zone; write it as Asia/Shanghai.",
    ),
    "fault.mapping_id": (
        "{file} 里 {field} 的“{value}”不能作编号；请用字母、数字、- 和 _。",
        "In {file}, {field}: “{value}” cannot be an id; use letters, digits, - and _.",
    ),
    "fault.mapping_week": (
        "{file} 里 {field} 的“{value}”不对；应列出七天的日类。",
        "In {file}, {field}: “{value}” is not right; name the classes of seven days.",
    ),
    "fault.mapping_incomplete": (
        "{file} 的 [columns] 没有说明 {missing}（竖线表示任选其一）；现有：{value}。",
        "In {file}, [columns] does not say where {missing} stands (| means any of them); it has: {value}.",
    ),
    "fault.no_history": (
        "“{value}”里没有历史（{field}），无法预测。请先用日志或计数文件标定：counterflow calibrate LOG --preset P --out DIR，再预测 DIR。",
        "“{value}” holds no history ({field}), so there is nothing to forecast from. Calibrate a log or a file of counts first (counterflow calibrate LOG --preset P --out DIR), then forecast DIR.",
    ),
    "fault.forecast_file": (
        "{file} 不是完整的预测模型（{value}）。请重新标定。",
        "{file} is not a whole forecast model ({value}). Calibrate again.",
    ),
    "fault.history_short": (
        "只有 {value} 天的记录，预测至少需要 {low} 天。",
        "There are {value} days of history; a forecast needs {low} at least.",
    ),
    "fault.forecast_days": (
        "不能预测 {value} 天；请给 {low} 至 {high} 之间的天数。",
        "{value} days cannot be forecast; name {low} to {high}.",
    ),
    "fault.holdout_form": (
        "“{value}”看不懂；留出的时间写作 2w（两周）或 10d（十天）。",
        "“{value}” cannot be read; write the time to hold out as 2w (two weeks) or 10d (ten days).",
    ),
    "fault.holdout_long": (
        "留出“{value}”太长：日志共 {days} 天，留给拟合的至少要和留出的一样多。",
        "“{value}” is too much to hold out: the log spans {days} days, and at least as many must be left to fit.",
    ),
    "fault.holdout_counts": (
        "计数文件没有等待和人手，不能留出来验证。请去掉 {field}。",
        "Files of counts hold no waits and no staff, so nothing can be held out. Leave out {field}.",
    ),
    "fault.validation_no_days": (
        "留出的日子（日类 {value}）没有一天是拟合见过的日类，无法验证。",
        "None of the days held out (classes {value}) is of a class that the fit has seen, so nothing can be validated.",
    ),
    "fault.calendar_unreadable": (
        "读不到日历表“{value}”。请给出 UTF-8 编码的 CSV 文件，或自带的表：{known}。",
        "The calendar “{value}” cannot be read. Name a CSV file in UTF-8, or a table that is shipped: {known}.",
    ),
    "fault.calendar_columns": (
        "{file} 应有 date 和 class 两列；现有：{value}。",
        "{file} should have the columns date and class; it has: {value}.",
    ),
    "fault.calendar_date": ("“{value}”不是日期；应写作 2027-02-05。", "“{value}” is no date; write it as 2027-02-05."),
    "fault.calendar_twice": ("{value} 出现了两次。", "{value} stands there twice."),
    "fault.calendar_class": ("{value} 没有日类。", "{value} has no class."),
    "fault.unknown_contract": (
        "{field}：没有名为“{value}”的劳动合同规则。可用的有：{known}。",
        "{field}: there are no labour rules “{value}”. There are: {known}.",
    ),
    "fault.contract_rule": (
        "{file}：规则“{rule}”缺失或写错（需要 value、unit、kind、effective、source）。",
        "{file}: the rule “{rule}” is missing or wrong (it needs value, unit, kind, effective, source).",
    ),
    "fault.contract_shape": (
        "{file} 的 {field}：班次“{value}”不能用：工时不得超过每日上限，用餐与休息要在整刻钟、在班次之内、互不重叠。",
        "{file}, {field}: the shift “{value}” cannot be worked: within the daily hours, meal and breaks on quarter-hours, inside the shift, never overlapping.",
    ),
    "fault.plan_no_team": (
        "{field}：没有可排班的团队。请用 --teams 指定，已有团队：{known}。",
        "{field}: there is no team to plan. Name one with --teams; there are: {known}.",
    ),
}
