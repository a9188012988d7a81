"""Previews of pictures: what they show and what they leave out. Rule B8."""

from __future__ import annotations

import io
import struct
import sys

import pytest
from PIL import Image, features
from PIL.PngImagePlugin import PngInfo

from flask_support_tickets.services.attachments.previews import make_previews

from .clients import open_ticket, upload
from .samples import FILES, animation, noise_of, picture, saved

RED, LIME = (255, 0, 0), (0, 255, 0)
_ORIENTATION, _CAMERA, _GPS = 0x0112, 0x0110, 0x8825


def preview(data, content_type, variant="view"):
    """Return the preview of a picture, decoded."""
    found = make_previews(io.BytesIO(data), content_type)[variant]
    with Image.open(io.BytesIO(found), formats=["WEBP"]) as image:
        image.load()
        return image


def colour(image, place=(5, 5)):
    return image.convert("RGBA").getpixel(place)


def is_near(found, wanted, *, by=24):
    return all(abs(one - other) < by for one, other in zip(found, wanted, strict=False))


def photo(orientation):
    """Return a JPEG of 400 x 200 with a red corner, and the metadata of a camera."""
    image = Image.new("RGB", (400, 200), "white")
    image.paste(RED, (0, 0, 60, 60))
    exif = Image.Exif()
    exif[_ORIENTATION], exif[_CAMERA] = orientation, "SECRET CAMERA"
    exif.get_ifd(_GPS).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return saved(image, "JPEG", exif=exif, quality=95, comment=b"SECRET COMMENT")


@pytest.mark.parametrize(
    ("orientation", "size", "corner"),
    [(1, (400, 200), (5, 5)), (3, (400, 200), (394, 194)), (6, (200, 400), (194, 5)),
     (7, (200, 400), (194, 394))],
)  # fmt: skip
def test_preview_of_turned_photo_is_upright(orientation, size, corner):
    image = preview(photo(orientation), "image/jpeg")
    assert image.size == size
    assert is_near(colour(image, corner), RED)


def test_previews_have_no_metadata_and_original_is_unchanged(client):
    words = PngInfo()
    words.add_text("Author", "SECRET")
    words.add_itxt("XML:com.adobe.xmp", "<x>SECRET</x>")
    for name, data in (
        ("a.jpg", photo(6)), ("a.png", picture("PNG", "RGB", pnginfo=words))
    ):  # fmt: skip
        url = upload(client, name, data)
        assert client.get(url).data == data
        assert b"SECRET" in data
        for variant in ("view", "thumbnail"):
            found = client.get(f"{url}?variant={variant}").data
            with Image.open(io.BytesIO(found)) as image:
                assert dict(image.getexif()) == {}
                assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)
            assert b"SECRET" not in found


def test_preview_of_animation_is_its_first_frame():
    for kind in ("GIF", "WEBP", "PNG"):
        image = preview(animation(kind), f"image/{kind.lower()}")
        assert getattr(image, "n_frames", 1) == 1
        assert is_near(colour(image), RED), kind


@pytest.mark.parametrize("mode", ["1", "LA", "P", "RGB", "RGBA"])
def test_preview_keeps_transparency(mode):
    through = {"transparency": (0, 0, 0) if mode == "RGB" else 0}
    data = picture("PNG", mode, **({} if mode.endswith("A") else through))
    assert colour(preview(data, "image/png"))[3] == 0


def test_preview_keeps_colours_of_cmyk_and_sixteen_bit_pictures():
    cmyk = saved(Image.new("CMYK", (40, 30), (255, 0, 255, 0)), "JPEG")
    assert is_near(colour(preview(cmyk, "image/jpeg")), LIME)
    ramp = b"".join(struct.pack("<H", 257 * column) for column in range(256)) * 20
    image = preview(saved(Image.frombytes("I;16", (256, 20), ramp), "PNG"), "image/png")
    found = [colour(image, (column, 10))[0] for column in range(0, 256, 32)]
    assert is_near(found, range(0, 256, 32))


def test_large_pictures_are_scaled_down_and_small_ones_are_not_scaled_up():
    large = picture("JPEG", "RGB", size=(3_000, 1_500))
    assert preview(large, "image/jpeg").size == (1_600, 800)
    assert preview(large, "image/jpeg", "thumbnail").size == (320, 160)
    assert preview(picture("PNG", "RGB"), "image/png", "thumbnail").size == (40, 30)


@pytest.mark.parametrize(
    ("size", "view", "thumbnail"),
    [
        ((1_170, 20_000), (958, 16_383), (160, 320)), ((20_000, 1_170), (16_383, 958), (320, 160)),
        ((1_170, 2_532), (1_170, 2_532), (160, 320)), ((2_400, 5_000), (1_600, 3_333), (160, 320)),
        ((900, 25_000), (800, 16_383), (160, 320)), ((1_600, 15_600), (1_281, 12_490), (160, 320)),
        ((20_000, 1), (16_383, 1), (2, 1)),
    ],
)  # fmt: skip
def test_view_of_long_screenshot_can_be_read(size, view, thumbnail):
    found = make_previews(io.BytesIO(picture("PNG", "1", size=size)), "image/png")
    with Image.open(io.BytesIO(found["view"])) as image:
        assert image.size == view
    with Image.open(io.BytesIO(found["thumbnail"])) as image:
        assert image.size == thumbnail


