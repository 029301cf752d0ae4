"""What a plan comes to: baselines, prices, input uncertainty."""

WORDS: dict[str, tuple[str, str]] = {
    "demo.plan_people_weeks": (
        "团队“{team}”：{people} 人，{shifts} 个班次，{weeks} 周付薪 {hours} 小时。",
        "Team “{team}”: {people} people, {shifts} shifts, {hours} paid hours in {weeks} weeks.",
    ),
    "demo.plan_interrupted": (
        "排班被提前停下：这是到那时为止找到的最好结果。",
        "Planning was stopped early: this is the best found until then.",
    ),
    "demo.plan_kept_all": (
        "承诺在新的随机数上成立：{promise}（{reps} 次模拟）。",
        "The promise holds on fresh luck: {promise} ({reps} simulations).",
    ),
    "demo.plan_draws": (
        "参数不确定：在 {sets} 组抽样参数中，{overall} 总体守住承诺，{share} 处处守住。",
        "Uncertain inputs: of {sets} drawn sets, the promise holds overall in {overall}, in every cell in {share}.",
    ),
    "demo.plan_cost": ("成本 {cost}。", "It costs {cost}."),
    "demo.plan_bound.work": (
        "成本 {cost}；装得下应接通客户工作量的合法班次不可能低于 {bound}（差距 {gap}）。",
        "It costs {cost}; legal shifts that hold the work of the customers to be connected cost at least {bound} (gap {gap}).",
    ),
    "demo.plan_bound.theory_cover": (
        "成本 {cost}；按理论需求排出的合法班次不可能低于 {bound}（差距 {gap}）。",
        "It costs {cost}; legal shifts that cover what theory requires cost at least {bound} (gap {gap}).",
    ),
    "demo.plan_baseline": (
        "对照“{name}”：{cost}（{more}），{kept}。",
        "Compared with {name}: {cost} ({more}), {kept}.",
    ),
    "demo.baseline.erlang_c": ("逐时段 Erlang C 加班次覆盖", "Erlang C by interval, then cover"),
    "demo.baseline.add_one": ("哪里不够就加一人", "add one agent until it holds"),
    "demo.baseline_kept": ("承诺守住", "which keeps the promise"),
    "demo.baseline_broken": ("承诺守不住", "which does not keep the promise"),
    "demo.plan_price": (
        "承诺的比例再高 1 个百分点，约多花 {price}。",
        "One percentage point more of the promise costs about {price}.",
    ),
    "demo.plan_worth": (
        "多排一小时最值得的地方：“{team}”在{day_class} {start}–{end}，多守住 {points} 个百分点的客户，花 {cost}。",
        "Where one more hour of “{team}” buys most: {start}–{end} on days of class {day_class}, {points} points of customers more, for {cost}.",
    ),
}
