"""Index: the addresses of every room."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("compliance.cases.web")),
    path("", include("compliance.screening.api")),
    path("", include("compliance.identity.web")),
    path("", include("compliance.travel_rule.api")),
    path("", include("compliance.travel_rule.web")),
]
