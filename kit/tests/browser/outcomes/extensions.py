# mypy: ignore-errors
# ruff: noqa: SIM905
"""The compiled modules of each package, and what is built on them; the files they bring along."""

import functools
import importlib
import importlib.machinery
import importlib.metadata
import importlib.resources
import inspect
import io
import pkgutil
import pydoc
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import contourpy
import kiwisolver
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import (
    _path,
    bezier,
    cbook,
    colors,
    font_manager,
    ft2font,
    mathtext,
    path,
    rcsetup,
    ticker,
    transforms,
    tri,
)

from outcomes import Cases, attempt, refusal
from outcomes.figures import GRID, HILLS, SAMPLES
from outcomes.late import imported

# Seldom wanted, so that a snapshot has hardly imported them.
LATE = """
contourpy.util.bokeh_util contourpy.util.data cycler dateutil.easter dateutil.rrule
dateutil.zoneinfo fontTools.afmLib fontTools.pens.svgPathPen fontTools.subset fontTools.ttLib
kiwisolver.exceptions matplotlib.animation matplotlib.backends.backend_cairo
matplotlib.backends.backend_gtk4 matplotlib.backends.backend_pdf matplotlib.backends.backend_pgf
matplotlib.backends.backend_ps matplotlib.backends.backend_qt5agg matplotlib.backends.backend_svg
matplotlib.backends.backend_template matplotlib.backends.backend_webagg matplotlib.hatch
matplotlib.mlab matplotlib.sankey matplotlib.sphinxext.plot_directive matplotlib.testing.compare
matplotlib.testing.decorators matplotlib.tri mpl_toolkits.axes_grid1 mpl_toolkits.axisartist
mpl_toolkits.mplot3d.art3d numpy.ctypeslib numpy.doc numpy.f2py numpy.fft.helper
numpy.lib.recfunctions numpy.lib.scimath numpy.ma.mrecords numpy.matlib
numpy.polynomial.hermite_e numpy.random._examples numpy.testing.overrides numpy.typing
packaging.licenses packaging.markers packaging.metadata packaging.requirements PIL.EpsImagePlugin
PIL.ImageCms PIL.ImageGrab PIL.ImageMath PIL.ImageMorph PIL.ImageQt PIL.ImageShow PIL.ImageTk
PIL.Jpeg2KImagePlugin PIL.PSDraw PIL.WalImageFile PIL.WebPImagePlugin pyparsing.diagram
pyparsing.testing pyparsing.unicode pytz.lazy pytz.reference six.moves
""".split()
DISTRIBUTIONS = "contourpy cycler fonttools kiwisolver matplotlib numpy packaging pillow pyparsing"
DISTRIBUTIONS += " python-dateutil pytz six"
PACKAGES = "contourpy cycler dateutil fontTools kiwisolver matplotlib mpl_toolkits numpy packaging"
PACKAGES += " PIL pyparsing pytz"
DOCUMENTED = "numpy.linspace numpy.linalg.svd matplotlib.axes.Axes.plot PIL.Image.open"
DOCUMENTED += " contourpy.contour_generator kiwisolver.Solver pyparsing.Word dateutil.parser.parse"


def cases() -> Cases:
    """Yield what compiled modules and packages give."""
    for name in LATE:
        yield f"import {name}", lambda name=name: attempt(lambda: imported(name))
    yield "compiled modules", lambda: _compiled_modules()
    for name in DISTRIBUTIONS.split():
        yield f"distribution {name}", lambda name=name: _distribution(name)
    for name in PACKAGES.split():
        yield f"modules of {name}", lambda name=name: _modules(name)
        yield f"files of {name}", lambda name=name: _files(name)
    for name in DOCUMENTED.split():
        yield f"help for {name}", lambda name=name: _help(name)
        yield f"source of {name}", lambda name=name: attempt(lambda: _source(name))
    yield from _traceback_cases()
    yield from _solver_cases()
    yield from _contour_cases()
    yield from _font_cases()
    yield from _matplotlib_cases()
    yield from _parsing_cases()


