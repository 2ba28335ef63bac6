"""Pages: what comes and goes, for everybody; a project's application, for the project."""

from django.urls import path

from launchpad.listings.web import apply, public

urlpatterns = [
    path("listings", public.calendar, name="listings"),
    path("listings/criteria", public.criteria, name="listing-criteria"),
    path("listings/delistings", public.delistings, name="delistings"),
    path("listings/apply", apply.start, name="listing-apply"),
    path("listings/mine/<int:listing_id>", apply.status, name="listing-mine"),
    path("listings/mine/<int:listing_id>/token", apply.token, name="listing-token"),
    path("listings/mine/<int:listing_id>/company", apply.company, name="listing-company"),
    path("listings/mine/<int:listing_id>/team", apply.team, name="listing-team"),
    path("listings/mine/<int:listing_id>/papers", apply.papers_page, name="listing-papers"),
    path("listings/mine/<int:listing_id>/papers/upload", apply.upload, name="listing-upload"),
    path("listings/mine/<int:listing_id>/send", apply.send, name="listing-send"),
    path("listings/mine/<int:listing_id>/withdraw", apply.withdraw, name="listing-withdraw"),
    path("listings/paper/<int:document_id>/<int:number>", apply.page, name="listing-paper"),
    path("listings/<slug:code>", public.detail, name="listing"),
]
