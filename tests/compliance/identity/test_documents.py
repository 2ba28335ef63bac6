"""What customers upload: judged by its contents, made anew, sealed, and no look goes unrecorded."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from compliance.identity import documents, remake
from compliance.identity.models import Document, DocumentPage
from exchange.audit.models import AuditEvent
from exchange.core.errors import Conflict, Invalid, NotFound, PermissionRefused
from tests import factories
from tests.factories import identity as make
from tests.factories.accounts import acting, staff

pytestmark = pytest.mark.django_db
HIDDEN = b"<script>alert(1)</script>"


def send(row, content, kind="passport", **more):
    return documents.upload(
        application_id=row.pk, kind=kind, content=content, actor=acting(row.customer), **more
    )


@pytest.mark.parametrize(
    ("content", "mime", "pages"),
    [
        (make.photo(), "image/jpeg", 1),
        (make.photo(format="PNG"), "image/png", 1),
        (make.pdf(3), "application/pdf", 3),
    ],
)
def test_pictures_and_pdfs_are_kept_as_pictures_of_their_pages(content, mime, pages):
    document = send(make.draft(), content)
    assert (document.mime, document.pages, document.pictures.count()) == (mime, pages, pages)
    me = acting(document.application.customer)
    opened = documents.open_page(document_id=document.pk, number=pages, actor=me)
    assert Image.open(io.BytesIO(opened.jpeg)).format == "JPEG"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "broken"),
        (b"GIF89a" + bytes(900), "kind"),
        (b"<svg onload='alert(1)'/>", "kind"),
        (make.photo(format="WEBP"), "kind"),
        (make.photo()[:400], "broken"),
        (b"%PDF-1.7 and nothing else", "broken"),
        (make.pdf(11), "pages"),
        (make.photo(size=(200, 200)), "small"),
        (b"\xff\xd8\xff" + bytes(remake.MOST_BYTES), "size"),
        (make.photo(format="PNG", size=(9000, 9000)), "pixels"),
    ],
)
def test_what_can_t_be_used_is_refused_with_the_reason_and_leaves_nothing(content, why):
    row = make.draft()
    with pytest.raises(documents.Unreadable) as refused:
        send(row, content)
    assert (refused.value.limit, refused.value.field) == (why, "file")
    assert not Document.objects.exists()


def test_nothing_hidden_in_a_picture_survives():
    exif = Image.Exif()
    exif[0x010E] = HIDDEN.decode()
    sent = make.photo(exif=exif.tobytes(), comment=HIDDEN) + HIDDEN
    assert sent.count(HIDDEN) >= 2
    document = send(make.draft(), sent)
    me = acting(document.application.customer)
    kept = documents.open_page(document_id=document.pk, number=1, actor=me)
    assert HIDDEN not in kept.jpeg
    assert not Image.open(io.BytesIO(kept.jpeg)).getexif()


def test_a_phone_s_note_on_which_way_is_up_is_obeyed():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    document = send(make.draft(), make.photo(size=(800, 400), exif=exif.tobytes()))
    page = document.pictures.get()
    assert (page.width, page.height) == (400, 800)


def test_at_rest_it_is_sealed_for_its_place_and_opens_nowhere_else():
    row = make.draft()
    first = send(row, make.photo(seed=1)).pictures.get()
    second = send(row, make.photo(seed=2), kind="selfie").pictures.get()
    assert b"JFIF" not in bytes(first.sealed)
    DocumentPage.objects.filter(pk=second.pk).update(sealed=bytes(first.sealed))
    with pytest.raises(ValueError, match="not sealed"):
        documents.open_page(document_id=second.document_id, number=1, actor=acting(row.customer))


def test_every_look_is_written_down_with_who_looked():
    document = send(make.draft(), make.photo())
    officer = staff(documents.PERMISSION)
    for _ in range(2):
        documents.open_page(document_id=document.pk, number=1, actor=officer)
    seen = AuditEvent.objects.filter(verb="identity.view_document", target_id=str(document.pk))
    assert [event.actor for event in seen] == [officer.label, officer.label]


def test_who_may_not_look_sees_nothing_and_leaves_no_record():
    document = send(make.draft(), make.photo())
    for stranger, refusal in (
        (acting(factories.customer()), NotFound),
        (staff("compliance.review_application"), PermissionRefused),
    ):
        with pytest.raises(refusal):
            documents.open_page(document_id=document.pk, number=1, actor=stranger)
    assert not AuditEvent.objects.filter(verb="identity.view_document").exists()


def test_a_new_picture_takes_the_place_of_the_old_and_the_same_one_is_one():
    row = make.draft()
    first = send(row, make.photo(seed=1))
    assert send(row, make.photo(seed=1)) == first
    second = send(row, make.photo(seed=2))
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "kept")


def test_nothing_is_added_while_somebody_is_reviewing():
    row = make.submitted()
    with pytest.raises(Conflict):
        send(row, make.photo(seed=77))


def test_the_picture_that_another_account_sent_is_noticed():
    content = make.photo(seed=4711)
    send(make.draft(), content)
    mine = make.draft()
    send(mine, content)
    assert documents.sent_elsewhere(mine) == 1


def test_a_passport_has_no_back_and_there_is_no_such_paper():
    row = make.draft()
    for more in ({"side": "back"}, {"kind": "licence_to_kill"}):
        with pytest.raises(Invalid):
            send(row, make.photo(), **more)


def test_the_remaking_program_can_write_no_file_and_has_no_secrets(tmp_path):
    import subprocess
    import sys

    code = (
        f"import sys; sys.path.insert(0, {str(documents.PROGRAM.parent)!r}); import remake;"
        f" remake.confine(); open({str(tmp_path / 'out')!r}, 'w').write('x' * 10)"
    )
    subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, env={})
    assert (tmp_path / "out").stat().st_size == 0
