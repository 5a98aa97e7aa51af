"""Recording a run: begun before the script starts, ended (`ending`) whatever became of it.

    <output_dir>/<task>.<run_id>.log.txt          both streams; made anew, which is what reserves the id
    <output_dir>/<task>.<run_id>.stdout.txt       standard output, where it is longer than a preview
    <output_dir>/<task>.<run_id>.manifest.json    the record; one that the script wrote is kept beside it as
    <output_dir>/<task>.<run_id>.manifest.script.json
    <output_dir>/.history.jsonl                   one line for each run that has ended
    <state>/runs/<YYYY-MM-DD>/<run_id>.json       the record, which says «running» until the end

What can't be written is told, and keeps nobody from the rest: the script's own outputs are never touched.
"""

from __future__ import annotations

import os
import time

from pyst import __version__
from pyst.records.folder import write_whole
from pyst.records.ids import SCHEMA, record_path, time_text
from pyst.records.places import Places, Wish

TYPE_CHECKING = False  # what `typing` says too; the import takes 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyst.records.record import Record
    from pyst.records.streams import LogFile, Printed
    from pyst.records.subject import Subject
    from pyst.report import Diagnostic

PREFIXES = ("PYST_", "PYX_")


class Recording:
    """One run on its way into its record: its places are there at once, the rest (`subject`, `record`, `log`,
    `printed`) from `prepare` on."""

    subject: Subject
    record: Record
    log: LogFile
    printed: Printed

    def __init__(
        self, task: str, wish: Wish, subject: Callable[[], Subject], clock: Callable[[], float] = time.time
    ) -> None:
        """Reserve the run's id and its files; `subject` is asked later. Raises `Failure` (E_WRITE), with nothing
        started."""
        self.wish = wish
        self.clock = clock
        self.remarks: list[Diagnostic] = []
        self.is_prepared = False
        self.has_begun = False
        self._subject = subject
        self._began = clock()
        self.places = Places(task, wish, self._began)

    @property
    def variables(self) -> dict[str, str | None]:
        """The variables by which the script learns where things are; None is one that it must not see."""
        places = self.places
        told = {
            "INPUT_PATH": self.wish.given.path if self.wish.given else None,
            "OUTPUT_DIR": places.folder.path,
            "OUTPUT_PATH": places.manifest_path,
            "LOG_PATH": places.log_path,
            "RUN_ID": places.run_id,
        }
        return {prefix + name: value for prefix in PREFIXES for name, value in told.items()}

    def prepare(self) -> None:
        """Make the record as it stands before the start, and what the streams go to. Does nothing when called again.

        It costs no time while a process is on its way to the script.
        """
        if self.is_prepared:
            return
        self.is_prepared = True
        from pyst.records.streams import LogFile, Printed

        places, wish = self.places, self.wish
        self.log = LogFile(places.log_descriptor, wish.cap_bytes)
        self.printed = Printed(lambda: places.folder.create(places.own("stdout.txt")), wish.preview_bytes)
        self.subject = self._subject()
        self.record = _first_record(self.subject, wish, places, self._began)

    def begin(self, cwd: str, variables: Mapping[str, str]) -> None:
        """Keep what the run rests on, and write the record that says that it runs. Does nothing when called again.

        To be called as soon as the script is on its way: it costs no time while an interpreter starts. `cwd` and
        `variables` are the script's; the values serve to mask secrets among the arguments. What can't be written is
        remarked on in the end.
        """
        if self.has_begun:
            return
        self.has_begun = True
        self.prepare()
        from pyst.records import objects
        from pyst.records.record import Process
        from pyst.system.process_tree import started_of

        words = self.subject.arguments
        if words:
            from pyst.system.secrets import mask_words

            words = tuple(mask_words(words, variables, self.subject.redact))
        self.record = self.record._replace(
            argv=words, masked=words != self.subject.arguments, cwd=cwd, variables=tuple(sorted(variables))
        )
        self.record = self.record._replace(process=Process(os.getpid(), started_of(os.getpid())))
        contents = list(self.subject.contents)
        if self.wish.given is not None and self.record.input is not None:
            contents.append((self.record.input.sha256, self.wish.given.data))
        try:
            for sha256, data in contents:
                objects.keep(self.wish.state, data, sha256)
        except OSError as error:
            message = f"what the run rests on can't be kept: {error.strerror or error}; it can't be replayed"
            self.warn("W_NOT_KEPT", message)
        from pyst.records.record import to_json
        from pyst.system.jsontext import json_text

        self.write_state((json_text(to_json(self.record), 2) + "\n").encode(), is_first=True)

    def warn(self, code: str, message: str, hint: str = "") -> None:
        """Remark on something that went wrong with the recording."""
        from pyst.report import Diagnostic

        self.remarks.append(Diagnostic("warning", code, message, hint))

    def take(self, name: str, data: bytes) -> None:
        """Take the next bytes of the stream `name` (`stdout`, `stderr`)."""
        self.log.take(data)
        if name == "stdout":
            self.printed.take(data)

    def write_state(self, text: bytes, *, is_first: bool = False) -> None:
        """Write the record, as `text` tells it, to pyst's own state; what keeps it from that is remarked on in the end:
        what the start could not write, the end may."""
        path = record_path(self.wish.state, self.record.run_id)
        try:
            write_whole(path, text, sync=not is_first)
        except OSError as error:
            if not is_first:
                self.remarks.append(not_written(path, error))


def not_written(path: str, error: OSError) -> Diagnostic:
    """What is said of a part of the record that can't be written; the run itself is not touched by that."""
    from pyst.report import Diagnostic

    message = f"the record `{path}` can't be written: {error.strerror or error}"
    return Diagnostic("warning", "W_NOT_RECORDED", message, "the script ran, and what it wrote is there")


def _first_record(subject: Subject, wish: Wish, places: Places, began: float) -> Record:
    """The record as it stands before the start."""
    from pyst.records.record import RUNNING, Log, Record

    return Record(
        schema=SCHEMA,
        run_id=places.run_id,
        task=subject.task,
        status=RUNNING,
        exit_code=None,
        signal=None,
        limit=None,
        started_at=time_text(began),
        ended_at=None,
        duration_seconds=None,
        script=subject.program,
        argv=subject.arguments,
        masked=False,
        cwd="",
        options=subject.options,
        variables=(),
        environment=subject.environment,
        interpreter=subject.interpreter,
        input=wish.given.input if wish.given else None,
        output_dir=places.folder.path,
        manifest=places.manifest_path,
        log=Log(places.log_path, 0, 0, wish.cap_bytes, False),
        stdout=None,
        outputs=(),
        skipped=(),
        omitted=0,
        concurrent=False,
        confinement=None,
        replay_of=subject.replay_of,
        pyst=__version__,
        process=None,
    )
