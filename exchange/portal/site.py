"""The staff site: Django's admin behind a second factor."""

from __future__ import annotations

from django_otp.admin import OTPAdminSite


class StaffSite(OTPAdminSite):
    site_header = "Holdfast"
    site_title = "Holdfast staff"
    index_title = "Desk"
