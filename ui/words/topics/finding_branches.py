"""What is said of branch and remote staff planned together."""

WORDS: dict[str, tuple[str, str]] = {
    "finding.plan_licence_assumed": (
        "没有给出人员名单，假定 {roles} 的所有人都具备资格“{licence}”。",
        "No people are named, so everybody of {roles} is taken to have the licence “{licence}”.",
    ),
}
