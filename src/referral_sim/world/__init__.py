"""What nobody decides: calendar, families, need, potential signs, random streams."""
