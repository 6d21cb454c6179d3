"""Row patterns: Flink's automaton, and a regular expression over letters where it is provably the same."""
