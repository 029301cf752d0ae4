"""Files that people fill in: workbooks of people and rosters. What is wrong is named by its cell, all of it at once."""
