"""What pages are put together from: the session, the job being done, results."""
