"""Signals that a display name resembles another: they lead to a person, never to a refusal.

The keys depend on the data of OpenCC, pypinyin, confusable_homoglyphs, fontTools and Python: stored
keys are computed anew when one of these is upgraded, or old and new names no longer meet.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from confusable_homoglyphs.confusables import confusables_data
from fontTools.unicodedata import script, script_extension
from opencc import OpenCC
from precis_i18n import get_profile
from rapidfuzz.distance import Levenshtein

NameSignalKind = Literal[
    "same_name",
    "folds_to",
    "looks_like",
    "sounds_like",
    "one_character_from",
    "mixed_scripts",
    "invisible_characters",
]

LEAST_LENGTH_FOR_ONE_CHARACTER: Final = 3
# in a name of two characters one of them is half of it: most neighbours would be strangers

MOST_LENGTH_FOR_ONE_CHARACTER: Final = 100
# one character of more than that deceives nobody, and each would be one more key of that length

_TO_SIMPLIFIED: Final = OpenCC("t2s")
_FREE_FORM: Final = get_profile("FreeFormClass")
_FOLDING_ROUNDS: Final = 4
# RFC 8266 section 2.3: apply the rules again until nothing changes, three times at the most

_NO_SCRIPT: Final = frozenset({"Zyyy", "Zinh"})
_UNKNOWN_SCRIPT: Final = "Zzzz"
_KANA: Final = frozenset({"Hira", "Kana"})
_WRITING_SYSTEMS: Final[Mapping[str, frozenset[str]]] = {
    "Hani": frozenset({"Hanb", "Jpan", "Kore"}),
    "Hira": frozenset({"Jpan"}),
    "Kana": frozenset({"Jpan"}),
    "Hang": frozenset({"Kore"}),
    "Bopo": frozenset({"Hanb"}),
}
_MIX_WITH_LATIN: Final = frozenset({"Hanb", "Jpan", "Kore"})

_IGNORABLE: Final = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),  # with the line and paragraph separators
    (0x2060, 0x206F),
    (0x2800, 0x2800),  # the empty braille cell: a symbol that shows nothing
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),  # with the marks of interlinear annotation
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
# Default_Ignorable_Code_Point of Unicode, which unicodedata does not know, and a few others

_EMOJI_STYLES: Final = frozenset({"\ufe0e", "\ufe0f"})
_JOINERS: Final = frozenset({"\u200c", "\u200d"})
_MONGOLIAN_VARIANTS: Final = frozenset({"\u180b", "\u180c", "\u180d", "\u180f"})
_KEYCAP: Final = "\u20e3"
_TRADE_MARKS: Final = str.maketrans("", "", "™℠")
# decoration, which NFKC would turn into the letters TM and SM


@dataclass(frozen=True, slots=True, kw_only=True)
class NameKeys:
    """What a name is found by: two names with one key equal resemble each other in that way.

    A key may be empty (a name of symbols only); an empty key resembles nothing.
    """

    folded: str
    skeleton: str
    sound: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownName:
    """A name that others must not pass themselves off as, with its keys."""

    reference: str
    name: str
    folded: str
    skeleton: str
    sound: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSignal:
    """One reason to have a person look at a name; `of` refers to the known name it resembles."""

    kind: NameSignalKind
    of: str | None


def fold(name: str) -> str:
    """The comparison key of a name: same letters, whatever their width, case, spacing or dress.

    NFKC, without separators, punctuation, symbols and invisible characters, traditional characters
    simplified, case folded. It equates all that RFC 8266 (NicknameCaseMapped) equates, but that ™
    and ℠ are no letters, and takes any text: what RFC 8266 would refuse is a signal, not an error.
    """
    return _settled(name, str.casefold)


def skeleton(name: str) -> str:
    """The key of what a name looks like: look-alike characters made one (UTS 39), then folded.

    Capitals are compared before case goes: `I` looks like `l`, `i` does not.
    """
    looks = _looks(_settled(name, str))
    # afterwards the two are one after all, or a name in capitals would not meet its lower case
    return _looks(looks.casefold()).replace("i", "l")


def sound(name: str) -> str:
    """The key of what a name sounds like: Han as pinyin without tones, all joined.

    Joined, so that a name spelled in pinyin meets the name in Han. A character of several readings
    has the one that its word has, or else its commonest.
    """
    return _sound(fold(name))


def name_keys(name: str) -> NameKeys:
    """All keys of a name, for columns that an index finds by equality."""
    folded = fold(name)
    return NameKeys(folded=folded, skeleton=skeleton(name), sound=_sound(folded))


def known_name(reference: str, name: str) -> KnownName:
    """A protected name or a badged account's name, with its keys computed."""
    keys = name_keys(name)
    return KnownName(
        reference=reference,
        name=name,
        folded=keys.folded,
        skeleton=keys.skeleton,
        sound=keys.sound,
    )


