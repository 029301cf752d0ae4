"""What results say, in a sentence each."""

WORDS: dict[str, tuple[str, str]] = {
    "finding.waits": (
        "客户平均等待 {mean_s}{margin}；九成客户的等待不超过 {p90_s}。",
        "Customers wait {mean_s}{margin} on average; nine in ten wait at most {p90_s}.",
    ),
    "finding.margin": ("（±{half_width}）", " (±{half_width})"),
    "finding.service_level": (
        "{threshold_s}内得到接待的客户占 {level}。",
        "{level} of customers are served within {threshold_s}.",
    ),
    "finding.worst_interval": (
        "最挤的时段是 {start_s}–{end_s}：平均等待 {wait_s}。",
        "The tightest time is {start_s}–{end_s}, with a mean wait of {wait_s}.",
    ),
    "finding.busiest_pool": (
        "最忙的是“{pool}”，占用率 {share}。",
        "“{pool}” is the busiest, {share} occupied.",
    ),
    "finding.overloaded_pool": (
        "“{pool}”占用率 {share}，已经吃紧：再多一点客流，等待就会猛增。",
        "“{pool}” is {share} occupied: a few more customers and the waits will jump.",
    ),
    "finding.abandonment": (
        "有 {share} 的客户等不及走了，超过常用的 5% 上限。",
        "{share} of customers give up waiting, above the usual limit of 5 %.",
    ),
    "finding.one_replication": (
        "只重复了一次，看不出误差；请把重复次数加到 30 以上再下结论。",
        "This is a single replication, so the error is unknown; use 30 or more before you conclude.",
    ),
    "finding.noisy": (
        "平均等待的误差还有 ±{share}；重复约 {reps} 次可降到 ±10%。",
        "The mean wait is still uncertain by ±{share}; about {reps} replications would bring that to ±10 %.",
    ),
    "finding.nobody_served": (
        "没有客户得到接待，所以没有等待可说。",
        "Nobody was served, so there is no wait to speak of.",
    ),
    "finding.kernel_cache_off": (
        "编译好的内核没有地方存，每次启动都要重新编译；请让用户的缓存文件夹可以写入。",
        "Compiled code cannot be kept, so every start compiles it again; make the user's cache folder writable.",
    ),
    "finding.compared_lower": (
        "{measure}：{second} 比 {first} 低 {size}{margin}。",
        "{measure}: {second} is lower than {first} by {size}{margin}.",
    ),
    "finding.compared_higher": (
        "{measure}：{second} 比 {first} 高 {size}{margin}。",
        "{measure}: {second} is higher than {first} by {size}{margin}.",
    ),
    "finding.compared_no_difference_shown": (
        "{measure}：{first} 与 {second} 之间看不出差别，差 {size}{margin}。",
        "{measure}: no difference shown between {first} and {second}, {size}{margin}.",
    ),
    "finding.many_dropped": (
        "{rows} 行中舍弃了 {dropped} 行（{percent}%）：请先看舍弃原因，再使用结果。",
        "{dropped} of {rows} rows ({percent} %) were dropped: look at the reasons before you use the result.",
    ),
    "finding.clocks_differ": (
        "{rows} 行的时间差接近整 {hours} 小时：两只钟不在同一时区，或一只没有跟随夏令时。",
        "In {rows} rows the times are apart by whole hours, mostly {hours}: two clocks of different time zones, or one that did not follow summer time.",
    ),
    "finding.clock_of_place": (
        "{place} 有 {percent}% 的行等候或服务为负：这里的两只钟不一致。",
        "At {place}, {percent} % of the rows have a negative wait or service: its clocks run apart.",
    ),
    "finding.days_missing": (
        "有 {count} 天没有任何记录（{days}），按缺失处理，不当作没有客户。",
        "{count} days have no rows ({days}); they count as missing, not as days without customers.",
    ),
    "finding.counts_only": (
        "计数只说来了多少人：情景里只有需求，没有服务时长、耐心和人手；可以预测，也可以把到达率用到别的情景里。",
        "Counts only say how many came: the scenario holds demand, without service times, patience or staff. It can be forecast, and its rates used in another scenario.",
    ),
    "finding.calendar_chosen": (
        "没有另给日历，采用自带的“{calendar}”，因为只有它包含这些年份。",
        "No calendar was given; the shipped one of “{calendar}” is used, the only one that knows these years.",
    ),
    "finding.calendar_none": (
        "没有日历包含这些年份：节假日按普通日子处理。请在映射文件里给出 [calendar]。",
        "No calendar knows these years, so holidays count as ordinary days. Give a [calendar] in the mapping file.",
    ),
    "finding.validation_predicts": (
        "验证：情景预测得了它没见过的日子（{first} 至 {last}），来电量与等待都对得上。",
        "Validation: the scenario predicts days it has not seen ({first} to {last}), both customers and waits.",
    ),
    "finding.validation_predicts_partly": (
        "验证：对没见过的日子（{first} 至 {last}），来电量与等待只有一项对得上。",
        "Validation: of days it has not seen ({first} to {last}) the scenario predicts either customers or waits, not both.",
    ),
    "finding.validation_predicts_not": (
        "验证：情景预测不了它没见过的日子（{first} 至 {last}）；请先找出原因，再用它作决定。",
        "Validation: the scenario does not predict days it has not seen ({first} to {last}); find out why before you decide by it.",
    ),
    "finding.validation_counts": (
        "{cells} 个半小时里，实际来客量有 {inside_share} 落在模拟的 95% 带内（应不少于 90%）。",
        "Of {cells} half-hours, {inside_share} have as many customers as the 95 % band of the simulation allows (90 % wanted).",
    ),
    "finding.validation_waits": (
        "平均等待：日志 {observed_s}，模拟 {simulated_s}；{inside_share} 的半小时落在 95% 带内。半小时误差（CRPS）{crps_s}，不比直接用过去的均值（{reference_s}）好。",
        "Mean wait: log {observed_s}, simulation {simulated_s}; {inside_share} of the half-hours inside the 95 % band. The error by half-hour (CRPS) is {crps_s}, no better than the mean of the past, {reference_s}.",
    ),
    "finding.validation_waits_closer": (
        "平均等待：日志 {observed_s}，模拟 {simulated_s}；{inside_share} 的半小时落在 95% 带内。半小时误差（CRPS）{crps_s}，小于直接用过去均值的 {reference_s}。",
        "Mean wait: log {observed_s}, simulation {simulated_s}; {inside_share} of the half-hours inside the 95 % band. The error by half-hour (CRPS) is {crps_s}, less than that of the mean of the past, {reference_s}.",
    ),
    "finding.validation_days_left_out": (
        "留出的日子里有 {count} 天的日类从未用于拟合，没有参加验证：{days}。",
        "{count} days held out are of a class that the fit has never seen and take no part: {days}.",
    ),
    "finding.validation_staff_unknown": (
        "日志没有坐席代码：验证用的是按日类估计的人数，不是每天的实际人数。",
        "The log names no agents, so the validation uses staff by class of day, not who was there each day.",
    ),
    "finding.little_broken": (
        "日志的时刻对不上：按利特尔定律，有一天系统内人数与来客×停留时间相差 {largest_share}。请检查各系统的时钟。",
        "The stamps of the log do not agree: on one day the number in the system and arrivals times stay (Little's law) differ by {largest_share}. Check the clocks.",
    ),
    "finding.calendar_estimated": (
        "注意：{first} 至 {last} 之间有 {count} 天没有放假通知可依，日类是估计的。通知发布后请用 --calendar 给出，再预测一次。",
        "Attention: for {count} days between {first} and {last} there is no holiday notice, so their class is an estimate. Give the notice with --calendar when it is out, and forecast again.",
    ),
    "finding.class_never_seen": (
        "记录里从没有过这些日类：{classes}。它们的来客量是假定的（调休日当作工作日，其他当作最清闲的那天），区间放宽。",
        "The history never had days of these classes: {classes}. Their customers are assumed (a make-up workday as a workday, others as the quietest weekday) and their bounds are wide.",
    ),
    "finding.history_brief": (
        "历史只有 {days} 天，不足八周；水平和星期规律还不稳。",
        "The history has {days} days, less than eight weeks: level and weekdays are not yet settled.",
    ),
    "finding.days_unusual": (
        "有 {count} 天与平常相差很大，日历却说是平常日子（最近的：{days}）；它们只略微影响水平。若是节日，请写进日历。",
        "{count} days were far off, though the calendar calls them ordinary (latest: {days}); they move the level a little only. If they are holidays, put them into the calendar.",
    ),
    "finding.poisson_enough": (
        "{service}（{day_class}）的到达可以看作泊松过程：K = {k}，{n} 通来电。",
        "Arrivals of {service} ({day_class}) are Poisson enough: K = {k}, {n} calls.",
    ),
    "finding.poisson_doubtful": (
        "{service}（{day_class}）的到达与泊松过程有差别：K = {k}，{n} 通来电。模拟可能低估拥挤。",
        "Arrivals of {service} ({day_class}) differ from a Poisson process: K = {k}, {n} calls. A simulation may understate crowding.",
    ),
    "finding.day_factor": (
        "各天的来电量整体上下浮动约 {percent}%（变异系数），超出了泊松波动；情景里有相应的日因子。",
        "Whole days are busier or quieter by about {percent} % (coefficient of variation) beyond Poisson noise; the scenario has a day factor for it.",
    ),
    "finding.service_by_table": (
        "这些业务的服务时长没有合适的分布，改用样本的分位数表：{services}。",
        "No law fits the service times of {services} well enough; the scenario uses the quantile tables of the sample.",
    ),
    "finding.fit_borrowed": (
        "这些业务的数据太少，借用了全部业务的拟合：{services}。",
        "Too few calls of {services}; they borrow the fit of all services.",
    ),
    "finding.patience_unknown": (
        "只有 {abandoned} 位客户中途放弃，无法估计耐心；情景里客户会一直等。",
        "Only {abandoned} customers gave up, too few to estimate patience; in the scenario customers wait without end.",
    ),
    "finding.days_estimated": (
        "有 {days} 天在已公布的放假安排之外（日历只到 {until} 年）：这些天只按星期推定，节假日和调休未计。",
        "{days} days lie beyond the holidays announced so far (the calendar ends with {until}): they are classed by weekday alone, without holidays and make-up workdays.",
    ),
    "finding.inputs_sampled": (
        "参数的不确定（{sets} 组抽样）使平均等待变动 ±{input_half_width_s}，增加重复次数不会缩小它，只有更多数据才会；这个数本身的误差约 {unsure_share}。",
        "What is not known of the parameters ({sets} drawn sets) moves the mean wait by ± {input_half_width_s}; replications do not shrink that, only more data does. It is itself known to about {unsure_share}.",
    ),
    "finding.inputs_not_seen": (
        "用 {sets} 组抽样参数，看不出参数的不确定对平均等待有多大影响；请增加重复次数。",
        "With {sets} drawn sets of parameters one cannot tell how much the mean wait depends on what is not known of them; take more replications.",
    ),
    "finding.days_odd": (
        "有 {count} 天的来客量与同类日子相差很大（{days}）。请查明原因；如果是特殊日子，请写进日历。",
        "{count} days had far more or fewer customers than others of their class ({days}). Find out why; if they are special days, put them into the calendar.",
    ),
    "finding.half_hours_vary": (
        "{day_class}：同一半小时各天的来客数方差是均值的 {vmr} 倍，日因子只能解释 {expected} 倍。情景里各半小时比实际更均匀，拥挤可能被低估。",
        "{day_class}: over the days, the count of a half-hour has {vmr} times the variance of its mean; the day factor explains {expected} times. Half-hours of the scenario are more alike than real ones, so crowding may be understated.",
    ),
    "finding.service_by_hour": (
        "服务时长随钟点变化：{count} 个钟点与平均相差 15% 以上，影响最大的是 {hour}（{percent}%）。情景里全天用同一分布。",
        "Service times change with the hour: {count} hours differ by more than 15 % from the mean, most of all {hour} ({percent} %). The scenario has one law for the whole day.",
    ),
    "finding.patience_current_status": (
        "叫号机要到叫号时才发现客户已走，因此按“现状数据”估计耐心（{n} 位等候过的客户，叫号时不在的 {abandoned} 位）。",
        "A ticket machine notices a leaver only when the number is called, so patience is estimated from current-status data ({n} customers who waited, {abandoned} of them gone when called).",
    ),
    "finding.patience_unsure": (
        "放弃的客户只有 {abandoned} 位，耐心很不确定：尺度 {scale_s}，标准误 {error_s}。",
        "Only {abandoned} customers gave up, so patience is unsure: scale {scale_s}, standard error {error_s}.",
    ),
    "finding.drift_outcome": (
        "{weeks} 周里，客户的结果（接通、放弃等）占比在变化：克莱姆 V = {cramer_v}。一套参数可能不适合所有周。",
        "What becomes of customers changes over the {weeks} weeks: Cramér's V = {cramer_v}. One set of parameters may not suit them all.",
    ),
    "finding.drift_service": (
        "{weeks} 周里，业务构成在变化：克莱姆 V = {cramer_v}。一套参数可能不适合所有周。",
        "The mix of services changes over the {weeks} weeks: Cramér's V = {cramer_v}. One set of parameters may not suit them all.",
    ),
    "finding.drift_transfer": (
        "{weeks} 周里，转接的占比在变化：克莱姆 V = {cramer_v}。一套参数可能不适合所有周。",
        "The share of transfers changes over the {weeks} weeks: Cramér's V = {cramer_v}. One set of parameters may not suit them all.",
    ),
    "finding.people_uneven": (
        "日志认得出的客户不均匀：等候过的 {waited_share}，没有等候的 {not_waited_share}。重拨和重复来电的占比因此有偏。",
        "The log knows its customers unevenly: {waited_share} of those who waited, {not_waited_share} of the others. Shares of redials and repeat contacts are biased by that.",
    ),
    "finding.sessions_at_once": (
        "渠道“{channel}”的坐席同时服务多位客户，最多 {slots} 位。",
        "Agents of channel “{channel}” serve several customers at once, up to {slots}.",
    ),
    "finding.staffing_estimated": (
        "日志里没有排班，在岗人数是估计的：同一坐席两次服务之间错过不超过 {turns} 个轮次就算一直在岗。有人等候时估计在岗 {duty} 人，实际看到忙碌 {busy} 人。",
        "The log has no roster, so staffing is an estimate: an agent who misses at most {turns} turns between two services is on duty throughout. While somebody waits that gives {duty} people on duty; {busy} are seen busy.",
    ),
    "finding.staffing_from_busy": (
        "日志里没有坐席代码，在岗人数取忙碌人数的 95% 分位。有人等候时估计在岗 {duty} 人，实际看到忙碌 {busy} 人。",
        "The log names no agents, so staffing is the number busy that one moment in twenty exceeds. While somebody waits {duty} are taken to be on duty; {busy} are seen busy.",
    ),
    "finding.plan_promise_of_team": (
        "所排团队管不了其他岗位的等待，所以承诺只看等待该团队的时间（{teams}）。",
        "The planned team cannot mend waits for others, so the promise speaks of the wait for the team only ({teams}).",
    ),
    "finding.plan_promise_of_all": (
        "所排团队有多个排队环节（{queues}），所以承诺仍看全部等待。",
        "The planned teams have several queues ({queues}), so the promise still speaks of all waits.",
    ),
    "finding.plan_time_limit": (
        "求解到了时限就停下：班表合规且是找到的最好结果，再算一次可能不同。",
        "The solver was stopped by its time limit: the roster is legal and the best found, and another run may find another one.",
    ),
    "finding.plan_broken": (
        "{day_class} {start_s} 起承诺没有守住：{share}，承诺 {promised_share}。",
        "On days of class {day_class} the promise breaks from {start_s}: {share} instead of {promised_share}.",
    ),
    "finding.plan_broken_elsewhere": (
        "{day_class} {start_s} 起承诺没有守住（{share}，承诺 {promised_share}），但客户等的不是所排团队，加人无用。",
        "On days of class {day_class} the promise breaks from {start_s} ({share} instead of {promised_share}), but customers wait for others than the planned team: more people in it would not help.",
    ),
    "finding.plan_no_shift_covers": (
        "团队“{team}”在 {day_class}（第 {day} 天起）{start_s} 需要人，但没有允许的班次能覆盖（{source}）。",
        "Team “{team}” is needed at {start_s} on days of class {day_class} (first on day {day}), but no permitted shift reaches it ({source}).",
    ),
    "finding.plan_too_few_people": (
        "团队“{team}”只有 {people} 人，至少需要 {needed} 人；最紧的是第 {day} 天 {start_s}（{source}）。",
        "Team “{team}” has {people} people and needs at least {needed}; tightest on day {day} at {start_s} ({source}).",
    ),
    "finding.plan_no_roster": (
        "团队“{team}”的 {people} 人在人数和工时上够用，但排不出合规的班表；最紧的是第 {day} 天 {start_s}（{source}）。",
        "The {people} people of team “{team}” are enough by days and hours, but no roster keeps the rules; tightest on day {day} at {start_s} ({source}).",
    ),
    "finding.plan_nothing_found": (
        "团队“{team}”在时限内没有找到班次或班表（{people} 人，第 {day} 天 {start_s} 最紧）；并不说明一定没有。",
        "No shifts or roster were found for team “{team}” in the time given ({people} people; tightest on day {day} at {start_s}); that does not prove there are none.",
    ),
    "finding.plan_no_wage": (
        "团队（{teams}）没有时薪（cost_per_hour），成本与下限都是 0；请看付薪工时。",
        "The teams have no wage (cost_per_hour), so cost and bound are 0; look at the paid hours ({teams}).",
    ),
}
