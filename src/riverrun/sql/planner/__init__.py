"""From relations to the plan: what Flink's planner decides, and what it refuses."""