def _compiled_modules() -> object:
    endings = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    found = {}
    for folder in filter(None, map(_folder, PACKAGES.split())):
        for file in sorted(folder.rglob("*.so")):
            name = file.relative_to(folder.parent).as_posix().replace("/", ".")
            for ending in endings:
                name = name.removesuffix(ending)
            # Made for a toolkit that is not here, it takes the interpreter down when imported.
            if name != "PIL._imagingtk":
                found[name] = attempt(functools.partial(_compiled, name))
    return found


def _compiled(name: str) -> object:
    module = importlib.import_module(name)
    return module.__file__, type(module.__loader__).__name__, sorted(vars(module))


def _folder(name: str) -> Path | None:
    file = importlib.import_module(name).__file__
    return Path(file).parent if file else None


def _distribution(name: str) -> object:
    found = importlib.metadata.distribution(name)
    return found.version, found.requires, found.read_text("INSTALLER"), len(found.files or [])


def _modules(name: str) -> list[str]:
    module = importlib.import_module(name)
    return sorted(module.name for module in pkgutil.iter_modules(module.__path__))


def _files(name: str) -> object:
    folder = _folder(name)
    if folder is None:
        return "none"
    return sorted(
        f"{file.relative_to(folder)} {file.stat().st_size if _is_content(file) else ''}"
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    )


def _is_content(file: Path) -> bool:
    return file.suffix not in {".py", ".pyc"}


def _help(name: str) -> str:
    # How often pyparsing has parsed is of no concern.
    return re.sub(r"packrat_cache_stats = .*", "", pydoc.plain(pydoc.render_doc(name)))


def _source(name: str) -> str:
    module, _, attribute = name.rpartition(".")
    if attribute == "plot":
        from matplotlib.axes import Axes

        return inspect.getsource(Axes.plot)
    return inspect.getsource(getattr(importlib.import_module(module), attribute))


def _traceback_cases() -> Cases:
    raising: dict[str, Callable[[], object]] = {
        "numpy": lambda: np.linalg.inv(np.zeros((2, 3))),
        "numpy, compiled": lambda: np.add(1, "a"),
        "matplotlib": lambda: matplotlib.figure.Figure().add_subplot(projection="shade"),
        "matplotlib, compiled": lambda: ft2font.FT2Font("missing.ttf"),
        "settings of matplotlib": lambda: matplotlib.rcParams.update({"lines.shade": 1}),
        "Pillow": lambda: importlib.import_module("PIL.Image").open(io.BytesIO()),
        "contourpy": lambda: contourpy.contour_generator(z=[1]),
        "pyparsing": lambda: importlib.import_module("pyparsing").Word("a").parse_string("b"),
        "dateutil": lambda: importlib.import_module("dateutil.parser").parse("some day"),
        "packaging": lambda: importlib.import_module("packaging.version").Version("a.b"),
    }
    for name, function in raising.items():
        yield f"traceback through {name}", lambda function=function: _shown(function)


def _shown(function: Callable[[], object]) -> str:
    try:
        function()
    except Exception:
        return traceback.format_exc()
    raise AssertionError("nothing was raised")


def _solver_cases() -> Cases:
    solver = kiwisolver.Solver()
    left, middle, right = map(kiwisolver.Variable, ("left", "middle", "right"))
    for constraint in (left >= 0, right <= 100, middle == (left + right) / 2, left + 60 <= right):
        solver.addConstraint(constraint)
    solver.addConstraint((left == 25) | "weak")
    solver.addEditVariable(middle, "strong")
    solver.suggestValue(middle, 55)
    solver.updateVariables()
    yield "solver", lambda: [variable.value() for variable in (left, middle, right)]
    yield "solver, contradiction", lambda: type(refusal(lambda: solver.addConstraint(left >= 99)))
    yield "solver, constraint", lambda: (2 * left + 1 <= right).strength()
    yield "solver, wrong strength", lambda: refusal(lambda: (left >= 0) | "mighty")
    yield "solver, product", lambda: refusal(lambda: left * right)
    yield "solver, version", lambda: (kiwisolver.__version__, kiwisolver.__kiwi_version__)


