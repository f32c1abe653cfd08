"""Who plays: invented people and organisations, whose names and numbers must be found nowhere."""

from dataclasses import dataclass
from datetime import date

from examples.invented import organisation_code, resident_number, with_wrong_check_digit
from goodstanding.sealing import Identity, Operator
from tests.privacy.search import Secret

BORN = date(1984, 5, 20)
RESIDENT, CODE = "resident_identity_number", "organisation_code"


def person(name: str, serial: int) -> Identity:
    """Somebody with a resident number that belongs to nobody."""
    number = resident_number(born=BORN, serial=serial)
    return Identity(document=RESIDENT, number=number, name=name, country="CN")


def organisation(name: str, serial: int, operator: Identity) -> Identity:
    """An organisation, and who acts for it."""
    acting = Operator(**operator.model_dump(exclude={"operator"}))
    number = organisation_code(serial=serial)
    return Identity(document=CODE, number=number, name=name, country="CN", operator=acting)


@dataclass(frozen=True)
class Cast:
    """By the account that they stand behind."""

    appeals: Identity
    public: Identity
    press: Identity
    mistypes: Identity
    waits: Identity
    leaves: Identity
    echoed: Identity
    unclear: Identity
    abroad: Identity
    mistyped: str
    """A number with a wrong check digit."""
    others_number: str
    """A number that belongs to another name."""
    statement: str
    """What somebody wrote about themselves."""

    def secrets(self) -> list[Secret]:
        """All that must not be found, each name and number, and what they are made of."""
        found = [
            Secret("a mistyped number", self.mistyped),
            Secret("somebody else's number", self.others_number),
            Secret("words in an appeal", self.statement),
            Secret("a date of birth", f"{BORN:%Y%m%d}"),
            Secret("a date of birth", BORN.isoformat()),
        ]
        for account_id, one in self.people():
            found += [
                Secret(f"the name behind {account_id}", one.name),
                Secret(f"the number behind {account_id}", one.number),
            ]
            # a family name alone would be told, too
            found += [
                Secret(f"a part of the name behind {account_id}", part)
                for part in one.name.split()
                if part != one.name
            ]
        return found

    def people(self) -> list[tuple[str, Identity | Operator]]:
        """Everybody, operators too."""
        found: list[tuple[str, Identity | Operator]] = []
        for account_id, one in vars(self).items():
            if isinstance(one, Identity):
                found.append((account_id, one))
                found += [(f"{account_id}, operator", one.operator)] if one.operator else []
        return found


def the_cast() -> Cast:
    """The cast."""
    return Cast(
        appeals=person("Nóra Unsichtbár-Ñuñez", 1),
        public=person("欧阳无名氏", 3),
        press=organisation("柳林无名晚报社", 5, person("司徒未详人", 7)),
        mistypes=person("夏侯莫须有", 9),
        waits=person("诸葛某一人", 11),
        leaves=person("皇甫不留名", 13),
        echoed=person("慕容回声人", 15),
        unclear=person("Żółcista Nieznana", 17),
        abroad=Identity(
            document="contact",
            number="nobody.at.all+17@people.example",
            name="Ægir Ókunnur",
            country="IS",
        ),
        mistyped=with_wrong_check_digit(resident_number(born=BORN, serial=19)),
        others_number=resident_number(born=BORN, serial=21),
        statement="我本人是轩辕无踪者，住在无人街九十九号。",
    )
