"""Read due times and dates as people write them, alone or at the end of what is to be done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.calendar import DAY, end_of_working_day, working_date
from bot.domain.dates import (
    PastDue,
    Unreadable,
    clock_time,
    dates_meant,
    exact_span,
    is_past,
    no_time,
    shown_date,
)
from bot.domain.durations import EFFORT, read_duration
from bot.domain.errors import BotError
from bot.domain.quotation import quoted
from bot.domain.repeat import anchored, dates_after
from bot.domain.repeat_words import Repeat, find_repeats
from bot.domain.scanning import DAYS, Wording, scan
from bot.domain.task import Due
from bot.domain.wording import BARRIER, LAST, Family, pattern
from bot.domain.zones import find_zone, to_local, to_utc, zone, zone_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, time

    from bot.domain.calendar import WorkingHours
    from bot.domain.repeat import Rule

_LONGEST: Final = 80
_FARTHEST_YEARS: Final = 5

# Whatever a keyboard makes of them.
_QUOTES: Final = (
    "\"'`\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
    "\N{DOUBLE LOW-9 QUOTATION MARK}\N{DOUBLE HIGH-REVERSED-9 QUOTATION MARK}"
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
    "\N{SINGLE LOW-9 QUOTATION MARK}\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}"
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}"
    "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
)
_KEYWORD = pattern(r"(?u:(?<!\w))(?:(?P<due>due)(?: by)?|by)(?u:(?!\w)):?")
_INTRODUCTION = pattern(r"(?:due|by|until|till)\b:?(?: (?:by|at|on)\b)?")
_TAKES = pattern(
    rf"(?u:(?<!\w))(?:takes|est\.?):? [{_QUOTES}]?(?P<effort>{EFFORT})(?u:(?!\w))[{_QUOTES}]?"
)
_TAIL_ENDS = pattern(LAST)
_EMPTY_BRACKETS = pattern(r"\([ ,]*\)|\[[ ,]*\]")
_QUOTED = pattern(
    rf" ?(?P<open>[{_QUOTES}]) ?(?P<words>[^{_QUOTES}]{{1,80}})(?P<close>[{_QUOTES}])"
)
_LONE_STOP = pattern(r"(?<=[ \n])\.(?=[ \n]|$)")
_AROUND: Final = " \n,;:-\N{EN DASH}\N{EM DASH}"
# The colons of :memo: are part of it.
_EMOJI = r":[a-z+-][\w+'-]*:"
_BEFORE = pattern(rf"(?:(?!{_EMOJI})[{re.escape(_AROUND)}])+")
_EMOJI_LAST = pattern(rf"{_EMOJI}$")


@dataclass(frozen=True)
class Request:
    """What somebody wrote that they want done, taken apart."""

    text: str
    """What is left for the title and below it, in the lines in which it was written."""
    due: Due | None = None
    takes: timedelta | None = None
    every: str | None = None
    """How often it comes again, in the words that were written: "every month"."""
    rule: Rule | None = None
    """What these words mean."""
    problems: tuple[str, ...] = ()
    """A sentence for each time or duration that was meant and could not be read."""


def read_due(text: str, *, mine: WorkingHours, theirs: WorkingHours, now: datetime) -> Due:
    """Return the instant that `text` names, later than `now`.

    It is read by my clocks, unless a zone follows the time: "est", a city, "their
    time". A date alone is the end of the assignee's working day of that date, and
    "eod" is the end of the one that ends next.
    """
    return _due(_whole(text), mine=mine, theirs=theirs, now=now)


def read_date(text: str, *, hours: WorkingHours, now: datetime) -> date:
    """Return the date that `text` names, today at the earliest, as in "until 4 jan".

    "Next week" is the day on which it begins.
    """
    wording = _whole(text)
    if wording.dangling or any(piece.family not in DAYS for piece in wording.pieces):
        raise Unreadable(f"I need a day, not {quoted(text)}. Write it like fri or 4 jan.")
    today = working_date(hours, now)
    found = next(dates_meant(wording, today=today, hours=hours, opening=True))
    if found < today:
        raise is_past(shown_date(found))
    return _within_reach(found, now)


def split_due(
    text: str, *, mine: WorkingHours, theirs: WorkingHours, now: datetime
) -> tuple[str, Due | None, str | None]:
    """Return `text` without its due time, that time, and what could not be read of it.

    The last "due" or "by" that a time follows counts. Everything else stays.
    """
    lines = _lines(text)
    due, problem, spans, _ = _find_due(_flat(lines), mine=mine, theirs=theirs, now=now)
    return _rest(lines, spans), due, problem


def read_request(text: str, *, mine: WorkingHours, theirs: WorkingHours, now: datetime) -> Request:
    """Take apart what is typed: "June report due fri 17:00 takes 3h every month".

    The estimate and the repetition are looked for where such a tail begins, so
    that "Write the every day report" keeps its words.
    """
    lines = _lines(text)
    line = _flat(lines)
    problems = []
    takes = None
    spans = []
    estimate = _find_takes(line)
    if estimate:
        spans.append(estimate.span())
        try:
            takes = read_duration(estimate["effort"])
        except BotError as refusal:
            problems.append(str(refusal))
    due, problem, due_spans, said = _find_due(
        _without(line, spans), mine=mine, theirs=theirs, now=now
    )
    spans += due_spans
    problems += [problem] if problem else []
    hours = theirs if due is not None and due.zone == theirs.zone else mine
    repeat = _find_repeat(_without(line, spans), hours, now)
    if repeat:
        spans.append((repeat.start, repeat.end))
    every = repeat or said
    if every is None:
        return Request(_rest(lines, spans), due, takes, problems=tuple(problems))
    problems += [every.problem] if every.problem else []
    return Request(_rest(lines, spans), due, takes, every.words, every.rule, tuple(problems))


def _lines(text: str) -> str:
    """Return `text` without blank lines, and with single spaces between the words of a line."""
    lines = (" ".join(line.split()) for line in text.replace(BARRIER, " ").splitlines())
    return "\n".join(line for line in lines if line)


def _flat(lines: str) -> str:
    """Return the lines as one, each letter in its place: the form that all patterns expect."""
    return lines.replace("\n", " ")


def _without(line: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        line = line[:start] + BARRIER * (end - start) + line[end:]
    return line


def _rest(lines: str, spans: list[tuple[int, int]]) -> str:
    """Return what is left of the text, without the marks that joined it to what was taken."""
    kept = _without(lines, spans).replace(BARRIER, " ")
    if spans:
        kept = _LONE_STOP.sub(" ", _EMPTY_BRACKETS.sub(" ", kept))
    kept = _lines(kept).replace(" ,", ",")
    kept = kept if kept.endswith("..") else kept.removesuffix(".")
    lead = _BEFORE.match(kept)
    kept = kept[lead.end() :] if lead else kept
    while kept.endswith(tuple(_AROUND)) and not _EMOJI_LAST.search(kept):
        kept = kept[:-1]
    return kept


def _find_takes(line: str) -> re.Match[str] | None:
    """Return the last estimate that is not just part of a sentence: "why it takes 2 days to"."""
    keyword = _KEYWORD.search(line)
    tail = keyword.start() if keyword else len(line)
    return next(
        (
            found
            for found in reversed(list(_TAKES.finditer(line)))
            if found.start() in {0, *range(tail, len(line))} or _TAIL_ENDS.match(line, found.end())
        ),
        None,
    )


def _find_repeat(line: str, hours: WorkingHours, now: datetime) -> Repeat | None:
    """Return the repetition that stands beside the due time or the estimate.

    Behind them, or at the end of the line, it may be a single word: "due fri, weekly".
    """
    tail = line.find(BARRIER)
    if tail < 0:
        return None
    for found in find_repeats(line, read_until=_until(hours, now)):
        before, behind = line[: found.start], line[found.end :].lstrip(" ,;&")
        is_behind = before.rstrip(" ,;&").removesuffix(" and").endswith(BARRIER)
        is_last = found.start > tail and not behind.strip(" .")
        is_right_before = behind.startswith(BARRIER) and not found.is_adverb
        if is_behind or is_last or is_right_before:
            return found
    return None


def _until(hours: WorkingHours, now: datetime) -> Callable[[str], date]:
    """Return what reads the last date of a repetition."""
    return lambda words: read_date(words, hours=hours, now=now)


def _find_due(
    line: str, *, mine: WorkingHours, theirs: WorkingHours, now: datetime
) -> tuple[Due | None, str | None, list[tuple[int, int]], Repeat | None]:
    """Return the due time, why there is none, the place in `line`, and the repetition in it."""
    meant = None
    for keyword in reversed(list(_KEYWORD.finditer(line))):
        if repeated := _due_by_rule(line, keyword, mine=mine, theirs=theirs, now=now):
            return repeated
        wording, end = _read_behind(line, keyword.end(), sure=not keyword["due"])
        if wording.pieces or (keyword["due"] and wording.dangling):
            span = [(keyword.start(), end)]
            try:
                return _due(wording, mine=mine, theirs=theirs, now=now), None, span, None
            except BotError as refusal:
                return None, str(refusal), span, None
        if keyword["due"] and meant is None:
            meant = line[keyword.end() :].partition(BARRIER)[0].strip()
    return None, str(no_time(meant)) if meant else None, [], None


def _due_by_rule(
    line: str, keyword: re.Match[str], *, mine: WorkingHours, theirs: WorkingHours, now: datetime
) -> tuple[Due | None, str | None, list[tuple[int, int]], Repeat] | None:
    """Return the first due time of "due every weekday 17:00", which names no date of its own."""
    start = keyword.end() + 1
    repeats = find_repeats(line[start:], read_until=_until(mine, now))
    found = next((repeat for repeat in repeats if repeat.start == 0), None)
    if found is None:
        return None
    span = [(keyword.start(), start + found.end)]
    if found.rule is None:
        return None, None, span, found
    today = working_date(mine, now)
    if anchored(found.rule, today) != found.rule:
        problem = f"Say by when it is due first, such as: due fri 17:00 {found.words}."
        return None, problem, span, found
    for local_date in dates_after(found.rule, today - DAY, after=today - DAY):
        # Read as if the date stood there, so that hours, zones and ends of days mean the same.
        head = local_date.isoformat()
        wording = scan(f"{head}{line[start + found.end :]}")
        span = [(keyword.start(), start + found.end + wording.end - len(head))]
        try:
            return _due(wording, mine=mine, theirs=theirs, now=now), None, span, found
        except PastDue:
            continue
        except BotError as refusal:
            return None, str(refusal), span, found
    return None, str(is_past(quoted(found.words))), span, found


def _read_behind(line: str, start: int, *, sure: bool) -> tuple[Wording, int]:
    """Return what is said about a time from `start` on, and where that ends, quotes included."""
    quoted_words = _QUOTED.match(line, start)
    if quoted_words:
        inside = scan(quoted_words["words"].strip(), sure=sure)
        if not inside.text[inside.end :].strip(" ."):
            # It may go on behind them: due "fri" 17:00.
            bare = line[start : quoted_words.end()].translate(dict.fromkeys(map(ord, _QUOTES), " "))
            longer = scan(f"{line[:start]}{bare}{line[quoted_words.end() :]}", start, sure=sure)
            says_more = len(longer.pieces) > len(inside.pieces)
            if says_more or (longer.place.is_known and not inside.place.is_known):
                return longer, longer.end
            return inside, quoted_words.end()
    wording = scan(line, start, sure=sure)
    return wording, wording.end


def _whole(text: str) -> Wording:
    """Return the wording of a text that is nothing but a time."""
    line = _flat(_lines(text))
    keyword = _INTRODUCTION.match(line)
    line = line[keyword.end() if keyword else 0 :].strip(f"{_QUOTES} ,;!")
    if len(line) > _LONGEST:
        raise no_time(line)
    wording = scan(line)
    rest = line[wording.end :].strip(" .")
    if rest and rest[0].isalpha() and any(piece.family not in DAYS for piece in wording.pieces):
        find_zone(rest)
    if rest or not wording.pieces:
        raise no_time(line)
    return wording


def _due(wording: Wording, *, mine: WorkingHours, theirs: WorkingHours, now: datetime) -> Due:
    if wording.place.unknown:
        raise wording.place.unknown
    if wording.dangling:
        raise no_time(wording.words)
    span = exact_span(wording)
    clock = clock_time(wording)
    if span is not None:
        at = now.replace(second=0, microsecond=0) + span
        dues = [Due(at, to_local(zone(mine.zone), at), mine.zone)]
    elif clock is not None:
        dues = list(_clock_times(wording, clock, mine=mine, theirs=theirs, now=now))
    else:
        dues = list(_ends_of_days(wording, mine=mine, theirs=theirs, now=now))
    for due in dues:
        if due.at > now:
            return due
    first = dues[0]
    raise is_past(
        f"{shown_date(first.local)}, {first.local:%H:%M} {zone_label(first.zone, first.at)}"
    )


def _clock_times(
    wording: Wording, clock: time, *, mine: WorkingHours, theirs: WorkingHours, now: datetime
) -> Iterator[Due]:
    """Yield the clock time on each date that may be meant, by the calendar of the zone named."""
    hours = theirs if wording.place.whose == "theirs" else mine
    name = wording.place.zone or hours.zone
    there = zone(name)
    today = to_local(there, now).date()
    for local_date in dates_meant(wording, today=today, hours=theirs):
        at = to_utc(there, datetime.combine(_within_reach(local_date, now), clock))
        yield Due(at, to_local(there, at), name)


def _ends_of_days(
    wording: Wording, *, mine: WorkingHours, theirs: WorkingHours, now: datetime
) -> Iterator[Due]:
    """Yield the end of a working day on each date that may be meant."""
    place, close = wording.place, wording[Family.CLOSE]
    if place.zone not in {None, mine.zone, theirs.zone}:
        raise Unreadable(
            f"I do not know when the day ends for {quoted(wording.words)}. "
            "Write a time of day before the place, such as 17:00."
        )
    is_mine = place.whose == "mine" or place.zone == mine.zone or bool(close and close["mine"])
    ends = mine if is_mine else theirs
    # What I call tomorrow is my tomorrow. An "eod" on no date is that of the one who works.
    reader = ends if place.whose or not wording.has(*DAYS) else mine
    for local_date in dates_meant(wording, today=working_date(reader, now), hours=ends):
        at = end_of_working_day(ends, _within_reach(local_date, now))
        yield Due(at, to_local(zone(ends.zone), at), ends.zone)


def _within_reach(local_date: date, now: datetime) -> date:
    """Refuse dates that nobody means, before clocks are asked about them."""
    years = local_date.year - now.year
    if years < -_FARTHEST_YEARS:
        raise is_past(shown_date(local_date))
    if years > _FARTHEST_YEARS:
        raise Unreadable(
            f"{shown_date(local_date)} is more than {_FARTHEST_YEARS} years away. "
            "Write a nearer date."
        )
    return local_date
