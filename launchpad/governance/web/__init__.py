"""Customers' pages: votes, one vote, receipts, delegation, proposing."""

from django.urls import path

from launchpad.governance.web import delegation, files, listing, propose, vote

urlpatterns = [
    path("vote", listing.votes, name="votes"),
    path("vote/rules", listing.rules, name="vote-rules"),
    path("vote/verify_vote.py", files.script, name="vote-script"),
    path("vote/delegates", delegation.delegates, name="vote-delegates"),
    path("vote/delegates/choose", delegation.choose, name="vote-delegate"),
    path("vote/delegates/take-back", delegation.end, name="vote-take-back"),
    path("vote/delegates/stop", delegation.stop, name="vote-stop-offering"),
    path("vote/propose", propose.start, name="vote-propose"),
    path("vote/propose/<str:kind>", propose.new, name="vote-propose-kind"),
    path("vote/mine/<int:number>", propose.again, name="vote-rewrite"),
    path("vote/mine/<int:number>/withdraw", propose.take_back, name="vote-withdraw"),
    path("vote/<int:number>", vote.page, name="vote"),
    path("vote/<int:number>/comment", vote.say, name="vote-comment"),
    path("vote/<int:number>/receipt", vote.receipt, name="vote-receipt"),
    path("vote/<int:number>/votes.jsonl", files.votes, name="vote-file"),
]
