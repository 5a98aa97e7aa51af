"""The bare start, `python -I -S boot.py WORDS…`: an interpreter without site, for the hot path alone.

For whoever starts pyst by a command line of his own (`pyst doctor` does); a launcher can't, since installers write
none with options, and a shell between would lose variables whose names it doesn't like. If the hot path can't answer,
`site` is brought in as an ordinary start would have done, and the full path follows.
"""

import sys

_packages = __file__[: -len("/pyst/boot.py")]
sys.path.insert(0, _packages)
from pyst import hotpath  # noqa: E402

_code = hotpath.replay(sys.argv[1:])
sys.path.remove(_packages)
if _code is None:
    import site

    site.main()
    from pyst.__main__ import full

    _code = full()
sys.exit(_code)
