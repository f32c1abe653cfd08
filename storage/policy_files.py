"""Policies as files: `<id>.yaml`, and beside them `notices/` with the words for their holders.

`notices/<language>.yaml` holds the words that all policies share; where there is one,
`notices/<policy id>.<language>.yaml` holds only what this policy says differently: a sentence that
is right for every policy is written once.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from goodstanding.errors import ConfigurationError, PolicyMalformedError
from goodstanding.policy.book import PolicyBook, Published
from goodstanding.policy.loading import (
    Document,
    Problem,
    in_order,
    layered,
    policy_of,
    without_problems,
    words_of,
)
from goodstanding.policy.schema import Policy
from goodstanding.policy.templates import Words
from storage.strict_yaml import read_document

NOTICES = "notices"


def parse_policy(text: bytes, name: str) -> Policy:
    """The policy that this text is; `PolicyMalformedError` lists all that is wrong with it."""
    return without_problems(*policy_of(read_document(text, name)))


def read_policy(path: Path) -> Published:
    """The policy of a file, with its words; `PolicyMalformedError` lists all problems of both."""
    return published(_bytes(path), str(path), path.parent)


def read_policies(directory: Path) -> PolicyBook:
    """Every policy of a directory; `PolicyMalformedError` lists all problems of all files."""
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise ConfigurationError(
            f"No policy file (*.yaml) lies in {directory}; name another directory."
        )
    read, lines = [], []
    for path in files:
        try:
            read.append(read_policy(path))
        except PolicyMalformedError as error:
            lines.append(error.message)
    lines += [str(problem) for problem in _doubled(files, read) if not lines]
    if lines:
        raise PolicyMalformedError("\n".join(lines))
    return PolicyBook(tuple(read))


def published(text: bytes, name: str, directory: Path) -> Published:
    """The policy that this text is, with the words that lie in a directory's `notices/`."""
    document = read_document(text, name)
    policy, found = policy_of(document)
    words: Mapping[str, Words] = {}
    if policy is not None:
        words, wrong = _words(policy, document, directory / NOTICES)
        found += wrong
    policy = without_problems(policy, in_order(found))
    return Published(sha256(text).hexdigest(), policy, words)


def _words(
    policy: Policy, document: Document, directory: Path
) -> tuple[dict[str, Words], list[Problem]]:
    made: dict[str, Words] = {}
    found: list[Problem] = []
    for i, language in enumerate(policy.policy.languages):
        shared = directory / f"{language}.yaml"
        own = directory / f"{policy.policy.id}.{language}.yaml"
        files = [path for path in (shared, own) if path.exists()]
        if not files:
            sentence = f"no words in {language}: write {shared} or {own}"
            found.append(document.problem((("policy", "languages", i), sentence)))
            continue
        layers, wrong = _layers(files, language)
        found += wrong
        if len(layers) == len(files):
            made[language], wrong = layered(layers, language)
            found += wrong
    return made, found


def _layers(files: list[Path], language: str) -> tuple[list[tuple[Document, Words]], list[Problem]]:
    layers: list[tuple[Document, Words]] = []
    found: list[Problem] = []
    for path in files:
        document = read_document(_bytes(path), str(path))
        words, wrong = words_of(document, language)
        found += wrong
        if words is not None:
            layers.append((document, words))
    return layers, found


def _doubled(files: list[Path], read: list[Published]) -> list[Problem]:
    """Two files that both say that they are one version of one policy."""
    seen: dict[tuple[str, int], Path] = {}
    found = []
    for path, one in zip(files, read, strict=False):
        key = (one.id, one.policy.policy.version)
        if key in seen:
            sentence = f"choose another version: {seen[key].name} is version {key[1]} of {key[0]}"
            found.append(Problem(str(path), 1, 1, "policy.version", sentence))
        seen.setdefault(key, path)
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