def _contour_cases() -> Cases:
    for name in ("serial", "mpl2005", "mpl2014", "threaded"):
        yield f"contours, {name}", lambda name=name: attempt(lambda: _contours(name))
    yield (
        "contours between",
        lambda: contourpy.contour_generator(
            z=HILLS, fill_type="ChunkCombinedOffsetOffset", chunk_count=2
        ).filled(0.1, 0.5),
    )
    yield (
        "contours, masked",
        lambda: contourpy.contour_generator(z=np.ma.masked_less(HILLS, 0)).lines(0.2),
    )
    yield (
        "contours, upside down",
        lambda: refusal(lambda: contourpy.contour_generator(z=HILLS).filled(1, 0)),
    )
    yield "contours, version", lambda: (contourpy.__version__, contourpy.max_threads())


def _contours(name: str) -> object:
    generator = contourpy.contour_generator(*GRID, HILLS, name=name)
    return [generator.lines(level) for level in (-0.2, 0.1, 0.4, 5)]


def _font_cases() -> Cases:
    yield (
        "fonts known",
        lambda: sorted(
            (font.name, font.style, str(font.weight), Path(font.fname).name)
            for font in font_manager.fontManager.ttflist
        ),
    )
    for family in ("sans-serif", "serif", "monospace", "cursive", "Shade"):
        yield (
            f"font for {family}",
            lambda f=family: font_manager.findfont(font_manager.FontProperties([f])),
        )
    yield "font for bold", lambda: font_manager.findfont("sans:bold:italic")
    yield (
        "no font",
        lambda: refusal(lambda: font_manager.findfont("Shade", fallback_to_default=False)),
    )
    yield "glyphs", _glyphs
    yield "kerning", lambda: [_font().get_kerning(*pair, 0) for pair in ((36, 57), (55, 82))]
    yield "tables", lambda: (_font().get_sfnt_table("head"), len(_font().get_charmap()))
    yield "font version", lambda: ft2font.__freetype_version__
    yield "letters as a path", lambda: _text_path()
    yield (
        "mathematics as a path",
        lambda: mathtext.MathTextParser("path").parse(r"$\sqrt{x_1^2}$")[:3],
    )
    yield (
        "fonts of TeX",
        lambda: refusal(lambda: __import__("matplotlib.dviread").dviread.Dvi("a", 72)),
    )


def _font() -> Any:
    return font_manager.get_font(font_manager.findfont("DejaVu Sans"))


def _glyphs() -> object:
    font = _font()
    font.set_size(20, 100)
    font.set_text("Waves ﬁ", 15)
    font.draw_glyphs_to_bitmap()
    return font.get_width_height(), font.get_descent(), np.asarray(font.get_image())


def _text_path() -> object:
    from matplotlib.textpath import TextPath

    found = TextPath((0, 0), "Waves", size=12)
    return np.asarray(found.vertices), np.asarray(found.codes)


