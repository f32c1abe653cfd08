"""Every published policy version, by digest and by validity, with the words of its notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from goodstanding.errors import PolicyNotFoundError
from goodstanding.policy.durations import end_of, start_of
from goodstanding.policy.schema import Policy
from goodstanding.policy.templates import Words


@dataclass(frozen=True, slots=True)
class Published:
    """One version of a policy; the digest is the SHA-256 of the file's bytes."""

    digest: str
    policy: Policy
    words: Mapping[str, Words]

    @property
    def id(self) -> str:
        """The name under which accounts are registered."""
        return self.policy.policy.id

    @property
    def begins_at(self) -> datetime:
        """The midnight from which it is in force."""
        return start_of(self.policy.policy.valid_from, self.policy.zone)

    def in_force_at(self, instant: datetime) -> bool:
        """Whether it is in force, from midnight in its own time zone."""
        header, zone = self.policy.policy, self.policy.zone
        if instant < start_of(header.valid_from, zone):
            return False
        return header.valid_to is None or instant < end_of(header.valid_to, zone)

    def words_in(self, language: str) -> Words:
        """The words in this language, or in its less exact form, or in the policy's default one."""
        tag = language
        while tag not in self.words and "-" in tag:
            tag = tag.rpartition("-")[0]
        return self.words.get(tag) or self.words[self.policy.policy.default_language]


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """All published versions; none is taken out, since decisions name their digest."""

    published: tuple[Published, ...]

    def at(self, policy_id: str, instant: datetime) -> Published:
        """The version in force at this instant, the newest of several; `PolicyNotFoundError`."""
        fitting = [p for p in self.published if p.id == policy_id and p.in_force_at(instant)]
        if not fitting:
            message = f"No policy {policy_id} is in force at {instant:%Y-%m-%d}."
            raise PolicyNotFoundError(message, "policy_id")
        return max(fitting, key=lambda published: published.policy.policy.version)

    def current(self, policy_id: str, instant: datetime) -> Published:
        """The version that judges an account that exists: the one in force, else the last that was."""
        known = [p for p in self.published if p.id == policy_id]
        fitting = [p for p in known if p.in_force_at(instant)]
        begun = [p for p in known if p.begins_at <= instant]
        if not known:
            raise PolicyNotFoundError(f"No policy {policy_id} was published here.", "policy_id")
        return max(fitting or begun or known, key=lambda published: published.policy.policy.version)

    def of(self, digest: str) -> Published:
        """The version with this digest; `PolicyNotFoundError`."""
        for published in self.published:
            if published.digest == digest:
                return published
        message = f"No policy with the digest {digest[:12]} was published here."
        raise PolicyNotFoundError(message)