def test_long_photo_that_is_turned_is_cut_off_at_its_end():
    image = Image.new("RGB", (20_000, 800), "white")
    image.paste(RED, (0, 0, 400, 800))
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    found = preview(saved(image, "JPEG", exif=exif), "image/jpeg")
    assert found.size == (800, 16_383)
    assert is_near(colour(found), RED)


def test_preview_converts_colours_to_srgb():
    data = (FILES / "display_p3.jpg").read_bytes()
    for variant in ("view", "thumbnail"):
        assert is_near(colour(preview(data, "image/jpeg", variant)), (255, 57, 41), by=6)
    with Image.open(io.BytesIO(data)) as image:
        profile, stored = image.info["icc_profile"], image.getpixel((5, 5))
    assert not is_near(stored, (255, 57, 41), by=6)
    image = Image.new("RGBA", (40, 30), (*stored, 100))
    found = colour(preview(saved(image, "PNG", icc_profile=profile), "image/png"))
    assert is_near(found, (255, 57, 41, 100), by=6)
    palette = saved(image.convert("RGB").quantize(), "PNG", icc_profile=profile)
    assert is_near(colour(preview(palette, "image/png")), (255, 57, 41), by=6)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "LA", "CMYK"])
@pytest.mark.parametrize("kind", ["broken", "of other colours"])
def test_profile_that_cannot_be_applied_loses_no_preview(mode, kind):
    good = (FILES / "display_p3.jpg").read_bytes().partition(b"ICC_PROFILE\0\1\1")[2][:588]
    profile = good[:200] + bytes(388) if kind == "broken" else good
    if kind != "broken" and mode.startswith("RGB"):
        profile = good.replace(b"RGB XYZ", b"GRAYXYZ")
    name = "JPEG" if mode == "CMYK" else "PNG"
    image = Image.new(mode, (40, 30))
    found = preview(saved(image, name, icc_profile=profile), f"image/{name.lower()}")
    assert found.size == (40, 30)


def test_avif_has_a_preview():
    if not features.check("avif"):
        pytest.skip("this Pillow does not read AVIF")
    assert is_near(
        colour(preview(saved(Image.new("RGB", (40, 30), RED), "AVIF"), "image/avif")), RED
    )


def test_heic_has_a_preview_if_pillow_heif_is_installed():
    pytest.importorskip("pillow_heif")
    found = preview((FILES / "photo.heic").read_bytes(), "image/heic")
    assert found.size == (640, 480)
    assert is_near(colour(found), (250, 20, 20))


def test_heic_is_kept_without_preview_otherwise(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    data = (FILES / "photo.heic").read_bytes()
    url = upload(client, "IMG_1.HEIC", data)
    assert client.get(url).data == data
    assert client.get(f"{url}?variant=view").status_code == 404


def test_other_files_and_pictures_of_too_many_pixels_have_no_preview():
    assert make_previews(io.BytesIO(b"words"), "text/plain") == {}
    assert make_previews(io.BytesIO(picture("PNG", "1", size=(5_001, 5_000))), "image/png") == {}


@pytest.mark.parametrize(
    ("end", "data"),
    [
        ("png", picture("PNG", "RGB", size=(300, 300), noise=True)[:9_000]),
        ("jpg", b"\xff\xd8\xff" + noise_of(500)), ("gif", b"GIF89a" + noise_of(500)),
        ("webp", b"RIFF\xff\0\0\0WEBPVP8 " + noise_of(500)),
    ],
)  # fmt: skip
def test_broken_picture_is_kept_without_preview(client, end, data):
    url = upload(client, f"a.{end}", data)
    assert client.get(f"{url}?variant=view").status_code == 404
    assert client.get(url).data == data
    number = open_ticket(client, url).json["data"]["id"]
    page = client.get(f"/settings/ticket/{number}").text
    assert f"<bdi>a.{end}</bdi>" in page
    assert "variant=" not in page


@pytest.mark.parametrize("query", ["variant=original", "variant=../x", "variant=view&variant=x"])
def test_unknown_variant_is_422(client, query):
    url = upload(client, "a.png", picture("PNG", "RGB"))
    assert client.get(f"{url}?{query}").status_code == 422


def test_pictures_are_kept_without_previews_if_pillow_is_not_installed(client, monkeypatch):
    data = picture("PNG", "RGB")
    monkeypatch.setitem(sys.modules, "PIL", None)
    url = upload(client, "a.png", data)
    assert client.get(url).data == data
    assert client.get(f"{url}?variant=view").status_code == 404
