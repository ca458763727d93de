"""The edge to Slack: payloads in, messages out."""
