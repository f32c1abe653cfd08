"""The record as it becomes while something is being decided: events so far, ids made, texts committed to."""

from collections.abc import Mapping
from datetime import datetime

from goodstanding.domain.capabilities import Subject
from goodstanding.domain.context import Context
from goodstanding.domain.events import (
    Event,
    NoticeIssued,
    ReviewCancelled,
    ReviewOpened,
    Text,
)
from goodstanding.domain.evolve import evolve
from goodstanding.domain.record import Record, Review
from goodstanding.messages import StatementOfReasons
from goodstanding.policy.book import Published
from goodstanding.policy.durations import Duration
from goodstanding.policy.schema import Channel, Policy
from goodstanding.policy.templates import ABOUT_A_DECISION, Words, render
from goodstanding.vocabulary import NoticeKind, ReviewKind


class Draft:
    """What one decision does, step by step; nothing of it is real until it is appended."""

    def __init__(self, record: Record, context: Context, cause: str) -> None:
        self.record = record
        self.context = context
        self.now = max(context.now, record.last_at or context.now)
        self.moment = self.now
        """From when what is decided counts: now, or the instant at which it was due."""
        self.events: list[Event] = []
        self.created: list[str] = []
        self._cause = cause
        self._made = 0
        self._texts = 0
        self._written: dict[str, str] = {}
        self._statements: dict[str, str] = {}

    def caused_by(self, cause: str, moment: datetime) -> None:
        """What follows was caused by this: a deadline or an effect that ended."""
        self._cause, self._made, self._texts, self.moment = cause, 0, 0, moment

    def add(self, event: Event) -> None:
        """Let it happen."""
        self.events.append(event)
        self.record = evolve(self.record, event, self.now)

    def new_id(self) -> str:
        """The next id, beginning with what causes it."""
        self._made += 1
        made = f"{self._cause}.{self._made}"
        self.created.append(made)
        return made

    def text(self, plain: str) -> Text:
        """Commit to what a person wrote, or to what is written to them."""
        self._texts += 1
        text_id = f"{self._cause}.t{self._texts}"
        self._written[text_id] = plain
        return Text(text_id, self.context.commit(text_id, plain), plain)

    def read(self, text: Text | None) -> str:
        """What was written earlier, where the context brought it along."""
        if text is None:
            return ""
        return self._written.get(text.text_id) or self.context.texts.get(text.text_id, "")

    @property
    def published(self) -> Published:
        """The policy version in force now: procedure is judged by it."""
        return self.context.book.current(self.record.policy_id, self.now)

    @property
    def policy(self) -> Policy:
        """The same, without its digest and words."""
        return self.published.policy

    @property
    def words(self) -> Words:
        """The words of notices in the holder's language."""
        return self.published.words_in(self.record.language)

    @property
    def subject(self) -> Subject:
        """Whose capabilities may be asked for."""
        return Subject(self.record, self.policy, self.context.licences)

    def after(self, duration: Duration, start: datetime | None = None) -> datetime:
        """The instant so long after the moment, in the policy's zone."""
        return duration.after(start or self.moment, self.policy.zone)

    def reminders(self, before: tuple[Duration, ...], end: datetime | None) -> tuple[datetime, ...]:
        """The instants at which to remind of an end; those already past are left out."""
        if end is None:
            return ()
        at = (one.before(end, self.policy.zone) for one in before)
        return tuple(sorted(instant for instant in at if instant > self.moment))

    def open_review(
        self,
        kind: ReviewKind,
        subject_id: str,
        within: Duration,
        *,
        people: int = 1,
        excluded: tuple[str, ...] = (),
        due_at: datetime | None = None,
    ) -> str:
        """Ask people to decide, by a deadline."""
        review_id = self.new_id()
        due = due_at or self.after(within)
        remind = self.policy.process.remind_reviewers_before.before(due, self.policy.zone)
        self.add(
            ReviewOpened(
                review_id, kind, subject_id, due, max(remind, self.moment), people, excluded
            )
        )
        return review_id

    def cancel_reviews(self, because: str, *kinds: ReviewKind, subject_id: str = "") -> None:
        """Take back what no longer has to be decided."""
        for review in self.record.open_reviews(*kinds):
            if not subject_id or review.subject_id == subject_id:
                self.cancel(review, because)

    def cancel(self, review: Review, because: str) -> None:
        """Take one review back."""
        self.add(ReviewCancelled(review.review_id, because))

    def state(self, statement: StatementOfReasons) -> None:
        """Let the next notice of this decision carry these reasons, field by field."""
        self._statements[statement.decision_id] = statement.model_dump_json()

    def tell(
        self,
        kind: NoticeKind,
        values: dict[str, str] | None = None,
        *,
        decision_id: str | None = None,
        subject_id: str | None = None,
    ) -> bool:
        """Write a notice to the holder; True when it is thereby handed over."""
        words = self.words
        common = {
            "account": self.record.account_id,
            "display_name": self.context.display_name,
            "policy": f"{self.published.id} v{self.policy.policy.version}",
            "date": self.day(self.moment),
            "external_redress": words.phrases["external_redress"],
        }
        title, body = render(words.notices[kind], {**common, **(values or {})})
        notices = self.policy.process.notices
        notice_id = self.new_id()
        channels, by = notices.channels_of(kind), notices.handed_over(kind)
        handed_over = by is Channel.INBOX
        waits = None if handed_over else notices.inbox_counts_after
        reasons = self._statements.pop(decision_id or "", None)
        if kind not in ABOUT_A_DECISION:
            reasons = None
        self.add(
            NoticeIssued(
                notice_id,
                kind,
                decision_id,
                subject_id,
                words.language,
                self.text(f"{title}\n\n{body}"),
                is_handed_over=handed_over,
                leaves_house=Channel.WEBHOOK in channels,
                by_mail=Channel.EMAIL in channels,
                handed_over_by=by.value,
                inbox_counts_at=self.after(waits) if waits else None,
                statement=self.text(reasons) if reasons else None,
            )
        )
        return handed_over

    def day(self, instant: datetime | None) -> str:
        """An instant as the holder reads it: in the policy's time zone."""
        if instant is None:
            return ""
        zone = self.policy.zone
        return f"{instant.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"

    def word(self, texts: Mapping[str, str] | None, fallback: str = "") -> str:
        """A text of the policy in the holder's language, or in the policy's default one."""
        if not texts:
            return fallback
        tag = self.record.language
        while tag not in texts and "-" in tag:
            tag = tag.rpartition("-")[0]
        return texts.get(tag) or texts.get(self.policy.policy.default_language, fallback)

    def phrase(self, code: str) -> str:
        """A short phrase in the holder's language."""
        return self.words.phrases[code]
