"""The published file of a vote, and the script that recounts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from launchpad.governance import count, queries, verify_vote
from launchpad.governance.models import VoteProposal
from launchpad.governance.states import COUNTED

SCRIPT = Path(verify_vote.__file__)


@require_safe
@cache_control(public=True, max_age=300)
def script(request: HttpRequest) -> HttpResponse:
    """verify_vote.py, byte for byte what the exchange counts with."""
    response = HttpResponse(SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify_vote.py"'
    return response


@require_safe
@cache_control(public=True, max_age=300)
def votes(request: HttpRequest, number: int) -> StreamingHttpResponse:
    """Every counted vote, a line each."""
    proposal = queries.of_page(number)
    if proposal is None or proposal.state not in COUNTED:
        raise Http404
    response = StreamingHttpResponse(_lines(proposal), content_type="application/jsonl")
    response["Content-Disposition"] = f'attachment; filename="vote-{number}.jsonl"'
    return response


def _lines(proposal: VoteProposal) -> Iterator[bytes]:
    with transaction.atomic():
        pending: list[str] = []
        for line in count.file_lines(proposal):
            pending.append(line + "\n")
            if len(pending) == 500:
                yield "".join(pending).encode()
                pending = []
        yield "".join(pending).encode()
