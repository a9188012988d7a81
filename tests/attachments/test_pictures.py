"""Pictures made of pictures: what they show, what they leave out, what they cost (case 71)."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from .clients import MULTIPART, UPLOADS, multipart
from .samples import animation, contents_of_all_types, noise_of, picture, saved

ROOT = Path(__file__).parents[2]
RED, LIME, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
_ORIENTATION, _CAMERA, _GPS = 0x0112, 0x0110, 0x8825


@pytest.fixture
def host_config(tmp_path):
    return {"SUPPORT_TICKETS_STORAGE": f"file://{tmp_path / 'files'}"}


@pytest.fixture
def client(client_of, alice):
    return client_of(alice)


@pytest.fixture
def preview(client):
    """Upload a picture and return what is shown of it; the original comes back as it was."""

    def make(data, end, variant="view"):
        body = multipart({}, "file", [(f"a.{end}", data)])
        answer = client.post(UPLOADS, data=body, headers=MULTIPART)
        assert answer.status_code == 201
        url = answer.json["data"]["url"]
        assert client.get(url).data == data
        answer = client.get(f"{url}?variant={variant}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
        with Image.open(io.BytesIO(answer.data), formats=["WEBP"]) as image:
            image.load()
            return image, answer.data

    return make


def colour(image, place=(5, 5)):
    return image.convert("RGBA").getpixel(place)


def is_near(found, wanted):
    return all(abs(one - other) < 24 for one, other in zip(found, wanted, strict=False))


def photo(orientation):
    """Return a JPEG of 400 x 200 with a red corner, and all that a camera writes."""
    image = Image.new("RGB", (400, 200), "white")
    image.paste(RED, (0, 0, 60, 60))
    exif = Image.Exif()
    exif[_ORIENTATION], exif[_CAMERA] = orientation, "SECRET CAMERA"
    exif.get_ifd(_GPS).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return saved(image, "JPEG", exif=exif, quality=95, comment=b"SECRET COMMENT")


class TestWhatTheyShow:
    @pytest.mark.parametrize(
        ("orientation", "size", "corner"),
        [
            (1, (400, 200), (5, 5)), (2, (400, 200), (394, 5)), (3, (400, 200), (394, 194)),
            (4, (400, 200), (5, 194)), (5, (200, 400), (5, 5)), (6, (200, 400), (194, 5)),
            (7, (200, 400), (194, 394)), (8, (200, 400), (5, 394)),
        ],
    )  # fmt: skip
    def test_stands_upright(self, preview, orientation, size, corner):
        image, _ = preview(photo(orientation), "jpg")
        assert image.size == size
        assert is_near(colour(image, corner), RED)

    @pytest.mark.parametrize("variant", ["view", "thumbnail"])
    def test_leaves_out_place_camera_and_words(self, preview, variant):
        original = photo(6)
        assert b"SECRET CAMERA" in original
        assert b"SECRET COMMENT" in original
        image, data = preview(original, "jpg", variant)
        assert dict(image.getexif()) == {}
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)
        assert b"SECRET" not in data
        assert b"EXIF" not in data

    def test_leaves_out_the_words_of_a_png(self, preview):
        from PIL.PngImagePlugin import PngInfo

        words = PngInfo()
        words.add_text("Author", "SECRET")
        words.add_itxt("XML:com.adobe.xmp", "<x>SECRET</x>")
        _, data = preview(picture("PNG", "RGB", pnginfo=words), "png")
        assert b"SECRET" not in data

    def test_the_first_of_an_animation(self, preview):
        for kind, end in (("GIF", "gif"), ("WEBP", "webp"), ("PNG", "png")):
            image, _ = preview(animation(kind), end)
            assert getattr(image, "n_frames", 1) == 1
            assert is_near(colour(image), RED), kind

    def test_a_cmyk_jpeg(self, preview):
        image, _ = preview(saved(Image.new("CMYK", (40, 30), (255, 0, 255, 0)), "JPEG"), "jpg")
        assert is_near(colour(image), LIME)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
    def test_what_can_be_seen_through(self, preview, mode):
        through = {"transparency": (0, 0, 0) if mode == "RGB" else 0}
        options = {} if mode.endswith("A") else through
        image, _ = preview(picture("PNG", mode, **options), "png")
        assert colour(image)[3] == 0

    def test_the_colours_of_a_palette(self, preview):
        palette = Image.new("P", (40, 30))
        palette.putpalette([*RED, *LIME, *BLUE])
        palette.paste(1, (20, 0, 40, 30))
        image, _ = preview(saved(palette, "PNG", transparency=0), "png")
        assert colour(image)[3] == 0
        assert is_near(colour(image, (35, 15)), LIME)

    def test_sixteen_bits_of_grey(self, preview):
        ramp = b"".join(struct.pack("<H", 257 * column) for column in range(256)) * 20
        image, _ = preview(saved(Image.frombytes("I;16", (256, 20), ramp), "PNG"), "png")
        found = [colour(image, (column, 10))[0] for column in range(0, 256, 32)]
        assert is_near(found, range(0, 256, 32))

    @pytest.mark.parametrize(("kind", "pixel"), [(2, "ffff80000000"), (6, "ffff80000000ffff")])
    def test_sixteen_bits_of_colour(self, preview, kind, pixel):
        rows = (b"\0" + bytes.fromhex(pixel) * 10) * 10
        image, _ = preview(png(10, 10, 16, kind, zlib.compress(rows)), "png")
        assert is_near(colour(image), (255, 128, 0))

    def test_sizes_are_limited_and_small_ones_stay(self, preview):
        large = picture("JPEG", "RGB", size=(3_000, 1_500))
        assert preview(large, "jpg")[0].size == (1_600, 800)
        assert preview(large, "jpg", "thumbnail")[0].size == (320, 160)
        assert preview(picture("PNG", "RGB"), "png", "thumbnail")[0].size == (40, 30)
        assert preview(picture("PNG", "RGB", size=(4_000, 1)), "png")[0].size == (1_600, 1)


class TestWhereThereIsNone:
    def address_of(self, client, end, data):
        body = multipart({}, "file", [(f"a.{end}", data)])
        return client.post(UPLOADS, data=body, headers=MULTIPART).json["data"]["url"]

    def test_it_is_404(self, client):
        for end, data in contents_of_all_types():
            if end in ("png", "jpg", "jpeg", "gif", "webp"):
                continue
            url = self.address_of(client, end, data)
            for variant in ("view", "thumbnail"):
                answer = client.get(f"{url}?variant={variant}")
                assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        ("end", "data"),
        [
            ("png", picture("PNG", "RGB", size=(300, 300), noise=True)[:9_000]),
            ("png", b"\x89PNG\r\n\x1a\n" + noise_of(500)), ("jpg", b"\xff\xd8\xff" + noise_of(500)),
            ("gif", b"GIF89a" + noise_of(500)), ("webp", b"RIFF\xff\0\0\0WEBPVP8 " + noise_of(500)),
        ],
    )  # fmt: skip
    def test_a_broken_picture_is_kept_as_a_file(self, client, end, data):
        url = self.address_of(client, end, data)
        assert client.get(f"{url}?variant=view").status_code == 404
        assert client.get(url).data == data
        body = {"subject": "S", "description": "D", "attachmentUrls": [url]}
        number = client.post("/api/tickets", json=body).json["data"]["id"]
        page = client.get(f"/settings/ticket/{number}").text
        assert f"<bdi>a.{end}</bdi>" in page
        assert "variant=" not in page

    @pytest.mark.parametrize(
        "query", ["variant=original", "variant=../x", "variant=view&variant=x"]
    )
    def test_there_is_no_other_variant(self, client, query):
        url = self.address_of(client, "png", picture("PNG", "RGB"))
        assert client.get(f"{url}?{query}").status_code == 422


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, kind, packed):
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(*each) for each in ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    )


def black(side):
    """Return a PNG of ``side`` x ``side`` pixels in a few kilobytes, without ever holding them."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return png(side, side, 1, 0, packed)