def _matplotlib_cases() -> Cases:
    # Who imports pyplot before choosing a backend, as a snapshot does, has it among the defaults.
    plt.switch_backend("agg")
    yield "backend", lambda: (matplotlib.get_backend(), matplotlib.is_interactive())
    yield "settings", lambda: dict(sorted(matplotlib.rcParams.items()))
    yield "first settings", lambda: dict(sorted(matplotlib.rcParamsDefault.items()))
    yield "settings at the start", lambda: dict(sorted(matplotlib.rcParamsOrig.items()))
    yield (
        "folders",
        lambda: [
            matplotlib.get_configdir(),
            matplotlib.get_cachedir(),
            matplotlib.get_data_path(),
            matplotlib.matplotlib_fname(),
        ],
    )
    yield (
        "styles",
        lambda: {name: dict(style) for name, style in sorted(matplotlib.style.library.items())},
    )
    yield (
        "colour maps",
        lambda: {
            name: matplotlib.colormaps[name](np.linspace(0, 1, 9)) for name in matplotlib.colormaps
        },
    )
    yield "backends", lambda: attempt(lambda: matplotlib.backends.backend_registry.list_all())
    yield "another backend", lambda: refusal(lambda: matplotlib.use("gtk4agg", force=True))
    yield "backend afterwards", matplotlib.get_backend
    yield "sample images", lambda: attempt(lambda: cbook.get_sample_data("grace_hopper.jpg").read())
    yield "sample numbers", lambda: attempt(lambda: cbook.get_sample_data("topobathy.npz")["topo"])
    yield (
        "resource of matplotlib",
        lambda: (
            importlib.resources.files("matplotlib").joinpath("mpl-data/matplotlibrc").read_text()
        ),
    )
    yield (
        "colours",
        lambda: [
            attempt(lambda c=c: colors.to_rgba(c))
            for c in ("C3", "xkcd:sky blue", "0.5", "#abc8", ("r", 0.2), "shade")
        ],
    )
    yield (
        "ticks",
        lambda: [
            locator.tick_values(0.03, 1234)
            for locator in (
                ticker.MaxNLocator(5),
                ticker.LogLocator(),
                ticker.SymmetricalLogLocator(base=10, linthresh=1),
            )
        ],
    )
    yield "engineering numbers", lambda: ticker.EngFormatter("Hz")(123456.7)
    yield (
        "paths",
        lambda: (
            _path.affine_transform(np.eye(3)[:, :2], np.arange(9.0).reshape(3, 3)),
            path.Path.unit_circle().contains_points([[0, 0], [2, 2]]),
            path.Path.arc(10, 200).get_extents(),
            path.Path(SAMPLES.reshape(-1, 2)).cleaned(simplify=True).vertices,
        ),
    )
    yield "bezier", lambda: bezier.BezierSegment([[0, 0], [1, 3], [2, 0]]).axis_aligned_extrema
    yield (
        "transforms",
        lambda: (
            transforms.Affine2D().rotate_deg(30).scale(2, 3).inverted().get_matrix(),
            attempt(lambda: transforms.Affine2D(np.zeros((3, 3))).inverted().get_matrix()),
        ),
    )
    yield "triangulation", lambda: tri.Triangulation(SAMPLES[:30], SAMPLES[30:60]).triangles
    yield (
        "interpolated on triangles",
        lambda: tri.CubicTriInterpolator(
            tri.Triangulation(SAMPLES[:30], SAMPLES[30:60]), np.arange(30)
        )(0.3, 0.2),
    )
    yield (
        "settings checked",
        lambda: [attempt(lambda v=v: rcsetup.validate_bool(v)) for v in ("on", "0", "maybe")],
    )
    yield (
        "wrong setting",
        lambda: refusal(lambda: matplotlib.rcParams.update({"lines.linewidth": "a"})),
    )


def _parsing_cases() -> Cases:
    import pyparsing
    from dateutil import parser, relativedelta, rrule, tz
    from packaging.requirements import Requirement
    from packaging.version import Version

    sums = pyparsing.infix_notation(
        pyparsing.common.integer,
        [("*", 2, pyparsing.OpAssoc.LEFT), ("+", 2, pyparsing.OpAssoc.LEFT)],
    )
    yield "parsed", lambda: sums.parse_string("1+2*(3+4)").as_list()
    day = parser.parse("29 Feb 2024 12:30 +0200")
    yield "days read", lambda: (day, day + relativedelta.relativedelta(years=1, weekday=0))
    yield "rule of days", lambda: list(rrule.rrule(rrule.MONTHLY, day, count=3, byweekday=(4,)))
    yield (
        "zones of dateutil",
        lambda: (
            tz.tzlocal().utcoffset(day),
            attempt(lambda: str(tz.gettz("Europe/Berlin"))),
            attempt(
                lambda: (
                    importlib.import_module("dateutil.zoneinfo")
                    .get_zonefile_instance()
                    .get("Asia/Tokyo")
                )
            ),
        ),
    )
    import pytz

    yield (
        "zones of pytz",
        lambda: (
            len(pytz.all_timezones),
            pytz.timezone("Asia/Kathmandu").localize(day.replace(tzinfo=None)).isoformat(),
            refusal(lambda: pytz.timezone("Mars/Olympus")),
        ),
    )
    yield "versions", lambda: sorted(map(Version, ("1.0", "1.0rc1", "1!0.1", "1.0.post2")))
    yield "requirement", lambda: str(Requirement('a[b]>=1,<2; python_version > "3"'))
    import cycler

    yield "cycles", lambda: list(cycler.cycler(c="rg") * cycler.cycler(lw=[1, 2]))
    import six

    yield "old and new", lambda: (six.PY3, six.ensure_text(b"a"))
    from fontTools.ttLib import TTFont

    def font() -> object:
        with TTFont(font_manager.findfont("STIXGeneral")) as found:
            return sorted(found.keys()), found["name"].getDebugName(1), len(found.getGlyphOrder())

    yield "font taken apart", font
