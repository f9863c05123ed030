"""What nobody decides: calendar, families, need, potential concerns, random streams."""
