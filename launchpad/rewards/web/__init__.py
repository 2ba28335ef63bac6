"""The customer's pages of rewards: tier, promotions, friends, lessons, what was received."""

from django.urls import path

from launchpad.rewards.web import friends, home, learn, promotions

urlpatterns = [
    path("rewards", home.show, name="rewards"),
    path("rewards/vip", home.tiers_page, name="rewards-vip"),
    path("rewards/vip/bmx-discount", home.switch_bmx, name="rewards-bmx"),
    path("rewards/received", home.received, name="rewards-received"),
    path("rewards/promotions", promotions.every, name="rewards-promotions"),
    path("rewards/promotions/<int:campaign_id>", promotions.one, name="rewards-promotion"),
    path("rewards/promotions/<int:campaign_id>/join", promotions.join, name="rewards-join"),
    path("rewards/friends", friends.show, name="rewards-friends"),
    path("rewards/friends/code", friends.make_code, name="rewards-code"),
    path("rewards/learn", learn.every, name="rewards-lessons"),
    path("rewards/learn/<slug:key>", learn.one, name="rewards-lesson"),
    path("r/<slug:code>", friends.link, name="rewards-link"),
]
