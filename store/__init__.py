"""What is kept: scenarios, runs, plans, rosters, jobs, users and the audit trail."""
