"""The registry of authorities is data, and what is filed goes to one that is in it."""

from tests.policy import shipped

TO = ("filings", "kinds", "penalty_report", "to")


def test_r03_a_registry_says_level_region_and_duties_of_each_authority():
    registry = shipped.policy("cn-im-2014").authorities

    assert registry.version == 1
    assert registry.known["national_internet_office"].level == "national"
    assert registry.known["content_authority"].region == "CN-BJ"
    assert registry.gives_orders("content_authority")
    assert not registry.gives_orders("competent_department")
    assert not registry.gives_orders("unheard_of")


def test_r03_a_filing_goes_to_an_authority_of_the_registry_that_takes_filings():
    said = shipped.complaints("cn-im-2014", {TO: "national_internet_office"})

    assert len(said) == 1
    assert said[0].startswith("filings.kinds.penalty_report.to: there is no authority")
    assert said[0].endswith("there is: content_authority, competent_department")


def test_r03_another_registry_has_another_digest():
    place = ("authorities", "known", "content_authority", "region")
    other = shipped.changed("cn-im-2014", {place: "CN-SH"}).authorities

    assert other.digest != shipped.policy("cn-im-2014").authorities.digest
