# mypy: ignore-errors
"""Images of Pillow: files of each format and back, changes of mode and size, drawing, errors."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import (
    Image,
    ImageChops,
    ImageColor,
    ImageDraw,
    ImageEnhance,
    ImageFilter,
    ImageFont,
    ImageOps,
    ImageStat,
    features,
)

from outcomes import Cases, attempt, refusal

FORMATS: dict[str, dict[str, Any]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 80, "progressive": True},
    "WEBP": {"quality": 60},
    "GIF": {},
    "TIFF": {"compression": "tiff_lzw"},
    "BMP": {},
    "ICO": {},
    "PPM": {},
    "TGA": {},
    "PCX": {},
    "JPEG2000": {},
    "AVIF": {},
    "DDS": {},
    "ICNS": {},
    "IM": {},
    "PDF": {"creationDate": None, "modDate": None},
    "QOI": {},
    "SGI": {},
    "SHADE": {},
}
MODES = ("1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16", "LA")
CHANGES: dict[str, Callable[[Image.Image], Any]] = {
    "resize, nearest": lambda i: i.resize((17, 23), Image.Resampling.NEAREST),
    "resize, lanczos": lambda i: i.resize((17, 23), Image.Resampling.LANCZOS),
    "resize, bicubic, part": lambda i: i.resize((17, 23), Image.Resampling.BICUBIC, (2, 3, 30, 31)),
    "reduce": lambda i: i.reduce(3),
    "rotate": lambda i: i.rotate(30, Image.Resampling.BILINEAR, expand=True),
    "transpose": lambda i: i.transpose(Image.Transpose.TRANSVERSE),
    "transform": lambda i: i.transform(
        (20, 20), Image.Transform.PERSPECTIVE, (1, 0.1, 0, 0.2, 1, 0, 0.001, 0)
    ),
    "crop": lambda i: i.crop((-2, 3, 10, 70)),
    "split": lambda i: Image.merge("RGB", i.split()[::-1]),
    "quantize": lambda i: i.quantize(16).convert("RGB"),
    "dither": lambda i: i.convert("1"),
    "blur": lambda i: i.filter(ImageFilter.GaussianBlur(2)),
    "kernel": lambda i: i.filter(ImageFilter.FIND_EDGES),
    "median": lambda i: i.filter(ImageFilter.MedianFilter(3)),
    "unsharp mask": lambda i: i.filter(ImageFilter.UnsharpMask()),
    "equalize": ImageOps.equalize,
    "fit": lambda i: ImageOps.fit(i, (20, 10)),
    "enhance": lambda i: ImageEnhance.Color(i).enhance(1.7),
    "difference": lambda i: ImageChops.difference(i, i.rotate(90)),
    "paste": lambda i: _pasted(i),
    "blend": lambda i: Image.blend(i, i.rotate(180), 0.3),
    "histogram": lambda i: i.histogram(),
    "statistics": lambda i: (ImageStat.Stat(i).stddev, i.entropy(), i.getbbox(), i.getcolors()),
    "point": lambda i: i.point(lambda value: 255 - value),
    "thumbnail": lambda i: _thumbnail(i),
}
WRONG: dict[str, Callable[[], object]] = {
    "no image": lambda: Image.open(io.BytesIO(b"text")),
    "not there": lambda: Image.open("missing.png"),
    "cut off": lambda: Image.open(io.BytesIO(_encoded("PNG")[:200])).load(),
    "unknown mode": lambda: Image.new("shade", (1, 1)),
    "unknown colour": lambda: ImageColor.getrgb("shade"),
    "unknown conversion": lambda: Image.new("I", (2, 2)).convert("LAB"),
    "modes that differ": lambda: ImageChops.add(Image.new("L", (1, 1)), Image.new("RGB", (1, 1))),
    "RGBA as JPEG": lambda: Image.new("RGBA", (1, 1)).save(io.BytesIO(), "JPEG"),
    "pixel outside": lambda: Image.new("L", (1, 1)).getpixel((5, 5)),
    "array of another kind": lambda: Image.fromarray(np.zeros((2, 2, 7), "u1")),
    "negative size": lambda: Image.new("L", (-1, 1)),
    "unknown font": lambda: ImageFont.truetype("missing.ttf"),
}


def cases() -> Cases:
    """Yield what images give."""
    for name in FORMATS:
        yield f"{name}, written", lambda name=name: attempt(lambda: _encoded(name))
        yield f"{name}, read", lambda name=name: attempt(lambda: _decoded(name))
    for mode in MODES:
        yield f"mode {mode}", lambda mode=mode: attempt(lambda: _content(picture().convert(mode)))
    for name, change in CHANGES.items():
        yield name, lambda change=change: _told(change(picture()))
    for name, function in WRONG.items():
        yield f"wrong: {name}", lambda function=function: refusal(function)
    yield "drawn", lambda: _content(_drawn())
    yield "text, built-in font", lambda: _content(_written(ImageFont.load_default()))
    yield "text, font of a file", _written_with_a_file
    yield "array and back", lambda: np.asarray(Image.fromarray(np.asarray(picture()))).sum()
    yield "frames", _frames
    yield "EXIF", _exif
    yield "colours", lambda: [ImageColor.getrgb(c) for c in ("teal", "#8af", "hsl(120, 50%, 25%)")]
    yield (
        "features",
        lambda: {
            name: (features.check(name), features.version(name))
            for name in sorted(features.get_supported())
        },
    )
    yield "formats known", lambda: (Image.init(), sorted(Image.OPEN), sorted(Image.SAVE))
    yield "endings known", lambda: sorted(Image.registered_extensions().items())


def picture() -> Image.Image:
    """Return an image of waves in three colours."""
    y, x = np.mgrid[:48, :40]
    waves = [np.sin(x / a) * np.cos(y / b) * 127 + 128 for a, b in ((5, 9), (7, 4), (11, 6))]
    return Image.fromarray(np.stack(waves, axis=2).astype("u1"))


def _encoded(name: str) -> bytes:
    content = io.BytesIO()
    picture().save(content, name, **FORMATS[name])
    return content.getvalue()


def _decoded(name: str) -> object:
    with Image.open(io.BytesIO(_encoded(name))) as image:
        return image.format, image.mode, _content(image)


def _content(image: Image.Image) -> object:
    return image.mode, image.size, image.tobytes()


def _told(value: object) -> object:
    return _content(value) if isinstance(value, Image.Image) else value


def _pasted(image: Image.Image) -> Image.Image:
    image.paste("teal", (5, 5, 30, 30), image.convert("L").crop((0, 0, 25, 25)))
    return image


def _thumbnail(image: Image.Image) -> Image.Image:
    image.thumbnail((16, 16))
    return image


def _drawn() -> Image.Image:
    image = picture()
    draw = ImageDraw.Draw(image, "RGBA")
    draw.ellipse((3, 3, 30, 20), fill=(255, 0, 0, 128), outline="white", width=2)
    draw.polygon([(1, 40), (20, 25), (39, 47)], fill="#0a08")
    draw.arc((5, 5, 35, 45), 20, 200, fill="black")
    draw.rounded_rectangle((10, 30, 38, 46), 4, outline="blue")
    ImageDraw.floodfill(image, (0, 0), (1, 2, 3), thresh=60)
    return image


def _written(font: Any) -> Image.Image:
    image = Image.new("RGB", (80, 24), "white")
    ImageDraw.Draw(image).text((2, 4), "Waves fi", fill="black", font=font)
    return image


def _written_with_a_file() -> object:
    from matplotlib import font_manager

    path = font_manager.findfont("DejaVu Serif")
    return attempt(lambda: _content(_written(ImageFont.truetype(path, 14))))


def _frames() -> object:
    content = io.BytesIO()
    pictures = [picture().rotate(angle) for angle in (0, 90, 180)]
    pictures[0].save(content, "GIF", save_all=True, append_images=pictures[1:], duration=50)
    with Image.open(content) as image:
        return image.n_frames, image.info["duration"], content.getvalue()


def _exif() -> object:
    image, content = picture(), io.BytesIO()
    exif = image.getexif()
    exif[0x010E] = "waves"
    image.save(content, "JPEG", exif=exif)
    with Image.open(content) as found:
        return dict(found.getexif())
