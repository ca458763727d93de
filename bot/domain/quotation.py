"""How a refusal repeats the words that it refuses."""

# Nobody needs more of their own words to recognise them.
LONGEST = 40


def quoted(text: str) -> str:
    """Return `text` in quotation marks, on one line, cut where it gets long."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= LONGEST else line[: LONGEST - 1] + '…'}”"
