"""The value `Source`, and what each of its parts may look like. Pure.

No source carries a secret: it is written into the manifest. Words are understood by `source`.
"""

from __future__ import annotations

import re

from pyst.errors import ExitCode, Failure
from pyst.named import NamedTuple

OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")
_REPOSITORY = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
GIST = re.compile(r"[0-9A-Fa-f]{1,64}")
REVISION = re.compile(r"[0-9a-f]{7,64}")
_NOT_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)")
"""What no ref has (git-check-ref-format)."""


class Source(NamedTuple):
    """Where a script comes from. Fields that don't belong to the `kind` are empty.

    `kind` is `file`, `https`, `github`, `gist` or `git`; `text` is what was typed, with nothing secret in it;
    `address` an absolute path or an URL. An empty `ref` is the default branch, an empty `revision` the newest. With
    `is_guessed` nobody said where the ref ends and the path begins: the ref may have more of the path's parts.
    """

    kind: str
    text: str
    address: str = ""
    owner: str = ""
    repository: str = ""
    path: str = ""
    ref: str = ""
    gist: str = ""
    revision: str = ""
    file: str = ""
    is_guessed: bool = False

    @property
    def word(self) -> str:
        """The word that means this source and nothing else; what was typed may say the same in another way."""
        ref = f"@{self.ref}" if self.ref else ""
        if self.kind == "github":
            return f"gh:{self.owner}/{self.repository}/{self.path}{ref}"
        if self.kind == "gist":
            revision = f"@{self.revision}" if self.revision else ""
            return f"gist:{self.gist}{revision}" + (f"#{self.file}" if self.file else "")
        return f"git+{self.address}{ref}#{self.path}" if self.kind == "git" else self.address


def wrong(word: str, why: str, *, hint: str = "") -> Failure:
    from pyst.system.secrets import mask

    shown = mask("".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in word[:200]))
    usual = (
        "a file, `https://…`, `gh:owner/repository/path.py[@ref]`, `gist:ID[@revision][#file]` or "
        "`git+URL[@ref]#path.py`"
    )
    return Failure("E_SOURCE", f"`{shown}` is no source: {why}", hint=hint or usual, exit=ExitCode.USAGE)


def secret_in(word: str) -> Failure:
    return wrong(
        word,
        "it carries a password or token, which would be kept with the script",
        hint="let git's credential helper or `GITHUB_TOKEN` have the token, or fetch the file and install that",
    )


def github_source(word: str, owner: str, repository: str, path: str, ref: str, *, is_guessed: bool = False) -> Source:
    repository = repository.removesuffix(".git")
    if not OWNER.fullmatch(owner):
        raise wrong(word, f"`{owner}` is no owner on GitHub")
    if not _REPOSITORY.fullmatch(repository):
        what = f"`{repository}` is no repository on GitHub" if repository else f"it names no repository of `{owner}`"
        raise wrong(word, what)
    check_path(word, path)
    check_ref(word, ref)
    shown = word.partition("?")[0] if word.startswith("http") else word  # a raw address may have a token
    return Source("github", shown, "", owner, repository, path, ref, is_guessed=is_guessed and path.count("/") > 0)


def check_path(word: str, path: str) -> None:
    if not path:
        raise wrong(word, "it does not name a file of the repository")
    if any(part in ("", ".", "..") for part in path.split("/")) or not path.isprintable():
        raise wrong(word, f"`{path}` is no path in a repository")


def check_ref(word: str, ref: str) -> None:
    if ref and (_NOT_IN_REF.search(ref) or ref[0] in "-./" or ref[-1] in "./" or not ref.isprintable() or ref == "@"):
        raise wrong(word, f"`{ref}` is no branch, tag or commit")


def gist_source(word: str, gist: str, revision: str, file: str) -> Source:
    if not GIST.fullmatch(gist):
        raise wrong(word, f"`{gist}` is no id of a gist")
    revision = revision.lower()
    if revision and not REVISION.fullmatch(revision):
        raise wrong(word, f"`{revision}` is no revision of a gist", hint="a revision has 7 to 40 digits 0-9 and a-f")
    if "/" in file or file in (".", ".."):
        raise wrong(word, f"`{file}` is no file of a gist")
    return Source("gist", word.partition("?")[0], gist=gist.lower(), revision=revision, file=file)
