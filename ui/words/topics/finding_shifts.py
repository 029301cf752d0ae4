"""What is said of the shifts of a day when they cannot be made."""

WORDS: dict[str, tuple[str, str]] = {
    "finding.plan_post_unreachable": (
        "{start_s} 时地点“{place}”的岗位“{skill}”需要人，但没有具备资格的人员能以允许的班次到岗。",
        "Post “{skill}” at “{place}” needs somebody at {start_s}, but nobody who may take it can be there on a permitted shift.",
    ),
    "finding.plan_post_short": (
        "地点“{place}”的岗位“{skill}”在 {start_s} 需要 {needed} 人，至少缺 {missing} 人；全天合计缺 {hours} 小时。",
        "Post “{skill}” at “{place}” needs {needed} at {start_s} and misses at least {missing}; {hours} hours are missing over the day.",
    ),
    "finding.plan_cut_short": (
        "现有人员无法满足要求“{cut}”（缺 {missing} 人）。",
        "The people there are cannot meet the requirement “{cut}” (short by {missing}).",
    ),
}
