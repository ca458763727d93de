"""Baton: morning huddles and delegation across time zones, for Slack."""
