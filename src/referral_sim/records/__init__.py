"""What is written down: cases and what is due on them, the event log, teams' work, posts, what staff think."""
