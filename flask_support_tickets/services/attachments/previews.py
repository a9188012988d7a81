"""Create preview images without the original's metadata (rule B8)."""

from __future__ import annotations

import io
import logging
import math
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO

logger = logging.getLogger(__name__)

#: The maximum width and height of each variant, in pixels. If an image is long, such as a
#: screenshot of a whole page, only the short side of its view is limited, and its thumbnail shows
#: the beginning. An image is long if one side is more than twice the other.
VARIANTS: Mapping[str, int] = {"thumbnail": 320, "view": 1_600}
#: The longest WebP image, and the minimum short side to which a longer image is scaled down. The
#: rest is cut off.
_WEBP_MAX, _LONG_VIEW_MIN = 16_383, 800
#: A view takes less memory than the largest original, so it does not raise the peak.
_VIEW_PIXELS_MAX = 16_000_000
CONTENT_TYPE = "image/webp"
#: Larger images are not decoded. At 4 bytes per pixel, the largest take 100 MB.
PIXELS_MAX = 25_000_000
#: Pillow's formats for the content types with previews. HEIC requires the pillow-heif package.
_FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/heic": "HEIF",
}
_QUALITY = 82
#: From 0 to 6. A higher number takes longer and saves little.
_EFFORT = 2
#: Only one image is decoded at a time, so that memory use does not depend on the thread count.
_decoding = threading.Lock()


def make_previews(stream: BinaryIO, content_type: str) -> dict[str, bytes]:
    """Return a WebP image for each of `VARIANTS`. Empty if ``stream`` is not a supported image.

    Requires the ``images`` extra. Previews show the first frame of an animation. The orientation is
    applied, colors are converted to sRGB, and all other metadata is removed.
    """
    if content_type not in _FORMATS:
        return {}
    stream.seek(0)
    try:
        with _decoding:
            picture = _load(stream, _FORMATS[content_type])
            return _encode(picture) if picture else {}
    except ImportError:
        return {}
    except Exception:  # a broken or malicious file can cause any exception
        logger.info("Could not create the previews of an image.", exc_info=True)
        return {}
    finally:
        stream.seek(0)


def _load(stream: BinaryIO, format_name: str) -> Any | None:
    """Return the image in the size of its view, or None if it cannot or must not be decoded."""
    from PIL import Image, ImageOps

    if not _can_open(format_name):
        return None
    with Image.open(stream, formats=[format_name]) as image:
        if image.width * image.height > PIXELS_MAX:
            return None
        largest = max(VARIANTS.values())
        image.draft("RGB", (largest, largest))  # decodes a JPEG at the smallest size that suffices
        image.load()
        orientation, profile = image.getexif().get(0x0112, 1), image.info.get("icc_profile")
        picture = _to_rgb(image, keep_gray_and_cmyk=bool(profile))
        size = _view_size(*picture.size)
        if size != picture.size:
            picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)
    if profile:
        picture = _to_srgb(picture, profile)
    picture.info.clear()
    if orientation != 1:
        picture.getexif()[0x0112] = orientation
        picture = ImageOps.exif_transpose(picture)
    return picture


def _can_open(name: str) -> bool:
    from PIL import Image

    if name == "HEIF":
        with suppress(ImportError):
            from pillow_heif import register_heif_opener

            register_heif_opener(thumbnails=False)
    Image.init()
    return name in Image.OPEN


def _encode(picture: Any) -> dict[str, bytes]:
    from PIL import Image

    picture = _cut_off(picture, _WEBP_MAX)
    view = _webp(picture)
    picture = _cut_off(picture, 2 * min(picture.size))
    picture.thumbnail((VARIANTS["thumbnail"],) * 2, Image.Resampling.LANCZOS)
    return {"view": view, "thumbnail": _webp(picture)}


def _view_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of a view, which fits a square unless the image is long."""
    short, long = sorted((width, height))
    scale = min(1, VARIANTS["view"] / (long if long <= 2 * short else short))
    fitting = min(_WEBP_MAX / long, math.sqrt(_VIEW_PIXELS_MAX / (width * height)))
    scale = min(scale, max(fitting, _LONG_VIEW_MIN / short))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _cut_off(picture: Any, limit: int) -> Any:
    """Return the beginning of an image, up to ``limit`` pixels wide and high."""
    width, height = picture.size
    is_long = max(picture.size) > limit
    return picture.crop((0, 0, min(width, limit), min(height, limit))) if is_long else picture


def _to_rgb(image: Any, *, keep_gray_and_cmyk: bool) -> Any:
    if image.mode.startswith("I;16"):  # otherwise, values above 255 would be white
        return image.convert("I").point(lambda value: value / 256).convert("RGB")
    mode = "RGBA" if "transparency" in image.info or "A" in image.mode else "RGB"
    is_kept = image.mode == mode or (keep_gray_and_cmyk and image.mode in ("L", "CMYK"))
    return image if is_kept and "transparency" not in image.info else image.convert(mode)


def _to_srgb(picture: Any, profile: bytes) -> Any:
    """Return ``picture`` in sRGB, which every screen can show. Ignores a broken profile."""
    from PIL import ImageCms

    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, target, outputMode=mode)
    except Exception:
        logger.info("Could not apply the color profile of an image.", exc_info=True)
        return picture.convert(mode)


def _webp(picture: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, "WEBP", quality=_QUALITY, method=_EFFORT)
    return target.getvalue()
