from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from precis_i18n import get_profile

from activities.name_index import indexed
from activities.names import (
    NameSignal,
    deletion_keys,
    fold,
    known_name,
    name_keys,
    signals,
    skeleton,
    sound,
)

DEMO = {
    "a01": "灯湾通讯社",
    "a02": "红柳日报网",
    "a03": "纸鸢门户",
    "a04": "茶山札记",
    "a05": "静河",
    "a06": "钴壶贸易",
    "a07": "燈灣通訊社",
    "a08": "北岸",
    "a09": "半诺",
    "a10": "迟来",
    "a11": "闪购港",
    "a12": "闪购湾",
    "a13": "凛风",
    "a14": "南屿",
    "a15": "松针茶行",
    "a16": "禾灯文摘",
    "a17": "双桥快讯",
    "a18": "柳县水务办",
    "a19": "渡口",
    "a20": "茶山夜话",
}
# any text, with more of the characters that names are disguised with
TRICKY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "新华社新華社Хinhuaｘ①Ⓧ·・ \u200b\u200c\u200d\u2060\ufe0f\u0336\u3164❤👍🏽क्षمیᠠ᠋"
        ),
        st.characters(categories=("Cs", "Cf", "Cc", "Co", "Cn", "Mn")),
    ),
    max_size=20,
)
WORDS = st.text(alphabet="新华社人民日报abc", max_size=8)
NICKNAME = get_profile("NicknameCaseMapped")


def against(name, *others):
    known = [known_name(f"k{number}", other) for number, other in enumerate(others)]
    return [(signal.kind, signal.of) for signal in signals(name, known)]


def kinds(name, *others):
    return {kind for kind, _ in against(name, *others)}


def edited(word, kind, at, character):
    at = min(at, len(word) - 1) if kind != "insert" else min(at, len(word))
    rest = word[at:] if kind == "insert" else word[at + 1 :]
    return word[:at] + ("" if kind == "delete" else character) + rest


@pytest.mark.parametrize(
    "name",
    [
        "新華社",
        "新 华 社",
        "新·华·社",
        "新・华・社",
        "新\u200b华\u200d社",
        "\ufeff新华社\u2060",
        "新\u3000华\u00a0社",
        "【新华社】",
        "★新华社★",
        "新\u0336华\u0336社\u0336",
        "新ʼ华ʼ社",
        "新华社™",
        "新\ufe0f华\U000e0100社",
    ],
)
def test_one_name_in_other_dress_folds_to_the_same(name):
    assert fold(name) == "新华社"
    assert ("folds_to", "k0") in against(name, "新华社")


@pytest.mark.parametrize("name", ["XINHUA", "Ｘｉｎｈｕａ", "ⓧⓘⓝⓗⓤⓐ", "x.i_n-h u a", "𝐗𝐢𝐧𝐡𝐮𝐚"])
def test_latin_folds_whatever_its_case_width_and_style(name):
    assert fold(name) == "xinhua"


def test_what_belongs_to_the_spelling_is_kept():
    assert fold("Café 36氪") == "café36氪"
    assert fold("スター") != fold("スタ")
    assert fold("हिन्दी") != fold("हनद")


def test_han_that_python_does_not_know_yet_is_kept():
    assert fold("\U00031350\U000323b0") == "\U00031350\U000323b0"


def test_the_very_name_is_the_same_name_only():
    assert against("新华社", "新华社") == [("same_name", "k0")]
    assert against(" Cafe\u0301 ", "Café") == [("same_name", "k0")]


def test_a_name_that_sounds_the_same_is_told():
    assert "sounds_like" in kinds("新花社", "新华社")
    assert kinds("新华涉", "新华社") == {"one_character_from", "sounds_like"}


def test_a_name_spelled_in_pinyin_sounds_like_the_name_in_han():
    assert kinds("Xin Hua She", "新华社") == {"sounds_like"}


def test_a_character_of_several_readings_is_read_as_in_its_word():
    assert sound("银行") == "yinhang"
    assert sound("行人") == "xingren"


def test_one_other_character_is_told_where_sound_and_look_say_nothing():
    assert against("人民曰报", "人民日报") == [("one_character_from", "k0")]


@pytest.mark.parametrize("name", ["人民报", "人民日日报", "人民早报"])
def test_one_character_less_more_or_changed_is_one_character(name):
    assert "one_character_from" in kinds(name, "人民日报")


def test_two_characters_are_not_one():
    assert kinds("人日民报", "人民日报") == set()


def test_a_name_of_two_characters_has_no_neighbours():
    assert kinds("静湖", "静河") == set()
    assert kinds("新华", "新华社") == set()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Хinhua", "Xinhua"),
        ("хinhuа", "XINHUA"),
        ("Iantern", "lantern"),
        ("1antern", "LANTERN"),
        ("lntеrnatiοnal", "International"),
        ("rnedia", "media"),
        ("ΑΒС News", "ABC news"),
        ("ニ口工", "二ロエ"),
        ("ｍedia", "rnedia"),
    ],
)
def test_look_alikes_are_told(name, other):
    assert skeleton(name) == skeleton(other)
    assert "looks_like" in kinds(name, other)


def test_one_other_letter_behind_look_alikes_is_told():
    assert "one_character_from" in kinds("Хinhuо", "Xinhua")


