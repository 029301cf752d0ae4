"""Plans: requirements, shifts, rosters, assignment of remote teams, and the loop that proves them."""
