"""Pages anybody may see: home, the list of markets, and a market to trade in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


def home(request: HttpRequest) -> HttpResponse:
    """What Holdfast is, and how to start."""
    return render(request, "exchange/home/home.html")


def markets(request: HttpRequest) -> HttpResponse:
    """Every pair, found and sorted in the browser."""
    return render(request, "exchange/home/home.html")


urlpatterns = [path("", home, name="home"), path("markets", markets, name="markets")]