def deletion_keys(folded: str) -> frozenset[str]:
    """The key itself and what is left of it after dropping any one character.

    Two keys at distance 1 or less share one, so an index finds neighbours by equality; some at
    distance 2 share one too, hence `signals` measures again. It serves skeletons as well.
    A long key has none: a name of 200 characters may fold to thousands.
    """
    if len(folded) > MOST_LENGTH_FOR_ONE_CHARACTER:
        return frozenset()
    shortened = (folded[:at] + folded[at + 1 :] for at in range(len(folded)))
    return frozenset({folded, *shortened})


def signals(name: str, known: Iterable[KnownName]) -> tuple[NameSignal, ...]:
    """Everything about a name that a person should see before it is taken; empty if nothing is.

    The caller passes the known names that share a key or a deletion key, without the account's own.
    """
    found: list[NameSignal] = []
    if has_mixed_scripts(name):
        found.append(NameSignal(kind="mixed_scripts", of=None))
    if has_invisible_characters(name):
        found.append(NameSignal(kind="invisible_characters", of=None))
    keys = name_keys(name)
    for other in known:
        found += [
            NameSignal(kind=kind, of=other.reference) for kind in _likenesses(name, keys, other)
        ]
    return tuple(found)


def has_mixed_scripts(name: str) -> bool:
    """Whether the letters go beyond the mixes that UTS 39 calls Highly Restrictive.

    Allowed are one script; Latin with Han and kana, with Han and bopomofo, or with Han and hangul.
    """
    scripts = [
        _scripts(character)
        for character in unicodedata.normalize("NFC", name)
        if _is_letter(character)
    ]
    own = [of for of in scripts if not of & _NO_SCRIPT]
    if not own or frozenset.intersection(*own):
        return False
    beside_latin = [of for of in own if "Latn" not in of]
    return not frozenset.intersection(*beside_latin) & _MIX_WITH_LATIN


def has_invisible_characters(name: str) -> bool:
    """Whether a name holds characters that show nothing, where no spelling needs them.

    The spelling needs joiners where PRECIS allows them (Persian, Indic scripts), emoji need joiners
    and styles, and Mongolian needs its variation selectors.
    """
    return any(
        is_invisible(character) and not _is_in_place(name, at) for at, character in enumerate(name)
    )


def is_invisible(character: str) -> bool:
    """Whether a character shows nothing of its own: controls, fillers, zero width and the like."""
    code = ord(character)
    if unicodedata.category(character) == "Cc":
        return True
    return any(first <= code <= last for first, last in _IGNORABLE)


def _likenesses(name: str, keys: NameKeys, other: KnownName) -> list[NameSignalKind]:
    """In which ways a name resembles another; the strongest only, where it implies the rest."""
    if _spelling(name) == _spelling(other.name):
        return ["same_name"]
    if keys.folded and keys.folded == other.folded:
        return ["folds_to"]
    kinds: list[NameSignalKind] = []
    if keys.skeleton and keys.skeleton == other.skeleton:
        kinds.append("looks_like")
    elif _is_one_character_from(keys, other):
        kinds.append("one_character_from")
    if keys.sound and keys.sound == other.sound:
        kinds.append("sounds_like")
    return kinds


def _is_one_character_from(keys: NameKeys, other: KnownName) -> bool:
    lengths = len(keys.folded), len(other.folded)
    if (
        min(lengths) < LEAST_LENGTH_FOR_ONE_CHARACTER
        or max(lengths) > MOST_LENGTH_FOR_ONE_CHARACTER
    ):
        return False
    return 1 in {
        Levenshtein.distance(keys.folded, other.folded, score_cutoff=1),
        Levenshtein.distance(keys.skeleton, other.skeleton, score_cutoff=1),
    }


