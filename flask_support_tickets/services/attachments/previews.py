"""Create preview images without the original's metadata (rule B8)."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Mapping
from typing import Any, BinaryIO

from ...file_types import IMAGES

logger = logging.getLogger(__name__)

#: The maximum width and height of each variant, in pixels.
VARIANTS: Mapping[str, int] = {"thumbnail": 320, "view": 1_600}
CONTENT_TYPE = "image/webp"
#: Larger images are not decoded. At 4 bytes per pixel, the largest take 100 MB.
PIXELS_MAX = 25_000_000
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_QUALITY = 82
#: Only one image is decoded at a time, so that memory use does not depend on the thread count.
_decoding = threading.Lock()


def make_previews(stream: BinaryIO, content_type: str) -> dict[str, bytes]:
    """Return a WebP image for each of `VARIANTS`. Empty if ``stream`` is not a supported image.

    Requires the ``images`` extra. Previews show the first frame of an animation. The orientation is
    applied, and all other metadata is removed.
    """
    if content_type not in IMAGES:
        return {}
    stream.seek(0)
    try:
        from PIL import Image

        with _decoding, Image.open(stream, formats=_FORMATS) as image:
            if image.width * image.height > PIXELS_MAX:
                return {}
            return _encode(image)
    except ImportError:
        return {}
    except Exception:  # a broken or malicious file can cause any exception
        logger.info("Could not create the previews of an image.", exc_info=True)
        return {}
    finally:
        stream.seek(0)


def _encode(image: Any) -> dict[str, bytes]:
    from PIL import Image, ImageOps

    largest = max(VARIANTS.values())
    image.draft("RGB", (largest, largest))  # decodes a JPEG at the smallest size that suffices
    orientation = image.getexif().get(0x0112, 1)
    if image.mode.startswith("I;16"):  # otherwise, values above 255 would be white
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    picture = image.convert("RGBA" if "transparency" in image.info or "A" in image.mode else "RGB")
    if orientation != 1:
        picture.getexif()[0x0112] = orientation
        picture = ImageOps.exif_transpose(picture)
    previews = {}
    for variant, side in sorted(VARIANTS.items(), key=lambda item: -item[1]):
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
        target = io.BytesIO()
        bare.save(target, "WEBP", quality=_QUALITY)
        previews[variant] = target.getvalue()
    return previews
