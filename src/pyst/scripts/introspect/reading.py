"""Reads one script: chooses the reader of its framework, and puts the answer together."""

from __future__ import annotations

from pyst.scripts.introspect import frameworks, functions
from pyst.scripts.introspect.docstrings import Docstring, read_docstring
from pyst.scripts.introspect.folding import docstring_of
from pyst.scripts.introspect.module import Module
from pyst.scripts.introspect.parsing import parse
from pyst.scripts.script import Interface, Parameter


def read(source: bytes, has_block: bool) -> Interface:
    """The interface of a script. Raises `Unparsable`."""
    module = Module(*parse(source))
    start = frameworks.start_of(module)
    doc = read_docstring(docstring_of(module))
    if start.main is not None:
        found = functions.read_function(start.main, module)
        if not functions.docstring_of(start.main):  # then the file's stands for it, as in `--help`
            found = found._replace(parameters=tuple([_helped(each, doc) for each in found.parameters]))
        entry = "block" if has_block else "main"
    elif start.framework is not None:
        found = _read_framework(start.framework, module)
        entry = "block" if has_block else "framework"
    else:
        found = Interface(entry="none", unknown=("parameters",))
        entry = "block" if has_block else "main" if "main" in module.locals.functions else "none"
    return _described(found, doc)._replace(entry=entry)


def _helped(parameter: Parameter, doc: Docstring) -> Parameter:
    return parameter if parameter.help else parameter._replace(help=doc.parameters.get(parameter.name))


def _read_framework(framework: str, module: Module) -> Interface:
    from importlib import import_module

    reader = import_module(_READERS[framework])
    found: Interface = reader.read(module)
    return _named(found, framework)


_READERS = {
    "typer": "pyst.scripts.introspect.typer_apps",
    "click": "pyst.scripts.introspect.click_apps",
    "cyclopts": "pyst.scripts.introspect.cyclopts_apps",
    "argparse": "pyst.scripts.introspect.argparse_parsers",
    "fire": "pyst.scripts.introspect.fire_components",
}


def _named(found: Interface, framework: str) -> Interface:
    commands = tuple((name, _named(inner, framework)) for name, inner in found.commands)
    return found._replace(entry="framework", framework=framework, commands=commands)


def _described(found: Interface, doc: Docstring) -> Interface:
    """The interface with what the docstring of the file adds."""
    return found._replace(
        summary=doc.summary or found.summary,
        description=found.description or doc.description,
        exit_notes=found.exit_notes or doc.exit_notes,
    )
