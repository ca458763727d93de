"""A local Slack to try Baton with and to test it against."""