def test_one_of_too_many_pixels_is_not_decoded(client):
    url = client.post(
        UPLOADS, data=multipart({}, "file", [("a.png", black(5_001))]), headers=MULTIPART
    ).json["data"]["url"]
    assert client.get(f"{url}?variant=view").status_code == 404


def test_without_the_extra_pictures_are_files_like_any_other(client, monkeypatch):
    data = picture("PNG", "RGB")
    monkeypatch.setitem(sys.modules, "PIL", None)
    body = multipart({}, "file", [("a.png", data)])
    url = client.post(UPLOADS, data=body, headers=MULTIPART).json["data"]["url"]
    assert client.get(url).data == data
    assert client.get(f"{url}?variant=view").status_code == 404


def zip_bomb(*names):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in names:
            with archive.open(name, "w", force_zip64=True) as file:
                for _ in range(100):
                    file.write(bytes(1_000_000))
    return target.getvalue()


def test_bombs_are_kept_as_they_are_and_cost_nothing(tmp_path):
    """Case 71: less than 50 MB and a second each, where decoding would take gigabytes."""
    bombs = {
        "12000.png": black(12_000),
        "30000.png": black(30_000),
        "header.png": png(65_535, 65_535, 8, 6, zlib.compress(bytes(1_000))),
        "canvas.gif": b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0) + bytes(600),
        "frame.jpg": picture("JPEG", "L").replace(
            struct.pack(">HH", 30, 40), struct.pack(">HH", 65_500, 65_500)
        ),
        "bomb.zip": zip_bomb("zeros.bin"),
        "bomb.docx": zip_bomb("[Content_Types].xml", "word/document.xml"),
    }
    assert len(bombs["30000.png"]) < 200_000
    for name, data in bombs.items():
        (tmp_path / name).write_bytes(data)
    command = [sys.executable, "-m", "tests.attachments.weigh_upload", str(tmp_path), *bombs]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name, line in zip(bombs, done.stdout.splitlines(), strict=True):
        status, seconds, grown, has_preview = json.loads(line)
        assert (status, has_preview) == (201, False), name
        assert grown < 50 * 1024 * 1024, name
        assert seconds < 1, name