def _spelling(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()


def _settled(name: str, case: Callable[[str], str]) -> str:
    text = name.translate(_TRADE_MARKS)
    for _ in range(_FOLDING_ROUNDS):
        kept = "".join(filter(_is_kept, unicodedata.normalize("NFKC", text)))
        folded = case(_TO_SIMPLIFIED.convert(kept))
        if folded == text:
            break
        text = folded
    return text


@lru_cache(maxsize=8192)
def _is_kept(character: str) -> bool:
    """Whether a character is part of the spelling: letters, digits, and their script's marks."""
    if is_invisible(character):
        return False
    category = unicodedata.category(character)
    scripts = script_extension(character)
    if category[0] == "M":
        # what composes with its letter has done so in NFKC: the rest strikes through or decorates
        return "Zinh" not in scripts
    if category == "Lm":
        # letters of no script stand for apostrophes and the like, but for the long vowels of kana
        return script(character) not in _NO_SCRIPT or not _KANA.isdisjoint(scripts)
    if category == "Cn":
        return _is_of_a_script(character)
    return category[0] in "LN"


def _is_of_a_script(character: str) -> bool:
    """Whether a script claims the character: newer Han is a letter before Python's data know it."""
    return script(character) not in _NO_SCRIPT | {_UNKNOWN_SCRIPT}


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN" or _is_of_a_script(character)


@lru_cache(maxsize=8192)
def _scripts(character: str) -> frozenset[str]:
    """The scripts that use a character, with the writing systems that they belong to (UTS 39)."""
    scripts = frozenset(script_extension(character))
    return scripts.union(*(_WRITING_SYSTEMS.get(each, frozenset()) for each in scripts))


def _sound(folded: str) -> str:
    # its dictionary is a fifth of what a program takes to start, and most never ask for it
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    return "".join(lazy_pinyin(folded))


def _looks(text: str) -> str:
    prototypes = _prototypes()
    return "".join(prototypes.get(character, character) for character in text)


@cache
def _prototypes() -> Mapping[str, str]:
    """What each look-alike is taken for.

    The data say both ways what looks like what, as stars around the prototype of Unicode's
    confusables.txt; of a pair either serves, if it is always the same one.
    """
    neighbours: dict[str, set[str]] = {}
    for one, others in confusables_data.items():
        here = _bare(one)
        for other in others:
            there = _bare(other["c"])
            neighbours.setdefault(here, set()).add(there)
            neighbours.setdefault(there, set()).add(here)

    def rank(text: str) -> tuple[int, int, int]:
        return len(neighbours[text]), len(text), -ord(text[0])

    prototypes: dict[str, str] = {}
    for each, alike in neighbours.items():
        hub = max((each, *alike), key=rank)
        prototype = "".join(character for character in hub if _is_kept(character))
        if len(each) == 1 and prototype not in {"", each}:
            prototypes[each] = prototype
    return prototypes


def _bare(text: str) -> str:
    """The data wrap what is written from right to left in direction marks."""
    return text.strip("\u200e")


def _is_in_place(name: str, at: int) -> bool:
    character, before, after = name[at], name[:at][-1:], name[at + 1 :][:1]
    if character in _EMOJI_STYLES:
        return _is_pictograph(before) or after == _KEYCAP
    if character in _MONGOLIAN_VARIANTS:
        return bool(before) and "Mong" in script_extension(before)
    if character not in _JOINERS:
        return False
    if _is_pictograph(before) and _is_pictograph(after):
        return True
    start = name.rfind(" ", 0, at) + 1
    return _is_free_form(name[start:].split(" ", 1)[0])


def _is_pictograph(character: str) -> bool:
    return bool(character) and (
        character in _EMOJI_STYLES or unicodedata.category(character) in {"So", "Sk", "Sm"}
    )


def _is_free_form(word: str) -> bool:
    try:
        _FREE_FORM.enforce(word)
    except UnicodeEncodeError:
        return False
    return True
