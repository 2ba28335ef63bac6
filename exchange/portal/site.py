"""The staff site: Django's admin behind a second factor, in our own clothes, by desk."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, re_path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_otp.admin import OTPAdminSite

from exchange.portal import context, dashboard, desks, finder
from exchange.portal import machinery as _machinery  # noqa: F401  its cards and page
from exchange.portal.desks import DESKS, Group, Page, Screen
from exchange.portal.login import StaffLoginForm
from exchange.portal.screens import StaffAdmin


def _waiting_screens(groups: list[Group]) -> list[Screen]:
    """The screens where something waits for the reader, each once."""
    waiting = [screen for group in groups for screen in group.screens if screen.waiting]
    return list({screen.url: screen for screen in waiting}.values())


class StaffSite(OTPAdminSite):
    """Who is not staff, or has not shown a second factor in this session, sees nothing of it."""

    site_header = "Holdfast"
    site_title = _("Holdfast staff")
    index_title = _("Is the exchange well?")
    login_form = StaffLoginForm
    login_template = "admin/login.html"
    enable_nav_sidebar = False
    empty_value_display = "—"

    def register(self, models: Any, admin_class: Any = None, **options: Any) -> None:
        """Our own screens only: what packages bring knows no desk, reason or bounded list."""
        if admin_class is not None and issubclass(admin_class, StaffAdmin):
            super().register(models, admin_class, **options)

    # Addresses

    def get_urls(self) -> list[Any]:
        """Ours first. Django's own index of apps, password page and redirects are left out."""
        left_out = {"app_list", "password_change", "password_change_done", "autocomplete"}
        ours = [
            path("find/", self.admin_view(self.find), name="find"),
            path("pulse/", self.admin_view(self.pulse), name="pulse"),
            path("desk/<slug:key>/", self.admin_view(self.desk), name="desk"),
            *(
                path(page.path, self.admin_view(self._page_view(page)), name=page.name)
                for page in desks.pages()
            ),
        ]
        django_s = [
            pattern
            for pattern in super().get_urls()
            if getattr(pattern, "name", "") not in left_out
            and "(?P<url>" not in str(pattern.pattern)
        ]
        return [*ours, *django_s, re_path(r"", self.admin_view(self.unknown))]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Django's gate, and our own pages for what is refused or not there."""
        gated = super().admin_view(view, cacheable)

        def themed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if "%00" in request.META.get("QUERY_STRING", ""):
                    raise Http404  # PostgreSQL keeps no such character: it names nothing
                return gated(request, *args, **kwargs)
            except PermissionDenied:
                return self._stop(request, "admin/403.html", _("Not yours to open"), 403)
            except Http404:
                return self._stop(request, "admin/404.html", _("Nothing here"), 404)

        return update_wrapper(themed, view)

    def unknown(self, request: HttpRequest) -> HttpResponse:
        raise Http404(request.path)

    def _stop(self, request: HttpRequest, template: str, title: Any, status: int) -> HttpResponse:
        shown = {**self.each_context(request), "title": title}
        return TemplateResponse(request, template, shown, status=status)

    def _page_view(self, page: Page) -> Callable[..., HttpResponse]:
        """A registered page, behind its permission, with what every staff page shows."""

        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(page.permission):
                raise PermissionDenied
            request.staff_context = {  # type: ignore[attr-defined]
                **self.each_context(request),
                "title": page.label,
                "crumbs": [(page.desk.name, reverse("admin:desk", args=[page.desk.key]))],
            }
            return page.view(request, *args, **kwargs)

        return update_wrapper(view, page.view)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """E-mail, password and code. Django's view would put its own `site` over ours."""
        return super().login(request, {**context.site(request), **(extra_context or {})})

    # Navigation

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        groups = self.menu(request) if self.has_permission(request) else []
        desks.mark_active(groups, request)
        desks.count_waiting(groups, request)
        screens = sum(len(group.screens) for group in groups)
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "site_url": "/",
            "has_permission": self.has_permission(request),
            "is_popup": False,
            "is_nav_sidebar_enabled": False,
            "available_apps": [],
            "menu": groups,
            "menu_all_open": screens <= 12,
            "find_names": [finder.says for finder in finder.finders(request.user)],
            "waiting_screens": _waiting_screens(groups),
        }

    def menu(self, request: HttpRequest) -> list[Group]:
        """The desks with the screens that this member of staff may open."""
        groups = {desk.key: Group(desk, reverse("admin:desk", args=[desk.key])) for desk in DESKS}
        for model_admin in self._registry.values():
            if not model_admin.has_view_permission(request):
                continue
            for place, (desk, order) in enumerate(getattr(model_admin, "desks", ())):
                screen = Screen(
                    label=capfirst(model_admin.called()),
                    url=model_admin.list_url(),
                    says=model_admin.says,
                    order=order,
                    home=place == 0,
                    waits=model_admin.waiting,
                )
                groups[desk.key].screens.append(screen)
        for page in desks.pages():
            if page.in_menu and request.user.has_perm(page.permission):
                url = reverse(f"admin:{page.name}")
                screen = Screen(
                    label=page.label, url=url, says=page.says, order=page.order, waits=page.waits
                )
                groups[page.desk.key].screens.append(screen)
        for group in groups.values():
            group.screens.sort(key=lambda screen: (screen.order, str(screen.label)))
        return [group for group in groups.values() if group.screens]

    # Pages of the site itself

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Is the exchange well?"""
        shown = {
            **self.each_context(request),
            "title": self.index_title,
            **dashboard.pulse(request),
        }
        return TemplateResponse(request, "admin/index.html", shown)

    def pulse(self, request: HttpRequest) -> HttpResponse:
        """The dashboard's cards alone: what the page fetches every ten seconds."""
        response = TemplateResponse(request, "admin/pulse.html", dashboard.pulse(request))
        response["Cache-Control"] = "no-store"
        return response

    def desk(self, request: HttpRequest, key: str) -> HttpResponse:
        """One desk: its screens, and the cards that are its business."""
        for group in self.menu(request):
            if group.desk.key == key:
                shown = {
                    **self.each_context(request),
                    "title": group.desk.name,
                    "group": group,
                    **dashboard.pulse(request, group.desk),
                }
                return TemplateResponse(request, "admin/desk.html", shown)
        if any(desk.key == key for desk in DESKS):
            raise PermissionDenied
        raise Http404(key)

    def find(self, request: HttpRequest) -> HttpResponse:
        """Open what the search box names; list the hits when there are several, or none."""
        text = request.GET.get("q", "")
        hits = finder.search(request.user, text)
        screens = self._screens_named(request, text)
        if len(hits) == 1:
            return HttpResponseRedirect(hits[0].url)
        if not hits and len(screens) == 1:
            return HttpResponseRedirect(screens[0].url)
        shown = {
            **self.each_context(request),
            "title": _("Search"),
            "text": text,
            "hits": hits,
            "screens": screens,
        }
        return TemplateResponse(request, "admin/find.html", shown)

    def _screens_named(self, request: HttpRequest, text: str) -> list[Screen]:
        wanted = text.strip().casefold()
        if len(wanted) < 3:
            return []
        screens = {
            screen.url: screen
            for group in self.menu(request)
            for screen in group.screens
            if wanted in str(screen.label).casefold()
        }
        return list(screens.values())
