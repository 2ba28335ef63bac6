"""The customer's pages about who they are: status, steps, documents, and handing in."""

from django.urls import path

from compliance.identity.web import hook, papers, status, steps

urlpatterns = [
    path("identity", status.show, name="identity"),
    path("identity/start", status.start, name="identity-start"),
    path("identity/send", status.send, name="identity-send"),
    path("identity/withdraw", status.withdraw, name="identity-withdraw"),
    path("identity/documents", papers.show, name="identity-documents"),
    path("identity/documents/upload", papers.upload, name="identity-upload"),
    path("identity/documents/<int:document_id>/<int:number>", papers.page, name="identity-page"),
    path("identity/people/add", steps.person, name="identity-person-add"),
    path("identity/people/<int:owner_id>", steps.person, name="identity-person"),
    path("identity/people/<int:owner_id>/remove", steps.remove, name="identity-person-remove"),
    path("identity/step/<slug:key>", steps.show, name="identity-step"),
    path("hooks/identity/<slug:provider>", hook.receive, name="identity-hook"),
]
