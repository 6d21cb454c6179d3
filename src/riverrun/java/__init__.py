"""What Java means by a pattern or a number: for Divolte's scripts and for Flink's functions alike."""
