"""Addresses of the console. Pages of the apps come from `routes`; the first segment is the brand."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from scrm.console.routes import url_patterns
from scrm.console.shell import (
    account,
    audit,
    connectors,
    entrance,
    exports,
    imports,
    kit,
    notices,
    search,
    session,
    undo,
    work,
)
from scrm.console.shell.home.pages import HomePage
from scrm.console.shell.team import BRAND_PATTERNS, OPEN_PATTERNS

app_name = "console"

_brand: list[URLPattern] = [
    path("", HomePage.as_view(), name="home"),
    path("jobs/", work.JobListPage.as_view(), name="jobs"),
    path("jobs/running/", work.JobsIndicatorPart.as_view(), name="jobs-indicator"),
    path("jobs/<str:job_id>/", work.JobPage.as_view(), name="job"),
    path("jobs/<str:job_id>/progress/", work.JobProgressPart.as_view(), name="job-progress"),
    path("jobs/<str:job_id>/cancel/", work.JobCancelAct.as_view(), name="job-cancel"),
    path("jobs/<str:job_id>/retry/", work.JobRetryAct.as_view(), name="job-retry"),
    path("jobs/<str:job_id>/faults/", imports.FaultsPage.as_view(), name="import-faults"),
    path("exports/", exports.ExportListPage.as_view(), name="exports"),
    path("exports/new/", exports.ExportNewPage.as_view(), name="exports-new"),
    path("exports/<str:file_id>/", exports.FileDownloadPage.as_view(), name="file-download"),
    path("imports/", connectors.RunListPage.as_view(), name="imports"),
    path("imports/<str:import_id>/", imports.ImportPage.as_view(), name="import"),
    path("audit/", audit.AuditListPage.as_view(), name="audit"),
    path("search/", search.SearchPart.as_view(), name="search"),
    path("notices/", notices.NoticeListPage.as_view(), name="notices"),
    path("notices/menu/", notices.NoticeMenuPart.as_view(), name="notices-menu"),
    path("notices/read/", notices.NoticesReadAct.as_view(), name="notices-read"),
    path("notices/<str:notice_id>/", notices.NoticeOpenPage.as_view(), name="notice"),
    path("undo/<str:undo_id>/", undo.UndoAct.as_view(), name="undo"),
    *BRAND_PATTERNS,
    *url_patterns(),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", session.BrandsView.as_view(), name="brands"),
    *OPEN_PATTERNS,
    path("sign-in/", entrance.SignInView.as_view(), name="sign-in"),
    path("sign-in/second-step/", entrance.SecondStepView.as_view(), name="second-step"),
    path("forgotten/", entrance.ForgottenView.as_view(), name="forgotten"),
    path("forgotten/<str:token>/", entrance.ResetView.as_view(), name="reset"),
    path("account/", account.ProfilePage.as_view(), name="account"),
    path("account/password/", account.PasswordPage.as_view(), name="account-password"),
    path(
        "account/second-factor/",
        account.SecondFactorPage.as_view(),
        name="account-second-factor",
    ),
    path("account/sessions/", account.SessionsPage.as_view(), name="account-sessions"),
    path("sign-out/", session.SignOutView.as_view(), name="sign-out"),
    path("preferences/", session.PreferencesView.as_view(), name="preferences"),
]
if settings.DEBUG or getattr(settings, "CONSOLE_KIT_PAGE", False):
    urlpatterns += [
        path("kit/", kit.KitView.as_view(), name="kit"),
        path("kit/part/<slug:part>/", kit.KitPart.as_view(), name="kit-part"),
    ]
urlpatterns += [path("<slug:tenant_slug>/", include(_brand))]
