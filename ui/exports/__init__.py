"""Files for people: rosters as CSV and XLSX, measures as CSV. Text from users is never taken for a formula."""
