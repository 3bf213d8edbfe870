"""What goes wrong when somebody writes something down: one value in, the mistaken value out.

`bits` are random: a function takes what it needs from them, so that the same bits make the same mistake.
"""

import unicodedata
from datetime import date

_LETTERS = "eariotnslcudpmhgbfywkvxzjq"
_NEIGHBOURS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok",
    "o": "ipl", "p": "ol", "a": "qsz", "s": "awd", "d": "sef", "f": "drg", "g": "fth", "h": "gyj",
    "j": "huk", "k": "jil", "l": "kop", "z": "asx", "x": "zcd", "c": "xvf", "v": "cbg", "b": "vnh",
    "n": "bmh", "m": "njk",
}  # fmt: skip
"""Keys beside each other: most wrong letters are those next to the right one."""
_NO_MARK = str.maketrans("łŁøØđĐıßæÆ", "lLoOdDisaA")


def typing_error(text: str, bits: int) -> str:
    """Return a text with one letter too many, too few or wrong, or with two swapped; never an empty one."""
    kind, bits = bits % 4, bits // 4
    if len(text) < 2:
        return text + _LETTERS[bits % 26]
    at, bits = bits % len(text), bits // len(text)
    if kind == 0:
        return text[:at] + text[at] + text[at:]
    if kind == 1:
        return _kept(text, text[:at] + text[at + 1 :])
    if kind == 2:
        near = _NEIGHBOURS.get(text[at].lower(), "e")
        letter = near[bits % len(near)]
        return text[:at] + (letter.upper() if text[at].isupper() else letter) + text[at + 1 :]
    at = max(min(at, len(text) - 2), min(1, len(text) - 2))
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _kept(before: str, after: str) -> str:
    return after if after.strip(" -'") else before


def without_accents(text: str) -> str:
    """Return a text in plain letters."""
    split = unicodedata.normalize("NFKD", text.translate(_NO_MARK))
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def spaced(text: str, bits: int) -> str:
    """Return a text with a blank too many: before it, behind it, or within."""
    kind, bits = bits % 3, bits // 3
    if kind == 2 and " " in text:
        return text.replace(" ", "  ", 1)
    return f" {text}" if kind == 0 else f"{text} "


def day_and_month_swapped(day: date, _: int = 0) -> date | None:
    """Return 3 April for 4 March; None where there is no such day."""
    return _day(day.year, day.day, day.month)


def digit_wrong(day: date, bits: int) -> date | None:
    """Return a date with one digit of DD/MM/YYYY wrong, not one of the century; None where it is no date."""
    text = day.strftime("%d%m%Y")
    place, bits = (0, 1, 2, 3, 6, 7)[bits % 6], bits // 6
    wrong = str((int(text[place]) + 1 + bits % 9) % 10)
    text = text[:place] + wrong + text[place + 1 :]
    return _day(int(text[4:]), int(text[2:4]), int(text[:2]))


def year_off(day: date, bits: int) -> date | None:
    """Return a date a year too early or too late, in three cases of ten ten years."""
    years = (1 if bits % 10 < 7 else 10) * (1 if bits // 10 % 2 else -1)
    return _day(day.year + years, day.month, day.day)


def first_of_january(day: date, _: int = 0) -> date | None:
    """Return what software fills in where only the year is known."""
    return date(day.year, 1, 1)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def number_invalid(number: str, bits: int) -> str:
    """Return a learner number with one of its last nine digits wrong: the check digit always finds that."""
    place, bits = 1 + bits % 9, bits // 9
    wrong = str((int(number[place]) + 1 + bits % 9) % 10)
    return number[:place] + wrong + number[place + 1 :]


def number_wrong(number: str, bits: int) -> str:
    """Return a learner number with two wrong digits that make up for each other in the check sum."""
    digits = [int(digit) for digit in number]
    for turn in range(200):
        mixed = (bits + turn * 0x9E3779B97F4A7C15) % (1 << 64)
        one, other = 1 + mixed % 8, 1 + mixed // 8 % 8
        change = 1 + mixed // 64 % 9
        if one == other:
            continue
        new = (digits[one] + change) % 10
        # Weights 10 to 1: what one digit adds, the other must take away, modulo 11.
        needed = -(new - digits[one]) * (10 - one) * pow(10 - other, -1, 11) % 11
        for second in (digits[other] + needed, digits[other] + needed - 11):
            if 0 <= second <= 9 and second != digits[other]:
                text = [*number]
                text[one], text[other] = str(new), str(second)
                return "".join(text)
    return number