@pytest.mark.parametrize("name", ["Хinhua", "新华Новости", "新华αβ", "ひらがな한글", "аb", "Aረ"])
def test_scripts_that_do_not_go_together_are_told(name):
    assert against(name) == [("mixed_scripts", None)]


@pytest.mark.parametrize(
    "name",
    [
        "新华社news",
        "新华社",
        "ＮＨＫニュース",
        "東京スターの日々",
        "ㄅㄆ新闻",
        "한겨레新聞 TV",
        "Новости 24",
        "ئەخمەت 12",
        "36氪",
        "2026",
        "★★★",
        "",
        "買買提·吐尔逊",
        "हिन्दी समाचार",
    ],
)
def test_scripts_that_go_together_are_no_signal(name):
    assert against(name) == []


@pytest.mark.parametrize(
    "name",
    [
        "新\u200b华社",
        "新华社\u3164",
        "\u202e社华新",
        "新\u200d华社",
        "ab\u200cc",
        "新\ufe0f华社",
        "新\U000e0100华社",
        "\u2800",
        "a\x00b",
        "👍\u200d",
    ],
)
def test_characters_that_show_nothing_are_told(name):
    assert against(name) == [("invisible_characters", None)]


@pytest.mark.parametrize(
    "name",
    [
        "می\u200cخواهم خبر",
        "क्\u200dष",
        "小花❤\ufe0f",
        "👨\u200d👩\u200d👧一家",
        "👍🏽茶山",
        "🏳\ufe0f\u200d🌈",
        "1\ufe0f\u20e3号",
        "ᠠ\u180bᠪ",
        "新 华\u3000社",
    ],
)
def test_characters_that_the_spelling_or_an_emoji_needs_are_no_signal(name):
    assert against(name) == []


def test_another_name_in_traditional_characters_folds_to_the_agency():
    assert fold("燈灣通訊社") == "灯湾通讯社"
    assert against("燈灣通訊社", "灯湾通讯社") == [("folds_to", "k0")]


def test_of_the_demo_accounts_only_those_meant_to_resemble_each_other_do():
    resembling = {
        (one, other, signal.kind)
        for one, other in permutations(DEMO, 2)
        for signal in signals(DEMO[one], [known_name(other, DEMO[other])])
    }
    assert resembling == {
        ("a07", "a01", "folds_to"),
        ("a01", "a07", "folds_to"),
        # no badge, so its name is not compared in practice
        ("a11", "a12", "one_character_from"),
        ("a12", "a11", "one_character_from"),
    }


def test_signals_name_what_is_resembled_in_the_order_given():
    known = [known_name("m1", "新花社"), known_name("m2", "茶山"), known_name("m3", "新华社")]
    assert signals("新華 社", known) == (
        NameSignal(kind="one_character_from", of="m1"),
        NameSignal(kind="sounds_like", of="m1"),
        NameSignal(kind="folds_to", of="m3"),
    )


def test_names_of_symbols_only_resemble_nothing():
    assert fold("★★★") == ""
    assert kinds("★★★", "☆☆☆", "!!!", "") == set()


@given(TRICKY, TRICKY)
def test_signals_never_raise(name, other):
    for kind, of in against(name, other, "新华社"):
        assert of is not None or kind in {"mixed_scripts", "invisible_characters"}


@given(TRICKY)
def test_folding_a_key_again_changes_nothing(name):
    keys = name_keys(name)
    assert fold(keys.folded) == keys.folded
    assert keys.skeleton == skeleton(name)
    assert keys.sound == sound(name)


# of what RFC 8266 takes for a nickname; there the trade marks are letters, here they are decoration
NICKNAMES = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs", "Cf", "Cc", "Co", "Cn"), exclude_characters="™℠"),
        st.sampled_from("新华社新華社Хinhuaｘ①Ⓧ \u0336❤👍🏽क्षمیᠠ"),
    ),
    min_size=1,
    max_size=20,
)


@given(NICKNAMES)
def test_what_rfc_8266_calls_one_nickname_has_one_key(name):
    try:
        nickname = NICKNAME.enforce(name)
    except UnicodeEncodeError:
        assume(False)
    assert fold(nickname) == fold(name)


@given(
    WORDS.filter(bool),
    st.sampled_from(["substitute", "insert", "delete"]),
    st.integers(0, 8),
    st.sampled_from("新华x"),
)
def test_names_at_distance_one_or_less_share_a_deletion_key(word, kind, at, character):
    assert deletion_keys(word) & deletion_keys(edited(word, kind, at, character))


@pytest.mark.parametrize("name", ["\ufdfa" * 200, "㍿" * 200, "ab" * 100])
def test_a_long_name_has_no_key_for_each_of_its_characters(name):
    assert sum(len(key) for key in indexed(name).near) < 25_000


def test_one_character_counts_up_to_a_hundred_of_them():
    long = "The Quiet Ministry of Lanterns Harbours Bridges and Every Other Thing of the Bay"
    assert against(f"{long}s", long) == [("one_character_from", "k0")]
    assert against(f"{long * 2}s", long * 2) == []


def test_deletion_keys_are_the_name_and_what_one_loss_leaves():
    assert deletion_keys("人民日报") == {"人民日报", "民日报", "人日报", "人民报", "人民日"}
    assert not deletion_keys("人民日报") & deletion_keys("茶山夜话")
