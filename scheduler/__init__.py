"""Plans: requirements, shifts, rosters, assignment of remote teams to branches, and the loop that proves them."""
