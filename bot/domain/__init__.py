"""Rules about time, tasks, teams and huddles: no input or output, no clock."""
