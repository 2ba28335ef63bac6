"""The customer's own pages: sign-up, login, security and API keys."""

from django.urls import path

from exchange.accounts.web import (
    devices,
    entry,
    invitations,
    keys,
    passwords,
    second_factor,
    security,
)

urlpatterns = [
    path("signup", entry.signup, name="signup"),
    path("signup/open", entry.signup_open, name="signup-open"),
    path("signup/<str:token>", entry.signup_link, name="signup-link"),
    path("invitation", invitations.accept, name="invitation"),
    path("invitation/<str:token>", invitations.open_link, name="invitation-link"),
    path("login", entry.login, name="login"),
    path("login/code", entry.login_code, name="login-code"),
    path("login/recovery", entry.login_recovery, name="login-recovery"),
    path("logout", entry.logout, name="logout"),
    path("password/forgot", passwords.forgot, name="password-forgot"),
    path("password/reset", passwords.reset, name="password-reset-form"),
    path("password/reset/<str:token>", passwords.open_link, name="password-reset"),
    path("security", security.overview, name="security"),
    path("security/password", passwords.change, name="security-password"),
    path("security/anti-phishing", security.anti_phishing, name="anti-phishing"),
    path("security/letters", security.letters, name="letters"),
    path("security/authenticator", second_factor.start, name="authenticator"),
    path("security/authenticator/confirm", second_factor.confirm, name="authenticator-confirm"),
    path("security/authenticator/off", second_factor.turn_off, name="authenticator-off"),
    path("security/recovery-codes", second_factor.recovery_codes, name="recovery-codes"),
    path("security/devices", devices.listing, name="devices"),
    path("security/devices/others", devices.revoke_others, name="devices-revoke-others"),
    path("security/devices/<int:device_id>", devices.revoke, name="device-revoke"),
    path("keys", keys.listing, name="api-keys"),
    path("keys/new", keys.create, name="api-key-new"),
    path("keys/<int:key_id>/revoke", keys.revoke, name="api-key-revoke"),
]
