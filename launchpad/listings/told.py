"""Letters to the project: what happened on its road, once each."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from exchange.accounts import mail
from exchange.core import outbox
from launchpad.listings import road
from launchpad.listings.models import ListingEvent


@outbox.consumes(road.TOLD)
def write(payload: dict[str, Any]) -> None:
    event = ListingEvent.objects.select_related("listing").filter(pk=payload["event_id"]).first()
    if event is None:
        return
    user_id = road.applicant_user_id(event.listing)
    if user_id is not None:
        mail.tell(
            user_id,
            "listing_news",
            code=event.listing.code or event.listing.name,
            words=event.words,
            page=settings.BASE_URL + reverse("listing-mine", args=[event.listing_id]),
        )
