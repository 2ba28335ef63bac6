"""Make a picture anew from what a stranger sent, in a process of its own that can do nothing else.

Reads a file from stdin, looks at its contents and never at its name, decodes it, and writes JPEGs
of its pages: what was hidden in it (scripts, metadata, a second file) does not survive. Decoders
of strangers' files have bugs, so this program has no database, no secrets and no Django, may write
no file, and is ended by the kernel when it takes too much memory or time.

Run as a script: `python -I remake.py`. The answer is one line of JSON, then the pictures.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 60_000_000
MOST_PAGES = 10
LEAST_SIDE = 300  # pixels; smaller can't be read
LONGEST_SIDE = 2200
QUALITY = 86
MEMORY, SECONDS = 1536 * 1024 * 1024, 20

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
MAGIC = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG), (b"%PDF-", PDF))


class Unusable(Exception):
    """The word for why: a stable code that the parent puts into a sentence."""


def kind_of(content: bytes) -> str:
    """By its first bytes. Raises Unusable("kind")."""
    for magic, mime in MAGIC:
        if content.startswith(magic):
            return mime
    raise Unusable("kind")


def pictures(content: bytes) -> tuple[str, list[tuple[int, int, bytes]]]:
    """What it was, and its pages as JPEGs. Raises Unusable."""
    if len(content) > MOST_BYTES:
        raise Unusable("size")
    mime = kind_of(content)
    made = _pages(content) if mime == PDF else [_picture(content, mime)]
    return mime, [_jpeg(image) for image in made]


def _picture(content: bytes, mime: str) -> Any:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        image = Image.open(io.BytesIO(content), formats=["JPEG" if mime == JPEG else "PNG"])
        if image.width * image.height > MOST_PIXELS:
            raise Unusable("pixels")
        if min(image.size) < LEAST_SIDE:
            raise Unusable("small")
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        return ImageOps.exif_transpose(image)  # phones turn pictures by a note in them
    except Image.DecompressionBombError as error:
        raise Unusable("pixels") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise Unusable("broken") from error


def _pages(content: bytes) -> list[Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Unusable("password" if "assword" in str(error) else "broken") from error
    if len(document) > MOST_PAGES:
        raise Unusable("pages")
    if len(document) == 0:
        raise Unusable("broken")
    made = []
    for page in document:
        longest = max(page.get_size())
        if not 0 < longest < 20_000:
            raise Unusable("broken")
        scale = min(LONGEST_SIDE / longest, 4)
        made.append(page.render(scale=scale, may_draw_forms=False).to_pil())
    return made


def _jpeg(image: Any) -> tuple[int, int, bytes]:
    from PIL import Image

    if image.mode not in ("RGB", "L"):
        flat = Image.new("RGB", image.size, "white")
        layer = image.convert("RGBA")
        flat.paste(layer, mask=layer.getchannel("A"))
        image = flat
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    # A new image of the pixels alone: none of the old one's notes go along.
    clean = Image.frombytes(image.mode, image.size, image.tobytes())
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return image.width, image.height, out.getvalue()


def confine() -> None:
    """From here on: so much memory and time, and no file to write."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    confine()
    out = sys.stdout.buffer
    try:
        mime, made = pictures(sys.stdin.buffer.read(MOST_BYTES + 1))
    except Unusable as unusable:
        out.write(json.dumps({"unusable": str(unusable)}).encode() + b"\n")
        return
    told = {"mime": mime, "pages": [[w, h, len(jpeg)] for w, h, jpeg in made]}
    out.write(json.dumps(told).encode() + b"\n")
    for _w, _h, jpeg in made:
        out.write(jpeg)


if __name__ == "__main__":
    main()
