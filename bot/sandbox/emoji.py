"""The names of emoji that the local Slack accepts for reactions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

# The ones with variants of skin, written `name::skin-tone-2` to `-6`.
_WITH_TONES = """
    +1 -1 thumbsup thumbsdown clap wave ok_hand raised_hands raised_hand hand raising_hand no_good
    point_up point_up_2 point_down point_left point_right pray muscle handshake v crossed_fingers
    fist facepunch punch writing_hand woman-raising-hand man-raising-hand
"""

_WITHOUT = """
    white_check_mark heavy_check_mark ballot_box_with_check question grey_question no_entry eyes
    no_entry_sign memo pencil pencil2 x negative_squared_cross_mark heavy_multiplication_x
    warning rotating_light exclamation bangbang interrobang hourglass hourglass_flowing_sand
    clock1 clock9 alarm_clock stopwatch timer_clock calendar date spiral_calendar_pad bell no_bell
    hash pushpin round_pushpin paperclip link mag bulb bug fire rocket tada heart package
    red_circle large_blue_circle large_green_circle large_yellow_circle large_orange_circle
    white_circle black_circle white_large_square black_large_square large_green_square seedling
    arrow_right arrow_left arrow_up arrow_down arrow_forward arrows_counterclockwise repeat
    leftwards_arrow_with_hook double_vertical_bar black_square_for_stop octagonal_sign construction
    smile smiley grinning slightly_smiling_face thinking_face cry joy sob star sparkles coffee
    sunrise sunny crescent_moon palm_tree airplane inbox_tray outbox_tray loudspeaker mega
    speech_balloon thought_balloon left_speech_bubble lock unlock key
    one two three four five six seven eight nine zero keycap_ten 100
"""

_TONED = frozenset(_WITH_TONES.split())
_PLAIN = frozenset(_WITHOUT.split())
_TONE = re.compile(r"(.+)::skin-tone-[2-6]")


def known(name: str, custom: Collection[str] = ()) -> bool:
    """Whether a reaction of this name can exist in a workspace with these custom emoji."""
    toned = _TONE.fullmatch(name)
    if toned is not None:
        return toned.group(1) in _TONED
    return name in _TONED or name in _PLAIN or name in custom
